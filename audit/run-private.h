/* SPDX-License-Identifier: BSD-3-Clause */
/* A run from inside: for those who write its records at once, and behind the
 * call. */
#ifndef AUDIT_RUN_PRIVATE_H
#define AUDIT_RUN_PRIVATE_H

#include "audit/batch.h"
#include "audit/run.h"
#include "audit/trouble.h"
#include "common/lock.h"

#include <stdatomic.h>

/* A leader that hangs in its write keeps nobody for longer. */
enum { RUN_PATIENCE_MS = 5000 };

struct run {
    const char *name; /* of the file */
    const struct audit_program *program;
    struct audit_file *file; /* of the leader alone */
    bool to_disk;
    run_reader *reader; /* NULL: none */
    void *reader_context;
    struct mutex lock;
    struct condition room;
    struct batch *filling;
    struct batch *writing;
    bool is_led;
    struct audit_place place; /* of the next record */
    struct trouble trouble;
    _Atomic(bool) is_failing; /* as far as the last write says */
};

struct run_addition {
    enum run_stake stake;
    struct batch_waiter *waiter; /* NULL: nobody waits */
    const char *body;
    size_t length;
};

/* Adds a record to the batch that is filling; who waits for it may have become
 * the leader. False: the leader hangs, and there is no room behind it. */
bool run_add_locked(struct run *run, const struct audit_user *user,
                    const struct run_addition *addition) REQUIRES(run->lock);

/* Writes what there is; by the thread that leads. */
void run_lead(struct run *run);

/* A leader has not answered in time. */
void run_say_late(struct run *run);

#endif
