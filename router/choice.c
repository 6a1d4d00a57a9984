/* SPDX-License-Identifier: BSD-3-Clause */
/* Which member of a token answers a call (7.4, R7.10). */
#include "router/choice.h"

#include "router/attempt.h"
#include "router/balance.h"
#include "router/drain.h"
#include "router/facts.h"
#include "router/holding.h"
#include "router/mender.h"
#include "router/migration.h"
#include "router/outcome.h"
#include "router/repeat-private.h"
#include "router/route.h"
#include "router/slot-list.h"
#include "router/token.h"

/* -- Choosing ---------------------------------------------------------------
 */

/* Sizes may differ between members: what asked for a size goes on where it was
 * told, while that can be asked (R7.5). */
static bool
has_told_size(const struct call *call, const struct member *member)
{
    const struct attempt *attempt = &call->session->attempt;

    return call->has_output && call->output_length != NULL &&
           call->output != NULL && attempt->sized == call->id + 1 &&
           attempt->sized_by == member->index;
}

/* Lower is better; of those who are held back the one that came back first. */
static const uint64_t rank_best = 0, rank_holds_not = UINT64_MAX;

static uint64_t
rank(const struct call *call, const struct member *member)
{
    enum holding holding = member_holds(call, member);
    /* What is made is made on the first one (R7.20). */
    bool reads = call_facts[call->id].access == ACCESS_READ;
    bool is_suspect =
        reads && atomic_load_explicit(&member->health.state,
                                      memory_order_relaxed) != MEMBER_UP;

    if (holding == HOLDS_NOT)
        return rank_holds_not;
    return (uint64_t)(reads && member_is_slow(member)) << 34 |
           (uint64_t)member_held_back(member) << 2 |
           (holding == MAY_HOLD && !migration_is_due(call, member) ? 2u : 0u) |
           (is_suspect ? 1u : 0u);
}

/* PINs change on the first one, and from there on the others: no other one is
 * shown what is meant for it (R6.21). */
static bool
is_candidate(const struct call *call, const struct member *member)
{
    return call_facts[call->id].access != ACCESS_WRITE ||
           member == token_first(call->token);
}

/* What is made is made on the first one that it can be made on (R9.3), even
 * where another one is asked first for what there is (R9.11). */
static unsigned
place_in_line(const struct call *call, const struct member *member)
{
    return call_facts[call->id].access != ACCESS_READ &&
                   member == token_first(call->token)
               ? 0
               : member_place_in_line(member) + 1;
}

struct member *
choice_member(const struct call *call)
{
    const struct token *token = call->token;
    uint64_t tried = call->session->attempt.tried;
    uint64_t best_rank = rank_holds_not;
    struct member *best = NULL;
    uint32_t equals = 0;

    for (unsigned i = 0; i < token->n_members; i++) {
        struct member *member = &token->members[i];
        uint64_t its;

        if ((tried >> i & 1) != 0 || !drain_admits(call, member) ||
            !is_candidate(call, member))
            continue;
        its = rank(call, member);
        if (its < rank_holds_not && has_told_size(call, member))
            return member;
        if (its < best_rank ||
            (best != NULL && its == best_rank &&
             place_in_line(call, member) < place_in_line(call, best))) {
            best = member;
            best_rank = its;
        }
        if (its == rank_best && !member->rule->is_standby)
            equals |= UINT32_C(1) << i;
    }
    /* Once one has failed it goes on as in mode "failover". */
    return (equals & (equals - 1)) != 0 && tried == 0 && balance_wants(call)
               ? &token->members[balance_choose(call, equals)]
               : best;
}

bool
choice_asks_another(struct call *call)
{
    const struct attempt *attempt = &call->session->attempt;
    const struct member *next;
    bool was_refused =
        attempt->failure != CKR_OK &&
        outcome_of(NULL, call->id, attempt->failure) == OUTCOME_USER;

    if (!balance_wants(call))
        return false;
    if (was_refused &&
        (unsigned)__builtin_ctzll(attempt->tried) != call->member->index)
        call->rv = attempt->failure;
    next = attempt->has_moved ? NULL : choice_member(call);
    return next != NULL && rank(call, next) == rank_best;
}

