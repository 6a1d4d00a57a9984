/* SPDX-License-Identifier: BSD-3-Clause */
/* Whether an object may be copied to another member. */
#include "common/cleanup.h"
#include "router/transfer/transfer-private.h"

#include <stdlib.h>

bool
transfer_is_hidden(const struct identity *identity)
{
    return identity->object_class == CKO_PRIVATE_KEY ||
           identity->object_class == CKO_SECRET_KEY;
}

static bool
is_key(const struct identity *identity)
{
    return transfer_is_hidden(identity) ||
           identity->object_class == CKO_PUBLIC_KEY;
}

/* -- Whether it may be copied ------------------------------------------------
 */

/* Templates in a template, which no member gives in a form that another one
 * takes. */
static bool
has_templates(const struct transfer *transfer)
{
    static const CK_ATTRIBUTE_TYPE types[] = { CKA_WRAP_TEMPLATE,
                                               CKA_UNWRAP_TEMPLATE,
                                               CKA_DERIVE_TEMPLATE };

    return traits_are_there(transfer->channel.from, transfer->freight.key,
                            types, sizeof(types) / sizeof(types[0]));
}

bool
transfer_may_leave(const struct transfer *transfer,
                   struct transfer_outcome *outcome)
{
    const struct traits *its = &transfer->traits;

    if (!traits_is_true(its, CKA_EXTRACTABLE, false))
        return transfer_fail(outcome, TRANSFER_NOT_EXTRACTABLE);
    if (traits_is_true(its, CKA_WRAP_WITH_TRUSTED, false))
        return transfer_fail(outcome, TRANSFER_TRUSTED_ONLY);
    return !has_templates(transfer) ||
           transfer_fail(outcome, TRANSFER_TEMPLATES);
}

static bool
is_for_session(const struct transfer *transfer, CK_ATTRIBUTE_TYPE *out)
{
    const struct profile_objects *objects = &transfer->session_objects;
    const struct profile_attributes *refused = &transfer->session_only;
    const struct traits *its = &transfer->traits;

    *out = CKA_TOKEN;
    for (size_t i = 0; i < objects->count; i++)
        if (objects->classes[i] == transfer->freight.identity->object_class)
            return true;
    for (CK_ULONG i = 0; i < its->count; i++)
        for (size_t j = 0; j < refused->count; j++) {
            *out = refused->types[j];
            if (its->needs[i] == TRAIT_NEEDED && its->items[i].type == *out)
                return true;
        }
    return false;
}

/* What a copy for the session does not tell: NSS's softoken takes an attribute,
 * and data, there that it does not take for good. */
bool
transfer_may_stay(const struct transfer *transfer,
                  struct transfer_outcome *outcome)
{
    CK_ATTRIBUTE_TYPE type;

    if (!is_for_session(transfer, &type))
        return true;
    outcome->has_attribute = true;
    outcome->attribute = type;
    return transfer_end(outcome, TRANSFER_REFUSED, NULL, true, CKR_OK);
}

/* What shows its public key where it came from: RSA keys do themselves. */
static bool
find_public(struct transfer *transfer)
{
    struct identity_place from = transfer->channel.from;
    struct freight *freight = &transfer->freight;
    struct identity wanted = *freight->identity;

    wanted.object_class = CKO_PUBLIC_KEY;
    if (identity_find_at(from, &wanted, false, &freight->public_key) !=
        CKR_OK) {
        freight->public_key = freight->key;
        freight->public_class = CKO_PRIVATE_KEY;
        return wanted.key_type == CKK_RSA &&
               traits_read_public(from, freight->key, CKO_PRIVATE_KEY,
                                  &transfer->public_traits) == CKR_OK;
    }
    freight->public_class = CKO_PUBLIC_KEY;
    if (traits_read_public(from, freight->public_key, CKO_PUBLIC_KEY,
                           &transfer->public_traits) != CKR_OK)
        return false;
    (void)traits_find(&transfer->public_traits, CKA_EC_POINT, &freight->point);
    return true;
}

