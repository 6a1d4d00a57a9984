/* SPDX-License-Identifier: BSD-3-Clause */
/* One object that a group's call has made, on its way to another member. */
#include "router/replicate-private.h"

#include "common/cleanup.h"
#include "common/log.h"
#include "router/facts.h"
#include "router/instance.h"
#include "router/outcome.h"
#include "router/record.h"
#include "router/token.h"
#include "router/transfer/journal.h"

static bool
fail(struct round *round, enum transfer_verdict verdict)
{
    return transfer_end(&round->outcome, verdict, NULL, false, CKR_OK);
}

/* -- The application's own words ------------------------------------------
 */

/* The object that the call copies, on the other member. */
static CK_RV
find_original(struct round *round, CK_OBJECT_HANDLE *out)
{
    struct object_space *objects = round->call->token->objects;
    struct identity_place to = replica_place(&round->to);
    CLEANUP(identity_freep) struct identity *its = NULL;

    if (!round->to.member->reuses_handles &&
        object_space_find(objects, round->call->asked[0],
                          round->to.member->index, round->to.pooled->handles,
                          out) == OBJECT_FOUND)
        return CKR_OK;
    its = object_space_identity(objects, round->call->asked[0]);
    return its == NULL
               ? CKR_OBJECT_HANDLE_INVALID
               : identity_find(to.functions, to.session, its, false, out);
}

static CK_RV
do_there(struct round *round, CK_OBJECT_HANDLE *out)
{
    const struct call *call = round->call;
    struct identity_place to = replica_place(&round->to);
    CK_ATTRIBUTE *template = (CK_ATTRIBUTE *)(uintptr_t)call->template[0];
    CK_ULONG count = call->template_count[0];
    CK_OBJECT_HANDLE original;
    CK_RV rv;

    if (call->id == CALL_C_CreateObject)
        return to.functions->C_CreateObject(to.session, template, count, out);
    rv = find_original(round, &original);
    return rv != CKR_OK ? rv
                        : to.functions->C_CopyObject(to.session, original,
                                                     template, count, out);
}

/* What must not stay. */
static bool
destroy(struct round *round, CK_OBJECT_HANDLE copy,
        enum transfer_verdict verdict)
{
    struct identity_place to = replica_place(&round->to);
    CK_RV rv = to.functions->C_DestroyObject(to.session, copy);

    return rv == CKR_OK ? fail(round, verdict)
                        : transfer_end(&round->outcome, TRANSFER_LEFT_BEHIND,
                                       "C_DestroyObject", true, rv);
}

static bool
repeat(struct round *round, const struct identity *identity,
       CK_OBJECT_HANDLE *out)
{
    struct identity_place to = replica_place(&round->to);
    unsigned function = round->call->id;
    CLEANUP(identity_freep) struct identity *its = NULL;
    CK_RV rv;

    if (identity_is_stateful(identity))
        return fail(round, TRANSFER_STATEFUL);
    /* Nobody could tell later that the two are one. */
    if (!identity_is_same_key(identity, identity))
        return fail(round, TRANSFER_NOT_KNOWN);
    rv = do_there(round, out);
    if (rv != CKR_OK)
        return transfer_end(&round->outcome,
                            outcome_is_uncertain(
                                outcome_of(round->to.pooled->backend, function,
                                           rv))
                                ? TRANSFER_LEFT_BEHIND
                                : TRANSFER_REFUSED,
                            call_facts[function].function, true, rv);
    round->outcome.way = WAY_CREATED;
    return (identity_read(to.functions, to.session, *out, true, &its) ==
                CKR_OK &&
            identity_is_same_key(identity, its)) ||
           destroy(round, *out, TRANSFER_DIFFERENT);
}

/* -- Making ---------------------------------------------------------------
 */

