/* SPDX-License-Identifier: BSD-3-Clause */
/* Opening and closing sessions, and initialising tokens that have none. */
#include "router/open.h"

#include "router/instance.h"
#include "router/outcome.h"
#include "router/pool.h"
#include "router/session-end.h"
#include "router/token.h"

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
    slot_list_refresh(instance_get()->slots);
    return token_member(token, 0);
}

/* The first member that is there opens one, the next where it is lost. */
static CK_RV
open_at_member(struct token *token, struct session *session)
{
    CK_RV rv = CKR_TOKEN_NOT_PRESENT;

    for (unsigned i = 0; i < token->n_members; i++) {
        struct member *member = find_member(token);
        struct pool_session *pooled;

        if (member == NULL)
            return rv;
        rv = pool_take(member->pool, session, &pooled);
        if (rv == CKR_OK)
            pool_give(pooled, session, true);
        /* Somebody else has finalised the module (R3.38): its token is gone
         * until it is started again, not p11mux (R1.25). */
        if (rv == CKR_CRYPTOKI_NOT_INITIALIZED) {
            backend_vanish(atomic_load(&member->backend));
            member_displace(member);
            rv = CKR_TOKEN_NOT_PRESENT;
        }
        if (token->mode == GROUP_SINGLE ||
            outcome_of(rv) != OUTCOME_MEMBER_LOST)
            return rv;
        member_fail(member);
    }
    return rv;
}

CK_RV
open_session(struct call *call, CK_FLAGS flags, CK_VOID_PTR application,
             CK_NOTIFY notify, CK_SESSION_HANDLE *out)
{
    struct session *session;
    CK_RV rv;

    if (find_member(call->token) == NULL)
        return CKR_TOKEN_NOT_PRESENT;
    /* Flags that nobody knows are ignored and not passed on (R3.5). */
    session =
        session_new(call->token, flags & (CKF_SERIAL_SESSION | CKF_RW_SESSION));
    if (session == NULL)
        return CKR_HOST_MEMORY;
    session->application = application;
    session->notify = notify;
    /* The call gives it when it is over, also when its thread is cancelled
     * inside the module. */
    call->session = session;
    rv = open_at_member(call->token, session);
    if (rv != CKR_OK) {
        call->session = NULL;
        session_free(session);
        return rv;
    }
    session->opened = true;
    token_count_open(call->token, session->flags);
    *out = session_handle(session);
    return CKR_OK;
}

CK_RV
open_close_all(struct call *call)
{
    (void)session_close_all(call->token);
    return CKR_OK;
}

void
open_check_none(struct call *call)
{
    if (call->rv != CKR_OK)
        return;
    if (call->token->mode != GROUP_SINGLE)
        call->rv = CKR_TOKEN_WRITE_PROTECTED;
    else if (atomic_load(&call->token->n_sessions) > 0)
        call->rv = CKR_SESSION_EXISTS;
}
