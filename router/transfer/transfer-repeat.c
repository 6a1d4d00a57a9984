/* SPDX-License-Identifier: BSD-3-Clause */
/* Copies that are made as one like them was, without a try. */
#include "router/transfer/transfer-private.h"

#include "common/cleanup.h"

#include <stdlib.h>

/* A private key that does not show which one it is is known by what is there
 * under its CKA_ID. */
static bool
may_be_known_there(const struct transfer *transfer)
{
    static const CK_OBJECT_CLASS classes[] = { CKO_PUBLIC_KEY,
                                               CKO_CERTIFICATE };
    const struct identity *identity = transfer->freight.identity;
    size_t count = 0;

    if (identity->object_class != CKO_PRIVATE_KEY)
        return true;
    if (identity->id_length == 0)
        return false;
    for (size_t i = 0; i < sizeof(classes) / sizeof(classes[0]) && count == 0;
         i++) {
        CLEANUP(freep) CK_OBJECT_HANDLE *found = NULL;
        CK_OBJECT_CLASS object_class = classes[i];
        CK_BBOOL is_token = CK_TRUE;
        CK_ATTRIBUTE template[] = {
            { CKA_CLASS, &object_class, sizeof(object_class) },
            { CKA_TOKEN, &is_token, sizeof(is_token) },
            { CKA_ID, identity->id, identity->id_length },
        };

        if (identity_search(transfer->channel.to, template, 3, &found,
                            &count) != CKR_OK)
            return false;
    }
    return count > 0;
}

bool
transfer_repeat(struct transfer *transfer, struct transfer_outcome *outcome)
{
    unsigned char kind[SHA256_LENGTH];
    const struct pattern *pattern = NULL;

    if (transfer->permits_repeats &&
        pattern_kind(&transfer->traits, &transfer->public_traits, kind))
        pattern = patterns_find(&transfer->patterns, kind);
    if (pattern == NULL || !may_be_known_there(transfer) ||
        (pattern->rung != NULL &&
         !ladder_pack(&transfer->channel, &transfer->freight, pattern->rung,
                      &transfer->parcel, outcome)))
        return false;
    /* Of a secret key nothing else tells how long it is. */
    if (transfer->freight.identity->object_class == CKO_SECRET_KEY &&
        transfer->parcel.wrapped.length != pattern->length) {
        parcel_clear(&transfer->parcel);
        return false;
    }
    if (pattern->had_point)
        transfer->parcel.point = transfer->freight.point;
    transfer->level = pattern->level;
    transfer->is_reformed =
        pattern->is_reformed && traits_reform(&transfer->traits);
    transfer->is_repeated = true;
    outcome->is_known_again = true;
    return true;
}

/* What tells what it is, and could go if it were not right; and of a key an
 * operation has shown it. */
static bool
is_model(const struct transfer *transfer,
         const struct transfer_outcome *outcome)
{
    return outcome->is_known_again && outcome->way != WAY_CLEARTEXT &&
           traits_is_true(&transfer->traits, CKA_DESTROYABLE, true) &&
           (outcome->is_proven ||
            !transfer_is_hidden(transfer->freight.identity));
}

void
transfer_remember(struct transfer *transfer, bool is_reformed,
                  const struct transfer_outcome *outcome)
{
    const struct parcel *parcel = &transfer->parcel;
    struct pattern pattern = { .rung = parcel->rung,
                               .had_point = parcel->point.length > 0,
                               .level = transfer->level,
                               .is_reformed = is_reformed,
                               .length = parcel->wrapped.length };

    if (is_model(transfer, outcome) &&
        pattern_kind(&transfer->traits, &transfer->public_traits, pattern.kind))
        patterns_keep(&transfer->patterns, &pattern);
}

void
transfer_unlearn(struct transfer *transfer)
{
    unsigned char kind[SHA256_LENGTH];

    if (pattern_kind(&transfer->traits, &transfer->public_traits, kind))
        patterns_drop(&transfer->patterns, kind);
    else
        transfer->patterns.count = transfer->patterns.next = 0;
    transfer->is_repeated = false;
    parcel_clear(&transfer->parcel);
}
