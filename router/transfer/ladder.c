/* SPDX-License-Identifier: BSD-3-Clause */
/* Finds the way that a key can take. */
#include "router/transfer/ladder.h"

#include "common/crypto.h"
#include "router/transfer/traits.h"

#include <stdlib.h>
#include <string.h>

enum wrapped_by { BY_PAIR, BY_KEY, BY_NOTHING };
enum parameter { NO_PARAMETER, OAEP, RSA_AES, NONCE, VECTOR };

/* Mechanisms are known by trying: RFC 5649 has a number in the standard, one in
 * its drafts that some modules stay with, and modules that mean something else
 * by one of the two. It tells by itself whether both ends meant the same. */
struct rung {
    enum transfer_way way;
    CK_MECHANISM_TYPE wraps;
    CK_MECHANISM_TYPE unwraps;
    enum wrapped_by by;
    enum parameter parameter;
    bool is_for_secrets; /* a private key is too long for it */
};

static const struct rung ladder[] = {
    { WAY_RSA_AES, CKM_RSA_AES_KEY_WRAP, CKM_RSA_AES_KEY_WRAP, BY_PAIR, RSA_AES,
      false },
    { WAY_KWP, CKM_AES_KEY_WRAP_KWP, CKM_AES_KEY_WRAP_KWP, BY_KEY, NO_PARAMETER,
      false },
    { WAY_KWP, CKM_AES_KEY_WRAP_KWP, CKM_AES_KEY_WRAP_PAD, BY_KEY, NO_PARAMETER,
      false },
    { WAY_KWP, CKM_AES_KEY_WRAP_PAD, CKM_AES_KEY_WRAP_KWP, BY_KEY, NO_PARAMETER,
      false },
    { WAY_KWP, CKM_AES_KEY_WRAP_PAD, CKM_AES_KEY_WRAP_PAD, BY_KEY, NO_PARAMETER,
      false },
    { WAY_GCM, CKM_AES_GCM, CKM_AES_GCM, BY_KEY, NONCE, false },
    { WAY_CBC_PAD, CKM_AES_CBC_PAD, CKM_AES_CBC_PAD, BY_KEY, VECTOR, false },
    { WAY_OAEP, CKM_RSA_PKCS_OAEP, CKM_RSA_PKCS_OAEP, BY_PAIR, OAEP, true },
    { WAY_CLEARTEXT, 0, 0, BY_NOTHING, NO_PARAMETER, false },
};

enum { NONCE_LENGTH = 12, TAG_BITS = 128 };

enum { RUNGS = sizeof(ladder) / sizeof(ladder[0]) };

/* NSS's softoken keeps the point of an EC key that is unwrapped here, and does
 * not take it without. */
#define CKA_NSS_DB 0xd5a0db00UL

static CK_BBOOL yes = CK_TRUE;
static CK_BBOOL no = CK_FALSE;

/* -- Parcels ---------------------------------------------------------------
 */

void
parcel_clear(struct parcel *parcel)
{
    free(parcel->wrapped.bytes);
    cleartext_clear(&parcel->cleartext);
    *parcel = (struct parcel){ 0 };
}

/* Lends it to the parcel's mechanism. */
static bool
set_parameter(struct parcel *parcel, const CK_RSA_PKCS_OAEP_PARAMS *oaep)
{
    CK_MECHANISM *mechanism = &parcel->mechanism;

    parcel->oaep = *oaep;
    switch (parcel->rung->parameter) {
    case OAEP:
        mechanism->pParameter = &parcel->oaep;
        mechanism->ulParameterLen = sizeof(parcel->oaep);
        return true;
    case RSA_AES:
        parcel->rsa_aes = (CK_RSA_AES_KEY_WRAP_PARAMS){ 256, &parcel->oaep };
        mechanism->pParameter = &parcel->rsa_aes;
        mechanism->ulParameterLen = sizeof(parcel->rsa_aes);
        return true;
    case NONCE:
        parcel->gcm = (CK_GCM_PARAMS){ .pIv = parcel->vector,
                                       .ulIvLen = NONCE_LENGTH,
                                       .ulIvBits = 8 * (CK_ULONG)NONCE_LENGTH,
                                       .ulTagBits = TAG_BITS };
        mechanism->pParameter = &parcel->gcm;
        mechanism->ulParameterLen = sizeof(parcel->gcm);
        return crypto_random(parcel->vector, sizeof(parcel->vector));
    case VECTOR:
        mechanism->pParameter = parcel->vector;
        mechanism->ulParameterLen = sizeof(parcel->vector);
        return crypto_random(parcel->vector, sizeof(parcel->vector));
    default:
        return true;
    }
}

