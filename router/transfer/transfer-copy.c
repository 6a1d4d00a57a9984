/* SPDX-License-Identifier: BSD-3-Clause */
/* Whether a copy is right, and what becomes of one that is not. */
#include "common/cleanup.h"
#include "router/transfer/transfer-private.h"

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
    if (identity_read_at(to, copy, true, &its) != CKR_OK ||
        its->object_class != identity->object_class ||
        its->key_type != identity->key_type)
        return false;
    if (transfer->teller != NULL)
        transfer->teller(to.session, copy, its);
    its->is_token = identity->is_token; /* or will be */
    *is_known_again = identity_is_same_key(identity, its);
    is_told = its->object_class == CKO_SECRET_KEY
                  ? its->has_check_value && identity->has_check_value
                  : its->has_fingerprint || its->has_content;
    return *is_known_again || (transfer_is_hidden(identity) && !is_told);
}

static enum proof
prove(const struct transfer *transfer, CK_OBJECT_HANDLE copy)
{
    const struct freight *freight = &transfer->freight;
    struct proof_key here = { transfer->channel.from, freight->key };
    struct proof_key there = { transfer->channel.to, copy };

    if (freight->identity->object_class == CKO_SECRET_KEY)
        return proof_by_operation(here, there, freight->identity->key_type);
    if (freight->identity->object_class != CKO_PRIVATE_KEY)
        return PROOF_NONE;
    here.key = freight->public_key;
    return proof_of_private(there, here, freight->public_class,
                            freight->identity->key_type);
}

/* Whether an operation is what shows that the copy is the same: one that wants
 * a PIN for each use, or is kept to some mechanisms, was proven when it was
 * tried. */
static bool
may_operate(const struct transfer *transfer)
{
    const struct traits *its = &transfer->traits;
    struct octets mechanisms;

    if (transfer->freight.identity->asks_each_time ||
        (traits_find(its, CKA_ALLOWED_MECHANISMS, &mechanisms) &&
         mechanisms.length > 0))
        return false;
    if (traits_is_true(its, CKA_SIGN, false))
        return true;
    /* SoftHSM says of each private key that it decrypts. */
    return (transfer->freight.identity->object_class == CKO_SECRET_KEY ||
            transfer->freight.identity->key_type == CKK_RSA) &&
           (traits_is_true(its, CKA_DECRYPT, false) ||
            traits_is_true(its, CKA_ENCRYPT, false));
}

/* By what they show, where no operation tells. */
static enum proof
compare_without(const struct transfer *transfer, CK_OBJECT_HANDLE copy)
{
    return transfer->freight.identity->object_class == CKO_SECRET_KEY
               ? transfer_compare(transfer, copy)
               : transfer_compare_shown(transfer, copy, false);
}

/* R9.6: what is routed to it is what it does right. */
static enum transfer_verdict
judge_operation(const struct transfer *transfer, CK_OBJECT_HANDLE copy,
                struct transfer_outcome *outcome)
{
    enum proof proof = PROOF_GIVEN;

    if (transfer_is_hidden(transfer->freight.identity)) {
        proof = prove(transfer, copy);
        outcome->is_proven = proof == PROOF_GIVEN;
    }
    /* Nothing else has shown it of one that was not tried. */
    if (proof == PROOF_NONE && transfer->is_repeated)
        return TRANSFER_UNPROVEN;
    if (proof == PROOF_NONE && !may_operate(transfer))
        return TRANSFER_FINE;
    if (proof == PROOF_NONE)
        proof = compare_without(transfer, copy);
    return proof == PROOF_GIVEN       ? TRANSFER_FINE
           : proof == PROOF_DIFFERENT ? TRANSFER_DIFFERENT
                                      : TRANSFER_UNPROVEN;
}

static void
say_silent(const struct trait_losses *losses, struct transfer_outcome *outcome)
{
    outcome->n_silent = 0;
    for (unsigned i = 0;
         i < losses->n_silent && outcome->n_silent < TRANSFER_MOST_SILENT; i++)
        outcome->silent[outcome->n_silent++] = losses->silent[i];
}

/* Reads the copy back. */
static enum transfer_verdict
judge_shown(const struct transfer *transfer, CK_OBJECT_HANDLE copy,
            struct transfer_outcome *outcome)
{
    struct trait_losses losses;

    if (!traits_are_kept(&transfer->traits, transfer->channel.to, copy,
                         &losses)) {
        outcome->has_attribute = losses.first != CK_UNAVAILABLE_INFORMATION;
        outcome->attribute = losses.first;
        return TRANSFER_CHANGED;
    }
    say_silent(&losses, outcome);
    return is_same(transfer, copy, &outcome->is_known_again)
               ? TRANSFER_FINE
               : TRANSFER_DIFFERENT;
}

