/* SPDX-License-Identifier: BSD-3-Clause */
/* Mends copies that were being made when their process died. */
#include "cli/copying.h"
#include "cli/message.h"
#include "common/cleanup.h"
#include "router/tombstone.h"
#include "router/transfer/mend.h"

#include <string.h>

/* One that is not there is nowhere. */
static unsigned
find_member(const struct copying *copying, const struct journal_member *wanted)
{
    unsigned found = mend_find(copying->token, wanted);

    return found != MEND_NOWHERE && copying->sessions[found] != 0
               ? found
               : MEND_NOWHERE;
}

/* What it was copied from was destroyed since, though its own member keeps it:
 * the copy goes, and there is nothing to mend. */
static bool
bury_copy(const struct copying *copying, const struct journal_entry *entry,
          unsigned from, unsigned to)
{
    CK_OBJECT_HANDLE copy;

    if (!tombstone_hides(&copying->token->members[from], entry->identity))
        return true;
    switch (copying_find_again(copying, to, entry->identity, &copy)) {
    case CKR_OK:
        return C_DestroyObject(copying->sessions[to], copy) == CKR_OK;
    case CKR_OBJECT_HANDLE_INVALID:
        return true;
    default:
        return false;
    }
}

/* A catalogue may lack what was hidden when it was read. */
static struct identity_place
asked_now(const struct copying *copying, unsigned member)
{
    struct identity_place place = copying_place(copying, member);

    place.catalogue = NULL;
    return place;
}

static bool
mend(struct copying *copying, const struct journal_entry *entry,
     struct error *error)
{
    unsigned from = find_member(copying, &entry->from);
    unsigned to = find_member(copying, &entry->to);
    struct mend ends = { .from = NULL };

    if (from == MEND_NOWHERE || to == MEND_NOWHERE)
        return mend_refuse(entry,
                           "not both members are there; try again when "
                           "they are",
                           error);
    if (!bury_copy(copying, entry, from, to))
        return mend_refuse(entry,
                           "what it was made of was destroyed since; destroy "
                           "it, and remove the file",
                           error);
    ends.from = &copying->token->members[from];
    ends.to = &copying->token->members[to];
    ends.from_place = asked_now(copying, from);
    ends.to_place = asked_now(copying, to);
    ends.transfer = copying_transfer(copying, from, to);
    ends.sight = copying_sight(copying, to);
    return mend_copy(&ends, entry, error);
}

/* Of a file that cannot be read nobody knows whose it is. */
static void
mend_entry(struct copying *copying, const struct journal *journal,
           struct journal_entry *entry, struct mending *out)
{
    struct error error = { .rv = CKR_OK };
    bool is_mended = journal_read_entry(journal, entry, &error);

    if (is_mended) {
        if (strcmp(entry->token, copying->token->label) != 0)
            return;
        is_mended = mend(copying, entry, &error);
    }
    if (!is_mended)
        message_error("%s", error.text);
    *(is_mended ? &out->n_mended : &out->n_left) += 1;
}

bool
copying_mend(struct copying *copying, struct mending *out, struct error *error)
{
    CLEANUP(journal_clear) struct journal journal;
    bool is_read = journal_read(copying->state_dir, &journal, error);

    *out = (struct mending){ .n_mended = 0 };
    journal_sweep(copying->state_dir);
    for (size_t i = 0; is_read && i < journal.n_entries; i++)
        mend_entry(copying, &journal, &journal.entries[i], out);
    return is_read;
}
