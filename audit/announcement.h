/* SPDX-License-Identifier: BSD-3-Clause */
/* The record of a checkpoint, which the checkpoint itself covers. */
#ifndef AUDIT_ANNOUNCEMENT_H
#define AUDIT_ANNOUNCEMENT_H

#include "audit/log.h"
#include "audit/note-key.h"

/* Appends it: by which key (NULL: none), and how many lines the checkpoint
 * before has. */
void announcement_write(struct audit_log *log, const struct note_key *key,
                        uint64_t previous);

/* The same for who has no log open: a run of this one record, to these sinks
 * too. Where nothing can be appended there is none. */
void announcement_write_alone(const char *path, uint64_t sinks,
                              const struct note_key *key, uint64_t previous);

#endif
