/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * The thread that writes what a run has in memory, shortly after there is
 * something, or when half of the room is taken. What is left when the process
 * exits is written then.
 */
#ifndef AUDIT_FLUSHER_H
#define AUDIT_FLUSHER_H

#include "audit/run.h"

#include <stdint.h>

struct flusher;

/* Without its thread, which is started when it is first needed. The run is
 * lent. NULL: no memory. */
struct flusher *flusher_new(struct run *run);

/* Whether there is a thread that will write; started where there is none. */
bool flusher_is_ready(struct flusher *flusher);

/* It is not started any more; false: it runs already, and goes on. */
bool flusher_forbid_thread(struct flusher *flusher);

/* There is more to write. */
void flusher_wake(struct flusher *flusher, enum batch_fill fill);

/*
 * Ends the thread, and writes what it left; it is never ready again. False:
 * the thread hangs in the file, or the process is exiting: nothing may be
 * freed.
 */
bool flusher_stop(struct flusher *flusher, uint64_t wait_ms);

/* One that was stopped. */
void flusher_free(struct flusher *flusher);

#endif
