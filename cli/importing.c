/* SPDX-License-Identifier: BSD-3-Clause */
/* Imports a key to one member of a token. */
#include "cli/importing.h"

#include "cli/import-journal.h"
#include "cli/import-left.h"
#include "cli/import-row.h"
#include "cli/key-text.h"
#include "cli/memory.h"
#include "cli/message.h"
#include "cli/retry.h"
#include "cli/target.h"
#include "common/cleanup.h"
#include "router/record.h"
#include "router/transfer/proof.h"
#include "router/transfer/transfer.h"

/* The two keys, in the order in which they are made: the private one is never
 * known by a public one that was made for it. */
static const struct half {
    CK_OBJECT_HANDLE here;
    size_t made;
} halves[] = { { SOFTWARE_PRIVATE, 0 }, { SOFTWARE_PUBLIC, 1 } };

struct import {
    struct import_target *target;
    const struct import_wish *wish;
    struct transfer *transfer;
    struct identity *identity; /* of the half that is made, or is there */
    struct report *report;
};

static struct identity_place
place_there(const struct import *import)
{
    return (struct identity_place){ key_text_functions(),
                                    import->target->session, NULL };
}

static bool
is_private(const struct import *import)
{
    return import->identity->object_class == CKO_PRIVATE_KEY;
}

/* -- Proof -----------------------------------------------------------------
 */

/* What the key at the token signs, OpenSSL verifies. */
static enum proof
prove(const struct import *import, CK_OBJECT_HANDLE object)
{
    struct proof_key there = { place_there(import), object };
    struct proof_key here = { software_place(), SOFTWARE_PUBLIC };

    return proof_of_private(there, here, CKO_PUBLIC_KEY,
                            import->identity->key_type);
}

static bool
is_more_extractable(const struct import *import, CK_OBJECT_HANDLE object)
{
    CK_BBOOL is_extractable = CK_FALSE;
    CK_ATTRIBUTE attribute = { CKA_EXTRACTABLE, &is_extractable,
                               sizeof(is_extractable) };

    return C_GetAttributeValue(import->target->session, object, &attribute,
                               1) == CKR_OK &&
           is_extractable && !import->wish->wish.is_extractable;
}

/* One that may neither sign nor decrypt has been proven when it was tried; for
 * the real one the same bytes were given. */
static enum transfer_verdict
judge_private(const struct import *import, CK_OBJECT_HANDLE object)
{
    unsigned usages = import->wish->wish.usages;

    switch (prove(import, object)) {
    case PROOF_DIFFERENT:
        return TRANSFER_DIFFERENT;
    case PROOF_NONE:
        if ((usages & (USAGE_SIGN | USAGE_DECRYPT)) != 0)
            return TRANSFER_UNPROVEN;
        break;
    default:
        break;
    }
    return is_more_extractable(import, object) ? TRANSFER_CHANGED
                                               : TRANSFER_FINE;
}

/* -- Making ----------------------------------------------------------------
 */

static bool
fail(const struct import *import, const struct transfer_outcome *outcome,
     struct error *error)
{
    return import_row_refuse(import->target->visit, import->identity, outcome,
                             error);
}

static bool
destroy(struct import *import, CK_OBJECT_HANDLE object,
        struct transfer_outcome *outcome)
{
    CK_RV rv = C_DestroyObject(import->target->session, object);

    return rv == CKR_OK || transfer_end(outcome, TRANSFER_LEFT_BEHIND,
                                        "C_DestroyObject", true, rv);
}

/* Without a record there is no key. */
static bool
record(struct import *import, CK_OBJECT_HANDLE object,
       struct transfer_outcome *outcome, struct error *error)
{
    if (record_transfer(NULL, import->target->member, import->identity,
                        transfer_ways[outcome->way].name))
        return true;
    return destroy(import, object, outcome)
               ? error_set(error, CKR_FUNCTION_FAILED,
                           "the audit log cannot be written, so that nothing "
                           "is imported; \"p11mux doctor\" says why")
               : fail(import, outcome, error);
}

/* What was not answered well may have been made all the same, and be right; or
 * nothing has stayed of it. */
static bool
is_made(struct import *import, const struct half *half, CK_OBJECT_HANDLE *out,
        struct transfer_outcome *outcome)
{
    struct transfer_outcome its;
    enum import_left left;

    if (outcome->verdict != TRANSFER_LEFT_BEHIND)
        return false;
    left = import_left_find(import->target, import->identity, out);
    if (left == IMPORT_LEFT_NONE)
        outcome->verdict = TRANSFER_REFUSED;
    if (left != IMPORT_LEFT_ONE || !transfer_look(import->transfer, half->here,
                                                  import->identity, *out, &its))
        return false;
    its.way = outcome->way;
    *outcome = its;
    return true;
}

static bool
make_proven(struct import *import, const struct half *half,
            struct transfer_outcome *outcome, struct error *error)
{
    CK_OBJECT_HANDLE object;
    enum transfer_verdict verdict;

