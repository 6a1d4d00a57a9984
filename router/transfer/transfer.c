/* SPDX-License-Identifier: BSD-3-Clause */
/* Copies one object after the other between two members. */
#include "router/transfer/transfer-private.h"

#include "common/cleanup.h"

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
transfer_permit_repeats(struct transfer *transfer)
{
    transfer->permits_repeats = true;
}

void
transfer_tell(struct transfer *transfer, transfer_teller *teller)
{
    transfer->teller = teller;
}

void
transfer_watch(struct transfer *transfer, struct sight target)
{
    transfer->sight = target;
}

static void
forget(struct transfer *transfer)
{
    transfer->is_reformed = transfer->is_repeated = false;
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

/* -- One after the other
 * -------------------------------------------------------
 */

/* For the session, to see what comes of it. */
static bool
rehearse(struct transfer *transfer, struct transfer_outcome *outcome)
{
    struct identity_place to = transfer->channel.to;
    CK_OBJECT_HANDLE copy;

    if (!transfer_try_levels(transfer, &copy, outcome) ||
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
    if (transfer_give(transfer, CK_FALSE, &copy) != CKR_OK)
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
    if (transfer_repeat(transfer, outcome))
        return true;
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
    if (rv != CKR_OK)
        return transfer_end(outcome, TRANSFER_UNREADABLE, "C_GetAttributeValue",
                            false, rv);
    /* Where nothing was read nothing would be compared. */
    return traits_number(&transfer->traits, CKA_CLASS) ==
               identity->object_class ||
           transfer_fail(outcome, TRANSFER_UNREADABLE);
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

static bool
make_for_good(struct transfer *transfer, CK_OBJECT_HANDLE *out,
              struct transfer_outcome *outcome)
{
    CK_RV rv = transfer_give(transfer, CK_TRUE, out);
    bool is_reformed = transfer->is_reformed;

    transfer_restore_form(transfer);
    if (rv != CKR_OK)
        return transfer_refuse(transfer,
                               transfer_is_uncertain(transfer, rv)
                                   ? TRANSFER_LEFT_BEHIND
                                   : TRANSFER_REFUSED,
                               rv, outcome);
    if (!transfer_check(transfer, *out, true, outcome))
        return false;
    transfer_remember(transfer, is_reformed, outcome);
    return true;
}

/* Whether a copy that was not tried has failed in a way that trying may help
 * against; there is nothing of it then. */
static bool
is_to_be_tried(const struct transfer_outcome *outcome)
{
    switch (outcome->verdict) {
    case TRANSFER_LEFT_BEHIND:
    case TRANSFER_GONE:
    case TRANSFER_OVERTAKEN:
    case TRANSFER_UNREADABLE:
        return false;
    default:
        return true;
    }
}

bool
transfer_make(struct transfer *transfer, CK_OBJECT_HANDLE *out,
              struct transfer_outcome *outcome)
{
    bool is_repeated = transfer->is_repeated;

    if (make_for_good(transfer, out, outcome))
        return true;
    if (!is_repeated)
        return false;
    transfer_unlearn(transfer);
    if (!is_to_be_tried(outcome))
        return false;
    *outcome = (struct transfer_outcome){ .verdict = TRANSFER_FINE };
    return go_its_way(transfer, outcome) &&
           make_for_good(transfer, out, outcome);
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
