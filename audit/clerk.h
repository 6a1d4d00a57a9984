/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * What a process does for its audit log besides writing it: one thread, from
 * the first record of a call on, makes a checkpoint after every so many records
 * or so much time, and looks whether the configuration was changed. Where the
 * application forbids threads there is only the checkpoint at the end.
 */
#ifndef AUDIT_CLERK_H
#define AUDIT_CLERK_H

#include "audit/log.h"

struct clerk;

/* Lends all. `latest` is what the process has read of the file last. NULL: no
 * memory. */
struct clerk *clerk_new(const struct config *config,
                        const struct config *latest, struct audit_log *log,
                        bool may_create_threads);

/* Calls leave records from now on: lends what writes and counts them. */
const struct audit_sink *clerk_serve(struct clerk *clerk);

/* The process has read its configuration anew; see config_watch_take. */
bool clerk_take_config(struct clerk *clerk, const struct config *config,
                       size_t n_waiting);

/* Makes no thread from now on. */
void clerk_forbid_threads(struct clerk *clerk);

/* Ends the thread; false when it hangs in a file for longer than that. */
bool clerk_rest(struct clerk *clerk, uint64_t wait_ms);

/* The last checkpoint of the run, by a clerk that rests; `write_last` is called
 * once, whatever happens, and appends the record that ends the run. */
void clerk_finish(struct clerk *clerk, void (*write_last)(void *context),
                  void *context);

/* Of a clerk that rests. */
void clerk_free(struct clerk *clerk);

#endif
