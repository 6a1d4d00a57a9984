/* SPDX-License-Identifier: BSD-3-Clause */
/* Makes the checkpoints of a log for a process that writes it, where it may:
 * whatever is in the way is said once, and keeps nobody from working. */
#ifndef AUDIT_SEALER_H
#define AUDIT_SEALER_H

#include "audit/log.h"

struct sealer;

/* Reads the key, while the process still may. Both are lent. NULL: no
 * memory. */
struct sealer *sealer_new(const struct config_audit *settings,
                          struct audit_log *log);
void sealer_free(struct sealer *sealer);

/* A checkpoint, if there is something new; by one thread at a time. */
void sealer_run(struct sealer *sealer);

/*
 * The last checkpoint of a run. `write_last` is called once, whatever happens,
 * and appends the record that ends it.
 */
void sealer_finish(struct sealer *sealer, void (*write_last)(void *context),
                   void *context);

#endif
