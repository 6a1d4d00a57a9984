/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * A launch: one try to bring a backend up, loading it where that has not been
 * done, in a thread of its own where threads are allowed.
 */
#ifndef BACKENDS_LAUNCH_H
#define BACKENDS_LAUNCH_H

#include "backends/backend-private.h"
#include "common/clock.h"

#include <stdbool.h>

/* Whether the backend is down and its time to be tried has come. */
bool launch_is_due(struct backend *backend);

/* Whether a launch is on its way that is in line for its turn, or began after
 * `since` (clock_now). */
bool launch_is_young(struct backend *backend, uint64_t since);

/* Begins a launch if it is due, by joining the line; without threads it has
 * ended on return. */
void launch_begin(struct backend *backend);

/*
 * Ends the thread of a launch that has ended. Until then the libraries' own
 * destructors run in it, OpenSSL's under a lock, and a process that forks
 * amid them has children that wait for that lock for ever.
 */
void launch_reap(struct backend *backend);

/* Waits for the end of a launch and of its thread; false when it took longer
 * than `most_ms` from its turn on. */
bool launch_wait(struct backend *backend, uint64_t most_ms);

/*
 * Ends all launching of this backend: waits for the one on its way. False
 * when that still hangs at the deadline: then its thread goes on alone, and
 * the backend must never be freed.
 */
bool launch_stop(struct backend *backend, struct deadline until);

/* Loads the module without starting it, and settles a failure. */
bool launch_load(struct backend *backend, struct error *error);

#endif
