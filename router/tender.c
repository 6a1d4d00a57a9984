/* SPDX-License-Identifier: BSD-3-Clause */
/* A thread that comes again and again, and what does without it. */
#include "router/tender.h"

#include "common/worker.h"
#include "router/counters.h"
#include "router/pool.h"
#include "router/process.h"

#include <stdlib.h>

struct tender {
    const struct tender_work *work;
    struct mutex lock;
    struct condition changed;
    struct slot_list *slots;
    struct counters *counters;
    _Atomic(bool) may_create_threads;
    bool is_called; /* there may be more to do than it knows of */
    bool is_stopping;
    struct deadline next;
    struct worker worker;
};

struct tender *
tender_new(const struct tender_work *work, struct slot_list *slots,
           struct counters *counters, bool may_create_threads)
{
    struct tender *tender = calloc(1, sizeof(*tender));

    if (tender == NULL)
        return NULL;
    mutex_init(&tender->lock, LOCK_TENDER);
    condition_init(&tender->changed);
    tender->work = work;
    tender->slots = slots;
    tender->counters = counters;
    tender->may_create_threads = may_create_threads;
    return tender;
}

void
tender_forbid_threads(struct tender *tender)
{
    atomic_store(&tender->may_create_threads, false);
}

static struct deadline
look_at_pools(struct slot_list *slots, struct counters *counters)
{
    struct deadline next = { counters_tend(counters, false) };

    for (size_t i = 0; i < slot_list_count(slots); i++) {
        const struct token *token = slot_list_at(slots, i);

        for (unsigned k = 0; k < token->n_members; k++) {
            uint64_t at = pool_tend(token->members[k].pool);

            if (at < next.at)
                next.at = at;
        }
    }
    return next;
}

const struct tender_work tender_of_pools = { "p11mux-pools", look_at_pools,
                                             NULL };

static struct deadline
look(const struct tender *tender)
{
    return tender->work->look(tender->slots, tender->counters);
}

static void *
tend_in_thread(void *argument)
{
    struct tender *tender = argument;

    (void)pthread_setname_np(pthread_self(), tender->work->thread);
    /* A module that leads back into p11mux from here is refused. */
    thread_is_inside = true;
    mutex_lock(&tender->lock);
    while (!tender->is_stopping) {
        struct deadline next;

        tender->is_called = false;
        mutex_unlock(&tender->lock);
        next = look(tender);
        mutex_lock(&tender->lock);
        while (!tender->is_stopping && !tender->is_called &&
               !deadline_has_passed(next))
            (void)condition_wait(&tender->changed, &tender->lock, next);
    }
    worker_finish(&tender->worker, &tender->changed);
    mutex_unlock(&tender->lock);
    return NULL;
}

static void
start_locked(struct tender *tender) REQUIRES(tender->lock)
{
    worker_start(&tender->worker, tend_in_thread, tender);
}

static void
start_if_allowed_locked(struct tender *tender) REQUIRES(tender->lock)
{
    if (atomic_load(&tender->may_create_threads) &&
        !tender->worker.has_thread && !tender->is_stopping)
        start_locked(tender);
}

void
tender_hurry(struct tender *tender)
{
    mutex_lock(&tender->lock);
    start_if_allowed_locked(tender);
    tender->is_called = true;
    tender->next = deadline_now();
    condition_broadcast(&tender->changed);
    mutex_unlock(&tender->lock);
}

static void
call(struct tender *tender, bool wakes)
{
    bool is_due = false;

    mutex_lock(&tender->lock);
    start_if_allowed_locked(tender);
    if (tender->worker.has_thread) {
        tender->is_called = tender->is_called || wakes;
        condition_broadcast(&tender->changed);
    } else {
        is_due = deadline_has_passed(tender->next);
        if (is_due)
            tender->next = deadline_never();
    }
    mutex_unlock(&tender->lock);
    if (is_due) {
        struct deadline next = look(tender);

        mutex_lock(&tender->lock);
        tender->next = next;
        mutex_unlock(&tender->lock);
    }
}

void
tender_wake(struct tender *tender)
{
    call(tender, true);
}

void
tender_begin(struct tender *tender)
{
    if (!atomic_load_explicit(&tender->worker.has_thread, memory_order_relaxed))
        call(tender, false);
}

void
tender_show(struct tender *tender)
{
    if (!atomic_load_explicit(&tender->worker.has_thread, memory_order_relaxed))
        (void)counters_tend(tender->counters, false);
}

bool
tender_free(struct tender *tender, uint64_t wait_ms)
{
    struct deadline until = deadline_in(wait_ms);

    if (tender == NULL)
        return true;
    mutex_lock(&tender->lock);
    tender->is_stopping = true;
    condition_broadcast(&tender->changed);
    mutex_unlock(&tender->lock);
    if (!worker_end(&tender->worker, &tender->lock, &tender->changed, until))
        return false;
    if (tender->work->end != NULL && !tender->work->end(tender->slots, until))
        return false;
    condition_destroy(&tender->changed);
    mutex_destroy(&tender->lock);
    free(tender);
    return true;
}
