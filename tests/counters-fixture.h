/* SPDX-License-Identifier: BSD-3-Clause */
/* What processes of a test show of themselves, read as the tool reads it; what
 * cannot be read ends the process. */
#ifndef TESTS_COUNTERS_FIXTURE_H
#define TESTS_COUNTERS_FIXTURE_H

#include "cli/total.h"
#include "tests/router-fixture.h"

/* The tokens of this process as they are now, added up over its members'
 * backend sessions; valid until the next look. */
const struct total *counters_look(void);

/* Its first token, and that one's first member. */
const struct total_token *counters_look_at_token(void);
const struct counters_member *counters_look_at_member(void);

/* The same of all processes of this user that show anything. */
const struct total *counters_look_at_all(void);

/* How many files there are; and the path of this process's own. */
size_t counters_count_files(void);
const char *counters_own_path(void);

#endif
