/* SPDX-License-Identifier: BSD-3-Clause */
/* Ties a session of a group to one of its members. */
#include "router/tie.h"

#include "router/migration.h"
#include "router/token.h"

bool
tie_session(CK_SESSION_HANDLE handle, unsigned member)
{
    struct session *session = session_take(handle);
    bool is_tied;

    if (session == NULL)
        return false;
    is_tied = session->token->mode != GROUP_SINGLE &&
              member < session->token->n_members;
    if (is_tied) {
        session->attempt.others = ~(UINT64_C(1) << member);
        migration_tie(session->token);
    }
    session_give(session);
    return is_tied;
}
