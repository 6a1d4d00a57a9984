/* SPDX-License-Identifier: BSD-3-Clause */
/* For the tool: sessions of a group that one member alone answers, whatever the
 * group would do, and that may write there; they see copies that are not proven
 * yet, too. */
#ifndef ROUTER_TIE_H
#define ROUTER_TIE_H

#include "router/identity.h"
#include "router/session.h"

/* False: it is no good session of a group, or the group has no such member. */
bool tie_session(CK_SESSION_HANDLE handle, unsigned member);

/* Whether the member itself says that whoever is logged in to the group is to
 * it, or nobody is; 0: not, or it cannot be asked. Where the number is the same
 * before and after something, the member was the same all the while. */
uint64_t tie_login(CK_SESSION_HANDLE handle, unsigned member);

/* Which key an object of such a session's member is, as the tool has read it
 * with what it knows of the member: the log need not search for that. */
void tie_tell(CK_SESSION_HANDLE handle, CK_OBJECT_HANDLE object,
              const struct identity *identity);

/* The members that do not answer this session, a bit for each. */
static inline uint64_t
tie_others(const struct session *session)
{
    return session->attempt.others;
}

static inline bool
tie_admits(const struct session *session, unsigned member)
{
    return (tie_others(session) >> member & 1) == 0;
}

#endif
