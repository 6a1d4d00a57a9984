/* SPDX-License-Identifier: BSD-3-Clause */
/* The login when a token's first session opens and when its last one closes. */
#include "router/login-private.h"

CK_RV
login_first(struct pool_session *pooled)
{
    struct token *token = pooled->member->token;
    CK_STATE state;
    CK_RV rv = login_read_state(pooled, &state);

    if (rv != CKR_OK)
        return rv;
    if (token->login.is_automatic)
        return login_is_user(state) ? CKR_OK : CKR_FUNCTION_FAILED;
    if (login_is_user(state))
        atomic_store(&token->login.user, CKU_USER);
    else if (state == CKS_RW_SO_FUNCTIONS)
        atomic_store(&token->login.user, CKU_SO);
    return CKR_OK;
}

void
login_forget(struct token *token)
{
    struct login *login = &token->login;

    atomic_fetch_add(&login->logouts, 1);
    atomic_store(&login->user, LOGIN_NOBODY);
    atomic_fetch_add(&login->epoch, 1);
    login->is_claimed = false;
    login_memory_wipe(&login->memory);
    login_note_nobody(token);
}

/* Closing the last session logs a conforming token out; one that somebody
 * else in this process uses too, or that forgets to, is asked (R3.7). */
static void
log_out_keeper(struct pool *pool)
{
    const struct pool_session *keeper = pool_keeper(pool);

    if (keeper != NULL)
        login_log_out(keeper);
}

/* While it hung the user could log out without it (C_Logout). */
void
login_end_late(struct member *member)
{
    const struct pool_session *keeper = pool_keeper(member->pool);
    CK_STATE state;

    if (keeper != NULL && !login_wants_user(&member->token->login) &&
        login_read_state(keeper, &state) == CKR_OK && login_is_user(state))
        login_log_out(keeper);
}

void
login_last(struct token *token)
{
    bool was_in = atomic_load(&token->login.user) != LOGIN_NOBODY ||
                  token->login.is_automatic;

    for (unsigned i = 0; i < token->n_members; i++) {
        struct pool *pool = token->members[i].pool;

        if (was_in)
            log_out_keeper(pool);
        pool_drain(pool, true);
    }
    login_forget(token);
}
