/* SPDX-License-Identifier: BSD-3-Clause */
/* The form in which the target takes a copy: with how many of its attributes,
 * and how these are written. */
#include "router/outcome.h"
#include "router/transfer/transfer-private.h"

CK_RV
transfer_give(struct transfer *transfer, CK_BBOOL is_token,
              CK_OBJECT_HANDLE *out)
{
    struct identity_place to = transfer->channel.to;
    struct traits_template template;

    traits_choose(&transfer->traits, transfer->level, &is_token, &template);
    return transfer_is_hidden(transfer->freight.identity)
               ? parcel_open(&transfer->channel, &transfer->parcel,
                             template.items, template.count, out)
               : to.functions->C_CreateObject(to.session, template.items,
                                              template.count, out);
}

bool
transfer_refuse(const struct transfer *transfer, enum transfer_verdict verdict,
                CK_RV rv, struct transfer_outcome *outcome)
{
    return transfer_end(outcome, verdict,
                        transfer_is_hidden(transfer->freight.identity)
                            ? parcel_function(&transfer->parcel)
                            : "C_CreateObject",
                        true, rv);
}

bool
transfer_is_uncertain(const struct transfer *transfer, CK_RV rv)
{
    bool is_hidden = transfer_is_hidden(transfer->freight.identity);

    return outcome_is_uncertain(
        outcome_of(NULL, is_hidden ? CALL_C_UnwrapKey : CALL_C_CreateObject,
                   rv));
}

/* The one attribute without which the copy is taken. */
static void
find_refused(struct transfer *transfer, struct transfer_outcome *outcome)
{
    struct traits *its = &transfer->traits;

    for (CK_ULONG i = 0; i < its->count && !outcome->has_attribute; i++) {
        CK_OBJECT_HANDLE copy;

        if (its->needs[i] != TRAIT_NEEDED || its->items[i].type == CKA_CLASS ||
            its->items[i].type == CKA_KEY_TYPE)
            continue;
        its->needs[i] = TRAIT_TOLD;
        outcome->has_attribute =
            transfer_give(transfer, CK_FALSE, &copy) == CKR_OK;
        its->needs[i] = TRAIT_NEEDED;
        outcome->attribute = its->items[i].type;
        if (outcome->has_attribute)
            (void)transfer->channel.to.functions
                ->C_DestroyObject(transfer->channel.to.session, copy);
    }
}

/* With all attributes or with those that have to be; the first refusal is the
 * one that tells. */
static CK_RV
make_at_levels(struct transfer *transfer, CK_OBJECT_HANDLE *out)
{
    CK_RV first = CKR_OK;

    for (unsigned i = 0; i < TRAITS_LEVELS; i++) {
        CK_RV rv;

        transfer->level = i;
        rv = transfer_give(transfer, CK_FALSE, out);
        if (rv == CKR_OK)
            return rv;
        if (first == CKR_OK)
            first = rv;
    }
    return first;
}

void
transfer_restore_form(struct transfer *transfer)
{
    if (transfer->is_reformed)
        (void)traits_reform(&transfer->traits);
    transfer->is_reformed = false;
}

/* What is tried for good is only what is taken here: SoftHSM keeps half of a
 * key whose attributes it refuses. */
bool
transfer_try_levels(struct transfer *transfer, CK_OBJECT_HANDLE *out,
                    struct transfer_outcome *outcome)
{
    CK_RV first = make_at_levels(transfer, out);

    if (first == CKR_OK)
        return true;
    transfer->is_reformed = traits_reform(&transfer->traits);
    if (transfer->is_reformed && make_at_levels(transfer, out) == CKR_OK)
        return true;
    transfer_restore_form(transfer);
    find_refused(transfer, outcome);
    (void)transfer_refuse(transfer, TRANSFER_REFUSED, first, outcome);
    transfer_refine(outcome);
    return false;
}