bool
transfer_is_known(struct transfer *transfer, struct transfer_outcome *outcome)
{
    const struct identity *identity = transfer->freight.identity;

    if (identity_is_stateful(identity))
        return transfer_fail(outcome, TRANSFER_STATEFUL);
    switch (identity->object_class) {
    case CKO_CERTIFICATE:
    case CKO_DATA:
        return identity->has_content ||
               transfer_fail(outcome, TRANSFER_UNREADABLE);
    case CKO_PUBLIC_KEY:
        return identity->has_fingerprint ||
               transfer_fail(outcome, TRANSFER_UNKNOWN);
    case CKO_PRIVATE_KEY:
        return (identity->has_fingerprint && find_public(transfer)) ||
               transfer_fail(outcome, TRANSFER_UNKNOWN);
    case CKO_SECRET_KEY:
        return identity->id_length + identity->label_length > 0 ||
               transfer_fail(outcome, TRANSFER_UNKNOWN);
    default:
        return transfer_fail(outcome, TRANSFER_NOT_COPIED);
    }
}

/* -- Whether its place is free ------------------------------------------------
 */

enum proof
transfer_compare_shown(const struct transfer *transfer, CK_OBJECT_HANDLE other,
                       bool may_search)
{
    struct identity_place to = transfer->channel.to;
    const struct identity *identity = transfer->freight.identity;
    CLEANUP(identity_freep) struct identity *its = NULL;

    if (identity_read_at(to, other, may_search, &its) != CKR_OK ||
        !(its->has_fingerprint || its->has_content))
        return PROOF_NONE;
    return identity_is_same_key(identity, its) ? PROOF_GIVEN : PROOF_DIFFERENT;
}

enum proof
transfer_compare(const struct transfer *transfer, CK_OBJECT_HANDLE other)
{
    const struct channel *channel = &transfer->channel;
    const struct identity *identity = transfer->freight.identity;
    struct proof_key here = { channel->from, transfer->freight.key };
    struct proof_key there = { channel->to, other };
    enum proof proof;

    if (identity->object_class == CKO_SECRET_KEY)
        return proof_of_secret(here, there, identity->key_type);
    /* A public key beside a private one was copied first, and says nothing of
     * what is in that one. */
    proof = transfer_compare_shown(transfer, other, false);
    if (proof != PROOF_NONE || identity->object_class != CKO_PRIVATE_KEY)
        return proof;
    here.key = transfer->freight.public_key;
    return proof_of_private(there, here, transfer->freight.public_class,
                            identity->key_type);
}

/* The public key that is copied, or is in the certificate that is. */
static bool
find_its_public(const struct transfer *transfer, CK_OBJECT_HANDLE *out,
                CK_KEY_TYPE *type)
{
    struct identity_place from = transfer->channel.from;
    struct identity wanted = *transfer->freight.identity;
    CLEANUP(identity_freep) struct identity *its = NULL;

    *out = transfer->freight.key;
    *type = wanted.key_type;
    if (wanted.object_class == CKO_PUBLIC_KEY)
        return true;
    wanted.object_class = CKO_PUBLIC_KEY;
    if (identity_find_at(from, &wanted, false, out) != CKR_OK ||
        identity_read_at(from, *out, false, &its) != CKR_OK)
        return false;
    *type = its->key_type;
    return true;
}

/* Whether a private key there shows which one it is, or is the one that belongs
 * to what is copied; an imported one has just been made there. */
static bool
is_told(const struct transfer *transfer, CK_OBJECT_HANDLE private_key)
{
    const struct channel *channel = &transfer->channel;
    struct proof_key there = { channel->to, private_key };
    struct proof_key here = { .place = channel->from };
    CLEANUP(identity_freep) struct identity *its = NULL;
    CK_KEY_TYPE type;
    enum proof proof;

    if (identity_read_at(channel->to, private_key, false, &its) != CKR_OK)
        return false;
    if (its->has_fingerprint)
        return true;
    if (!find_its_public(transfer, &here.key, &type))
        return false;
    proof = proof_of_private(there, here, CKO_PUBLIC_KEY, type);
    return proof == PROOF_GIVEN || (proof == PROOF_NONE && channel->is_open);
}

