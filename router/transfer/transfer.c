/* SPDX-License-Identifier: BSD-3-Clause */
/* Copies one object after the other between two members. */
#include "router/transfer/transfer-private.h"

#include "common/cleanup.h"
#include "router/outcome.h"

#include <stdlib.h>

struct transfer *
transfer_new(struct identity_place from, struct identity_place to,
             const struct profile *target)
{
    struct transfer *transfer = calloc(1, sizeof(*transfer));

    if (transfer == NULL)
        return NULL;
    channel_begin(&transfer->channel, from, to);
    transfer->overwrites = target->settings.create_overwrites == ANSWER_YES;
    transfer->session_only = target->session_only;
    transfer->session_objects = target->session_objects;
    return transfer;
}

void
transfer_permit_cleartext(struct transfer *transfer)
{
    transfer->channel.permits_cleartext = true;
}

void
transfer_open(struct transfer *transfer)
{
    transfer->channel.is_open = true;
    transfer->channel.permits_cleartext = true;
}

void
transfer_trust_catalogue(struct transfer *transfer)
{
    transfer->trusts_catalogue = true;
}

void
transfer_watch(struct transfer *transfer, struct sight target)
{
    transfer->sight = target;
}

static void
forget(struct transfer *transfer)
{
    transfer->is_reformed = false;
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
                            ? parcel_function(&transfer->parcel)
                            : "C_CreateObject",
                        true, rv);
}

static bool
is_uncertain(const struct transfer *transfer, CK_RV rv)
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
        outcome->has_attribute = make(transfer, CK_FALSE, &copy) == CKR_OK;
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
        rv = make(transfer, CK_FALSE, out);
        if (rv == CKR_OK)
            return rv;
        if (first == CKR_OK)
            first = rv;
    }
    return first;
}

static void
restore_form(struct transfer *transfer)
{
    if (transfer->is_reformed)
        (void)traits_reform(&transfer->traits);
    transfer->is_reformed = false;
}

/* For the session; what is tried for good is only what is taken here: SoftHSM
 * keeps half of a key whose attributes it refuses. */
static bool
try_levels(struct transfer *transfer, CK_OBJECT_HANDLE *out,
           struct transfer_outcome *outcome)
{
    CK_RV first = make_at_levels(transfer, out);

    if (first == CKR_OK)
        return true;
    transfer->is_reformed = traits_reform(&transfer->traits);
    if (transfer->is_reformed && make_at_levels(transfer, out) == CKR_OK)
        return true;
    restore_form(transfer);
    find_refused(transfer, outcome);
    (void)refuse(transfer, TRANSFER_REFUSED, first, outcome);
    transfer_refine(outcome);
    return false;
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
        !transfer_check(transfer, copy, false, outcome))
        return false;
    (void)to.functions->C_DestroyObject(to.session, copy);
    return true;
}

static bool
may_leave(struct transfer *transfer, struct transfer_outcome *outcome)
{
    transfer->freight.is_sensitive =
        !transfer->channel.is_open &&
        traits_is_true(&transfer->traits, CKA_SENSITIVE, true);
    return transfer->channel.is_open || transfer_may_leave(transfer, outcome);
}

/*
 * The way that the last key took, where the copy for the session, which is as
 * the real one is to be, signs itself: then no other one need be unwrapped for
 * the proof alone. What does not do all that takes the long way.
 */
static bool
repeat_way(struct transfer *transfer, struct transfer_outcome *outcome)
{
    struct identity_place to = transfer->channel.to;
    CK_OBJECT_HANDLE copy;
    bool is_proven;

    transfer->level = TRAITS_ALL;
    if (transfer->last == NULL || transfer->last_level != TRAITS_ALL ||
        !ladder_pack(&transfer->channel, &transfer->freight, transfer->last,
                     &transfer->parcel, outcome))
        return false;
    if (transfer->last_had_point)
        transfer->parcel.point = transfer->freight.point;
    if (make(transfer, CK_FALSE, &copy) != CKR_OK)
        return false;
    is_proven = transfer_shows_all(transfer, copy, outcome);
    (void)to.functions->C_DestroyObject(to.session, copy);
    return is_proven;
}

