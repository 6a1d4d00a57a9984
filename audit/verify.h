/* SPDX-License-Identifier: BSD-3-Clause */
/* Verification of a log: its lines among themselves, and against the
 * checkpoints beside its files and one that was kept elsewhere. Nothing else
 * is read, and no state is trusted. */
#ifndef AUDIT_VERIFY_H
#define AUDIT_VERIFY_H

#include "audit/checkpoint.h"
#include "audit/fault.h"
#include "audit/lines.h"

enum { VERIFY_MOST_FAULTS = 4, VERIFY_TEXT_LENGTH = 640 };

struct verify_request {
    const char *const *paths; /* of the log, the oldest first */
    size_t n_paths;
    const struct note_key *key; /* NULL: signatures are not checked */
    const char *since;          /* a file with a checkpoint, or NULL */
    bool is_rest;               /* older files are not there on purpose */
};

struct verify_finding {
    struct fault fault;
    char text[VERIFY_TEXT_LENGTH]; /* one line: where, what, what to do */
};

struct verify_result {
    uint64_t n_lines;  /* with those that are not there */
    uint64_t n_absent; /* the first of them, which were not verified */
    uint64_t n_runs;
    uint64_t n_begun;       /* runs that have begun among those */
    uint64_t n_unfinished;  /* lines whose processes were killed meanwhile */
    uint64_t n_checkpoints; /* that the lines were held against */
    uint64_t n_covered;     /* lines that the last of them stands for */
    struct tree_hash root;  /* of all lines */
    char origin[NOTE_NAME_LENGTH + 1]; /* of that checkpoint, or empty */
    struct verify_finding findings[VERIFY_MOST_FAULTS];
    size_t n_findings; /* 0: all is well */
};

/* False when it could not be done at all. */
bool verify_run(const struct verify_request *request, struct verify_result *out,
                struct error *error);

/* Looks at each line meanwhile, when it has been hashed; the checkpoints up to
 * there are right for the first `n_covered` lines. */
struct verify_witness {
    void (*look)(void *context, const struct lines *lines,
                 const struct line *line, uint64_t n_covered);
    void *context;
};

/* The same, with somebody who looks at the lines. */
bool verify_run_before(const struct verify_witness *witness,
                       const struct verify_request *request,
                       struct verify_result *out, struct error *error);

/* A word for programs: "changed". */
const char *verify_word(enum fault_kind kind);

#endif
