/* SPDX-License-Identifier: BSD-3-Clause */
/* Finds, destroys and lists what is buried on an old member. */
#include "cli/buried.h"

#include "cli/hex.h"
#include "cli/object-row.h"
#include "common/cleanup.h"
#include "router/tombstone.h"
#include "router/transfer/mend.h"

#include <stdlib.h>

/* -- Finding -----------------------------------------------------------------
 */

bool
buried_find(struct moves *moves, const struct copying *copying,
            struct error *error)
{
    const struct token *token = copying->token;

    /* After the objects: what is buried in between is seen, and hidden. */
    tombstones_read(&moves->tombstones, &token->members[MIGRATE_OLD]);
    for (size_t i = 0; i < moves->n_items; i++) {
        struct move *move = &moves->items[i];

        if (!tombstones_hide(&moves->tombstones, move->identity))
            continue;
        move->state = MOVE_BURIED;
        move->outcome.verdict = TRANSFER_BURIED;
    }
    return !moves->tombstones.is_dark ||
           error_set(error, CKR_FUNCTION_FAILED,
                     "what was destroyed on \"%s\" and is hidden on its old "
                     "member is not known, as the log says; it would come "
                     "back: mend that before",
                     token->label);
}

/* -- Destroying --------------------------------------------------------------
 */

/* What the old member has of it by now: CKR_OBJECT_HANDLE_INVALID where that is
 * surely nothing. The caller frees *out after CKR_OK. */
static CK_RV
find(const struct copying *copying, const struct identity *identity,
     CK_OBJECT_HANDLE *object, struct identity **out)
{
    CK_RV rv = copying_find_again(copying, MIGRATE_OLD, identity, object);

    if (rv != CKR_OK)
        return rv;
    rv = copying_read(copying, MIGRATE_OLD, *object, out);
    /* It was found just now. */
    return rv == CKR_OBJECT_HANDLE_INVALID ? CKR_FUNCTION_FAILED : rv;
}

/* That its handle is no good does not say that the object has gone. In its
 * place the same key may be found under another name, which nobody has
 * destroyed: then it has. */
static CK_RV
destroy_again(const struct copying *copying,
              const struct tombstones *tombstones, struct move *move)
{
    CLEANUP(identity_freep) struct identity *its = NULL;
    CK_OBJECT_HANDLE object;
    CK_RV rv = find(copying, move->identity, &object, &its);

    if (rv == CKR_OK && tombstones_hide(tombstones, its))
        return C_DestroyObject(copying->sessions[MIGRATE_OLD], object);
    return rv == CKR_OBJECT_HANDLE_INVALID ? CKR_OK : rv;
}

static void
destroy(const struct copying *copying, const struct tombstones *tombstones,
        struct move *move)
{
    CK_RV rv = C_DestroyObject(copying->sessions[MIGRATE_OLD], move->object);

    if (rv == CKR_OBJECT_HANDLE_INVALID)
        rv = destroy_again(copying, tombstones, move);
    if (rv == CKR_OK)
        move->state = MOVE_DESTROYED;
    else
        (void)transfer_end(&move->outcome, TRANSFER_BURIED, "C_DestroyObject",
                           false, rv);
}

/* Whether the old member still shows what it hides. */
static bool
is_shown(const struct moves *moves, const struct journal_entry *entry)
{
    for (size_t i = 0; i < moves->n_old; i++)
        if (moves->items[i].state == MOVE_BURIED &&
            tombstone_is_of(entry, moves->items[i].identity))
            return true;
    return false;
}

/* Whether the old member has an object that the entry hides; of what cannot be
 * found out it may. */
static bool
may_be_there(const struct copying *copying, const struct journal_entry *entry)
{
    CLEANUP(identity_freep) struct identity *its = NULL;
    CK_OBJECT_HANDLE object;
    CK_RV rv = find(copying, entry->identity, &object, &its);

    return rv == CKR_OK ? tombstone_is_of(entry, its)
                        : rv != CKR_OBJECT_HANDLE_INVALID;
}

/* On another token nobody has looked. */
static bool
is_over(const struct copying *copying, const struct moves *moves,
        const struct journal_entry *entry)
{
    return !is_shown(moves, entry) &&
           (entry->to_token == NULL ||
            mend_is_token(&copying->token->members[MIGRATE_OLD],
                          entry->to_token)) &&
           !may_be_there(copying, entry);
}

bool
buried_destroy(const struct copying *copying, struct moves *moves,
               const struct move_choice *choice, struct error *error)
{
    const struct journal *journal = &moves->tombstones.journal;
    bool is_done = true;

    for (size_t i = 0; i < moves->n_old; i++)
        if (moves->items[i].state == MOVE_BURIED &&
            move_choice_fits(choice, moves->items[i].identity))
            destroy(copying, &moves->tombstones, &moves->items[i]);
    for (size_t i = 0; is_done && i < journal->n_entries; i++)
        is_done = !is_over(copying, moves, &journal->entries[i]) ||
                  tombstone_remove(journal->entries[i].path, error);
    return is_done;
}

/* -- Listing -----------------------------------------------------------------
 */

enum column {
    COLUMN_CLASS,
    COLUMN_LABEL,
    COLUMN_ID,
    COLUMN_FINGERPRINT,
    COLUMN_ON_OLD,
    COLUMN_ON_OLD_SHOWN,
    N_COLUMNS
};

static const struct report_column columns[N_COLUMNS] = {
    [COLUMN_CLASS] = { .name = "class", .heading = "CLASS" },
    [COLUMN_LABEL] = { .name = "label", .heading = "LABEL" },
    [COLUMN_ID] = { .name = "id", .heading = "ID" },
    [COLUMN_FINGERPRINT] = { .name = "fingerprint" },
    [COLUMN_ON_OLD] = { .name = "on_old" },
    [COLUMN_ON_OLD_SHOWN] = { .heading = "BURIED" },
};

static void
set_text(struct report *report, enum column column, char *text)
{
    report_set_text(report, column, text);
    free(text);
}

static void
add_row(struct report *report, const struct moves *moves,
        const struct journal_entry *entry)
{
    const struct identity *identity = entry->identity;
    bool is_there = is_shown(moves, entry);

    report_add_row(report);
    set_text(report, COLUMN_CLASS, object_class_text(identity->object_class));
    set_text(report, COLUMN_LABEL, object_label_text(identity));
    set_text(report, COLUMN_ID, hex_text(identity->id, identity->id_length));
    if (identity->has_fingerprint)
        set_text(report, COLUMN_FINGERPRINT,
                 hex_text(identity->fingerprint,
                          sizeof(identity->fingerprint)));
    report_set_truth(report, COLUMN_ON_OLD, is_there);
    report_set_text(report, COLUMN_ON_OLD_SHOWN,
                    is_there ? "the old member has it, and it is hidden there"
                             : "the old member does not show it");
}

struct report *
buried_report(const struct moves *moves)
{
    const struct journal *journal = &moves->tombstones.journal;
    struct report *report = report_new(columns, N_COLUMNS);

    for (size_t i = 0; i < journal->n_entries; i++)
        add_row(report, moves, &journal->entries[i]);
    return report;
}
