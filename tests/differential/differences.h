/* SPDX-License-Identifier: BSD-3-Clause */
/* The differences between a vendor's module and p11mux that are wanted. */
#ifndef TESTS_DIFFERENTIAL_DIFFERENCES_H
#define TESTS_DIFFERENTIAL_DIFFERENCES_H

#include "tests/differential/transcript.h"

/* Where each session of the application has one of the module; where it keeps
 * one that others had before; where they are lent for each operation; and
 * where the members of a group do that: tables, then NULL. */
extern const struct difference *const differences_alone[];
extern const struct difference *const differences_kept[];
extern const struct difference *const differences_lent[];
extern const struct difference *const differences_grouped[];

/* Lent too, and certificates that the token does not take, or all of them, are
 * in the store. */
extern const struct difference *const differences_overflowing[];
extern const struct difference *const differences_stored[];

/* Some of the tables; each ends with a row that has no step. */
extern const struct difference shared_differences[];
extern const struct difference lent_differences[];
extern const struct difference plain_differences[];

#endif
