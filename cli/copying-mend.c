/* SPDX-License-Identifier: BSD-3-Clause */
/* Mends copies that were being made when their process died. */
#include "cli/copying.h"
#include "cli/message.h"
#include "common/cleanup.h"
#include "common/der.h"
#include "router/record.h"
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

static const char buried[] = "what it was made of was destroyed since; destroy "
                             "it, and remove the file";

static bool
differs(const unsigned char *wanted, size_t wanted_length,
        const unsigned char *found, size_t found_length)
{
    return found_length > 0 &&
           !octets_equal((struct octets){ wanted, wanted_length },
                         (struct octets){ found, found_length });
}

/* The same key under another name is no copy; one that was left half way may
 * lack some of its name. */
static bool
is_called_otherwise(const struct identity *copy, const struct identity *its)
{
    return differs(copy->id, copy->id_length, its->id, its->id_length) ||
           differs(copy->label, copy->label_length, its->label,
                   its->label_length);
}

/* What has no record is a copy that is there, to who reads the log. */
static bool
bury(const struct copying *copying, const struct journal_entry *entry,
     const struct mend *ends, CK_OBJECT_HANDLE copy, struct error *error)
{
    CK_SESSION_HANDLE session = ends->to_place.session;
    CLEANUP(identity_freep) struct identity *its = NULL;
    CK_RV rv = copying_read(copying, ends->to->index, copy, &its);

    if (rv == CKR_OK && is_called_otherwise(entry->identity, its))
        return true;
    if (rv != CKR_OK || C_DestroyObject(session, copy) != CKR_OK)
        return mend_refuse(entry, buried, error);
    return record_taken_back(ends->from, ends->to, entry->identity) ||
           mend_refuse(entry,
                       "it was destroyed, but the audit log cannot be "
                       "written; \"p11mux doctor\" says why",
                       error);
}

/* What it was copied from was destroyed since, though its own member keeps it:
 * the copy goes, and there is nothing to mend. On another token there is none.
 */
static bool
bury_copy(const struct copying *copying, const struct journal_entry *entry,
          const struct mend *ends, struct error *error)
{
    CK_OBJECT_HANDLE copy;

    if (!mend_is_token(ends->from, entry->from_token) ||
        !mend_is_token(ends->to, entry->to_token) ||
        !tombstone_hides(ends->from, entry->identity))
        return true;
    switch (
        copying_find_again(copying, ends->to->index, entry->identity, &copy)) {
    case CKR_OK:
        return bury(copying, entry, ends, copy, error);
    case CKR_OBJECT_HANDLE_INVALID:
        return true;
    default:
        return mend_refuse(entry, buried, error);
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
    ends.from = &copying->token->members[from];
    ends.to = &copying->token->members[to];
    ends.from_place = asked_now(copying, from);
    ends.to_place = asked_now(copying, to);
    ends.transfer = copying_transfer(copying, from, to);
    ends.sight = copying_sight(copying, to);
    return bury_copy(copying, entry, &ends, error) &&
           mend_copy(&ends, entry, error);
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
