/* SPDX-License-Identifier: BSD-3-Clause */
/* What closing a session does besides making its handle invalid. */
#include "router/session-end.h"

#include "router/pool.h"
#include "router/search.h"
#include "router/token.h"

static void
end_operations(struct session *session)
{
    for (unsigned kind = 0; kind < OPERATION_KINDS; kind++) {
        struct operation *operation = session->operations[kind];

        if (kind == OPERATION_FIND || !session_is_active(session, kind))
            continue;
        /* In POOL_ALONE it is held by the session, and closed with that. */
        if (pool_mode(operation->held->member->pool) != POOL_ALONE)
            pool_give(operation->held, session, false);
        operation_end(operation);
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
    struct token *token = session->token;

    if (session->search != NULL && session_is_active(session, OPERATION_FIND))
        search_drop(session);
    end_operations(session);
    (void)pool_close_session(session);
    object_space_drop_owner(token->objects, session);
    if (session->opened) {
        token_count_close(token, session->flags);
        if (atomic_load(&token->n_sessions) == 0)
            drain_token(token);
    }
    session_recycle(session);
}
