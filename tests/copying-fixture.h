/* SPDX-License-Identifier: BSD-3-Clause */
/* The tool's sessions on the two toys of a token in mode "migrate", and what
 * the tool's parts stand on. */
#ifndef TESTS_COPYING_FIXTURE_H
#define TESTS_COPYING_FIXTURE_H

#include "cli/copying.h"
#include "tests/migrate-fixture.h"

extern struct copying copying;

/* The old member has private keys with the numbers 1 to n; the last one's
 * handle there. */
CK_OBJECT_HANDLE copying_fixture_begin(CK_ULONG n);
void copying_fixture_end(void);

/* p11mux's functions, as the tool calls them. */
extern CK_FUNCTION_LIST_3_2 copying_functions;

/* From now on that member shows its objects only when its user is logged in.
 * It forgets who is; and p11mux finds that out in a call, and logs in again. */
void copying_fixture_hide(unsigned member);
void copying_fixture_forget(unsigned member);
void copying_fixture_come_back(unsigned member);

/* It does so for the time of each search, from now on. */
void copying_fixture_forget_in_searches(unsigned member);

#endif
