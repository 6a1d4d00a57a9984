/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * How far a migration is, for all processes and over reboots: a small file in
 * the state folder for each token in mode "migrate" (doc/formats.md). The
 * operator's tool writes it, everybody else reads it.
 */
#ifndef ROUTER_MIGRATION_PHASE_H
#define ROUTER_MIGRATION_PHASE_H

#include "common/error.h"
#include "config/config.h"

enum migration_phase {
    MIGRATION_MOVING,      /* an object is asked for on the new member first */
    MIGRATION_ROLLED_BACK, /* on the old one first (R9.11) */
    MIGRATION_FINISHED,    /* the old one is not asked any more */
    MIGRATION_PHASES
};

/* "moving", "rolled-back", "finished". */
const char *migration_phase_name(enum migration_phase phase);

/*
 * MIGRATION_MOVING where nothing was ever said. False, with a sentence and
 * *out as that: it cannot be read, others than root, this process's user and
 * the state folder's owner could write it, or it speaks of other members.
 * `rule` is that of the token.
 */
bool migration_phase_read(const char *state_dir,
                          const struct config_token *rule,
                          enum migration_phase *out, struct error *error);

/*
 * Nobody else writes it meanwhile: who writes another one looks first whether
 * that still may follow. Kept for no longer than that takes; a descriptor to be
 * closed, or -1 with a sentence.
 */
int migration_phase_lock(const char *state_dir, const struct config_token *rule,
                         struct error *error);

/* On the disk when it returns. Processes that run hear of it by CONTROL_MOVED
 * (router/control-page.h). */
bool migration_phase_write(const char *state_dir,
                           const struct config_token *rule,
                           enum migration_phase phase, struct error *error);

#endif
