/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * Logins: the application's, which is virtual, one for each token, and always
 * checked; and the members', which follow it (R3.15, R3.17 to R3.24).
 */
#ifndef ROUTER_LOGIN_H
#define ROUTER_LOGIN_H

#include "router/call.h"
#include "router/pool.h"
#include "router/token.h"

/* What C_Login and C_LoginUser have for arguments. */
struct login_request {
    CK_USER_TYPE type;
    CK_UTF8CHAR *pin;
    CK_ULONG pin_length;
    bool is_named; /* by C_LoginUser */
    CK_UTF8CHAR *name;
    CK_ULONG name_length;
};

/* C_Login and C_LoginUser; C_Logout. */
CK_RV login_begin(struct call *call, const struct login_request *request);
CK_RV login_end(struct call *call);

/* What C_SetPIN and C_InitPIN have for arguments; `old` is not C_InitPIN's. */
struct pin_change {
    CK_UTF8CHAR *old;
    CK_ULONG old_length;
    CK_UTF8CHAR *pin;
    CK_ULONG length;
};

/* Before either: on a group all members have to be there (R6.21). */
void login_may_change_pin(struct call *call);

/* After C_SetPIN: the other members of a group get it too, or none keeps it;
 * and what is remembered has changed. */
void login_change_pin(struct call *call, const struct pin_change *change);

/* Before C_InitPIN: backend sessions that nobody uses are closed. After it:
 * the other members of a group get the PIN too. */
void login_clear_way(struct call *call);
void login_init_pin(struct call *call, const struct pin_change *change);

/*
 * The token's first virtual session is being opened and its first backend
 * session is there: the user of `auto_login` is logged in; who is logged in
 * already stays. The token's turn is taken. CKR_FUNCTION_FAILED when
 * `auto_login` cannot be done; the log says why.
 */
CK_RV login_first(struct pool_session *pooled);

/* The last virtual session is closed: nobody is logged in. The token's turn
 * is taken. */
void login_last(struct token *token);

/* The member can be asked again: it is logged out where its token is. The
 * token's turn is taken. */
void login_end_late(struct member *member);

/* A member that is about to be up again: logs out who did so while it was down.
 * False: it could not be told. */
bool login_make_up(struct member *member);

/* Another token is there: the login of before is over (R6.18). */
void login_forget(struct token *token);

/* A member has forgotten who was logged in: the user is logged in again where
 * and when the member is next used (R7.14), the SO is not (R7.12). */
void login_renew(struct token *token);

/* A backend session is new, or has not followed the last login or logout:
 * now it does, where it does not so by itself (R3.21). */
void login_meet(struct pool_session *pooled);
void login_settle(struct pool_session *pooled);

/* Whether its member has followed, and says so itself. */
bool login_is_there(const struct pool_session *pooled);

/* Whether who is logged in now can be logged in again by p11mux itself. */
bool login_comes_back(struct token *token);

/* Its module says that nobody is logged in: whether the user was, and is again
 * now (7.1, class L). */
bool login_restore(const struct pool_session *pooled);

static inline bool
login_is_followed(const struct pool_session *pooled)
{
    return pooled->login ==
           atomic_load_explicit(&pooled->member->token->login.epoch,
                                memory_order_relaxed);
}

/* Whether a R/O session may not be opened now (R3.5). */
bool login_forbids_read_only(struct token *token);

/* CKS_* of a session with these flags (R3.20). */
CK_STATE login_state(const struct token *token, CK_FLAGS flags);

/* How long a login waits for another one. */
struct deadline login_deadline(const struct token *token);

/* What is said when that has passed. */
CK_RV login_refusal(void);

/* An operator says that it is well: what it refused may be right now. */
void login_let_in(struct member *member);

/* In a forked child: as in the parent, if it can log in without it. */
void login_follow(struct token *token, const struct token *parent);

#endif
