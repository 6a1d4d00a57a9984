/* SPDX-License-Identifier: BSD-3-Clause */
/* Copies one object after the other between two members. */
#include "router/transfer/transfer-private.h"

#include "common/cleanup.h"
#include "router/outcome.h"

#include <stdlib.h>

struct transfer *
transfer_new(struct identity_place from, struct identity_place to,
             bool overwrites)
{
    struct transfer *transfer = calloc(1, sizeof(*transfer));

    if (transfer == NULL)
        return NULL;
    channel_begin(&transfer->channel, from, to);
    transfer->overwrites = overwrites;
    return transfer;
}

static void
forget(struct transfer *transfer)
{
    traits_clear(&transfer->traits);
    traits_clear(&transfer->public_traits);
    parcel_clear(&transfer->parcel);
}

void
transfer_free(struct transfer *transfer)
{
    if (transfer == NULL)
        return;
    forget(transfer);
    channel_end(&transfer->channel);
    free(transfer);
}

void
transfer_freep(struct transfer **transfer)
{
    transfer_free(*transfer);
}

/* -- Making
 * --------------------------------------------------------------------
 */

static CK_RV
make(struct transfer *transfer, CK_BBOOL is_token, CK_OBJECT_HANDLE *out)
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

static bool
refuse(const struct transfer *transfer, enum transfer_verdict verdict, CK_RV rv,
       struct transfer_outcome *outcome)
{
    return transfer_end(outcome, verdict,
                        transfer_is_hidden(transfer->freight.identity)
                            ? "C_UnwrapKey"
                            : "C_CreateObject",
                        true, rv);
}

/* Whether it may have been made all the same, or half of it (7.3). */
static bool
is_uncertain(const struct transfer *transfer, CK_RV rv)
{
    bool is_hidden = transfer_is_hidden(transfer->freight.identity);
    enum outcome outcome =
        outcome_of(NULL, is_hidden ? CALL_C_UnwrapKey : CALL_C_CreateObject,
                   rv);

    return outcome == OUTCOME_MEMBER_LOST || outcome == OUTCOME_AMBIGUOUS ||
           outcome == OUTCOME_SESSION_LOST;
}

/* For the session, with all attributes or with those that have to be; the first
 * refusal is the one that tells. What is tried for good is only what is taken
 * here: SoftHSM keeps half of a key whose attributes it refuses. */
static bool
try_levels(struct transfer *transfer, CK_OBJECT_HANDLE *out,
           struct transfer_outcome *outcome)
{
    CK_RV first = CKR_OK;

    for (unsigned i = 0; i < TRAITS_LEVELS; i++) {
        CK_RV rv;

        transfer->level = i;
        rv = make(transfer, CK_FALSE, out);
        if (rv == CKR_OK)
            return true;
        if (first == CKR_OK)
            first = rv;
    }
    return refuse(transfer, TRANSFER_REFUSED, first, outcome);
}

/* Keys that do not show what they are were proven when they were tried. */
static bool
is_same(const struct transfer *transfer, CK_OBJECT_HANDLE copy,
        bool *is_known_again)
{
    const struct identity *identity = transfer->freight.identity;
    struct identity_place to = transfer->channel.to;
    CLEANUP(identity_freep) struct identity *its = NULL;
    bool is_told;

    *is_known_again = false;
    if (identity_read(to.functions, to.session, copy, true, &its) != CKR_OK ||
        its->object_class != identity->object_class ||
        its->key_type != identity->key_type)
        return false;
    its->is_token = identity->is_token; /* or will be */
    *is_known_again = identity_is_same_key(identity, its);
    is_told = its->object_class == CKO_SECRET_KEY
                  ? its->has_check_value && identity->has_check_value
                  : its->has_fingerprint || its->has_content;
    return *is_known_again || (transfer_is_hidden(identity) && !is_told);
}

/* Reads the copy back. */
static enum transfer_verdict
judge(const struct transfer *transfer, CK_OBJECT_HANDLE copy,
      struct transfer_outcome *outcome)
{
    struct identity_place to = transfer->channel.to;

    traits_restore(&transfer->traits, to, copy);
    if (!traits_are_kept(&transfer->traits, to, copy))
        return TRANSFER_CHANGED;
    return is_same(transfer, copy, &outcome->is_known_again)
               ? TRANSFER_FINE
               : TRANSFER_DIFFERENT;
}

/* What is not right does not stay. */
static bool
destroy(const struct transfer *transfer, CK_OBJECT_HANDLE copy,
        enum transfer_verdict verdict, struct transfer_outcome *outcome)
{
    struct identity_place to = transfer->channel.to;
    CK_RV rv = to.functions->C_DestroyObject(to.session, copy);