static CK_RV
pack(const struct channel *channel, const struct rung *rung,
     const CK_RSA_PKCS_OAEP_PARAMS *oaep, const struct freight *freight,
     struct parcel *out)
{
    CK_RV rv;

    *out =
        (struct parcel){ .rung = rung, .mechanism = { rung->wraps, NULL, 0 } };
    if (rung->by == BY_NOTHING)
        return cleartext_read(channel->from, freight->key, freight->identity,
                              &out->cleartext);
    if (!set_parameter(out, oaep))
        return CKR_FUNCTION_FAILED;
    rv = channel_wrap(channel->from, &out->mechanism,
                      rung->by == BY_PAIR ? channel->public_key : channel->key,
                      freight->key, &out->wrapped);
    out->mechanism.mechanism = rung->unwraps;
    out->unwrapped_by =
        rung->by == BY_PAIR ? channel->pair[1] : channel->key_there;
    return rv;
}

const char *
parcel_function(const struct parcel *parcel)
{
    return parcel->cleartext.count > 0 ? "C_CreateObject" : "C_UnwrapKey";
}

static CK_RV
open_with(const struct channel *channel, struct parcel *parcel,
          CK_ATTRIBUTE *items, CK_ULONG count, CK_OBJECT_HANDLE *out)
{
    struct identity_place to = channel->to;

    if (parcel->cleartext.count > 0)
        return to.functions->C_CreateObject(to.session, items, count, out);
    return to.functions->C_UnwrapKey(to.session, &parcel->mechanism,
                                     parcel->unwrapped_by,
                                     parcel->wrapped.bytes,
                                     parcel->wrapped.length, items, count, out);
}

CK_RV
parcel_open(struct channel *channel, struct parcel *parcel,
            const CK_ATTRIBUTE *template, CK_ULONG count, CK_OBJECT_HANDLE *out)
{
    CK_ATTRIBUTE items[TRAITS_MOST + 2 + CLEARTEXT_MOST];
    CK_ULONG n_items = 0;

    while (n_items < count && n_items <= TRAITS_MOST) {
        items[n_items] = template[n_items];
        n_items++;
    }
    for (CK_ULONG i = 0; i < parcel->cleartext.count; i++)
        items[n_items++] = parcel->cleartext.items[i];
    if (parcel->point.length > 0)
        items[n_items++] =
            (CK_ATTRIBUTE){ CKA_NSS_DB, (void *)(uintptr_t)parcel->point.bytes,
                            parcel->point.length };
    return open_with(channel, parcel, items, n_items, out);
}

/* -- Trying ------------------------------------------------------------------
 */

static bool
is_incomplete(CK_RV rv)
{
    return rv == CKR_TEMPLATE_INCOMPLETE || rv == CKR_TEMPLATE_INCONSISTENT;
}

/* A key of the session that may do what proves it, whatever the real one is to
 * be allowed. */
static CK_RV
open_for_proof(struct channel *channel, struct parcel *parcel,
               const struct freight *freight, CK_OBJECT_HANDLE *out)
{
    CK_OBJECT_CLASS object_class = freight->identity->object_class;
    CK_KEY_TYPE type = freight->identity->key_type;
    CK_ATTRIBUTE template[] = {
        { CKA_CLASS, &object_class, sizeof(object_class) },
        { CKA_KEY_TYPE, &type, sizeof(type) },
        { CKA_TOKEN, &no, sizeof(no) },
        { CKA_PRIVATE, &yes, sizeof(yes) },
        { CKA_SENSITIVE, &yes, sizeof(yes) },
        { CKA_EXTRACTABLE, &no, sizeof(no) },
        { CKA_SIGN, &yes, sizeof(yes) },
        { CKA_ENCRYPT, &yes, sizeof(yes) },
        { CKA_DECRYPT, &yes, sizeof(yes) },
    };
    CK_ULONG count = object_class == CKO_SECRET_KEY ? 9 : 7;
    CK_RV rv = parcel_open(channel, parcel, template, count, out);

    if (!is_incomplete(rv) || freight->point.length == 0)
        return rv;
    parcel->point = freight->point;
    return parcel_open(channel, parcel, template, count, out);
}

static enum proof
prove(const struct channel *channel, const struct freight *freight,
      CK_OBJECT_HANDLE copy)
{
    const struct identity *identity = freight->identity;
    struct proof_key here = { channel->from, freight->key };
    struct proof_key there = { channel->to, copy };

    if (identity->object_class == CKO_SECRET_KEY)
        return proof_of_secret(here, there, identity->key_type);
    here.key = freight->public_key;
    return proof_of_private(there, here, freight->public_class,
                            identity->key_type);
}

