/* SPDX-License-Identifier: BSD-3-Clause */
/* Opening and closing sessions, and initialising tokens that have none. */
#include "router/open.h"

#include "common/cancel.h"
#include "common/cleanup.h"
#include "router/control.h"
#include "router/instance.h"
#include "router/login.h"
#include "router/member-probe.h"
#include "router/mender.h"
#include "router/outcome.h"
#include "router/pause.h"
#include "router/process.h"
#include "router/session-end.h"
#include "router/tender.h"
#include "router/watch.h"

void
open_check(struct call *call, CK_FLAGS flags, CK_SESSION_HANDLE *out)
{
    call_needs(call, out);
    if ((flags & CKF_SERIAL_SESSION) == 0)
        call_refuses(call, CKR_SESSION_PARALLEL_NOT_SUPPORTED);
    if ((flags & CKF_ASYNC_SESSION) != 0)
        call_refuses(call, CKR_SESSION_ASYNC_NOT_SUPPORTED); /* R1.10 */
}

static struct member *
find_member(struct token *token)
{
    struct member *member = token_member(token, 0);

    if (member != NULL)
        return member;
    slot_list_refresh(token->list);
    /* Of one that nobody uses nobody else looks whether it is well again. */
    for (unsigned i = 0; i < token->n_members; i++)
        if (token_sessions(token).all == 0)
            (void)member_mend(&token->members[i]);
    return token_member(token, 0);
}

/* -- The backend's part ------------------------------------------------------
 */

/* The keeper, or in mode `none` the session's own backend session. */
static CK_RV
reach_member(struct member *member, struct session *session,
             struct pool_session **out)
{
    CK_RV rv;

    if (pool_mode(member->pool) == POOL_NONE)
        return pool_take(member->pool, session, false, out);
    *out = NULL;
    rv = pause_wait(member->pool, session);
    return rv == CKR_OK ? pool_keep(member->pool, session) : rv;
}

/* Somebody else has finalised the module (R3.38): its token is gone until it is
 * started again, not p11mux (R1.25). */
static CK_RV
reach_or_miss(struct member *member, struct session *session,
              struct pool_session **out)
{
    CK_RV rv = reach_member(member, session, out);

    if (rv != CKR_CRYPTOKI_NOT_INITIALIZED || !process_is_serving())
        return rv;
    backend_vanish(atomic_load(&member->backend));
    member_displace(member);
    return CKR_TOKEN_NOT_PRESENT;
}

/* Whether another member is to be asked; what the first one says of the call
 * itself any other would say too. */
static bool
is_unable(struct member *member, CK_RV rv)
{
    enum outcome outcome =
        outcome_of(atomic_load(&member->backend), CALL_C_OpenSession, rv);
    bool is_lost = outcome == OUTCOME_MEMBER_LOST;

    if (outcome == OUTCOME_AMBIGUOUS)
        is_lost = member_probe(member, NULL, outcome) >= PROBE_GONE;
    if (is_lost && member_is_usable(member))
        member_fail(member, "C_OpenSession", rv);
    return is_lost || outcome == OUTCOME_AMBIGUOUS || outcome == OUTCOME_BUSY ||
           outcome == OUTCOME_THROTTLED;
}

/* The first member that is there opens one, the next where it cannot; what the
 * first one said is what is said when none can (R7.6). */
static CK_RV
reach(struct token *token, struct session *session, struct pool_session **out)
{
    struct member *member = find_member(token);
    CK_RV first = CKR_OK;
    uint32_t tried = 0;

    if (token->mode == GROUP_SINGLE)
        return member == NULL ? CKR_TOKEN_NOT_PRESENT
                              : reach_or_miss(member, session, out);
    for (; member != NULL; member = token_member(token, tried)) {
        CK_RV rv = reach_or_miss(member, session, out);

        tried |= UINT32_C(1) << member->index;
        if (rv == CKR_OK ||
            (!is_unable(member, rv) && member_is_usable(member)))
            return rv;
        if (first == CKR_OK)
            first = rv;
    }
    return first == CKR_OK ? CKR_TOKEN_NOT_PRESENT : first;
}

static bool
is_tended(const struct token *token)
{
    bool is_any = false;

    for (unsigned i = 0; i < token->n_members; i++)
        is_any = is_any || pool_is_tended(token->members[i].pool);
    return is_any;
}

/* -- First and later ---------------------------------------------------------
 */

static void
drain(struct token *token)
{
    for (unsigned i = 0; i < token->n_members; i++)
        pool_drain(token->members[i].pool, true);
}

static CK_RV
open_later(struct token *token, struct session *session)
{
    const struct instance *instance = instance_get();
    struct pool_session *pooled;

    /* Without threads of p11mux's own it is done now and then (table of
     * section 4: inline). */
    if (!instance->may_create_threads)
        tender_wake(instance->tender);
    session->opened = true;
    return reach(token, session, &pooled);
}

static struct pool_session *
find_keeper(const struct token *token)
{
    struct pool_session *keeper = NULL;

    for (unsigned i = 0; keeper == NULL && i < token->n_members; i++)
        if (token->mode == GROUP_SINGLE || member_is_usable(&token->members[i]))
            keeper = pool_keeper(token->members[i].pool);
    return keeper;
}

