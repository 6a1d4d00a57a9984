/* SPDX-License-Identifier: BSD-3-Clause */
/* The differences between a vendor's module and p11mux that are wanted. */
#ifndef TESTS_DIFFERENTIAL_DIFFERENCES_H
#define TESTS_DIFFERENTIAL_DIFFERENCES_H

#include "tests/differential/transcript.h"

/* Ends with an entry that has no step. */
extern const struct difference differences[];

#endif
