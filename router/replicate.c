/* SPDX-License-Identifier: BSD-3-Clause */
/* What a group's call makes on one member is on all of them, or on none. */
#include "router/replicate-private.h"

#include "backends/backend.h"
#include "common/cancel.h"
#include "common/cleanup.h"
#include "common/log.h"
#include "router/burial.h"
#include "router/facts.h"
#include "router/instance.h"
#include "router/session.h"
#include "router/template.h"
#include "router/tie.h"
#include "router/token.h"
#include "router/transfer/journal.h"

bool
replicate_wants(const struct call *call)
{
    const struct token *token = call->token;
    unsigned access = call_facts[call->id].access;

    return token->mode != GROUP_SINGLE &&
           (access == ACCESS_MAKE || access == ACCESS_CHANGE) &&
           token->rule->write == WRITE_REPLICATE &&
           call->member != token->overflow && tie_others(call->session) == 0;
}

bool
replicate_is_possible(const struct token *token)
{
    for (unsigned i = 0; i < token->n_members; i++)
        if (!member_is_usable(&token->members[i]))
            return false;
    return true;
}

/* A session object is on the call's own member alone. */
bool
replicate_is_repeated(const struct call *call)
{
    return call->id == CALL_C_CreateObject ||
           (call->id == CALL_C_CopyObject &&
            (object_space_flags(call->token->objects, call->asked[0]) &
             OBJECT_IS_SESSION) == 0);
}

bool
replicate_is_forbidden(const struct call *call)
{
    if (call_facts[call->id].access != ACCESS_MAKE ||
        replicate_is_repeated(call))
        return false;
    for (unsigned i = 0; i < call->n_made; i++)
        if (!template_bool(call->template[i], call -> template_count[i],
                           CKA_EXTRACTABLE, true) &&
            template_bool(call->template[i], call -> template_count[i],
                          CKA_TOKEN, false))
            return true;
    return false;
}

/* -- Alone with those that write as well ----------------------------------
 */

static bool
refuse_to_begin(struct call *call, const struct error *error)
{
    log_write(LOG_LEVEL_WARNING, "token \"%s\": nothing is written: %s",
              call->token->label, error->text);
    call->rv = CKR_TOKEN_WRITE_PROTECTED;
    return false;
}

bool
replicate_begin(struct call *call)
{
    CLEANUP(cancel_allow) int cancel_state = cancel_hold();
    const char *state_dir = instance_get()->config->state_dir;
    struct error error = { .rv = CKR_OK };
    int lock;

    if (call->replicates)
        return true;
    replicate_mend(call);
    lock = journal_lock(state_dir, call->token->label, false,
                        deadline_in(call->token->rule->call_budget_ms), &error);
    if (lock < 0)
        return refuse_to_begin(call, &error);
    call->session->attempt.journal = lock;
    call->replicates = true;
    return journal_is_writable(state_dir, &error) ||
           refuse_to_begin(call, &error);
}

void
replicate_end(struct call *call)
{
    if (call->session->attempt.journal != NO_JOURNAL)
        journal_unlock(call->session->attempt.journal);
    burial_forget(call);
    call->replicates = false;
}

/* -- All or none ----------------------------------------------------------
 */

static bool
is_lasting(const struct call *call, unsigned i)
{
    return call->made[i] != 0 &&
           (object_space_flags(call->token->objects, *call->gives[i]) &
            OBJECT_IS_TOKEN) != 0;
}

CK_RV
replicate_go(struct call *call, struct member *member, struct replica *replica)
{
    if (call->session->active != 0 || call->pooled == NULL ||
        call->pooled->member != member)
        return replica_begin(replica, call->session, member);
    replica_borrow(replica, call->pooled);
    return CKR_OK;
}

bool
replicate_join(struct round *round)
{
    round->transfer =
        transfer_new(replica_place(&round->from), replica_place(&round->to),
                     backend_profile(round->to.pooled->backend));
    return round->transfer != NULL;
}

void
replicate_leave(struct round *round)
{
    transfer_free(round->transfer);
    round->transfer = NULL;
    replica_end(&round->to, round->call->session);
    replica_end(&round->from, round->call->session);
}

static bool
begin(struct round *round, struct member *to)
{
    struct call *call = round->call;
    CK_RV rv = replicate_go(call, call->member, &round->from);

    round->outcome = (struct transfer_outcome){ .verdict = TRANSFER_FINE };
    round->rv = replica_code(&round->from, call->id, rv);
    if (rv != CKR_OK)
        return false;
    rv = replicate_go(call, to, &round->to);
    round->rv = replica_code(&round->to, call->id, rv);
    if (rv != CKR_OK)
        return false;
    if (!replicate_join(round))
        round->rv = CKR_HOST_MEMORY;
    return round->transfer != NULL;
}

static bool
copy_to(struct round *round, struct member *member)
{
    struct call *call = round->call;
    bool is_copied = begin(round, member);

    for (unsigned i = 0; is_copied && i < call->n_made; i++)
        is_copied = !is_lasting(call, i) || replicate_copy(round, i);
    replicate_leave(round);
    return is_copied;
}

static void
copy_all(struct call *call)
{
    struct round round = { .call = call };

    for (unsigned m = 0; m < call->token->n_members; m++) {
        struct member *member = &call->token->members[m];

        if (member == call->member)
            continue;
        if (!copy_to(&round, member)) {
            replicate_give_up(&round, member);
            return;
        }
    }
}

void
replicate_after(struct call *call)
{
    CLEANUP(cancel_allow) int cancel_state = cancel_hold();
    bool lasts = false;

    if (call->rv != CKR_OK) {
        replicate_restore(call);
        return;
    }
    for (unsigned i = 0; i < call->n_made; i++)
        lasts = lasts || is_lasting(call, i);
    if (lasts)
        copy_all(call);
}
