/* SPDX-License-Identifier: BSD-3-Clause */
/* Bringing a token to rest, and holding what would begin on it. */
#include "router/pause.h"

#include "common/cancel.h"
#include "common/cleanup.h"
#include "common/log.h"
#include "router/control.h"
#include "router/drain.h"
#include "router/facts.h"
#include "router/pool-private.h"
#include "router/process.h"
#include "router/rest.h"
#include "router/session-notice.h"

#include <inttypes.h>

/* Who makes no thread looks at the page itself, this often. */
enum { LOOK_MS = 100 };

/* -- Calls ------------------------------------------------------------------
 */

static CK_RV
refuse(const struct pool *pool)
{
    log_write(LOG_LEVEL_WARNING,
              "token \"%s\" is paused, and a call has waited for %" PRIu64
              " ms; go on with p11mux resume, or raise pool.wait",
              pool->member->token->label, pool->settings->wait_ms);
    return CKR_FUNCTION_FAILED;
}

/* Nothing runs in a session that waits; who begins to run and then finds a
 * pause was seen by whoever began that, or has not run yet. */
static void
set_waiting(struct session *session, bool waits)
{
    if (session != NULL)
        atomic_store(&session->waits, waits);
}

static CK_RV
wait_until(struct pool *pool, struct deadline until)
{
    struct deadline look = control_has_watcher() ? until : deadline_in(LOOK_MS);

    if (!process_is_serving())
        return CKR_CRYPTOKI_NOT_INITIALIZED;
    if (deadline_has_passed(until))
        return refuse(pool);
    pool_wait_paused(pool, look.at < until.at ? look : until);
    control_look_here();
    return CKR_OK;
}

static CK_RV
wait_for_end(struct pool *pool, struct session *session)
{
    struct deadline until;
    CK_RV rv = CKR_OK;

    if (!pool_is_paused(pool))
        return CKR_OK;
    until = deadline_in(pool->settings->wait_ms);
    while (rv == CKR_OK && pool_is_paused(pool)) {
        set_waiting(session, true);
        while (rv == CKR_OK && pool_is_paused(pool))
            rv = wait_until(pool, until);
        set_waiting(session, false);
    }
    return rv;
}

CK_RV
pause_wait(struct pool *pool, struct session *session)
{
    return pool_refuses(pool, session) ? CKR_DEVICE_REMOVED
                                       : wait_for_end(pool, session);
}

/* What ends an operation, closes, or asks for what needs no session. */
static bool
goes_on(const struct call *call)
{
    const struct call_facts *facts = &call_facts[call->id];

    if (facts->reach == REACH_LOCAL)
        return call->id != CALL_C_OpenSession;
    if (call->session == NULL)
        return facts->access == ACCESS_READ;
    return facts->stage > STAGE_INIT || session_bound(call->session) != NULL;
}

/* Session objects would end with what is given back. */
static bool
holds_objects(const struct session *session)
{
    for (const struct pool_session *held = session->held; held != NULL;
         held = held->next)
        if (!object_home_is_empty(&held->home))
            return true;
    return false;
}

/* In mode `none` it is the application's own. */
static void
give_back(struct session *session)
{
    if (session->held != NULL && session->token->pool->mode != POOL_NONE &&
        !holds_objects(session))
        pool_close_session(session);
}

bool
pause_admits(struct call *call)
{
    CLEANUP(cancel_allow) int cancel_state = cancel_hold();

    control_look_here();
    if (call->session != NULL && call->session->held != NULL)
        drain_leave(call->session);
    if (call->token == NULL || !atomic_load(&call->token->is_paused) ||
        goes_on(call))
        return true;
    /* Nobody else can, while this call is inside. */
    if (call->session != NULL)
        give_back(call->session);
    call->rv = wait_for_end(call->token->members[0].pool, call->session);
    return call->rv == CKR_OK;
}

/* -- The token --------------------------------------------------------------
 */

void
pause_begin(struct token *token)
{
    token->is_awaited = token_is_present(token);
    atomic_store(&token->is_paused, true);
    /* Whoever has not seen that has taken its session or backend session
     * before this, where it is seen. */
    session_notice_barrier();
    /* Who waits in line finds that it waits for the end of the pause. */
    for (unsigned i = 0; i < token->n_members; i++)
        pool_rouse(token->members[i].pool);
}

void
pause_end(struct token *token)
{
    atomic_store(&token->is_paused, false);
    for (unsigned i = 0; i < token->n_members; i++)
        pool_end_rest(token->members[i].pool);
}

size_t
pause_count_waiting(const struct token *token)
{
    size_t count = 0;

    for (unsigned i = 0; i < token->n_members; i++)
        count += pool_count_waiting(token->members[i].pool);
    return count;
}

/* -- What virtual sessions keep ---------------------------------------------
 */

/* Counts what is bound by an operation; what is kept without one goes back. */
static void
rest_session(struct session *session, void *context)
{
    size_t *n_bound = context;

    if (session_bound(session) != NULL)
        ++*n_bound;
    else
        give_back(session);
}

static size_t
rest_sessions(const struct token *token)
{
    size_t n_bound = 0;
    size_t n_busy = session_visit_idle(token, rest_session, &n_bound);

    return n_busy + n_bound;
}

size_t
pause_rest(struct token *token)
{
    CLEANUP(cancel_allow) int cancel_state = cancel_hold();
    size_t n_running = rest_has_kept(token) ? rest_sessions(token) : 0;

    for (unsigned i = 0; i < token->n_members; i++)
        n_running += pool_rest(token->members[i].pool);
    for (unsigned i = 0; n_running == 0 && i < token->n_members; i++)
        if (!rest_keeper(token->members[i].pool, REST_LEAVES_HANDLES))
            n_running++;
    return n_running;
}