static enum transfer_verdict
judge(const struct transfer *transfer, CK_OBJECT_HANDLE copy,
      struct transfer_outcome *outcome)
{
    enum transfer_verdict verdict = judge_shown(transfer, copy, outcome);

    return verdict == TRANSFER_FINE ? judge_operation(transfer, copy, outcome)
                                    : verdict;
}

bool
transfer_shows_all(const struct transfer *transfer, CK_OBJECT_HANDLE copy,
                   struct transfer_outcome *outcome)
{
    return judge_shown(transfer, copy, outcome) == TRANSFER_FINE &&
           prove(transfer, copy) == PROOF_GIVEN;
}

/* A handle that is no good does not tell it, as on a device that has forgotten
 * who was logged in: there is nothing like the copy among all that is there. */
static bool
is_gone(const struct transfer *transfer)
{
    const struct identity *identity = transfer->freight.identity;
    struct identity_place to = transfer->channel.to;
    bool is_private = transfer_is_hidden(identity) || identity->is_private;
    uint64_t before = is_private ? sight_look(&transfer->sight) : 0;
    CK_OBJECT_HANDLE other;

    return identity_find_surely(to.functions, to.session, identity, &other) ==
               CKR_OBJECT_HANDLE_INVALID &&
           (!is_private ||
            (before != 0 && before == sight_look(&transfer->sight)));
}

/* What is not right does not stay; what an application has destroyed meanwhile
 * is gone as well, and what is for the session goes with it. */
static bool
destroy(const struct transfer *transfer, CK_OBJECT_HANDLE copy,
        bool is_for_good, enum transfer_verdict verdict,
        struct transfer_outcome *outcome)
{
    struct identity_place to = transfer->channel.to;
    CK_RV rv = to.functions->C_DestroyObject(to.session, copy);

    return rv == CKR_OK || (rv == CKR_OBJECT_HANDLE_INVALID &&
                            (!is_for_good || is_gone(transfer)))
               ? transfer_fail(outcome, verdict)
               : transfer_end(outcome, TRANSFER_LEFT_BEHIND, "C_DestroyObject",
                              true, rv);
}

/* A copy that has waited may have been destroyed by an application, and where
 * handles are given again (R2.11) another object has its handle. */
static bool
is_anothers(const struct transfer *transfer, CK_OBJECT_HANDLE copy)
{
    struct identity_place to = transfer->channel.to;
    CLEANUP(identity_freep) struct identity *its = NULL;

    to.catalogue = NULL;
    if (identity_read_at(to, copy, false, &its) != CKR_OK)
        return false;
    its->unique_id_length = 0; /* each member has its own */
    return !identity_may_be_same_twin(transfer->freight.identity, its);
}

bool
transfer_discard(const struct transfer *transfer, CK_OBJECT_HANDLE copy,
                 enum transfer_verdict verdict,
                 struct transfer_outcome *outcome)
{
    return is_anothers(transfer, copy)
               ? transfer_end(outcome, TRANSFER_LEFT_BEHIND, "C_DestroyObject",
                              true, CKR_OBJECT_HANDLE_INVALID)
               : destroy(transfer, copy, true, verdict, outcome);
}

/* What has become of the original since it was read. */
static enum transfer_verdict
look_back(const struct transfer *transfer)
{
    bool are_equal;
    CK_RV rv = traits_compare(&transfer->traits, transfer->channel.from,
                              transfer->freight.key, &are_equal);

    if (rv == CKR_OBJECT_HANDLE_INVALID)
        return TRANSFER_GONE;
    if (rv != CKR_OK)
        return TRANSFER_UNREADABLE;
    return are_equal ? TRANSFER_FINE : TRANSFER_OVERTAKEN;
}

/* Against a key that was destroyed, or may do something else by now, nothing
 * could be proven: that is no fault of the copy. */
static enum transfer_verdict
excuse(const struct transfer *transfer, enum transfer_verdict verdict)
{
    enum transfer_verdict since;

    if (verdict != TRANSFER_UNPROVEN && verdict != TRANSFER_DIFFERENT)
        return verdict;
    since = look_back(transfer);
    return since == TRANSFER_GONE || since == TRANSFER_OVERTAKEN ? since
                                                                 : verdict;
}

bool
transfer_check(const struct transfer *transfer, CK_OBJECT_HANDLE copy,
               bool is_for_good, struct transfer_outcome *outcome)
{
    enum transfer_verdict verdict = judge(transfer, copy, outcome);

    if (verdict == TRANSFER_FINE)
        return true;
    (void)destroy(transfer, copy, is_for_good, excuse(transfer, verdict),
                  outcome);
    transfer_refine(outcome);
    return false;
}

