/* SPDX-License-Identifier: BSD-3-Clause */
/* What closing a session does besides making its handle invalid. */
#include "router/session-end.h"

#include "common/cancel.h"
#include "common/cleanup.h"
#include "router/pool.h"
#include "router/search.h"
#include "router/token.h"

/* Whether an operation that has not been ended yet is on it. */
static bool
is_used(const struct session *session, const struct pool_session *pooled)
{
    for (unsigned kind = OPERATION_ENCRYPT; kind < OPERATION_KINDS; kind++)
        if (session_is_active(session, kind) &&
            session->operations[kind]->held == pooled)
            return true;
    return false;
}

/* In POOL_ALONE a backend session is closed with its session, not here. */
static void
end_operations(struct session *session)
{
    for (unsigned kind = OPERATION_ENCRYPT; kind < OPERATION_KINDS; kind++) {
        struct pool_session *pooled;

        if (!session_is_active(session, kind))
            continue;
        pooled = session->operations[kind]->held;
        operation_end(session->operations[kind]);
        session->active &= (uint16_t) ~(1u << kind);
        /* Two operations may share it. */
        if (pooled->is_lent && !is_used(session, pooled))
            pool_give(pooled, session, false);
    }
    if (session->search != NULL)
        search_forget(session->search);
    session->active = 0;
}

static void
drain_token(struct token *token)
{
    for (unsigned i = 0; i < token->n_members; i++)
        pool_drain(token->members[i].pool);
}

void
session_free(struct session *session)
{
    CLEANUP(cancel_allow) int cancel_state = cancel_hold();
    struct token *token = session->token;

    if (session->search != NULL && session_is_active(session, OPERATION_FIND))
        search_drop(session);
    end_operations(session);
    pool_close_session(session);
    object_space_drop_owner(token->objects, session);
    if (session->opened) {
        token_count_close(token, session->flags);
        if (atomic_load(&token->n_sessions) == 0)
            drain_token(token);
    }
    session_recycle(session);
}
