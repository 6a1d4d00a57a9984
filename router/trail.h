/* SPDX-License-Identifier: BSD-3-Clause */
/* The audit log of an instance: from before its modules start to after the
 * last call. */
#ifndef ROUTER_TRAIL_H
#define ROUTER_TRAIL_H

#include "common/error.h"
#include "config/config.h"

#include <stdbool.h>
#include <stdint.h>

struct instance;

/* Opens it where the configuration names one; trail_free gives it back. */
bool trail_open(struct instance *instance, struct error *error);

/* Writes the record of the process, its modules and its configuration; false
 * when it cannot be written and that matters. */
bool trail_start(struct instance *instance, struct error *error);

/* Calls leave records from now on; without a log they leave none. */
void trail_serve(const struct instance *instance);

/* Keeps the records from now on that `settings`, lent for its life, and the
 * tokens' rules want. */
void trail_reload(const struct instance *instance,
                  const struct config_audit *settings);

/* Another consumer allows no threads. */
void trail_forbid_threads(const struct instance *instance);

/* Ends the clerk's and the flusher's threads, those of other sinks end with
 * trail_free; false: one hangs in its file, and nothing of the log may be
 * freed. */
bool trail_rest(const struct instance *instance, uint64_t wait_ms);

/* The last record and the last checkpoint, when no call is inside any more; or
 * one that is has been given up: when it comes back it leaves its record behind
 * that. Each waits finalize_wait_ms for the log's threads. */
void trail_stop(const struct instance *instance);
void trail_give_up(const struct instance *instance);

/* After trail_rest. */
void trail_free(struct instance *instance);

#endif