static bool
make(struct round *round, const struct identity *identity, unsigned i,
     CK_OBJECT_HANDLE *out)
{
    if (replicate_is_repeated(round->call))
        return repeat(round, identity, out);
    if (!transfer_try(round->transfer, round->call->made[i], identity,
                      &round->outcome))
        return false;
    if (identity->object_class == CKO_SECRET_KEY &&
        !round->outcome.is_known_again)
        return fail(round, TRANSFER_NOT_KNOWN);
    return transfer_make(round->transfer, out, &round->outcome) &&
           transfer_confirm(round->transfer, *out, &round->outcome);
}

/* Without a record there is no copy. */
static bool
record_copy(struct round *round, const struct identity *identity,
            CK_OBJECT_HANDLE copy)
{
    if (record_transfer(round->from.member, round->to.member, identity,
                        transfer_ways[round->outcome.way].name))
        return true;
    if (destroy(round, copy, TRANSFER_FINE))
        round->rv = CKR_FUNCTION_FAILED;
    return false;
}

static bool
write_file(struct round *round, struct identity *identity, char **out_path,
           struct error *error)
{
    const struct member *from = round->from.member, *to = round->to.member;
    CLEANUP(freep) char *from_token = journal_token_of(from);
    CLEANUP(freep) char *to_token = journal_token_of(to);
    struct journal_entry entry = { .token = round->call->token->label,
                                   .from = journal_member_of(from),
                                   .to = journal_member_of(to),
                                   .from_token = from_token,
                                   .to_token = to_token,
                                   .identity = identity };

    if (from_token == NULL || to_token == NULL)
        return error_set(error, CKR_HOST_MEMORY, "out of memory");
    return journal_write(instance_get()->config->state_dir, &entry, out_path,
                         error);
}

/* What was made just now is no object of before, though it has the handle of
 * one; and its own may be another's by its next use. */
static bool
bind_copy(struct round *round, unsigned i, CK_OBJECT_HANDLE copy)
{
    struct object_space *objects = round->call->token->objects;
    struct object_place place = { .member = round->to.member->index,
                                  .epoch = round->to.pooled->handles,
                                  .handle = copy };
    CK_OBJECT_HANDLE handle = *round->call->gives[i];

    object_space_vacate(objects, place);
    if (object_space_bind(objects, handle, place)) {
        if (round->to.member->reuses_handles)
            object_space_doubt(objects, handle);
        return true;
    }
    if (destroy(round, copy, TRANSFER_FINE))
        round->rv = CKR_HOST_MEMORY;
    return false;
}

/* The file of the copy is there from before its member is asked. */
static bool
make_in_journal(struct round *round, struct identity *identity, unsigned i)
{
    CLEANUP(freep) char *path = NULL;
    const struct call *call = round->call;
    struct error error = { .rv = CKR_OK };
    CK_OBJECT_HANDLE copy;
    bool is_made;

    if (!write_file(round, identity, &path, &error)) {
        log_write(LOG_LEVEL_ERROR, "%s", error.text);
        round->rv = CKR_TOKEN_WRITE_PROTECTED;
        return false;
    }
    is_made = (make(round, identity, i, &copy) ||
               (replicate_is_in_doubt(round) &&
                replicate_settle(round, identity, call->made[i], &copy))) &&
              record_copy(round, identity, copy) && bind_copy(round, i, copy);
    if (!(replicate_is_in_doubt(round) ? journal_leave(path, &error)
                                       : journal_remove(path, &error)))
        log_write(LOG_LEVEL_WARNING, "%s", error.text);
    return is_made;
}

bool
replicate_copy(struct round *round, unsigned i)
{
    struct call *call = round->call;
    struct identity_place from = replica_place(&round->from);
    struct identity *identity = NULL;
    bool is_made, is_same;
    CK_RV rv = identity_read(from.functions, from.session, call->made[i], true,
                             &identity);

    round->outcome = (struct transfer_outcome){ .verdict = TRANSFER_FINE };
    round->rv = replica_code(&round->from, call->id, rv);
    if (rv != CKR_OK)
        return false;
    is_made = make_in_journal(round, identity, i);
    (void)object_space_identify(call->token->objects, *call->gives[i], identity,
                                &is_same);
    return is_made;
}
