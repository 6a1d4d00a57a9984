/* SPDX-License-Identifier: BSD-3-Clause */
/* The thread of the watch, and stays in modules. */
#include "common/cancel.h"
#include "common/thread.h"
#include "router/counters.h"
#include "router/hang.h"
#include "router/session.h"
#include "router/slot-list.h"
#include "router/watch-private.h"

#include <stdlib.h>

struct watch watch = { .lock = MUTEX_INIT(LOCK_WATCH),
                       .changed = CONDITION_INIT };

/* -- The thread --------------------------------------------------------------
 */

static void
look_at_all(void)
{
    struct watch_news news;

    while (watch_look_once(&news))
        watch_tell(&news);
}

/* What the tender does, which may be inside a module that hangs. */
static void
show_counters(void)
{
    const struct instance *instance = instance_get();

    if (instance != NULL)
        (void)counters_tend(instance->counters, false);
}

/* Whether there can be anything to see. */
static bool
is_wanted_locked(void) REQUIRES(watch.lock)
{
    if (watch.stays != NULL || watch.n_stuck > 0)
        return true;
    for (size_t i = 0; i < slot_list_count(watch.slots); i++)
        if (token_sessions(slot_list_at(watch.slots, i)).all > 0)
            return true;
    return false;
}

static struct deadline
next_look_locked(void) REQUIRES(watch.lock)
{
    uint64_t period = watch_period_locked();

    return period == UINT64_MAX || !is_wanted_locked()
               ? deadline_never()
               : (struct deadline){ .at = clock_now() + period };
}

static void *
watch_in_thread(void *unused)
{
    (void)pthread_setname_np(pthread_self(), "p11mux-watch");
    mutex_lock(&watch.lock);
    while (watch.slots != NULL) {
        watch.is_called = false;
        mutex_unlock(&watch.lock);
        look_at_all();
        show_counters();
        mutex_lock(&watch.lock);
        if (watch.slots == NULL)
            break;
        watch.next_look = next_look_locked();
        while (watch.slots != NULL && !deadline_has_passed(watch.next_look) &&
               !(watch.is_called && watch.next_look.at == UINT64_MAX))
            (void)condition_wait(&watch.changed, &watch.lock, watch.next_look);
    }
    mutex_unlock(&watch.lock);
    return unused;
}

static void
call_locked(void) REQUIRES(watch.lock)
{
    if (watch.slots == NULL || watch_period_locked() == UINT64_MAX)
        return;
    watch.is_called = true;
    if (watch.has_thread && watch.next_look.at == UINT64_MAX)
        condition_broadcast(&watch.changed);
    if (!watch.has_thread && watch.may_create_threads)
        watch.has_thread = thread_start(&watch.thread, watch_in_thread, NULL);
}

void
watch_start(struct slot_list *slots, bool may_create_threads)
{
    mutex_lock(&watch.lock);
    watch.slots = slots;
    watch.may_create_threads = may_create_threads;
    watch.next_look = deadline_now();
    mutex_unlock(&watch.lock);
}

void
watch_stop(void)
{
    bool has_thread;

    mutex_lock(&watch.lock);
    watch.slots = NULL;
    has_thread = watch.has_thread;
    watch.has_thread = false;
    condition_broadcast(&watch.changed);
    mutex_unlock(&watch.lock);
    if (has_thread)
        (void)pthread_join(watch.thread, NULL);
    mutex_lock(&watch.lock);
    free(watch.watched);
    watch.watched = NULL;
    watch.n_watched = 0;
    watch.n_stuck = 0;
    /* Those that never come back end in a list of their own. */
    if (watch.stays != NULL)
        watch.stays->link = &watch.stays->next;
    for (struct stay *stay = watch.stays; stay != NULL; stay = stay->next) {
        stay->link = NULL;
        stay->is_stuck = false;
        stay->is_slow = false;
    }
    watch.stays = NULL;
    mutex_unlock(&watch.lock);
}

void
watch_forbid_threads(void)
{
    mutex_lock(&watch.lock);
    watch.may_create_threads = false;
    mutex_unlock(&watch.lock);
}

void
watch_forget(void)
{
    mutex_init(&watch.lock, LOCK_WATCH);
    condition_init(&watch.changed);
    watch.slots = NULL;
    watch.has_thread = false;
    watch.stays = NULL;
    watch.watched = NULL;
    watch.n_watched = 0;
    watch.n_stuck = 0;
}

void
watch_wake(void)
{
    struct deadline look;

    mutex_lock(&watch.lock);
    call_locked();
    /* It may be a group, which is looked at more often. */
    look = watch.has_thread ? next_look_locked() : watch.next_look;
    if (look.at < watch.next_look.at) {
        watch.next_look = look;
        condition_broadcast(&watch.changed);
    }
    mutex_unlock(&watch.lock);
}

bool
watch_has_stuck(void)
{
    bool has_stuck;

    mutex_lock(&watch.lock);
    has_stuck = watch.n_stuck > 0;
    mutex_unlock(&watch.lock);
    return has_stuck;
}

/* -- Those that wait ---------------------------------------------------------
 */

/* When a thread that waits has to look; never where a thread of the watch
 * does. */
