/* SPDX-License-Identifier: BSD-3-Clause */
/* The differences between a vendor's module and p11mux that are wanted. */
#ifndef TESTS_DIFFERENTIAL_DIFFERENCES_H
#define TESTS_DIFFERENTIAL_DIFFERENCES_H

#include "tests/differential/transcript.h"

/* Where each session of the application has one of the module, and where
 * those are lent for each operation: tables, then NULL. */
extern const struct difference *const differences_alone[];
extern const struct difference *const differences_pooled[];

/* The tables: those that are wanted in any case, and those of lent sessions;
 * each ends with a row that has no step. */
extern const struct difference differences[];
extern const struct difference pooled_differences[];

#endif
