/* SPDX-License-Identifier: BSD-3-Clause */
/* Who is measured: a token reached in one of several ways, in a process of
 * its own that works on request. */
#ifndef TESTS_BENCH_SUBJECT_H
#define TESTS_BENCH_SUBJECT_H

#include "tests/bench/work.h"

#include <stdbool.h>

enum way {
    WAY_DIRECT,
    WAY_NONE,      /* p11mux, a backend session for each of the application's */
    WAY_OPERATION, /* p11mux, one for each operation */
    WAY_PROXY,
    WAY_SPY,
    CALL_WAYS,
    WAY_TWO = CALL_WAYS, /* as WAY_OPERATION, with two of them */
    WAY_COUNTED,     /* the same as these two, and the token's C_OpenSession */
    WAY_TWO_COUNTED, /* are counted */
    WAY_AUDITED,     /* as WAY_OPERATION, with an audit log in one file */
    WAY_AUDITED_DISK,
    WAY_AUDITED_BUFFER,
    WAY_GROUP_NONE,   /* as WAY_NONE, a group of two such tokens */
    WAY_GROUP,        /* as WAY_OPERATION, the same */
    WAY_BALANCE_NONE, /* the same two, which share the load */
    WAY_BALANCE,
    WAY_SPY_FILE, /* pkcs11-spy that writes its log into a file */
    WAYS
};

enum token_kind {
    TOKEN_NULL,
    TOKEN_NULL_MANY,
    TOKEN_SOFTHSM,
    TOKEN_SOFTHSM_RSA,
    TOKEN_KINDS
};

struct subject;

const char *way_name(enum way way);
const char *token_name(enum token_kind kind);

/* Makes the tokens that are used; once. */
void subject_make_tokens(void);

/* Starts the process; NULL where this way is not possible here. */
struct subject *subject_new(enum token_kind kind, enum way way);

/* One round. */
struct cost subject_measure(struct subject *subject, const struct load *load);

/* The same of two at the same time; the mean of both. */
struct cost subject_measure_both(struct subject *const subjects[2],
                                 const struct load *load);

/* The file of the audit log of all who write one in that way. */
const char *subject_audit_path(enum way way);

/* How often the token's C_OpenSession was called so far; in ways that
 * count. */
unsigned long subject_count_opened(struct subject *subject);

/* work_measure_memory. */
double subject_measure_memory(struct subject *subject, unsigned sessions,
                              bool after_signing);

/* Ends the process. */
void subject_free(struct subject *subject);

#endif
