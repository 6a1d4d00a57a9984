/* SPDX-License-Identifier: BSD-3-Clause */
/* Audit logs for tests: records of several runs that take turns, from a seed.
 * Whatever cannot be made ends the process with a sentence. */
#ifndef TESTS_PROOF_FIXTURE_H
#define TESTS_PROOF_FIXTURE_H

#include "audit/note-key.h"
#include "audit/tree.h"
#include "audit/verify.h"

#include <stddef.h>
#include <stdint.h>

/* A generator that every seed begins alike everywhere. */
struct chance {
    uint64_t state;
};

uint64_t chance_next(struct chance *chance);
size_t chance_below(struct chance *chance, size_t limit);

struct audit_log {
    char **lines;   /* without line ends */
    unsigned *runs; /* which run each record is of */
    size_t n_lines;
};

/* `n_active` runs at a time; now and then one ends and another begins. From
 * here on copies of checkpoints go to sockets of the fixture's folder. */
struct audit_log audit_log_make(size_t n_lines, unsigned n_active,
                                uint64_t seed);
void audit_log_free(struct audit_log *log);

/* The same lines, to be changed in their order; they are lent. */
struct audit_log audit_log_share(const struct audit_log *log);
void audit_log_insert(struct audit_log *shared, size_t at, char *line);
void audit_log_remove(struct audit_log *shared, size_t at);

/* Writes the first lines as a file below the fixture's folder. */
const char *audit_log_write(const struct audit_log *log, size_t n_lines,
                            const char *name);

/* Appends some of its lines to a file. */
void audit_log_append(const struct audit_log *log, size_t from, size_t to,
                      const char *path);

/* Writes it in steps with a checkpoint after each. */
const char *audit_log_sign(const struct audit_log *log, const char *name,
                           size_t step, const struct note_key *key);

/* One more checkpoint over all of a file. */
void audit_log_continue(const char *path, const struct note_key *key);

/* Without a key. */
struct verify_result audit_log_verify(const char *const *paths, size_t n_paths);

/* One record; the hash is that of the record before it. */
char *audit_record(const char run[33], uint64_t n,
                   const struct tree_hash *before, const char *event,
                   struct chance *chance);

#endif
