/* SPDX-License-Identifier: BSD-3-Clause */
/* Mends copies that were being made when their process died. */
#include "cli/copying.h"
#include "cli/key-text.h"
#include "cli/memory.h"
#include "cli/message.h"
#include "common/cleanup.h"
#include "router/record.h"
#include "router/transfer/journal.h"

#include <stdlib.h>
#include <string.h>

enum { NOWHERE = MOST_MEMBERS };

/* By what the configuration said of it; one that is not there is nowhere. */
static unsigned
find_member(const struct copying *copying, const struct journal_member *wanted)
{
    for (unsigned i = 0; i < copying->token->n_members; i++) {
        const struct config_member *rule = copying->token->members[i].rule;

        if (copying->sessions[i] != 0 &&
            strcmp(rule->module->name, wanted->module) == 0 &&
            strcmp(rule->match.uri, wanted->match) == 0)
            return i;
    }
    return NOWHERE;
}

static bool
refuse(const struct journal_entry *entry, const char *why, struct error *error)
{
    return error_set(error, CKR_FUNCTION_FAILED,
                     "%s: a copy was left half way on a member of \"%s\" "
                     "(module %s, %s), and %s",
                     entry->path, entry->token, entry->to.module,
                     entry->to.match, why);
}

/* Whether no other token is in a member's place. */
static bool
is_same_token(const struct member *member, const char *wanted)
{
    CLEANUP(freep) char *its = journal_token_of(member);

    memory_need(its);
    return wanted == NULL || strcmp(its, wanted) == 0;
}

/* What could be the copy: of its class and type, with its CKA_ID and label. */
static CK_RV
find_candidates(const struct copying *copying, unsigned member,
                const struct identity *identity, CK_OBJECT_HANDLE **out,
                size_t *count)
{
    struct identity_place place = { key_text_functions(),
                                    copying->sessions[member] };
    CK_OBJECT_CLASS object_class = identity->object_class;
    CK_KEY_TYPE type = identity->key_type;
    CK_BBOOL is_token = CK_TRUE;
    CK_ATTRIBUTE template[5] = {
        { CKA_CLASS, &object_class, sizeof(object_class) },
        { CKA_TOKEN, &is_token, sizeof(is_token) },
    };
    size_t n = 2;

    if (type != CK_UNAVAILABLE_INFORMATION)
        template[n++] = (CK_ATTRIBUTE){ CKA_KEY_TYPE, &type, sizeof(type) };
    if (identity->id_length > 0)
        template[n++] =
            (CK_ATTRIBUTE){ CKA_ID, identity->id, identity->id_length };
    if (identity->label_length > 0)
        template[n++] = (CK_ATTRIBUTE){ CKA_LABEL, identity->label,
                                        identity->label_length };
    return identity_search(place, template, n, out, count);
}

/* It was another object, or it is gone by now and is copied anew. */
static bool
is_settled(enum transfer_verdict verdict)
{
    return verdict == TRANSFER_TAKEN || verdict == TRANSFER_UNPROVEN ||
           verdict == TRANSFER_CHANGED || verdict == TRANSFER_DIFFERENT;
}

/* One that is right gets the record that it lacks. */
static bool
mend_one(struct copying *copying, const struct journal_entry *entry,
         const struct lack *lack, CK_OBJECT_HANDLE copy, struct error *error)
{
    const struct member *members = copying->token->members;
    struct transfer_outcome outcome;

    if (transfer_mend(copying_transfer(copying, lack->from, lack->to),
                      lack->object, lack->identity, copy, &outcome))
        return record_transfer(&members[lack->from], &members[lack->to],
                               lack->identity, "mended") ||
               refuse(entry,
                      "the audit log cannot be written; \"p11mux "
                      "doctor\" says why",
                      error);
    if (outcome.verdict == TRANSFER_LEFT_BEHIND)
        return refuse(entry,
                      "it cannot be destroyed; destroy it and sync again",
                      error);
    return is_settled(outcome.verdict) ||
           refuse(
               entry,
               "an object there may be that copy, which cannot be found out; "
               "sync again, or compare the members and remove the file",
               error);
}

/* The two members, where they are what they were. */
static bool
find_ends(const struct copying *copying, const struct journal_entry *entry,
          struct lack *lack, struct error *error)
{
    const struct member *members = copying->token->members;

    lack->from = find_member(copying, &entry->from);
    lack->to = find_member(copying, &entry->to);
    if (lack->from == NOWHERE || lack->to == NOWHERE)
        return refuse(entry,
                      "not both members are there; sync again when "
                      "they are",
                      error);
    return (is_same_token(&members[lack->from], entry->from_token) &&
            is_same_token(&members[lack->to], entry->to_token)) ||
           refuse(entry,
                  "another token is in the place of one of the two; remove "
                  "the file, or sync again when the right one is there",
                  error);
}

/* Whether only its user sees it. */
static bool
is_private(const struct identity *identity)
{
    return identity->is_private || identity->object_class == CKO_PRIVATE_KEY ||
           identity->object_class == CKO_SECRET_KEY;
}

static bool
mend(struct copying *copying, const struct journal_entry *entry,
     struct error *error)
{
    CLEANUP(freep) CK_OBJECT_HANDLE *found = NULL;
    struct identity_place from = { .functions = key_text_functions() };
    struct lack lack = { .identity = entry->identity };
    bool is_mended = true;
    size_t count;

    if (!find_ends(copying, entry, &lack, error))
        return false;
    if (find_candidates(copying, lack.to, lack.identity, &found, &count) !=
            CKR_OK ||
        (is_private(lack.identity) && !copying_sees_all(copying, lack.to)))
        return refuse(entry,
                      "the member does not show what is private; log in "
                      "with --login",
                      error);
    from.session = copying->sessions[lack.from];
    if (count > 0 && identity_find(from.functions, from.session, lack.identity,
                                   true, &lack.object) != CKR_OK)
        return refuse(entry,
                      "what it was copied from is not found; log in "
                      "with --login, or compare the members and remove "
                      "the file",
                      error);
    for (size_t i = 0; is_mended && i < count; i++)
        is_mended = mend_one(copying, entry, &lack, found[i], error);
    return is_mended && journal_remove(entry->path, error);
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
    for (size_t i = 0; is_read && i < journal.n_entries; i++)
        mend_entry(copying, &journal, &journal.entries[i], out);
    return is_read;
}