    if (!transfer_make(import->transfer, &object, outcome) &&
        !is_made(import, half, &object, outcome))
        return fail(import, outcome, error);
    verdict =
        is_private(import) ? judge_private(import, object) : TRANSFER_FINE;
    if (verdict != TRANSFER_FINE) {
        (void)transfer_end(outcome, verdict, NULL, true, CKR_OK);
        (void)destroy(import, object, outcome);
        return fail(import, outcome, error);
    }
    if (!record(import, object, outcome, error))
        return false;
    import->target->made[half->made] = object;
    return true;
}

/* Where the token's old member has the same key, applications see its twin as
 * soon as it is there, and use it when the file is gone: when both halves are
 * made. */
static bool
make(struct import *import, const struct half *half,
     struct transfer_outcome *outcome, struct error *error)
{
    struct import_target *target = import->target;
    char **path = &target->paths[half->made];

    if (!import_journal_begin(target, import->identity, path, error))
        return false;
    if (make_proven(import, half, outcome, error))
        return true;
    (void)import_journal_end(path, outcome->verdict, error);
    return false;
}

/* TRANSFER_FINE: it is not there. A private key may be known by its public one
 * alone, which somebody may have put beside another one. */
static enum transfer_verdict
look(struct import *import)
{
    struct identity_place there = place_there(import);
    struct identity *its;
    CK_OBJECT_HANDLE object;

    if (identity_find(there.functions, there.session, import->identity, false,
                      &object) != CKR_OK ||
        identity_read(there.functions, there.session, object, true, &its) !=
            CKR_OK)
        return TRANSFER_FINE;
    identity_free(import->identity);
    import->identity = its;
    return is_private(import) && prove(import, object) == PROOF_DIFFERENT
               ? TRANSFER_TAKEN
               : TRANSFER_THERE;
}

static bool
settle_known(struct import *import, const struct half *half,
             struct transfer_outcome *outcome, struct error *error)
{
    *outcome = (struct transfer_outcome){ .verdict = look(import) };
    if (outcome->verdict == TRANSFER_FINE &&
        transfer_try(import->transfer, half->here, import->identity, outcome))
        return make(import, half, outcome, error);
    return outcome->verdict == TRANSFER_THERE || fail(import, outcome, error);
}

/* What was refused beside something else may be taken alone. */
static bool
settle_again(struct import *import, const struct half *half,
             struct transfer_outcome *outcome, struct error *error)
{
    if (outcome->verdict == TRANSFER_LEFT_BEHIND || !retry_is_worth(outcome))
        return false;
    *error = (struct error){ .rv = CKR_OK };
    return settle_known(import, half, outcome, error);
}

static bool
settle(struct import *import, const struct half *half, struct error *error)
{
    struct identity_place here = software_place();
    struct transfer_outcome outcome;
    bool is_done;
    CK_RV rv = identity_read(here.functions, here.session, half->here, true,
                             &import->identity);

    if (rv != CKR_OK)
        return target_fail("C_GetAttributeValue", rv, error);
    is_done = settle_known(import, half, &outcome, error) ||
              settle_again(import, half, &outcome, error);
    import->target->rows[half->made] = report_count(import->report);
    if (is_done)
        import_row_add_key(import->report, import->target->member,
                           import->identity, &outcome);
    identity_free(import->identity);
    return is_done;
}

/* -- All of it -------------------------------------------------------------
 */

static bool
settle_keys(struct import *import, struct error *error)
{
    for (size_t i = 0; i < sizeof(halves) / sizeof(halves[0]); i++)
        if (!settle(import, &halves[i], error)) {
            import_undo(import->target, import->report);
            return false;
        }
    return import_journal_end(&import->target->paths[0], TRANSFER_FINE,
                              error) &&
           import_journal_end(&import->target->paths[1], TRANSFER_FINE, error);
}

bool
import_keys(struct import_target *target, const struct import_wish *wish,
            struct report *report, struct error *error)
{
    struct import import = { .target = target, .wish = wish, .report = report };
    CLEANUP(transfer_freep)
    struct transfer *transfer =
        transfer_new(software_place(), place_there(&import),
                     target_profile(target->member));

    memory_need(transfer);
    transfer_open(transfer);
    if (target->group != NULL)
        transfer_watch(transfer,
                       copying_sight(target->group, target->member->index));
    import.transfer = transfer;
    return settle_keys(&import, error);
}

void
import_undo(struct import_target *target, struct report *report)
{
    for (size_t i = 0; i < sizeof(halves) / sizeof(halves[0]); i++) {
        struct error error = { .rv = CKR_OK };
        bool is_gone = true;

        if (target->made[i] != 0) {
            is_gone =
                C_DestroyObject(target->session, target->made[i]) == CKR_OK;
            import_row_undo(report, target->rows[i], is_gone);
        }
        target->made[i] = 0;
        if (!import_journal_end(&target->paths[i],
                                is_gone ? TRANSFER_FINE : TRANSFER_LEFT_BEHIND,
                                &error))
            message_error("%s", error.text);
    }
}
