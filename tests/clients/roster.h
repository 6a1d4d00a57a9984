/* SPDX-License-Identifier: BSD-3-Clause */
/* What an application sees on a token: its objects, with their handles. */
#ifndef TESTS_CLIENTS_ROSTER_H
#define TESTS_CLIENTS_ROSTER_H

#include "common/cryptoki.h"

#include <stddef.h>

struct roster;

/* Those that stay on the token; to be freed. */
struct roster *roster_read(const CK_FUNCTION_LIST *list,
                           CK_SESSION_HANDLE session);
size_t roster_count(const struct roster *roster);
void roster_free(struct roster *roster);

/* Fails the test unless both are the same: each object once, with the handle
 * that it had. `when` is said otherwise. */
void roster_compare(const struct roster *before, const struct roster *after,
                    const char *when);

#endif
