/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * A complete function list: 104 functions, none NULL, made from what a
 * module offers.
 */
#ifndef BACKENDS_LIST_H
#define BACKENDS_LIST_H

#include "common/cryptoki.h"

#include <stdbool.h>
#include <stddef.h>

/*
 * How many functions a list of this version has; 0 when the version is none
 * that we know. What a list says of itself counts, never CK_INFO (R1.2). One
 * that says 3.2 may lack the last two, which are there only on the
 * configuration's word (R1.1).
 */
size_t list_length(CK_VERSION version, bool wrap_auth);

/*
 * Fills `out` with the module's functions, and with ones that answer
 * CKR_FUNCTION_NOT_SUPPORTED where it has none. Reads the module's list no
 * further than list_length. False when that is 0.
 */
bool list_complete(const CK_FUNCTION_LIST *from, bool wrap_auth,
                   CK_FUNCTION_LIST_3_2 *out);

/* Whether a completed list has the module's own function at this offset. */
bool list_has(const CK_FUNCTION_LIST_3_2 *list, size_t at);

#endif
