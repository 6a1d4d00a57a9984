/* SPDX-License-Identifier: BSD-3-Clause */
/* Asking a member whether it is there, and what comes of that. */
#include "router/member-probe.h"

#include "common/cancel.h"
#include "common/cleanup.h"
#include "common/clock.h"
#include "router/login.h"
#include "router/outcome.h"
#include "router/pool-private.h"
#include "router/process.h"
#include "router/scan.h"
#include "router/slot-list.h"
#include "router/watch.h"

const uint64_t probe_interval_ms = 100;

/* Who waits for another thread's probe that takes longer takes the member for
 * gone. */
static const uint64_t longest_probe_ms = 5000;

/* -- Asking -----------------------------------------------------------------
 */

/* A device whose memory is full, of log entries perhaps, is there. */
static bool
is_answer(const struct member_place *place, CK_RV rv)
{
    if (rv == CKR_DEVICE_MEMORY)
        return true;
    switch (outcome_of(place->backend, N_CALLS, rv)) {
    case OUTCOME_MEMBER_LOST:
    case OUTCOME_AMBIGUOUS:
    case OUTCOME_SESSION_LOST:
        return false;
    default:
        return true;
    }
}

/* Another token in its slot: that of before was taken out (R6.18). */
static bool
is_another(const struct member *member, const struct member_place *place,
           const CK_TOKEN_INFO *now)
{
    return member->token->list != NULL &&
           slot_list_sees_another(member->token->list, member, place, now);
}

static enum probe_verdict
ask_slot(const struct member *member, const struct member_place *place)
{
    CK_SLOT_INFO slot = { .flags = 0 };
    CK_TOKEN_INFO token = { .flags = 0 };
    CK_RV rv;

    rv = place->functions->C_GetSlotInfo(place->slot, &slot);
    if (rv != CKR_OK)
        return PROBE_GONE;
    if ((slot.flags & CKF_TOKEN_PRESENT) == 0)
        return (slot.flags & CKF_REMOVABLE_DEVICE) != 0 ? PROBE_TAKEN_OUT
                                                        : PROBE_GONE;
    rv = place->functions->C_GetTokenInfo(place->slot, &token);
    if (rv != CKR_OK || (token.flags & CKF_ERROR_STATE) != 0)
        return PROBE_GONE;
    scan_normalise(&token);
    return is_another(member, place, &token) ? PROBE_TAKEN_OUT : PROBE_WELL;
}

static bool
gives_random(const struct member_place *place, CK_SESSION_HANDLE session)
{
    CK_BYTE byte;

    return is_answer(place,
                     place->functions->C_GenerateRandom(session, &byte, 1));
}

/* Whether a backend session of before is still one. */
static bool
is_open(const struct member_place *place, const struct pool_session *pooled)
{
    CK_SESSION_INFO info;

    return place->functions->C_GetSessionInfo(pooled->handle, &info) == CKR_OK;
}

/* In a session for this alone, which no login of the SO forbids. One that
 * cannot be had because there are too many, or because the token is
 * write-protected, is an answer of the device. */
static bool
answers_anew(const struct member_place *place)
{
    CK_SESSION_HANDLE session;
    CK_RV rv =
        place->functions->C_OpenSession(place->slot,
                                        CKF_SERIAL_SESSION | CKF_RW_SESSION,
                                        NULL, NULL, &session);
    bool answers;

    if (rv != CKR_OK)
        return is_answer(place, rv);
    answers = gives_random(place, session);
    (void)place->functions->C_CloseSession(session);
    return answers;
}

/* In the backend session of the caller while it is one, else in a new one.
 * False where a call there hangs. */
static bool
ask_device(struct member *member, const struct member_place *place,
           const struct pool_session *own, bool *is_own_open)
{
    struct session *user = own == NULL ? NULL : pool_user(own);
    bool answers;
    struct stay stay;

    if (!stay_begin(&stay, member, place->backend, user, CALL_C_GenerateRandom))
        return false;
    *is_own_open = own != NULL && is_open(place, own);
    answers =
        *is_own_open ? gives_random(place, own->handle) : answers_anew(place);
    stay_end(&stay);
    return answers;
}

static enum probe_verdict
ask_sessions(struct member *member, const struct member_place *place,
             const struct pool_session *own, enum outcome outcome)
{
    bool is_own_open;

    if (!ask_device(member, place, own, &is_own_open))
        return PROBE_GONE;
    if (is_own_open)
        return PROBE_WELL;
    switch (pool_check(member->pool, own)) {
    case POOL_LIVES:
        return PROBE_WELL;
    case POOL_IS_DEAD:
        return PROBE_RENEWED;
    default:
        break;
    }
    /* The caller's may be all that is gone: then handles are looked at before
     * they are used again. */
    if (outcome != OUTCOME_SESSION_LOST)
        return PROBE_RENEWED;
    object_space_unconfirm(member->token->objects, member->index);
    return PROBE_WELL;
}