bool
choice_is_elsewhere(const struct call *call, const struct member *member)
{
    if (call->token->mode != GROUP_BALANCE ||
        member_holds(call, member) == HOLDS)
        return false;
    for (unsigned i = 0; i < call->token->n_members; i++)
        if (member_is_usable(&call->token->members[i]) &&
            member_holds(call, &call->token->members[i]) == HOLDS)
            return true;
    return false;
}

void
choice_note(struct call *call, const struct member *member)
{
    struct attempt *attempt = &call->session->attempt;

    attempt->tried |= UINT64_C(1) << member->index;
    if (attempt->chosen != member->index)
        attempt->is_again = false;
    attempt->chosen = (uint8_t)member->index;
    attempt->uses_drained = drain_is_used(call, member);
    if (!call_is_size_query(call) && attempt->sized != call->id + 1)
        return;
    attempt->sized = call_is_size_query(call) ? (uint8_t)(call->id + 1) : 0;
    attempt->sized_by = (uint8_t)member->index;
}

/* -- Failures before anybody was asked --------------------------------------
 */

/* The line of a slow one was left for another: it has not failed, and may be
 * the last that can. Where nobody comes before it, the call waits there after
 * all. */
static bool
has_left_line(struct call *call)
{
    struct attempt *attempt = &call->session->attempt;

    if (call->pooled != NULL || attempt->waits_for_slow ||
        !member_is_passed_over(call->member))
        return false;
    attempt->tried &= ~(UINT64_C(1) << call->member->index);
    attempt->waits_for_slow = choice_member(call) == call->member;
    return true;
}

void
choice_note_failure(struct call *call)
{
    struct attempt *attempt = &call->session->attempt;
    struct member *member = call->member;
    enum outcome outcome = outcome_of_call(call);

    if (has_left_line(call))
        return;
    attempt_note_time(call);
    if (member_is_usable(member) && !member_is_passed_over(member) &&
        (outcome == OUTCOME_MEMBER_LOST || outcome == OUTCOME_AMBIGUOUS ||
         outcome == OUTCOME_SESSION_LOST))
        (void)repeat_examine(call, outcome, "C_OpenSession");
    /* It may have forgotten the sessions that nobody has used meanwhile. */
    if (outcome == OUTCOME_SESSION_LOST && member_is_usable(member) &&
        !attempt->is_again) {
        attempt->is_again = true;
        attempt->tried &= ~(UINT64_C(1) << member->index);
        return;
    }
    attempt_remember(call,
                     member_is_usable(member) ? call->rv : CKR_DEVICE_REMOVED);
}

/* Whether all that was asked for is known, of whatever member. */
static bool
is_known(const struct call *call)
{
    CK_OBJECT_HANDLE ignored;

    for (unsigned i = 0; i < call->n_objects; i++)
        if (call->asked[i] != CALL_NO_OBJECT &&
            object_space_find(call->token->objects, call->asked[i], 0, 0,
                              &ignored) == OBJECT_UNKNOWN)
            return false;
    return true;
}

/* Whether it was refused since the member has no such object. */
static bool
means_absence(const struct call *call, CK_RV rv)
{
    const CK_RV *bad = call_facts[call->id].bad_object;

    if (rv == CKR_MECHANISM_PARAM_INVALID)
        return true;
    for (unsigned i = 0; i < call->n_objects; i++)
        if (rv == bad[i])
            return is_known(call);
    return false;
}

/* A second operation has to be where the first one is (R3.12). */
static bool
is_tied(const struct call *call)
{
    return call->operation != NULL ||
           (call_facts[call->id].stage == STAGE_INIT && call->pooled != NULL &&
            session_uses(call->session, call->pooled, NULL));
}