static struct deadline
own_look(void)
{
    struct deadline look = deadline_never();
    uint64_t period;

    mutex_lock(&watch.lock);
    if (watch.slots != NULL && !watch.has_thread) {
        period = watch_period_locked();
        if (period != UINT64_MAX)
            look.at = clock_now() + period;
    }
    mutex_unlock(&watch.lock);
    return look;
}

struct deadline
watch_until(struct deadline until)
{
    struct deadline look = own_look();

    return look.at < until.at ? look : until;
}

bool
watch_pause(struct timespec *out)
{
    struct deadline look = own_look();
    uint64_t pause = deadline_remaining_ms(look);

    if (pause == UINT64_MAX)
        return false;
    /* A test's clock does not end a wait of the kernel's. */
    if (!clock_is_real() || pause == 0)
        pause = 1;
    *out = (struct timespec){ .tv_sec = (time_t)(pause / 1000),
                              .tv_nsec = (long)(pause % 1000) * 1000 * 1000 };
    return true;
}

void
watch_look(void)
{
    bool is_due;

    mutex_lock(&watch.lock);
    is_due = watch.slots != NULL && !watch.has_thread &&
             deadline_has_passed(watch.next_look);
    if (is_due)
        watch.next_look = next_look_locked();
    if (is_due && watch.next_look.at == UINT64_MAX)
        watch.next_look = deadline_now();
    mutex_unlock(&watch.lock);
    if (is_due)
        look_at_all();
}

/* -- Stays -------------------------------------------------------------------
 */

bool
watch_enter(struct backend *backend)
{
    enum backend_entry entry;

    if (!backend_is_guarded(backend))
        return true;
    while (
        (entry = backend_try_enter(backend, watch_until(deadline_never()))) ==
        BACKEND_LATE)
        watch_look();
    return entry == BACKEND_ENTERED;
}

bool
watch_enter_for(struct session *session, const struct member *member,
                struct backend *backend)
{
    bool has_entered;

    if (!backend_is_guarded(backend))
        return true;
    session_queue(session, member->index);
    has_entered = watch_enter(backend);
    session_unqueue(session);
    return has_entered;
}

static void
enlist(struct stay *stay)
{
    mutex_lock(&watch.lock);
    stay->next = watch.stays;
    stay->link = &watch.stays;
    if (stay->next != NULL)
        stay->next->link = &stay->next;
    watch.stays = stay;
    call_locked();
    mutex_unlock(&watch.lock);
}

bool
stay_begin_apart(struct stay *stay, struct member *member,
                 struct backend *backend, unsigned function)
{
    *stay = (struct stay){ .member = member,
                           .backend = backend,
                           .function = (uint8_t)function,
                           .is_apart = true };
    if (member_is_stuck(member) || !watch_enter(backend))
        return false;
    stay->holds_cancel = true;
    stay->cancel_state = cancel_hold();
    enlist(stay);
    return true;
}

bool
stay_begin(struct stay *stay, struct member *member, struct backend *backend,
           struct session *session, unsigned function)
{
    *stay = (struct stay){ .member = member,
                           .backend = backend,
                           .session = session,
                           .function = (uint8_t)function };
    if (member_is_stuck(member) ||
        !(session == NULL ? watch_enter(backend)
                          : watch_enter_for(session, member, backend)))
        return false;
    if (session != NULL) {
        session_enter(session, member->index, function);
        return true;
    }
    stay->holds_cancel = true;
    stay->cancel_state = cancel_hold();
    enlist(stay);
    return true;
}

bool
stay_begin_call(struct stay *stay, struct member *member,
                struct backend *backend, unsigned function)
{
    *stay = (struct stay){ .member = member,
                           .backend = backend,
                           .function = (uint8_t)function };
    if (member_is_stuck(member) || !watch_enter(backend))
        return false;
    enlist(stay);
    return true;
}

void
stay_end(struct stay *stay)
{
    struct watch_news returned, quick;
    bool has_returned = false, is_quick = false;

    if (stay->session != NULL) {
        session_leave(stay->session);
    } else {
        mutex_lock(&watch.lock);
        if (stay->link != NULL) {
            *stay->link = stay->next;
            if (stay->next != NULL)
                stay->next->link = stay->link;
            has_returned = watch_return_stay_locked(stay, &returned);
            is_quick = watch_quicken_stay_locked(stay, &quick);
        }
        stay->link = NULL;
        mutex_unlock(&watch.lock);
    }
    backend_leave(stay->backend);
    if (has_returned)
        watch_tell(&returned);
    if (is_quick)
        watch_tell(&quick);
    if (stay->holds_cancel)
        cancel_allow(&stay->cancel_state);
}

size_t
watch_count_stays(const struct backend *backend)
{
    size_t count = 0;

    mutex_lock(&watch.lock);
    for (const struct stay *stay = watch.stays; stay != NULL; stay = stay->next)
        if (backend_shares_library(stay->backend, backend))
            count++;
    mutex_unlock(&watch.lock);
    return count;
}

void
watch_note_return(uint32_t session)
{
    struct watch_news news;
    bool is_news;

    mutex_lock(&watch.lock);
    is_news = session < watch.n_watched &&
              watch_return_locked(&watch.watched[session], &news);
    mutex_unlock(&watch.lock);
    if (is_news)
        watch_tell(&news);
}
