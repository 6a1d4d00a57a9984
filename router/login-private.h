/* SPDX-License-Identifier: BSD-3-Clause */
/* What the files of the login share; for them alone. */
#ifndef ROUTER_LOGIN_PRIVATE_H
#define ROUTER_LOGIN_PRIVATE_H

#include "router/login.h"

/* Whether the module is asked as the application would ask it: what is virtual
 * begins with pooled sessions. */
bool login_is_native(const struct token *token);

/* Whether the standard's one login for all sessions is p11mux's to make. */
bool login_is_per_session(const struct token *token);

/* Takes a backend session on the member for a call of the login's own, and
 * makes it ready; false with call->rv set. Then lets it go: after an error of a
 * login it serves nobody else (R3.14). */
bool login_take(struct call *call, struct member *member);
bool login_go_to(struct call *call, struct member *member);
void login_leave(struct call *call);

/* After that: whether the device had closed the backend session, of which the
 * application knows nothing: another one is to be asked (R1.25). */
bool login_was_gone(const struct call *call);

/* C_Login at the member that answers for the token; and of the SO. */
CK_RV login_ask_member(struct call *call, const struct login_request *request);
CK_RV login_begin_so(struct call *call, const struct login_request *request);

/* Whether the token stands one wrong PIN before it locks: then only a person
 * tries (R7.13). */
bool login_is_last_try(const struct pool_session *pooled);

/* C_Login of the user with a PIN of p11mux's own. */
CK_RV login_try(const struct pool_session *pooled, const struct secret *pin);

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