    return rv == CKR_OK ? transfer_fail(outcome, verdict)
                        : transfer_end(outcome, TRANSFER_LEFT_BEHIND,
                                       "C_DestroyObject", true, rv);
}

static bool
check(const struct transfer *transfer, CK_OBJECT_HANDLE copy,
      struct transfer_outcome *outcome)
{
    enum transfer_verdict verdict = judge(transfer, copy, outcome);

    return verdict == TRANSFER_FINE ||
           destroy(transfer, copy, verdict, outcome);
}

/* -- One after the other
 * -------------------------------------------------------
 */

/* For the session, to see what comes of it. */
static bool
rehearse(struct transfer *transfer, struct transfer_outcome *outcome)
{
    struct identity_place to = transfer->channel.to;
    CK_OBJECT_HANDLE copy;

    if (!try_levels(transfer, &copy, outcome) ||
        !check(transfer, copy, outcome))
        return false;
    (void)to.functions->C_DestroyObject(to.session, copy);
    return true;
}

static bool
find_way(struct transfer *transfer, struct transfer_outcome *outcome)
{
    outcome->way = WAY_CREATED;
    if (!transfer_is_hidden(transfer->freight.identity))
        return true;
    if (!transfer_may_leave(transfer, outcome) ||
        !ladder_find(&transfer->channel, &transfer->freight, transfer->last,
                     &transfer->parcel, outcome))
        return false;
    transfer->last = transfer->parcel.rung;
    return true;
}

/* What is copied, and as what. */
static bool
begin(struct transfer *transfer, CK_OBJECT_HANDLE object,
      const struct identity *identity, struct transfer_outcome *outcome)
{
    CK_RV rv;

    forget(transfer);
    *outcome = (struct transfer_outcome){ .verdict = TRANSFER_FINE };
    transfer->freight = (struct freight){ .key = object, .identity = identity };
    if (!transfer_is_known(transfer, outcome))
        return false;
    rv = traits_read(transfer->channel.from, object, &transfer->traits);
    return rv == CKR_OK || transfer_end(outcome, TRANSFER_UNREADABLE,
                                        "C_GetAttributeValue", false, rv);
}

bool
transfer_try(struct transfer *transfer, CK_OBJECT_HANDLE object,
             const struct identity *identity, struct transfer_outcome *outcome)
{
    return begin(transfer, object, identity, outcome) &&
           transfer_is_free(transfer, outcome) && find_way(transfer, outcome) &&
           rehearse(transfer, outcome);
}

bool
transfer_make(struct transfer *transfer, CK_OBJECT_HANDLE *out,
              struct transfer_outcome *outcome)
{
    CK_RV rv = make(transfer, CK_TRUE, out);

    if (rv == CKR_OK)
        return check(transfer, *out, outcome);
    return refuse(transfer,
                  is_uncertain(transfer, rv) ? TRANSFER_LEFT_BEHIND
                                             : TRANSFER_REFUSED,
                  rv, outcome);
}

/* -- What was left half way
 * ----------------------------------------------------
 */

static bool
is_readable(struct identity_place place, CK_OBJECT_HANDLE object,
            const struct identity *wanted)
{
    CLEANUP(identity_freep) struct identity *its = NULL;

    return identity_read(place.functions, place.session, object, false, &its) ==
               CKR_OK &&
           its->object_class == wanted->object_class &&
           its->key_type == wanted->key_type;
}

/* What goes has the copy's name, and both ends answer: nothing was found out of
 * it only because a member is not well. */
static bool
may_go(const struct transfer *transfer, CK_OBJECT_HANDLE copy)
{
    const struct identity *identity = transfer->freight.identity;

    return identity->id_length + identity->label_length > 0 &&
           is_readable(transfer->channel.from, transfer->freight.key,
                       identity) &&
           is_readable(transfer->channel.to, copy, identity);
}

bool
transfer_mend(struct transfer *transfer, CK_OBJECT_HANDLE object,
              const struct identity *identity, CK_OBJECT_HANDLE copy,
              struct transfer_outcome *outcome)
{
    enum transfer_verdict verdict = TRANSFER_UNPROVEN;

    if (!begin(transfer, object, identity, outcome))
        return false;
    switch (transfer_compare(transfer, copy)) {
    case PROOF_GIVEN:
        verdict = judge(transfer, copy, outcome);
        break;
    case PROOF_DIFFERENT:
        return transfer_fail(outcome, TRANSFER_TAKEN);
    default:
        break;
    }
    if (verdict == TRANSFER_FINE)
        return true;
    return may_go(transfer, copy) ? destroy(transfer, copy, verdict, outcome)
                                  : transfer_fail(outcome, TRANSFER_IN_DOUBT);
}
