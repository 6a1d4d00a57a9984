/* SPDX-License-Identifier: BSD-3-Clause */
/* Who is logged in to a token; for router/token.h. */
#ifndef ROUTER_LOGIN_STATE_H
#define ROUTER_LOGIN_STATE_H

#include "router/login-memory.h"
#include "router/turn.h"

#include <stdatomic.h>

#define LOGIN_NOBODY ((CK_USER_TYPE)-1)

struct login {
    struct turn turn;           /* logging in and out, first open, last close */
    struct turn asking;         /* logging a member in by itself, or out */
    _Atomic(CK_USER_TYPE) user; /* as the application sees it */
    _Atomic(bool) so_comes;     /* no R/O session may be opened any more */
    bool is_automatic;          /* auto_login; never changes */
    _Atomic(bool) is_claimed;   /* of those: the application has logged in */
    _Atomic(uint32_t) epoch;    /* one up with each login and logout */
    _Atomic(uint32_t) logouts;  /* operations of before are over (R3.15) */
    struct login_memory memory;
};

void login_init(struct login *login, bool is_automatic);
void login_destroy(struct login *login);

#endif
