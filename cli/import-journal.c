/* SPDX-License-Identifier: BSD-3-Clause */
/* Keeps imported keys in the journal. */
#include "cli/import-journal.h"

#include "cli/key-text.h"
#include "common/cleanup.h"
#include "router/transfer/journal.h"

bool
import_journal_begin(const struct import_target *target,
                     const struct identity *identity, char **out_path,
                     struct error *error)
{
    const struct copying *group = target->group;
    struct lack lack = { .identity = identity,
                         .from = MIGRATE_OLD,
                         .to = MIGRATE_NEW };

    *out_path = NULL;
    if (group == NULL || group->token->mode != GROUP_MIGRATE ||
        target->member->index != MIGRATE_NEW ||
        identity_find(key_text_functions(), group->sessions[MIGRATE_OLD],
                      identity, false, &lack.object) != CKR_OK)
        return true;
    return copying_write_journal(group, &lack, out_path, error);
}

bool
import_journal_end(char **path, enum transfer_verdict verdict,
                   struct error *error)
{
    CLEANUP(freep) char *its = *path;

    *path = NULL;
    if (its == NULL)
        return true;
    return verdict == TRANSFER_LEFT_BEHIND ? journal_leave(its, error)
                                           : journal_remove(its, error);
}
