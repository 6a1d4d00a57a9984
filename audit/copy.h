/* SPDX-License-Identifier: BSD-3-Clause */
/* Copies of a checkpoint, which leave the machine with syslog. */
#ifndef AUDIT_COPY_H
#define AUDIT_COPY_H

#include "audit/checkpoint.h"

/*
 * Sends a log's newest checkpoint to syslog, where there is one, and to the
 * journal where the log's sinks (a bit for each of enum daemon) name it. What
 * cannot be sent is said in the operator's log; a daemon that hangs is waited
 * for a moment.
 */
void copy_send(const char *path, const struct checkpoint *checkpoint,
               const char *note, uint64_t sinks);

#endif
