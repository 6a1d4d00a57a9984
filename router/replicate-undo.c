/* SPDX-License-Identifier: BSD-3-Clause */
/* What a group's call has made is to be nowhere, since one of the members
 * cannot have it; where that cannot be, the object stays whole on the call's
 * own member, and the code says so. */
#include "router/replicate-private.h"

#include "common/log.h"
#include "common/names.h"
#include "router/facts.h"
#include "router/register.h"
#include "router/route.h"
#include "router/token.h"

/* The one code that says that something may have been done all the same. */
static const CK_RV not_all_undone = CKR_GENERAL_ERROR;

/* -- On the others --------------------------------------------------------
 */

/* What was bound just now is its copy, whatever is doubted since. */
static bool
take_back_one(struct call *call, struct replica *there, unsigned i)
{
    struct identity_place place = replica_place(there);
    struct object_space *objects = call->token->objects;
    unsigned member = there->member->index;
    CK_OBJECT_HANDLE copy;
    enum object_answer answer =
        object_space_find(objects, *call->gives[i], member,
                          there->pooled->handles, &copy);
    CK_RV rv;

    if (answer != OBJECT_FOUND && answer != OBJECT_UNSETTLED)
        return !object_space_was_seen(objects, *call->gives[i], member);
    rv = place.functions->C_DestroyObject(place.session, copy);
    if (rv != CKR_OK && rv != CKR_OBJECT_HANDLE_INVALID)
        return false;
    object_space_unbind(objects, *call->gives[i], member);
    return true;
}

static bool
take_back(struct call *call, struct member *member)
{
    struct replica there;
    bool is_gone = replica_begin(&there, call->session, member) == CKR_OK;

    for (unsigned i = 0; is_gone && i < call->n_made; i++)
        is_gone = call->made[i] == 0 || take_back_one(call, &there, i);
    replica_end(&there, call->session);
    if (!is_gone)
        log_write(LOG_LEVEL_WARNING,
                  "token \"%s\": %s: a copy stays on member %u, which does not "
                  "destroy it; compare the members with p11mux group \"%s\"",
                  call->token->label, call_facts[call->id].function,
                  member->index + 1, call->token->label);
    return is_gone;
}

/* Whether the member has been given anything. */
static bool
has_copy(const struct call *call, const struct member *member)
{
    for (unsigned i = 0; i < call->n_made; i++)
        if (call->made[i] != 0 &&
            object_space_was_seen(call->token->objects, *call->gives[i],
                                  member->index))
            return true;
    return false;
}

bool
replicate_undo(struct call *call)
{
    bool is_gone = true;

    for (unsigned m = 0; m < call->token->n_members; m++) {
        struct member *member = &call->token->members[m];

        if (member != call->member && has_copy(call, member) &&
            !take_back(call, member))
            is_gone = false;
    }
    return is_gone;
}

/* -- All of it ------------------------------------------------------------
 */

/* Where something of it stays on another member, what it was made from stays
 * too, to complete it with; the application has no handle of it. */
static void
keep(struct call *call)
{
    for (unsigned i = 0; i < call->n_made; i++) {
        if (call->made[i] == 0)
            continue;
        object_space_remove(call->token->objects, *call->gives[i]);
        *call->gives[i] = 0;
        call->made[i] = 0;
    }
    atomic_store(&call->token->mended_at, 0);
}

static CK_RV
code_of(const struct round *round)
{
    const struct transfer_outcome *outcome = &round->outcome;
    CK_RV rv;

    if (round->rv != CKR_OK)
        return round->rv;
    if (round->from.is_shut || round->to.is_shut)
        return CKR_DEVICE_ERROR;
    switch (outcome->verdict) {
    case TRANSFER_REFUSED:
    case TRANSFER_TOO_LARGE:
        if (outcome->function == NULL)
            return CKR_TEMPLATE_INCONSISTENT;
        rv = replica_code(outcome->is_at_target ? &round->to : &round->from,
                          round->call->id, outcome->rv);
        /* A member that says so and has nothing. */
        return rv == CKR_OK || rv == not_all_undone ? CKR_FUNCTION_FAILED : rv;
    case TRANSFER_UNKNOWN:
    case TRANSFER_TAKEN:
    case TRANSFER_OVERWRITES:
    case TRANSFER_THERE:
    case TRANSFER_NOT_EXTRACTABLE:
    case TRANSFER_TRUSTED_ONLY:
    case TRANSFER_TEMPLATES:
    case TRANSFER_STATEFUL:
    case TRANSFER_NOT_KNOWN:
    case TRANSFER_CHANGED:
    case TRANSFER_EACH_TIME:
        return CKR_TEMPLATE_INCONSISTENT;
    default:
        return CKR_FUNCTION_FAILED;
    }
}

static const char *
outcome_words(const struct round *round, bool stays)
{
    if (replicate_is_in_doubt(round))
        return "what was made stays where it is, until p11mux group sync or "
               "the next process that writes has completed it";
    return stays ? "some of it stays, so compare the members with p11mux group"
                 : "nothing is made";
}

static void
say_why(const struct round *round, const struct member *member, bool stays)
{
    const struct call *call = round->call;
    const struct transfer_outcome *outcome = &round->outcome;
    bool is_asked = outcome->function != NULL;
    char name[NAME_LENGTH];

    log_write(LOG_LEVEL_WARNING,
              "token \"%s\": %s: %s: member %u %s: %s (%s: %s)",
              call->token->label, call_facts[call->id].function,
              outcome_words(round, stays), member->index + 1,
              replicate_is_in_doubt(round) ? "may have half of it"
                                           : "cannot have it",
              round->rv != CKR_OK ? "it cannot be asked"
                                  : transfer_verdicts[outcome->verdict].words,
              is_asked ? outcome->function : "p11mux",
              name_of(NAME_CKR, is_asked ? outcome->rv : call->rv, name));
}

void
replicate_give_up(struct round *round, const struct member *member)
{
    struct call *call = round->call;
    CK_RV code = code_of(round);
    bool stays = replicate_is_in_doubt(round) || !replicate_undo(call);

    /* Its own backend session has died: another one undoes what it has made. */
    if (round->from.state == POOL_LOST)
        route_give(call, POOL_LOST);
    if (stays)
        keep(call);
    else
        stays = !register_undo(call);
    call->rv = stays ? not_all_undone : code;
    say_why(round, member, stays);
}