/* Whether a name is free is not known from before, but where that is looked at
 * once more. */
static struct identity_place
asked_now(const struct transfer *transfer)
{
    struct identity_place to = transfer->channel.to;

    if (!transfer->trusts_catalogue)
        to.catalogue = NULL;
    return to;
}

/* A private key that does not show its public one is taken for the one of
 * whatever public key or certificate has its CKA_ID. */
static bool
misleads(const struct transfer *transfer, struct transfer_outcome *outcome)
{
    const struct identity *identity = transfer->freight.identity;
    CLEANUP(freep) CK_OBJECT_HANDLE *others = NULL;
    CK_OBJECT_CLASS object_class = CKO_PRIVATE_KEY;
    CK_BBOOL is_token = CK_TRUE;
    CK_KEY_TYPE type = identity->key_type;
    CK_ATTRIBUTE template[4] = {
        { CKA_CLASS, &object_class, sizeof(object_class) },
        { CKA_TOKEN, &is_token, sizeof(is_token) },
        { CKA_ID, identity->id, identity->id_length },
        { CKA_KEY_TYPE, &type, sizeof(type) },
    };
    bool is_key = identity->object_class == CKO_PUBLIC_KEY;
    size_t count;
    CK_RV rv;

    if (identity->id_length == 0 ||
        !(is_key || identity->object_class == CKO_CERTIFICATE))
        return false;
    rv = identity_search(asked_now(transfer), template, is_key ? 4 : 3, &others,
                         &count);
    if (rv != CKR_OK)
        return !transfer_end(outcome, TRANSFER_REFUSED, "C_FindObjectsInit",
                             true, rv);
    for (size_t i = 0; i < count; i++)
        if (!is_told(transfer, others[i]))
            return !transfer_fail(outcome, TRANSFER_TAKEN);
    return false;
}

/* Two keys under one CKA_ID, or else one label, are mistaken for each other by
 * applications (R7.8), and some tokens let the second one replace the
 * first. What the group's own search has not seen of the same may be there all
 * the same. */
bool
transfer_is_free(const struct transfer *transfer, CK_OBJECT_HANDLE but_for,
                 struct transfer_outcome *outcome)
{
    const struct identity *identity = transfer->freight.identity;
    CLEANUP(freep) CK_OBJECT_HANDLE *others = NULL;
    CK_OBJECT_CLASS object_class = identity->object_class;
    CK_BBOOL is_token = CK_TRUE;
    CK_ATTRIBUTE template[3] = {
        { CKA_CLASS, &object_class, sizeof(object_class) },
        { CKA_TOKEN, &is_token, sizeof(is_token) },
        { CKA_ID, identity->id, identity->id_length },
    };
    bool is_exclusive = is_key(identity) || transfer->overwrites;
    bool is_shown = but_for == CK_INVALID_HANDLE;
    size_t count, n_others = 0;
    CK_RV rv;

    if (identity->id_length == 0)
        template[2] = (CK_ATTRIBUTE){ CKA_LABEL, identity->label,
                                      identity->label_length };
    if (template[2].ulValueLen == 0 && is_exclusive)
        return true;
    rv = identity_search(asked_now(transfer), template,
                         template[2].ulValueLen == 0 ? 2 : 3, &others, &count);
    if (rv != CKR_OK)
        return transfer_end(outcome, TRANSFER_REFUSED, "C_FindObjectsInit",
                            true, rv);
    for (size_t i = 0; i < count; i++) {
        if (others[i] == but_for) {
            is_shown = true;
            continue;
        }
        n_others++;
        if (transfer_compare(transfer, others[i]) == PROOF_GIVEN)
            return transfer_fail(outcome, TRANSFER_THERE);
    }
    if (n_others > 0 && is_exclusive)
        return transfer_fail(outcome, transfer->overwrites ? TRANSFER_OVERWRITES
                                                           : TRANSFER_TAKEN);
    /* Who does not see it, as after a logout, does not see others either. */
    if (!is_shown)
        return transfer_fail(outcome, TRANSFER_UNREADABLE);
    return !misleads(transfer, outcome);
}
