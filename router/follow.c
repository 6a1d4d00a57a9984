/* SPDX-License-Identifier: BSD-3-Clause */
/* A forked child goes on where its parent was, or forgets it. */
#include "router/follow.h"

#include "backends/overflow.h"
#include "common/cancel.h"
#include "common/cleanup.h"
#include "common/crypto.h"
#include "common/log.h"
#include "router/life.h"
#include "router/login.h"
#include "router/mender.h"
#include "router/object-follow.h"
#include "router/phase.h"
#include "router/process.h"
#include "router/session-follow.h"
#include "router/slot-follow.h"
#include "router/tender.h"
#include "router/watch.h"

static _Atomic(bool) is_allowed;

/* The instance of the ancestor that served last, until it is followed or
 * forgotten. Nothing in it changes any more. */
static struct instance *parent;

/* The child's own, while it is coming up. */
static struct instance *fresh;

void
follow_allow(bool may_follow)
{
    atomic_store(&is_allowed, may_follow);
}

/* -- Moving in ------------------------------------------------------------ */

/* What served at the fork, if the child may go on with it. What an ancestor
 * left to a child that had not followed yet is left to the child's child. */
static void
find_parent(void)
{
    bool has_served = atomic_load(&process.serving) != 0;
    struct instance *before = life_take_parent();

    if (has_served)
        parent = before->config->follows_forks ? before : NULL;
    follow_allow(parent != NULL);
}

static void
forget_all(void)
{
    follow_allow(false);
    parent = NULL;
    session_forget_all();
    object_forget_all();
}

/*
 * The parent's locks may be held by threads that are not here, so that they
 * are made anew, and what they guarded is only read (R5.2). Its modules are
 * left to their fork_mode.
 */
void
follow_move_in(void)
{
    if (!process_move_in())
        return;
    find_parent();
    phase_move_in(parent != NULL ? PHASE_LEFT : PHASE_OFF);
    process_forget_visitors();
    watch_forget();
    process_stop_serving();
    /* The log's lock may be held by one who is not here. */
    instance_set_sink(NULL);
    crypto_forget();
    backend_fork_child();
    overflow_fork_child();
    if (parent == NULL)
        forget_all();
    process_moved_in();
}

void
follow_forget(void)
{
    forget_all();
}

/* -- Following ------------------------------------------------------------ */

/* By its number alone: if a process forks while it passes sessions and objects
 * on, they belong to tokens of its parent's or of its own. */
static struct token *
find_successor(CK_SLOT_ID slot)
{
    const struct token *before = slot_list_find(parent->slots, slot);

    return before == NULL ? NULL : slot_follow_token(fresh->slots, before);
}

static struct object_space *
find_space(const struct object_space *before)
{
    struct token *token = find_successor(object_space_slot(before));

    return token == NULL ? NULL : token->objects;
}

/* From the parent's configuration, and what it has taken over since, which the
 * child may not be able to read anew. */
static bool
bring_up(struct error *error)
{
    struct config *config = parent->config, *reloaded = parent->reloaded;

    parent->config = NULL;
    parent->reloaded = NULL;
    if (!life_new(config, reloaded, NULL,
                  atomic_load(&parent->may_create_threads), &fresh, error))
        return false;
    if (!backend_set_follow(fresh->backends, parent->backends))
        return error_set(error, CKR_HOST_MEMORY, "out of memory");
    return life_open(fresh, parent->slots, error);
}

/* Before the first call: whoever needs a PIN source to be logged in again has
 * to be known to be. */
static void
pass_logins_on(void)
{
    for (size_t i = 0; i < slot_list_count(parent->slots); i++) {
        const struct token *before = slot_list_at(parent->slots, i);
        struct token *token = find_successor(before->slot);

        if (token != NULL)
            login_follow(token, before);
    }
}

static void
pass_on(void)
{
    pass_logins_on();
    session_follow(find_successor);
    object_follow(find_space);
    parent = NULL;
}

/* Sessions that were passed on use the pools as if they had been opened. */
static void
wake_tender(const struct instance *instance)
{
    bool is_wanted = false;

    for (size_t i = 0; i < slot_list_count(instance->slots); i++) {
        const struct token *token = slot_list_at(instance->slots, i);

        if (token_sessions(token).all == 0)
            continue;
        is_wanted = true;
        mender_begin(token);
    }
    if (is_wanted)
        tender_wake(instance->tender);
}

static bool
follow(void)
{
    struct error error = { .rv = CKR_OK };
    bool counts_consumers;

    follow_move_in();
    if (phase_follow() != PHASE_LEFT)
        return process_is_serving();
    if (!bring_up(&error)) {
        log_write(LOG_LEVEL_ERROR,
                  "this forked child cannot go on where its parent was: %s; "
                  "its C_Initialize may succeed",
                  error.text);
        forget_all();
        life_discard(fresh);
        fresh = NULL;
        phase_end(PHASE_OFF);
        return false;
    }
    counts_consumers = fresh->config->counts_consumers;
    pass_on();
    wake_tender(fresh);
    life_serve(fresh);
    watch_wake();
    fresh = NULL;
    phase_end_on(counts_consumers);
    return true;
}

bool
follow_parent(void)
{
    CLEANUP(cancel_allow) int cancel_state = cancel_hold();
    bool was_inside = thread_is_inside;
    bool is_served;

    /* A module that is being started leads back to us (R1.8). */
    if (!atomic_load(&is_allowed) || backend_is_inside_start())
        return false;
    thread_is_inside = true;
    is_served = follow();
    thread_is_inside = was_inside;
    return is_served;
}
