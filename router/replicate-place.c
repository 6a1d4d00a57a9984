/* SPDX-License-Identifier: BSD-3-Clause */
/* Goes to another member for what a group's call made or changes. */
#include "router/replicate-place.h"

#include "router/login.h"
#include "router/session.h"
#include "router/token.h"

bool
replica_enter(struct replica *replica, unsigned function)
{
    replica->stays = stay_begin(&replica->stay, replica->member,
                                replica->pooled->backend, NULL, function);
    return replica->stays;
}

void
replica_leave(struct replica *replica)
{
    if (replica->stays)
        stay_end(&replica->stay);
    replica->stays = false;
}

CK_RV
replica_begin(struct replica *replica, struct session *session,
              struct member *member, unsigned function)
{
    CK_RV rv;

    *replica = (struct replica){ .member = member };
    rv = pool_take(member->pool, session, true, &replica->pooled);
    if (rv != CKR_OK) {
        replica->pooled = NULL;
        return rv;
    }
    if (!login_is_followed(replica->pooled))
        login_settle(replica->pooled);
    if (replica_enter(replica, function))
        return CKR_OK;
    pool_give(replica->pooled, session, POOL_CLEAN);
    replica->pooled = NULL;
    return CKR_FUNCTION_FAILED;
}

void
replica_end(struct replica *replica, struct session *session)
{
    if (replica->pooled == NULL)
        return;
    replica_leave(replica);
    if (!replica->is_calls && replica->pooled->is_lent &&
        !session_uses(session, replica->pooled, NULL))
        pool_give(replica->pooled, session, POOL_CLEAN);
    replica->pooled = NULL;
}
