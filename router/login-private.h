/* SPDX-License-Identifier: BSD-3-Clause */
/* What the files of the login share; for them alone. */
#ifndef ROUTER_LOGIN_PRIVATE_H
#define ROUTER_LOGIN_PRIVATE_H

#include "router/login.h"

/* Whether the module is asked as the application would ask it: what is virtual
 * begins with pooled sessions. */
bool login_is_native(const struct token *token);

/* Whether the standard's one login for all sessions is p11mux's to make. */
bool login_is_per_session(const struct member *member);

/* Takes a backend session on the member for a call of the login's own, and
 * makes it ready; false with call->rv set. Then lets it go: after an error of a
 * login it serves nobody else (R3.14). */
bool login_take(struct call *call, struct member *member);
bool login_go_to(struct call *call, struct member *member);
void login_leave(struct call *call);

/* After that: whether the device had closed the backend session, of which the
 * application knows nothing: another one is to be asked (R1.25). */
bool login_was_gone(const struct call *call);

/* Whether the member's PIN comes from a source of its own, and is not the
 * application's. */
bool login_has_own_pin(const struct member *member);

/* The one member that is shown what the application offers (R6.22); NULL:
 * there is none now. */
struct member *login_find_member(const struct token *token, CK_USER_TYPE user);

/* Of mode "migrate": whether a member is away that the login needs (R9.7,
 * R9.8). */
bool login_lacks_member(const struct token *token, CK_USER_TYPE user);

/* C_Login where each member that is there has a PIN of its own: what is offered
 * is compared with the PIN that the configuration knows. */
CK_RV login_ask_source(struct call *call, const struct login_request *request);

/* C_Login of the SO, whom the one member has let in, on the others. */
CK_RV login_spread_so(struct call *call, const struct login_request *request);

/* C_Login at the member that answers for the token, and the answer; and of the
 * SO. */
CK_RV login_ask(struct call *call, const struct login_request *request);
CK_RV login_ask_member(struct call *call, const struct login_request *request);
CK_RV login_begin_so(struct call *call, const struct login_request *request);

/* The PIN that the first member of a group has now, on the others: call->rv is
 * what came of it. */
void login_spread_pin(struct call *call, const struct pin_change *change);

/* Whether the token stands one wrong PIN before it locks: then only a person
 * tries (R7.13). */
bool login_is_last_try(const struct pool_session *pooled);

/* C_Login of the user with a PIN of p11mux's own. */
CK_RV login_try(const struct pool_session *pooled, const struct secret *pin);

/* Whether the answer says that it is the PIN that is wrong. */
bool login_is_about_pin(CK_RV rv);

/*
 * The user cannot be logged in on the member: nobody goes there until somebody
 * logs in anew (R7.11). False where no other member is left: then all are let
 * in again, and it is the login that is lost (R7.14).
 */
bool login_leave_out(struct member *member);

/* Somebody has logged in anew, or has another PIN. */
void login_let_all_in(struct token *token);

/* What a backend session says of its user, and that one logged out. */
CK_RV login_read_state(const struct pool_session *pooled, CK_STATE *state);
bool login_is_user(CK_STATE state);
void login_log_out(const struct pool_session *pooled);

/* Whether the user is to be logged in wherever somebody goes. */
bool login_wants_user(const struct login *login);

/* Logs out every member that a session is open on. */
CK_RV login_end_members(struct call *call);

/* Nobody is to be logged in anywhere: where the application logs in itself no
 * session has to be asked who is. */
void login_note_nobody(struct token *token);

/* Nobody is logged in any more. */
void login_note_logout(struct token *token);

#endif
