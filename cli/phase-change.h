/* SPDX-License-Identifier: BSD-3-Clause */
/* A migration that becomes another phase: first in the audit log, then for all
 * processes. */
#ifndef CLI_PHASE_CHANGE_H
#define CLI_PHASE_CHANGE_H

#include "common/error.h"
#include "config/config.h"
#include "router/migration-phase.h"

struct phase_change {
    const struct config *config;
    const struct config_token *rule;
    CK_SLOT_ID slot; /* CK_UNAVAILABLE_INFORMATION: not known */
    enum migration_phase was;
    enum migration_phase becomes;
};

/*
 * By who holds migration_phase_lock, with the modules started or not. False,
 * with a sentence: it is what it was, since one of the two cannot be written.
 * Where it is in force and may not outlast a power failure that is said.
 */
bool phase_change_make(const struct phase_change *change, struct error *error);

#endif
