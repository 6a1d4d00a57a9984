/* SPDX-License-Identifier: BSD-3-Clause */
/* Copies objects of a group, in two steps: a copy is made, and others beside
 * it; then, when the member has been looked at again, it stays. */
#include "cli/copying.h"

#include "cli/memory.h"
#include "common/cleanup.h"
#include "router/catalogue.h"
#include "router/record.h"
#include "router/tie.h"
#include "router/tombstone.h"
#include "router/transfer/journal.h"

#include <stdlib.h>

bool
copying_write_journal(const struct copying *copying, const struct lack *lack,
                      char **out_path, struct error *error)
{
    const struct member *members = copying->token->members;
    CLEANUP(freep) char *from_token = journal_token_of(&members[lack->from]);
    CLEANUP(freep) char *to_token = journal_token_of(&members[lack->to]);
    struct journal_entry entry = {
        .token = (char *)(uintptr_t)copying->token->label,
        .from_token = from_token,
        .to_token = to_token,
        .from = journal_member_of(&members[lack->from]),
        .to = journal_member_of(&members[lack->to]),
        .identity = (struct identity *)(uintptr_t)lack->identity,
    };

    memory_need(from_token);
    memory_need(to_token);
    return journal_write(copying->state_dir, &entry, out_path, error);
}

/* Without a record there is no copy. */
static bool
record(struct copying *copying, struct copied *copied, struct error *error)
{
    const struct member *members = copying->token->members;
    const struct lack *lack = &copied->lack;
    struct transfer_outcome *outcome = &copied->outcome;

    if (record_transfer(&members[lack->from], &members[lack->to],
                        lack->identity, transfer_ways[outcome->way].name))
        return true;
    (void)transfer_discard(copying_transfer(copying, lack->from, lack->to),
                           copied->copy, TRANSFER_UNPROVEN, outcome);
    if (outcome->verdict == TRANSFER_LEFT_BEHIND)
        return error_set(error, CKR_FUNCTION_FAILED,
                         "the audit log cannot be written, and a copy on "
                         "member %u has no record; see why, and try again",
                         lack->to + 1);
    return error_set(error, CKR_FUNCTION_FAILED,
                     "the audit log cannot be written, so that nothing is "
                     "copied; \"p11mux doctor\" says why");
}

/* A secret key of which a member does not tell what it is would be another
 * object of the group (7.4). */
bool
copying_try(struct copying *copying, const struct lack *lack,
            struct transfer_outcome *outcome)
{
    tie_tell(copying->sessions[lack->from], lack->object, lack->identity);
    if (!transfer_try(copying_transfer(copying, lack->from, lack->to),
                      lack->object, lack->identity, outcome))
        return false;
    return lack->identity->object_class != CKO_SECRET_KEY ||
           outcome->is_known_again ||
           transfer_end(outcome, TRANSFER_NOT_KNOWN, NULL, false, CKR_OK);
}

/* -- Making -------------------------------------------------------------------
 */

/* A private key that shows nothing of itself, where its public one is not, and
 * a secret key that does not tell what it is, would be another object to
 * applications. */
static bool
is_seen_as_one(const struct lack *lack, const struct transfer_outcome *outcome)
{
    CK_OBJECT_CLASS object_class = lack->identity->object_class;

    return (object_class != CKO_PRIVATE_KEY &&
            object_class != CKO_SECRET_KEY) ||
           outcome->is_known_again;
}

static bool
make_known(struct copying *copying, const struct lack *lack,
           CK_OBJECT_HANDLE *out, struct transfer_outcome *outcome)
{
    struct transfer *transfer = copying_transfer(copying, lack->from, lack->to);
    CK_RV rv;

    if (!transfer_make(transfer, out, outcome))
        return false;
    if (is_seen_as_one(lack, outcome))
        return true;
    /* It may be that its public half was destroyed with it. */
    if (!transfer_confirm(transfer, *out, outcome))
        return false;
    rv = C_DestroyObject(copying->sessions[lack->to], *out);
    return rv == CKR_OK
               ? transfer_end(outcome, TRANSFER_NOT_KNOWN, NULL, false, CKR_OK)
               : transfer_end(outcome, TRANSFER_LEFT_BEHIND, "C_DestroyObject",
                              true, rv);
}

/* What has come of it is known. */
static bool
end_journal(const struct transfer_outcome *outcome, const char *path,
            struct error *error)
{
    return outcome->verdict == TRANSFER_LEFT_BEHIND
               ? journal_leave(path, error)
               : journal_remove(path, error);
}

