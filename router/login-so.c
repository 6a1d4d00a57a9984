/* SPDX-License-Identifier: BSD-3-Clause */
/* C_Login of the security officer, for whom others make way (R3.18). */
#include "router/login-private.h"

static void
drain_read_only(struct token *token)
{
    for (unsigned i = 0; i < token->n_members; i++)
        pool_drain_read_only(token->members[i].pool);
}

/* The user of auto_login: his PIN is not the SO's. */
static CK_RV
send_away(struct call *call)
{
    struct login *login = &call->token->login;
    CK_RV rv;

    atomic_fetch_add(&login->logouts, 1);
    rv = login_end_members(call);
    atomic_fetch_add(&login->logouts, 1);
    object_space_log_out(call->token->objects);
    login_memory_wipe(&login->memory);
    return rv;
}

/*
 * R3.18: sessions that the application does not know of must not be in the
 * SO's way; with auto_login neither must the user, who returns if the SO does
 * not come.
 */
CK_RV
login_begin_so(struct call *call, const struct login_request *request)
{
    struct token *token = call->token;
    struct login *login = &token->login;
    struct token_sessions sessions;

    atomic_store(&login->so_comes, true);
    sessions = token_sessions(token);
    if (sessions.all != sessions.read_write) {
        call->rv = CKR_SESSION_READ_ONLY_EXISTS;
    } else {
        drain_read_only(token);
        if (login->is_automatic)
            call->rv = send_away(call);
        if (call->rv == CKR_OK)
            call->rv = login_ask_member(call, request);
        if (call->rv == CKR_OK && token->mode != GROUP_SINGLE)
            call->rv = login_spread_so(call, request);
    }
    atomic_store(&login->so_comes, false);
    if (login->is_automatic && call->rv != CKR_OK)
        atomic_fetch_add(&login->epoch, 1);
    return call->rv;
}
