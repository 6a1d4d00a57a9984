/* SPDX-License-Identifier: BSD-3-Clause */
/* Takes and gives back backend sessions on members beside the call's own. */
#include "router/replica.h"

#include "router/facts.h"
#include "router/login.h"
#include "router/outcome.h"
#include "router/session.h"
#include "router/token.h"

static void
adopt(struct replica *replica, struct pool_session *pooled)
{
    replica->pooled = pooled;
    replica->list = pooled->functions;
    replica->handle = pooled->handle;
}

CK_RV
replica_begin(struct replica *replica, struct session *session,
              struct member *member)
{
    struct pool_session *pooled;
    CK_RV rv;

    *replica = (struct replica){ .member = member };
    rv = pool_take(member->pool, session, true, &pooled);
    if (rv != CKR_OK)
        return rv;
    adopt(replica, pooled);
    if (!login_is_followed(pooled))
        login_settle(pooled);
    if (login_is_there(pooled))
        return CKR_OK;
    /* What is private would look as if it were not there. */
    replica_end(replica, session);
    return CKR_USER_NOT_LOGGED_IN;
}

void
replica_borrow(struct replica *replica, struct pool_session *pooled)
{
    *replica = (struct replica){ .member = pooled->member, .is_calls = true };
    adopt(replica, pooled);
}

void
replica_end(struct replica *replica, struct session *session)
{
    struct pool_session *pooled = replica->pooled;

    if (pooled == NULL)
        return;
    replica->pooled = NULL;
    if (!replica->is_calls && pooled->is_lent &&
        !session_uses(session, pooled, NULL))
        pool_give(pooled, session, replica->state);
    else if (replica->state != POOL_CLEAN)
        atomic_fetch_or(&pooled->doubts, POOL_OUTLIVED);
}

struct identity_place
replica_place(struct replica *replica)
{
    _Static_assert(sizeof(CK_SESSION_HANDLE) >= sizeof(uintptr_t),
                   "a handle has room for a replica");
    return (struct identity_place){ &replica_functions,
                                    (CK_SESSION_HANDLE)(uintptr_t)replica,
                                    NULL };
}

void
replica_note(struct replica *replica, unsigned function, CK_RV rv)
{
    switch (outcome_of(replica->pooled->backend, function, rv)) {
    case OUTCOME_MEMBER_LOST:
        replica->state = POOL_LOST;
        member_fail(replica->member, call_facts[function].function, rv);
        break;
    case OUTCOME_SESSION_LOST:
        replica->state = POOL_LOST;
        break;
    case OUTCOME_AMBIGUOUS:
    case OUTCOME_BUSY:
    case OUTCOME_THROTTLED:
        if (replica->state == POOL_CLEAN)
            replica->state = POOL_DIRTY;
        break;
    default:
        break;
    }
}

CK_RV
replica_code(const struct replica *replica, unsigned function, CK_RV rv)
{
    const struct backend *backend = atomic_load(&replica->member->backend);

    if (replica->is_shut)
        return CKR_DEVICE_ERROR;
    switch (outcome_of(backend, function, rv)) {
    case OUTCOME_MEMBER_LOST:
    case OUTCOME_SESSION_LOST:
    case OUTCOME_LOGIN_LOST:
    case OUTCOME_HANDLE:
        return CKR_DEVICE_ERROR;
    case OUTCOME_BUSY:
    case OUTCOME_THROTTLED:
        return CKR_FUNCTION_FAILED;
    default:
        return rv;
    }
}