void
choice_leave(struct call *call, enum pool_state state)
{
    struct pool_session *pooled = call->pooled;

    if (pooled != NULL && (pooled->is_lent || state == POOL_LOST) &&
        !session_uses(call->session, pooled, call->operation))
        pool_give(pooled, call->session, state);
    call->pooled = NULL;
    if (call->operation != NULL)
        call->operation->held = NULL;
}

static bool
is_passed_on(struct call *call)
{
    bool is_dead = outcome_of_call(call) == OUTCOME_SESSION_LOST;

    if (call->member == NULL || call->member == call->token->overflow ||
        call->denial != CALL_ALLOWED || call->session->attempt.is_spread ||
        is_tied(call))
        return false;
    if (means_absence(call, call->rv)) {
        attempt_remember_absence(call, call->rv);
    } else {
        switch (outcome_of_call(call)) {
        case OUTCOME_MEMBER_LOST:
        case OUTCOME_AMBIGUOUS:
        case OUTCOME_SESSION_LOST:
            choice_note_failure(call);
            break;
        default:
            return false;
        }
    }
    if (call->rewritten)
        mechanism_copy_release(call->session->passed);
    call->rewritten = false;
    choice_leave(call, is_dead ? POOL_LOST : POOL_CLEAN);
    return true;
}

/* Somebody who cannot be asked now has what was asked for. */
static bool
is_away(const struct call *call)
{
    for (unsigned i = 0; i < call->token->n_members; i++)
        if (!member_is_usable(&call->token->members[i]) &&
            member_holds(call, &call->token->members[i]) == HOLDS)
            return true;
    return false;
}

/* What is said when nobody is left (R7.6, R7.7). */
static bool
refuse(struct call *call)
{
    CK_RV failure = call->session->attempt.failure;
    const CK_RV *bad = call_facts[call->id].bad_object;

    for (unsigned i = 0; i < call->n_objects; i++)
        if (call->asked[i] != CALL_NO_OBJECT &&
            (object_space_flags(call->token->objects, call->asked[i]) &
             OBJECT_IS_SESSION) != 0) {
            call->rv = failure == CKR_OK ? bad[i] : failure;
            return false;
        }
    call->rv =
        failure == CKR_OK || (means_absence(call, failure) && is_away(call))
            ? CKR_DEVICE_REMOVED
            : failure;
    return false;
}

/* -- Taking ------------------------------------------------------------------
 */

static bool
take_only(struct call *call)
{
    struct member *member = token_member(call->token, 0);

    if (member == NULL) {
        slot_list_refresh(call->token->list);
        member = token_member(call->token, 0);
    }
    if (member == NULL) {
        call->rv = CKR_DEVICE_REMOVED;
        return false;
    }
    return route_take(call, member);
}

static struct member *
look_again(struct call *call)
{
    if (call->session->attempt.tried != call->session->attempt.others)
        return NULL;
    mender_help();
    slot_list_refresh(call->token->list);
    return choice_member(call);
}

static bool
take_best(struct call *call)
{
    struct member *member;

    watch_look_at_slow(call->token);
    member = choice_member(call);
    if (member == NULL)
        member = look_again(call);
    while (member != NULL) {
        choice_note(call, member);
        call->rv = CKR_OK;
        if (route_take(call, member))
            return true;
        choice_note_failure(call);
        member = attempt_is_late(call) ? NULL : choice_member(call);
    }
    return refuse(call);
}

bool
choice_take(struct call *call)
{
    return call->token->mode == GROUP_SINGLE ? take_only(call)
                                             : take_best(call);
}

bool
choice_goes_on(struct call *call)
{
    while (call->token->mode != GROUP_SINGLE && is_passed_on(call) &&
           !attempt_is_late(call)) {
        if (!choice_take(call))
            return false;
        if (route_prepare(call))
            return true;
    }
    return false;
}
