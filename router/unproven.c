/* SPDX-License-Identifier: BSD-3-Clause */
/* Reads which copies are not proven yet. */
#include "router/unproven.h"

#include "common/cleanup.h"
#include "common/log.h"
#include "router/migration.h"
#include "router/mode.h"
#include "router/slot-list.h"

/* Once a process: it is the same for all that it looks at. */
static void
complain(const struct token *token, const struct error *error)
{
    static _Atomic(bool) is_said;

    if (!atomic_exchange(&is_said, true))
        log_write(LOG_LEVEL_ERROR,
                  "%s; token \"%s\" uses what another member has there until "
                  "it can be read",
                  error->text, token->label);
}

/* When nothing is used on the old member any more, what it has had is used
 * where it is. */
static void
darken(struct unproven *unproven, const struct token *token,
       const struct error *error)
{
    if (migration_has_left(&token->members[MIGRATE_OLD]))
        return;
    complain(token, error);
    unproven->is_dark = true;
}

bool
unproven_may_be_on(const struct member *member)
{
    const struct token *token = member->token;

    if (mode_facts[token->mode].moves_objects)
        return member->index == MIGRATE_NEW;
    return token->mode != GROUP_SINGLE &&
           token->rule->write == WRITE_REPLICATE && member != token->overflow;
}

void
unproven_read(struct unproven *unproven, const struct member *member)
{
    const struct token *token = member->token;
    struct error error = { .rv = CKR_OK };

    *unproven = (struct unproven){ .is_dark = false };
    if (!unproven_may_be_on(member))
        return;
    if (journal_read_all(slot_list_config(token->list)->state_dir,
                         &unproven->journal, &error) &&
        journal_read_about(&unproven->journal, member, NULL, &error))
        return;
    darken(unproven, token, &error);
}

void
unproven_clear(struct unproven *unproven)
{
    journal_clear(&unproven->journal);
}

bool
unproven_has(const struct unproven *unproven, const struct identity *identity)
{
    for (size_t i = 0; i < unproven->journal.n_entries; i++) {
        const struct identity *its = unproven->journal.entries[i].identity;

        /* A private key may be there before its public half tells which it
         * is. */
        if (identity_is_same_key(its, identity) ||
            identity_is_called_alike(its, identity))
            return true;
    }
    return false;
}

bool
unproven_is(const struct member *member, const struct identity *identity,
            bool is_elsewhere)
{
    CLEANUP(unproven_clear) struct unproven unproven;

    unproven_read(&unproven, member);
    return unproven_has(&unproven, identity) ||
           (unproven.is_dark && is_elsewhere);
}