static enum probe_verdict
ask_place(struct member *member, const struct member_place *place,
          const struct pool_session *own)
{
    struct session *user = own == NULL ? NULL : pool_user(own);
    enum probe_verdict verdict;
    struct stay stay;

    if (place->functions == NULL || place->backend == NULL ||
        backend_state(place->backend) != BACKEND_UP ||
        !stay_begin(&stay, member, place->backend, user, CALL_C_GetTokenInfo))
        return PROBE_GONE;
    verdict = ask_slot(member, place);
    stay_end(&stay);
    return verdict;
}

static enum probe_verdict
ask(struct member *member, const struct pool_session *own, enum outcome outcome)
{
    enum probe_verdict verdict;
    struct member_place place;

    member_read(member, &place);
    verdict = ask_place(member, &place, own);
    if (verdict == PROBE_WELL)
        verdict = ask_sessions(member, &place, own, outcome);
    if (verdict == PROBE_RENEWED)
        member_begin_life(member);
    return verdict;
}

/* -- Once for all who want to know ------------------------------------------
 */

static bool
is_recent(const struct member_health *health)
{
    uint64_t probed_at = atomic_load(&health->probed_at);

    return probed_at != 0 && atomic_load(&health->verdict) == PROBE_WELL &&
           clock_now() - probed_at < probe_interval_ms * 1000 * 1000;
}

/* With the member's turn. */
static enum probe_verdict
probe(struct member *member, const struct pool_session *own,
      enum outcome outcome)
{
    struct member_health *health = &member->health;
    unsigned before = MEMBER_UP, suspect = MEMBER_SUSPECT;
    enum probe_verdict verdict;

    (void)atomic_compare_exchange_strong(&health->state, &before,
                                         MEMBER_SUSPECT);
    verdict = ask(member, own, outcome);
    if (verdict != PROBE_GONE)
        (void)atomic_compare_exchange_strong(&health->state, &suspect,
                                             MEMBER_UP);
    if (verdict == PROBE_TAKEN_OUT && member->token->mode == GROUP_SINGLE)
        member_take_out(member);
    atomic_store(&health->probed_at, clock_now());
    atomic_store(&health->verdict, verdict);
    atomic_fetch_add(&health->probes, 1);
    return verdict;
}

enum probe_verdict
member_probe(struct member *member, const struct pool_session *own,
             enum outcome outcome)
{
    CLEANUP(cancel_allow) int cancel_state = cancel_hold();
    CLEANUP(turn_give_if) struct turn *turn = NULL;
    struct member_health *health = &member->health;
    uint32_t probes = atomic_load(&health->probes);

    if (own != NULL && own->epoch != atomic_load(&member->epoch))
        return PROBE_RENEWED;
    if (!member_health_is_good(health))
        return PROBE_GONE;
    if (outcome == OUTCOME_AMBIGUOUS && is_recent(health))
        return PROBE_WELL;
    /* C_Finalize sends waiters away, which says nothing of the member. */
    if (!turn_take(&health->probing, deadline_in(longest_probe_ms)))
        return process_is_serving() ? PROBE_GONE : PROBE_WELL;
    turn = &health->probing;
    return atomic_load(&health->probes) != probes
               ? (enum probe_verdict)atomic_load(&health->verdict)
               : probe(member, own, outcome);
}

bool
member_answers(struct member *member)
{
    CLEANUP(cancel_allow) int cancel_state = cancel_hold();
    struct member_place place;
    bool ignored;

    member_read(member, &place);
    return ask_place(member, &place, NULL) == PROBE_WELL &&
           ask_device(member, &place, NULL, &ignored);
}

bool
member_mend(struct member *member)
{
    CLEANUP(cancel_allow) int cancel_state = cancel_hold();
    CLEANUP(turn_give_if) struct turn *turn = NULL;
    struct member_health *health = &member->health;
    unsigned down = MEMBER_DOWN;

    if (!turn_take(&health->probing, deadline_now()))
        return false;
    turn = &health->probing;
    if (!atomic_compare_exchange_strong(&health->state, &down,
                                        MEMBER_RECOVERING))
        return member_health_is_good(health);
    if (atomic_load(&member->is_present) &&
        ask(member, NULL, OUTCOME_MEMBER_LOST) <= PROBE_RENEWED &&
        login_make_up(member)) {
        member_recover(member);
        /* Who logged out at this very moment found it down. */
        (void)login_make_up(member);
        return true;
    }
    member_put_off(member);
    return false;
}

void
member_note_absence(struct member *member)
{
    struct member_place place;
    enum probe_verdict verdict;

    if (atomic_load(&member->is_present) ||
        atomic_load(&member->token->is_removed) ||
        atomic_load(&member->functions) == NULL ||
        atomic_load(&member->is_drained) ||
        !member_health_is_good(&member->health) ||
        token_sessions(member->token).all == 0)
        return;
    member_read(member, &place);
    verdict = ask_place(member, &place, NULL);
    if (verdict == PROBE_TAKEN_OUT && member->token->mode == GROUP_SINGLE)
        member_take_out(member);
    else
        member_fail(member, "C_GetTokenInfo", CKR_TOKEN_NOT_PRESENT);
}