static bool
find_way(struct transfer *transfer, struct transfer_outcome *outcome)
{
    parcel_clear(&transfer->parcel);
    *outcome = (struct transfer_outcome){ .verdict = TRANSFER_FINE };
    if (!ladder_find(&transfer->channel, &transfer->freight, transfer->last,
                     &transfer->parcel, outcome) ||
        !rehearse(transfer, outcome))
        return false;
    /* The last resort of one is not where the next one begins. */
    if (outcome->way != WAY_CLEARTEXT) {
        transfer->last = transfer->parcel.rung;
        transfer->last_had_point = transfer->parcel.point.length > 0;
        transfer->last_level =
            transfer->is_reformed ? TRAITS_LEVELS : transfer->level;
    }
    return true;
}

static bool
go_its_way(struct transfer *transfer, struct transfer_outcome *outcome)
{
    bool is_hidden = transfer_is_hidden(transfer->freight.identity);

    outcome->way = WAY_CREATED;
    if ((is_hidden && !may_leave(transfer, outcome)) ||
        !transfer_may_stay(transfer, outcome))
        return false;
    return is_hidden
               ? repeat_way(transfer, outcome) || find_way(transfer, outcome)
               : rehearse(transfer, outcome);
}

bool
transfer_begin(struct transfer *transfer, CK_OBJECT_HANDLE object,
               const struct identity *identity,
               struct transfer_outcome *outcome)
{
    CK_RV rv;

    forget(transfer);
    *outcome = (struct transfer_outcome){ .verdict = TRANSFER_FINE };
    transfer->freight = (struct freight){ .key = object, .identity = identity };
    if (!transfer_is_known(transfer, outcome))
        return false;
    rv = traits_read(transfer->channel.from, object, identity->object_class,
                     &transfer->traits);
    return rv == CKR_OK || transfer_end(outcome, TRANSFER_UNREADABLE,
                                        "C_GetAttributeValue", false, rv);
}

static bool
is_named(const struct transfer *transfer, CK_ATTRIBUTE_TYPE type,
         const unsigned char *bytes, size_t length)
{
    struct octets name;

    return !traits_find(&transfer->traits, type, &name) ||
           octets_equal(name, (struct octets){ bytes, length });
}

/* Under another name than it was read with its place is another one, and its
 * copy would not be known again. */
static bool
is_called_so(const struct transfer *transfer, struct transfer_outcome *outcome)
{
    const struct identity *identity = transfer->freight.identity;

    return (is_named(transfer, CKA_ID, identity->id, identity->id_length) &&
            is_named(transfer, CKA_LABEL, identity->label,
                     identity->label_length)) ||
           transfer_fail(outcome, TRANSFER_OVERTAKEN);
}

bool
transfer_try(struct transfer *transfer, CK_OBJECT_HANDLE object,
             const struct identity *identity, struct transfer_outcome *outcome)
{
    return transfer_begin(transfer, object, identity, outcome) &&
           is_called_so(transfer, outcome) &&
           transfer_is_free(transfer, CK_INVALID_HANDLE, outcome) &&
           go_its_way(transfer, outcome);
}

bool
transfer_make(struct transfer *transfer, CK_OBJECT_HANDLE *out,
              struct transfer_outcome *outcome)
{
    CK_RV rv = make(transfer, CK_TRUE, out);

    restore_form(transfer);
    if (rv == CKR_OK)
        return transfer_check(transfer, *out, true, outcome);
    return refuse(transfer,
                  is_uncertain(transfer, rv) ? TRANSFER_LEFT_BEHIND
                                             : TRANSFER_REFUSED,
                  rv, outcome);
}

void
transfer_keep(struct transfer *transfer, struct transfer_kept *out)
{
    const struct freight *freight = &transfer->freight;

    *out = (struct transfer_kept){ .object = freight->key,
                                   .identity = freight->identity,
                                   .public_key = freight->public_key,
                                   .public_class = freight->public_class,
                                   .traits = transfer->traits };
    transfer->traits.count = 0;
    forget(transfer);
}

void
transfer_resume(struct transfer *transfer, struct transfer_kept *kept)
{
    forget(transfer);
    transfer->freight = (struct freight){ .key = kept->object,
                                          .identity = kept->identity,
                                          .public_key = kept->public_key,
                                          .public_class = kept->public_class };
    transfer->traits = kept->traits;
    kept->traits.count = 0;
}