bool
transfer_confirm(struct transfer *transfer, CK_OBJECT_HANDLE copy,
                 struct transfer_outcome *outcome)
{
    enum transfer_verdict since = look_back(transfer);

    return since == TRANSFER_FINE ||
           transfer_discard(transfer, copy, since, outcome);
}

bool
transfer_is_alone(struct transfer *transfer, CK_OBJECT_HANDLE copy,
                  struct transfer_outcome *outcome)
{
    struct transfer_outcome its = { .verdict = TRANSFER_FINE };
    enum transfer_verdict since;

    if (transfer_is_free(transfer, copy, &its))
        return true;
    since = its.verdict == TRANSFER_UNREADABLE ? look_back(transfer)
                                               : TRANSFER_FINE;
    if (since != TRANSFER_FINE)
        its.verdict = since;
    /* Two that make copies of it at a time may each destroy their own: what
     * stays is seen by who tries anew. */
    if (its.verdict == TRANSFER_THERE)
        its.verdict = TRANSFER_OVERTAKEN;
    return transfer_discard(transfer, copy, its.verdict, outcome);
}

/* -- Both as they are
 * ------------------------------------------------------------
 */

/* Of a key with which no operation is done, the public one beside it tells. */
static enum proof
compare_quietly(const struct transfer *transfer, CK_OBJECT_HANDLE copy)
{
    return transfer->freight.identity->object_class == CKO_PRIVATE_KEY &&
                   !may_operate(transfer)
               ? transfer_compare_shown(transfer, copy, true)
               : transfer_compare(transfer, copy);
}

bool
transfer_verify(struct transfer *transfer, CK_OBJECT_HANDLE object,
                const struct identity *identity, CK_OBJECT_HANDLE copy,
                struct transfer_evidence *out, struct transfer_outcome *outcome)
{
    CK_RV rv;

    *out = (struct transfer_evidence){ .proof = PROOF_NONE };
    if (!transfer_begin(transfer, object, identity, outcome))
        return false;
    out->proof = prove(transfer, copy);
    out->is_by_operation = out->proof != PROOF_NONE;
    if (out->proof == PROOF_NONE)
        out->proof = compare_quietly(transfer, copy);
    rv = traits_differ(&transfer->traits, transfer->channel.to, copy,
                       &out->differences);
    return rv == CKR_OK || transfer_end(outcome, TRANSFER_UNREADABLE,
                                        "C_GetAttributeValue", true, rv);
}

/* -- What was left half way
 * ----------------------------------------------------
 */

static bool
is_readable(struct identity_place place, CK_OBJECT_HANDLE object,
            const struct identity *wanted)
{
    CLEANUP(identity_freep) struct identity *its = NULL;

    return identity_read_at(place, object, false, &its) == CKR_OK &&
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

/* What is another key, and would be used as this one: by the public key beside
 * it, or by what it was told to say of itself. */
static bool
is_taken_for_it(const struct transfer *transfer, CK_OBJECT_HANDLE copy)
{
    CLEANUP(identity_freep) struct identity *its = NULL;

    /* Who does not say what it is may be taken for anything. */
    return identity_read_at(transfer->channel.to, copy, true, &its) != CKR_OK ||
           identity_is_same_key(transfer->freight.identity, its);
}

bool
transfer_look(struct transfer *transfer, CK_OBJECT_HANDLE object,
              const struct identity *identity, CK_OBJECT_HANDLE copy,
              struct transfer_outcome *outcome)
{
    if (!transfer_begin(transfer, object, identity, outcome))
        return false;
    switch (transfer_compare(transfer, copy)) {
    case PROOF_GIVEN:
        return transfer_fail(outcome, judge(transfer, copy, outcome));
    case PROOF_DIFFERENT:
        return transfer_fail(outcome, is_taken_for_it(transfer, copy)
                                          ? TRANSFER_IN_DOUBT
                                          : TRANSFER_TAKEN);
    default:
        return transfer_fail(outcome, TRANSFER_UNPROVEN);
    }
}

bool
transfer_mend(struct transfer *transfer, CK_OBJECT_HANDLE object,
              const struct identity *identity, CK_OBJECT_HANDLE copy,
              struct transfer_outcome *outcome)
{
    if (transfer_look(transfer, object, identity, copy, outcome))
        return true;
    switch (outcome->verdict) {
    case TRANSFER_UNPROVEN:
    case TRANSFER_CHANGED:
    case TRANSFER_DIFFERENT:
        return may_go(transfer, copy)
                   ? destroy(transfer, copy, true, outcome->verdict, outcome)
                   : transfer_fail(outcome, TRANSFER_IN_DOUBT);
    default:
        return false;
    }
}
