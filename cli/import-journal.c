/* SPDX-License-Identifier: BSD-3-Clause */
/* Keeps imported keys in the journal. */
#include "cli/import-journal.h"

#include "common/cleanup.h"
#include "common/names.h"
#include "router/migration.h"
#include "router/transfer/journal.h"

/* Whether the old member is asked at all any more, and so has to be there. */
static bool
has_old(const struct import_target *target)
{
    const struct copying *group = target->group;

    return group != NULL && group->token->mode == GROUP_MIGRATE &&
           target->member->index == MIGRATE_NEW &&
           !migration_has_left(&group->token->members[MIGRATE_OLD]);
}

static bool
refuse_doubt(const struct copying *group, CK_RV rv, struct error *error)
{
    char code[NAME_LENGTH];

    return error_set(error, rv,
                     "the old member of \"%s\" does not tell whether it has "
                     "this key (%s); look with \"p11mux migrate status --login "
                     "%s\"",
                     group->token->label, name_of(NAME_CKR, rv, code),
                     group->token->label);
}

bool
import_journal_begin(const struct import_target *target,
                     const struct identity *identity, char **out_path,
                     struct error *error)
{
    const struct copying *group = target->group;
    struct lack lack = { .identity = identity,
                         .from = MIGRATE_OLD,
                         .to = MIGRATE_NEW };
    CK_RV rv;

    *out_path = NULL;
    if (!has_old(target))
        return true;
    rv = copying_find_again(group, MIGRATE_OLD, identity, &lack.object);
    if (!copying_shows_all(group, MIGRATE_OLD, error))
        return false;
    if (rv == CKR_OK)
        return copying_write_journal(group, &lack, out_path, error);
    return rv == CKR_OBJECT_HANDLE_INVALID || refuse_doubt(group, rv, error);
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