/* In a group the next member is tried where the user of `auto_login` cannot be
 * logged in (R7.11). */
static CK_RV
begin(struct token *token, struct session *session)
{
    CK_RV rv = CKR_TOKEN_NOT_PRESENT;

    for (unsigned i = 0; i < token->n_members; i++) {
        struct pool_session *pooled;

        rv = reach(token, session, &pooled);
        if (rv != CKR_OK)
            return rv;
        if (pooled == NULL)
            pooled = find_keeper(token);
        rv = pooled == NULL ? CKR_FUNCTION_FAILED : login_first(pooled);
        if (rv == CKR_OK ||
            (pooled != NULL && !atomic_load(&pooled->member->is_left_out)))
            return rv;
    }
    return rv;
}

/* The token's first session is opened by one thread at a time: it opens the
 * keeper, so that the vendor's errors surface here (R3.5), and logs in. */
static CK_RV
open_first(struct token *token, struct session *session)
{
    CLEANUP(turn_give_if) struct turn *turn = NULL;
    CK_RV rv;

    /* Before the turn, which may take long: nobody's else is delayed, and
     * p11mux is still there. */
    watch_wake();
    if (is_tended(token))
        tender_wake(instance_get()->tender);
    else
        tender_begin(instance_get()->tender);
    if (!turn_take(&token->login.turn, login_deadline(token)))
        return login_refusal();
    turn = &token->login.turn;
    if (!process_is_serving())
        return CKR_CRYPTOKI_NOT_INITIALIZED;
    if (token_count_open(token, session->flags))
        return open_later(token, session);
    rv = begin(token, session);
    if (rv != CKR_OK) {
        drain(token);
        login_forget(token);
        return rv;
    }
    token_count_first(token, session->flags);
    session->opened = true;
    /* They rest for good where they saw no session. */
    watch_wake();
    mender_begin(token);
    return CKR_OK;
}

/* What a pooled session is refused, which its backend session would not be. */
static CK_RV
check_flags(struct token *token, CK_FLAGS flags)
{
    struct pool *pool = token->members[0].pool;

    if (pool_mode(pool) == POOL_NONE)
        return CKR_OK;
    if ((flags & CKF_RW_SESSION) != 0)
        return token->mode == GROUP_SINGLE && pool_is_write_protected(pool)
                   ? CKR_TOKEN_WRITE_PROTECTED
                   : CKR_OK;
    return login_forbids_read_only(token) ? CKR_SESSION_READ_WRITE_SO_EXISTS
                                          : CKR_OK;
}

static CK_RV
open_on_token(struct token *token, struct session *session)
{
    CK_RV rv;

    session->tokens = atomic_load(&token->members[0].tokens);
    rv = token_count_open(token, session->flags) ? open_later(token, session)
                                                 : open_first(token, session);
    return rv == CKR_OK ? check_flags(token, session->flags) : rv;
}

/* A keeper, or a count, that nobody closes would be left of a thread that is
 * cancelled in the middle. */
static CK_RV
open_pooled(struct token *token, struct session *session)
{
    CLEANUP(cancel_allow) int cancel_state = cancel_hold();

    return open_on_token(token, session);
}

/* Its handle was never told to anybody: who lets it go frees it. */
static void
close_untold(struct session **session)
{
    if (*session != NULL)
        (void)session_close(session_handle(*session));
}

CK_RV
open_session(struct call *call, CK_FLAGS flags, CK_VOID_PTR application,
             CK_NOTIFY notify, CK_SESSION_HANDLE *out)
{
    CLEANUP(close_untold) struct session *untold = NULL;
    struct session *session;
    CK_RV rv;

    control_wake(instance_get()->control);
    if (find_member(call->token) == NULL)
        return CKR_TOKEN_NOT_PRESENT;
    /* Flags that nobody knows are ignored and not passed on (R3.5). */
    session =
        session_new(call->token, flags & (CKF_SERIAL_SESSION | CKF_RW_SESSION));
    if (session == NULL)
        return CKR_HOST_MEMORY;
    session->application = application;
    session->notify = notify;
    session->attempt.others = 0;
    /* The call gives it when it is over, also when its thread is cancelled
     * inside the module. */
    call->session = session;
    untold = session;
    rv = call->token->pool->mode == POOL_NONE
             ? open_on_token(call->token, session)
             : open_pooled(call->token, session);
    untold = NULL;
    if (rv != CKR_OK) {
        call->session = NULL;
        session_free(session);
        return rv;
    }
    *out = session_handle(session);
    return CKR_OK;
}

bool
open_close(CK_SESSION_HANDLE handle)
{
    bool is_closed = session_close(handle);

    tender_show(instance_get()->tender);
    return is_closed;
}

CK_RV
open_close_all(struct call *call)
{
    (void)session_close_all(call->token);
    tender_show(instance_get()->tender);
    return CKR_OK;
}

void
open_check_none(struct call *call)
{
    if (call->rv != CKR_OK)
        return;
    if (call->token->mode != GROUP_SINGLE)
        call->rv = CKR_TOKEN_WRITE_PROTECTED;
    else if (token_sessions(call->token).all > 0)
        call->rv = CKR_SESSION_EXISTS;
}
