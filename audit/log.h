/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * The audit log as one process writes it: its records are one run, numbered
 * and chained, and are in the file before audit_log_write returns, or shortly
 * after where they are buffered.
 */
#ifndef AUDIT_LOG_H
#define AUDIT_LOG_H

#include "audit/event.h"
#include "common/error.h"

#include <stdbool.h>
#include <sys/types.h>

struct audit_log;

/*
 * Begins a run in the file. `settings` is lent for the life of the log;
 * `wants_calls` says that some token's level is that of all calls. False when
 * the file cannot be opened; of the other sinks none needs to be there.
 */
bool audit_log_new(const struct config_audit *settings, gid_t group,
                   bool wants_calls, bool may_create_threads,
                   struct audit_log **out, struct error *error);

/* Which records it keeps from now on: of `settings`, lent for its life too,
 * only `level` and `excluded` are read. */
void audit_log_want(struct audit_log *log, const struct config_audit *settings,
                    bool wants_calls);

/* From now on no thread is started; those that run go on. */
void audit_log_forbid_threads(struct audit_log *log);

/* Ends its thread and writes what that left; records are written at once from
 * then on. False: it hangs in the file, and the log may not be freed. */
bool audit_log_rest(struct audit_log *log, uint64_t wait_ms);

/* After audit_log_rest. */
void audit_log_free(struct audit_log *log);

/* How many records it has kept. */
uint64_t audit_log_count(const struct audit_log *log);

/* How many records were lost, and calls refused, since it could not be
 * written. */
void audit_log_failures(const struct audit_log *log, uint64_t *out_lost,
                        uint64_t *out_denied);

/* Lends what writes to it. */
const struct audit_sink *audit_log_sink(const struct audit_log *log);

/*
 * False when the record could not be kept and that is to be told
 * (`on_failure`). Records that nobody wants, by level or by `exclude`, are
 * kept well. Called by many threads at once.
 */
bool audit_log_write(struct audit_log *log, const struct audit_event *event);

/* The same; for a record of the log's own, which no level leaves out. True
 * only if it is in the file. */
bool audit_log_write_always(struct audit_log *log,
                            const struct audit_event *event);

#endif
