/* SPDX-License-Identifier: BSD-3-Clause */
/* A run: the records of one process from one start to its stop, numbered and
 * chained in the order in which they are in the file. */
#ifndef AUDIT_RUN_H
#define AUDIT_RUN_H

#include "audit/batch.h"
#include "audit/log-file.h"
#include "common/error.h"

#include <stdatomic.h>

struct run;

/* Takes the file over, also when it fails; `name` and `program` are lent. */
bool run_new(const char *name, const struct audit_program *program,
             struct audit_file *file, bool to_disk, struct run **out,
             struct error *error);
void run_free(struct run *run);

/* Gets whole lines that are in the file, in their order there: called by one
 * thread at a time, before whoever wrote them goes on, with no lock held. */
typedef void run_reader(void *context, const char *lines, size_t length);

/* Before the first record. */
void run_set_reader(struct run *run, run_reader *reader, void *context);

/* What it is when a record is not in the file. */
enum run_stake {
    RUN_LOSES, /* a record is missing */
    RUN_DENIES /* a call was refused that would have had it first */
};

/*
 * Appends a record whose body is given, and returns when it is in the file:
 * false when it is not, or not known to be. What is lost or torn is told of
 * by records of the run's own, which name `user` too.
 */
bool run_append(struct run *run, const struct audit_user *user,
                enum run_stake stake, const char *body, size_t length);

/*
 * Puts a record into memory, for run_flush to write; waits where there is no
 * room. False: there is none in time.
 */
bool run_put(struct run *run, const struct audit_user *user, const char *body,
             size_t length, enum batch_fill *out);

/* Writes what is in memory, if there is something, once nobody else writes. */
void run_flush(struct run *run);

/* There was no memory for a record. */
void run_failures(const struct run *run, uint64_t *out_lost,
                  uint64_t *out_denied);
void run_lose(struct run *run, enum run_stake stake);

/* Lends what says whether the last write failed; true before its result is
 * known to anybody who waited for it. */
const _Atomic(bool) *run_failing(const struct run *run);

/*
 * Tries whether it works again, by the records of what could not be told
 * meanwhile. False: it does not, or another thread is trying; then one more
 * call is refused.
 */
bool run_probe(struct run *run, const struct audit_user *user);

#endif
