/* SPDX-License-Identifier: BSD-3-Clause */
/* Bringing one member of a group to rest. */
#include "router/drain.h"

#include "common/cancel.h"
#include "common/cleanup.h"
#include "router/member-probe.h"
#include "router/pool-private.h"
#include "router/rest.h"
#include "router/session-notice.h"

void
drain_begin(struct member *member)
{
    atomic_store(&member->is_drained, true);
    member_note_change(member);
    /* Whoever has not seen that has a backend session there before this, where
     * it is seen. */
    session_notice_barrier();
    /* Who waits in line there goes to another member. */
    pool_rouse(member->pool);
}

struct resting {
    struct pool *pool;
    size_t n_bound;
};

static void
rest_session(struct session *session, void *context)
{
    struct resting *resting = context;
    const struct pool_session *bound = session_bound(session);

    if (bound != NULL && bound->pool == resting->pool && !bound->is_lent &&
        !object_home_is_empty(&bound->home))
        resting->n_bound++;
    pool_part(resting->pool, session);
}

size_t
drain_rest(struct member *member)
{
    CLEANUP(cancel_allow) int cancel_state = cancel_hold();
    struct resting resting = { .pool = member->pool };
    size_t n_running;

    if (rest_has_kept(member->token))
        (void)session_visit_idle(member->token, rest_session, &resting);
    n_running = resting.n_bound + pool_rest(member->pool);
    /* What was being opened then is among these now. */
    n_running += pool_count_kept(member->pool);
    if (n_running == 0 && !rest_keeper(member->pool, REST_KEEPS_HANDLES))
        n_running++;
    return n_running;
}

/* What session objects or a login keep open there says whether its device was
 * started anew meanwhile: then no handle of before is used again. */
static void
look_at_kept(struct member *member)
{
    if (pool_count(member->pool) > 0 &&
        member_health_is_good(&member->health) &&
        member_probe(member, NULL, OUTCOME_SESSION_LOST) >= PROBE_GONE)
        member_fail(member, NULL, CKR_DEVICE_REMOVED);
}

void
drain_end(struct member *member)
{
    member_admit(member);
    look_at_kept(member);
    member_return(member);
    member_note_change(member);
    atomic_store(&member->is_drained, false);
}

/* -- Calls ------------------------------------------------------------------
 */

static bool
lives_on(const struct call *call, const struct member *member)
{
    const struct object_space *objects = call->token->objects;

    for (unsigned i = 0; i < call->n_objects; i++)
        if (call->asked[i] != CALL_NO_OBJECT &&
            (object_space_flags(objects, call->asked[i]) & OBJECT_IS_SESSION) !=
                0 &&
            object_space_was_seen(objects, call->asked[i], member->index))
            return true;
    return false;
}

bool
drain_is_used(const struct call *call, const struct member *member)
{
    return atomic_load_explicit(&member->is_drained, memory_order_relaxed) &&
           lives_on(call, member);
}

bool
drain_admits(const struct call *call, const struct member *member)
{
    return member_is_usable(member) ||
           (member_goes_on(member) && lives_on(call, member));
}

void
drain_leave(struct session *session)
{
    const struct token *token = session->token;

    for (unsigned i = 0; session->held != NULL && i < token->n_members; i++)
        if (atomic_load(&token->members[i].is_drained))
            pool_part(token->members[i].pool, session);
}