static bool
try_parcel(struct channel *channel, const struct freight *freight,
           struct parcel *parcel, struct transfer_outcome *outcome)
{
    CK_OBJECT_HANDLE copy = CK_INVALID_HANDLE;
    CK_RV rv = open_for_proof(channel, parcel, freight, &copy);
    enum proof proof;

    if (rv != CKR_OK)
        return transfer_end(outcome, TRANSFER_NOT_UNWRAPPED,
                            parcel_function(parcel), true, rv);
    proof = prove(channel, freight, copy);
    (void)channel->to.functions->C_DestroyObject(channel->to.session, copy);
    return transfer_end(outcome,
                        proof == PROOF_GIVEN       ? TRANSFER_FINE
                        : proof == PROOF_DIFFERENT ? TRANSFER_DIFFERENT
                                                   : TRANSFER_UNPROVEN,
                        NULL, false, CKR_OK);
}

static bool
has_keys(struct channel *channel, const struct rung *rung,
         struct transfer_outcome *outcome)
{
    switch (rung->by) {
    case BY_PAIR:
        return channel_need_pair(channel, outcome);
    case BY_KEY:
        return channel_need_key(channel, outcome);
    default:
        return true;
    }
}

static bool
try_rung(struct channel *channel, const struct freight *freight,
         const struct rung *rung, struct parcel *out,
         struct transfer_outcome *outcome)
{
    bool is_found = false;

    if (!has_keys(channel, rung, outcome))
        return false;
    for (size_t i = 0; channel_oaep(i) != NULL && !is_found; i++) {
        CK_RV rv = pack(channel, rung, channel_oaep(i), freight, out);

        is_found = rv == CKR_OK ? try_parcel(channel, freight, out, outcome)
                                : transfer_end(outcome, TRANSFER_NOT_WRAPPED,
                                               rung->by == BY_NOTHING
                                                   ? "C_GetAttributeValue"
                                                   : "C_WrapKey",
                                               false, rv);
        if (!is_found)
            parcel_clear(out);
        if (rung->parameter != OAEP && rung->parameter != RSA_AES)
            break;
    }
    outcome->way = rung->way;
    return is_found;
}

static bool
is_open(const struct channel *channel, const struct rung *rung,
        const struct freight *freight)
{
    if (rung->by == BY_NOTHING)
        return channel->permits_cleartext && !freight->is_sensitive;
    return !rung->is_for_secrets ||
           freight->identity->object_class == CKO_SECRET_KEY;
}

bool
ladder_pack(struct channel *channel, const struct freight *freight,
            const struct rung *rung, struct parcel *out,
            struct transfer_outcome *outcome)
{
    if (!is_open(channel, rung, freight) || rung->parameter == OAEP ||
        rung->parameter == RSA_AES || !has_keys(channel, rung, outcome) ||
        pack(channel, rung, channel_oaep(0), freight, out) != CKR_OK)
        return false;
    outcome->way = rung->way;
    return true;
}

/* The higher, the farther it came: the most is learned from that. */
static int
distance(const struct transfer_outcome *outcome)
{
    switch (outcome->verdict) {
    case TRANSFER_NO_CHANNEL:
        return outcome->is_at_target ? 3 : 1;
    case TRANSFER_NOT_WRAPPED:
        return transfer_is_unknown(outcome->rv) ? 2 : 4;
    case TRANSFER_NOT_UNWRAPPED:
        return transfer_is_unknown(outcome->rv) ? 5
               : is_incomplete(outcome->rv)     ? 7
                                                : 6;
    default:
        return 8;
    }
}

bool
ladder_find(struct channel *channel, const struct freight *freight,
            const struct rung *first, struct parcel *out,
            struct transfer_outcome *outcome)
{
    *outcome = (struct transfer_outcome){ .verdict = TRANSFER_NO_CHANNEL };
    if (first != NULL && is_open(channel, first, freight) &&
        try_rung(channel, freight, first, out, outcome))
        return true;
    for (size_t i = 0; i < RUNGS; i++) {
        struct transfer_outcome its = { .verdict = TRANSFER_FINE };

        if (&ladder[i] == first || !is_open(channel, &ladder[i], freight))
            continue;
        if (try_rung(channel, freight, &ladder[i], out, &its)) {
            *outcome = its;
            return true;
        }
        if (distance(&its) >= distance(outcome))
            *outcome = its;
    }
    outcome->way = WAY_NONE;
    transfer_refine(outcome);
    return false;
}