/* By what is there, those that come after it are known. */
static void
note(struct copying *copying, const struct copied *copied)
{
    struct catalogue *catalogue = copying->catalogues[copied->lack.to];

    if (catalogue != NULL &&
        !catalogue_add(catalogue, copied->copy, copied->lack.identity))
        memory_need(NULL);
}

bool
copying_make(struct copying *copying, const struct lack *lack,
             struct copied *out, struct error *error)
{
    CLEANUP(freep) char *path = NULL;

    if (!copying_write_journal(copying, lack, &path, error))
        return false;
    if (!make_known(copying, lack, &out->copy, &out->outcome))
        return end_journal(&out->outcome, path, error);
    out->lack = *lack;
    out->path = path;
    path = NULL;
    transfer_keep(copying_transfer(copying, lack->from, lack->to), &out->kept);
    note(copying, out);
    return true;
}

/* -- Staying ------------------------------------------------------------------
 */

/* An application has destroyed it though its own member still shows it: who
 * does that after this has seen the copy, and destroys it too. */
static bool
is_buried(const struct copying *copying, const struct transfer *transfer,
          const struct lack *lack, CK_OBJECT_HANDLE copy,
          struct transfer_outcome *outcome)
{
    return tombstone_hides(&copying->token->members[lack->from],
                           lack->identity) &&
           !transfer_discard(transfer, copy, TRANSFER_BURIED, outcome);
}

static bool
confirm(struct copying *copying, const struct lack *lack, CK_OBJECT_HANDLE copy,
        struct transfer_outcome *outcome)
{
    struct transfer *transfer = copying_transfer(copying, lack->from, lack->to);

    return transfer_confirm(transfer, copy, outcome) &&
           !is_buried(copying, transfer, lack, copy, outcome);
}

/* Whoever has changed or destroyed the original before the file was gone has
 * seen no copy that he could have changed too. */
static bool
confirm_again(struct copying *copying, struct copied *copied,
              struct error *error)
{
    const struct member *members = copying->token->members;
    const struct lack *lack = &copied->lack;
    CLEANUP(freep) char *path = NULL;

    if (confirm(copying, lack, copied->copy, &copied->outcome))
        return true;
    if (copied->outcome.verdict != TRANSFER_LEFT_BEHIND)
        return record_taken_back(&members[lack->from], &members[lack->to],
                                 lack->identity) ||
               error_set(error, CKR_FUNCTION_FAILED,
                         "the audit log cannot be written, and has a copy on "
                         "member %u that was taken back; see why with \"p11mux "
                         "doctor\"",
                         lack->to + 1);
    return copying_write_journal(copying, lack, &path, error) &&
           journal_leave(path, error);
}

/* Without a record there is no copy, and of a copy that goes there is none: it
 * is written when nothing but the copy's file is in the way of its use. */
static bool
let_stay(struct copying *copying, struct copied *copied, bool is_all_seen,
         struct error *error)
{
    const struct lack *lack = &copied->lack;
    struct transfer *transfer = copying_transfer(copying, lack->from, lack->to);

    transfer_resume(transfer, &copied->kept);
    if ((!is_all_seen &&
         !transfer_discard(transfer, copied->copy, TRANSFER_UNREADABLE,
                           &copied->outcome)) ||
        !transfer_is_alone(transfer, copied->copy, &copied->outcome) ||
        !confirm(copying, lack, copied->copy, &copied->outcome))
        return end_journal(&copied->outcome, copied->path, error);
    return record(copying, copied, error) &&
           journal_remove(copied->path, error) &&
           confirm_again(copying, copied, error);
}

/* One after the other, also where one of them stops all: each has a file. */
bool
copying_settle(struct copying *copying, struct copied *copied, size_t count,
               struct error *error)
{
    bool is_done = true;
    bool is_all_seen = true;

    if (count > 0 && copying->catalogues[copied[0].lack.to] != NULL)
        is_all_seen = copying_look(copying, copied[0].lack.to);
    for (size_t i = 0; i < count; i++) {
        struct copied *its = &copied[i];

        bool is_told = let_stay(copying, its, is_all_seen, error);

        its->stays = is_told && its->outcome.verdict == TRANSFER_FINE;
        is_done = is_told && is_done;
        if (!its->stays && copying->catalogues[its->lack.to] != NULL)
            catalogue_remove(copying->catalogues[its->lack.to], its->copy);
        free(its->path);
        its->path = NULL;
    }
    return is_done;
}

bool
copied_waits(const struct copied *copied)
{
    return copied->path != NULL;
}
