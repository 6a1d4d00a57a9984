/* SPDX-License-Identifier: BSD-3-Clause */
/* Who is measured: a token reached in one of several ways, in a process of
 * its own that works on request. */
#ifndef TESTS_BENCH_SUBJECT_H
#define TESTS_BENCH_SUBJECT_H

#include "tests/bench/work.h"

#include <stdbool.h>

enum way { WAY_DIRECT, WAY_P11MUX, WAY_PROXY, WAY_SPY, WAYS };

enum token_kind { TOKEN_NULL, TOKEN_NULL_MANY, TOKEN_SOFTHSM, TOKEN_KINDS };

struct subject;

const char *way_name(enum way way);
const char *token_name(enum token_kind kind);

/* Makes the tokens that are used; once. */
void subject_make_tokens(void);

/* Starts the process; NULL where this way is not possible here. */
struct subject *subject_new(enum token_kind kind, enum way way);

/* One round; CPU nanoseconds of one operation. */
double subject_measure(struct subject *subject, enum work_kind kind,
                       unsigned threads, long count);

/* Ends the process. */
void subject_free(struct subject *subject);

#endif
