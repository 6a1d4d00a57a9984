/* SPDX-License-Identifier: BSD-3-Clause */
/* Mends a copy that was being made when its process died. */
#include "router/transfer/mend.h"

#include "common/cleanup.h"
#include "router/record.h"
#include "router/token.h"

#include <stdlib.h>
#include <string.h>

unsigned
mend_find(const struct token *token, const struct journal_member *wanted)
{
    for (unsigned i = 0; i < token->n_members; i++) {
        struct journal_member its = journal_member_of(&token->members[i]);

        if (strcmp(its.module, wanted->module) == 0 &&
            strcmp(its.match, wanted->match) == 0)
            return i;
    }
    return MEND_NOWHERE;
}

bool
mend_refuse(const struct journal_entry *entry, const char *why,
            struct error *error)
{
    return error_set(error, CKR_FUNCTION_FAILED,
                     "%s: a copy was left half way on a member of \"%s\" "
                     "(module %s, %s), and %s",
                     entry->path, entry->token, entry->to.module,
                     entry->to.match, why);
}

bool
mend_is_token(const struct member *member, const char *wanted)
{
    CLEANUP(freep) char *its = journal_token_of(member);

    return its != NULL && (wanted == NULL || strcmp(its, wanted) == 0);
}

/* What could be the copy: of its class and type, with its CKA_ID and label. */
static CK_RV
find_candidates(struct identity_place place, const struct identity *identity,
                CK_OBJECT_HANDLE **out, size_t *count)
{
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

bool
mend_is_private(const struct identity *identity)
{
    return identity->is_private || identity->object_class == CKO_PRIVATE_KEY ||
           identity->object_class == CKO_SECRET_KEY;
}

/* All of them; false: there may be others, which are private. */
static bool
find_all(const struct mend *mend, const struct identity *identity,
         CK_OBJECT_HANDLE **out, size_t *count)
{
    bool is_private = mend_is_private(identity);
    uint64_t before = is_private ? sight_look(&mend->sight) : 0;

    return find_candidates(mend->to_place, identity, out, count) == CKR_OK &&
           (!is_private || (before != 0 && before == sight_look(&mend->sight)));
}

enum mend_answer
mend_look(const struct mend *mend, const struct identity *identity,
          CK_OBJECT_HANDLE object, CK_OBJECT_HANDLE *out)
{
    CLEANUP(freep) CK_OBJECT_HANDLE *found = NULL;
    enum mend_answer answer = MEND_IS_NOT_THERE;
    struct transfer_outcome outcome;
    size_t count;

    if (!find_all(mend, identity, &found, &count))
        return MEND_IS_NOT_TOLD;
    for (size_t i = 0; i < count; i++) {
        if (mend->is_others != NULL && mend->is_others(mend, found[i]))
            continue;
        *out = found[i];
        if (transfer_look(mend->transfer, object, identity, *out, &outcome))
            return MEND_IS_WHOLE;
        if (outcome.verdict != TRANSFER_TAKEN)
            answer = MEND_IS_NOT_TOLD;
    }
    return answer;
}

static const char in_doubt[] =
    "an object there may be that copy, which cannot be found out; try again, "
    "or compare the members and remove the file";

static const char not_recorded[] =
    "the audit log cannot be written; \"p11mux doctor\" says why";

/* It is copied anew; there may be a record of it, written before its process
 * died. */
static bool
is_taken_back(enum transfer_verdict verdict)
{
    return verdict == TRANSFER_UNPROVEN || verdict == TRANSFER_CHANGED ||
           verdict == TRANSFER_DIFFERENT;
}

/* One that is right gets the record that it lacks. */
static bool
mend_one(const struct mend *mend, const struct journal_entry *entry,
         CK_OBJECT_HANDLE object, CK_OBJECT_HANDLE copy, struct error *error)
{
    struct transfer_outcome outcome;

    if (transfer_mend(mend->transfer, object, entry->identity, copy, &outcome))
        return record_transfer(mend->from, mend->to, entry->identity,
                               "mended") ||
               mend_refuse(entry, not_recorded, error);
    if (outcome.verdict == TRANSFER_LEFT_BEHIND)
        return mend_refuse(entry,
                           "it cannot be destroyed; destroy it and try again",
                           error);
    if (is_taken_back(outcome.verdict))
        return record_taken_back(mend->from, mend->to, entry->identity) ||
               mend_refuse(entry, not_recorded, error);
    return outcome.verdict == TRANSFER_TAKEN ||
           mend_refuse(entry, in_doubt, error);
}

/* Of several with the copy's name one may be an application's own, made while
 * the copy waited: what does not tell may only go where nothing else could be
 * the copy. Nothing is destroyed here. */
static bool
are_told(const struct mend *mend, const struct identity *identity,
         CK_OBJECT_HANDLE object, const CK_OBJECT_HANDLE *found, size_t count)
{
    size_t n_others = 0, n_whole = 0;

    for (size_t i = 0; i < count; i++) {
        struct transfer_outcome outcome;

        if (transfer_look(mend->transfer, object, identity, found[i], &outcome))
            n_whole++;
        else if (outcome.verdict == TRANSFER_TAKEN)
            n_others++;
    }
    return n_others + n_whole == count || count - n_others == 1;
}

bool
mend_by_name(const struct mend *mend, const struct journal_entry *entry,
             struct error *error)
{
    CLEANUP(freep) CK_OBJECT_HANDLE *found = NULL;
    struct identity_place from = mend->from_place;
    CK_OBJECT_HANDLE object = 0;
    bool is_mended = true;
    size_t count;

    if (!find_all(mend, entry->identity, &found, &count))
        return mend_refuse(entry,
                           "the member does not show what is private; log in "
                           "with --login",
                           error);
    if (count > 0 &&
        identity_find_at(from, entry->identity, true, &object) != CKR_OK)
        return mend_refuse(entry,
                           "what it was copied from is not found; log in with "
                           "--login, or compare the members and remove the "
                           "file",
                           error);
    if (count > 1 && !are_told(mend, entry->identity, object, found, count))
        return mend_refuse(entry, in_doubt, error);
    for (size_t i = 0; is_mended && i < count; i++)
        is_mended = mend_one(mend, entry, object, found[i], error);
    return is_mended && journal_remove(entry->path, error);
}

bool
mend_copy(const struct mend *mend, const struct journal_entry *entry,
          struct error *error)
{
    if (!mend_is_token(mend->from, entry->from_token) ||
        !mend_is_token(mend->to, entry->to_token))
        return mend_refuse(
            entry,
            "another token is in the place of one of the two; remove "
            "the file, or try again when the right one is there",
            error);
    return mend_by_name(mend, entry, error);
}
