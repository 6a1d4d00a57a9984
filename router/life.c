/* SPDX-License-Identifier: BSD-3-Clause */
/* An instance comes up, serves, and ends. */
#include "router/life.h"

#include "common/crypto.h"
#include "common/log.h"
#include "router/control.h"
#include "router/counters.h"
#include "router/follow.h"
#include "router/mender.h"
#include "router/pool.h"
#include "router/process.h"
#include "router/session-notice.h"
#include "router/session.h"
#include "router/slot-follow.h"
#include "router/spill.h"
#include "router/state.h"
#include "router/tender.h"
#include "router/trail.h"
#include "router/watch.h"

#include <stdlib.h>
#include <time.h>

static _Atomic(struct instance *) current;

/* Left to calls that never came back, or a parent's; kept where a leak
 * checker finds them. */
static struct instance *left;

struct instance *
instance_get(void)
{
    return atomic_load_explicit(&current, memory_order_acquire);
}

static void
leave(struct instance *instance)
{
    instance->left_before = left;
    left = instance;
}

/* -- Coming up ------------------------------------------------------------ */

/* False: a thread of theirs is inside a module, and keeps what it needs. */
static bool
end_tenders(struct instance *instance, uint64_t wait_ms)
{
    if (!tender_free(instance->mender, wait_ms))
        return false;
    instance->mender = NULL;
    if (!tender_free(instance->tender, wait_ms))
        return false;
    instance->tender = NULL;
    counters_free(instance->counters);
    instance->counters = NULL;
    return true;
}

/* `log_wait_ms`: for the log's threads. */
static void
discard(struct instance *instance, uint64_t log_wait_ms)
{
    uint64_t wait_ms = instance->config->finalize_wait_ms;
    bool is_freed = false;
    bool log_rests;

    session_unpark_all();
    log_rests = trail_rest(instance, log_wait_ms);
    /* A thread that is inside a module needs its module and its list; one that
     * is inside a file, the log and its settings. */
    if (control_free(instance->control, wait_ms) &&
        end_tenders(instance, wait_ms) &&
        slot_list_free(instance->slots, wait_ms)) {
        spill_close(instance);
        if (instance->backends != NULL)
            backend_set_free(instance->backends, wait_ms, false);
        if (log_rests) {
            trail_free(instance);
            config_free(instance->reloaded);
            config_free(instance->config);
            secret_wipe(&instance->state_key);
            free(instance);
            is_freed = true;
        }
    }
    if (!is_freed)
        leave(instance);
    crypto_close();
}

void
life_discard(struct instance *instance)
{
    if (instance != NULL)
        discard(instance, instance->config->finalize_wait_ms);
}

static bool
give_up(struct config *config, struct config *reloaded,
        struct backend_set *backends)
{
    backend_set_free(backends, 0, false);
    config_free(reloaded);
    config_free(config);
    return false;
}

bool
life_new(struct config *config, struct config *reloaded,
         struct backend_set *backends, bool may_create_threads,
         struct instance **out, struct error *error)
{
    const struct config *latest = reloaded != NULL ? reloaded : config;
    struct instance *instance;

    *out = NULL;
    session_notice_prepare();
    if (!log_open(latest->log_level, latest->log_target, error) ||
        !crypto_open(error))
        return give_up(config, reloaded, backends);
    instance = calloc(1, sizeof(*instance));
    if (instance == NULL) {
        crypto_close();
        (void)error_set(error, CKR_HOST_MEMORY, "out of memory");
        return give_up(config, reloaded, backends);
    }
    instance->config = config;
    instance->reloaded = reloaded;
    instance->backends = backends;
    atomic_store(&instance->may_create_threads, may_create_threads);
    if (!state_make_key(&instance->state_key)) {
        (void)error_set(error, CKR_HOST_MEMORY, "out of memory");
        life_discard(instance);
        return false;
    }
    if (!trail_open(instance, error) ||
        (backends == NULL && !backend_set_new(config, may_create_threads,
                                              &instance->backends, error))) {
        life_discard(instance);
        return false;
    }
    *out = instance;
    return true;
}

bool
life_open(struct instance *instance, const struct slot_list *before,
          struct error *error)
{
    const struct config *config = instance->config;
    bool is_clear;

    if (!backend_set_start(instance->backends, error) ||
        !slot_list_new(config, instance->backends,
                       atomic_load(&instance->may_create_threads),
                       &instance->slots, error))
        return false;
    instance->counters = counters_new(instance);
    instance->tender =
        tender_new(&tender_of_pools, instance->slots, instance->counters,
                   atomic_load(&instance->may_create_threads));
    instance->mender =
        tender_new(&tender_of_members, instance->slots, instance->counters,
                   atomic_load(&instance->may_create_threads));
    instance->control = control_new(instance);
    if (instance->control == NULL || instance->counters == NULL ||
        instance->tender == NULL || instance->mender == NULL)
        return error_set(error, CKR_HOST_MEMORY, "out of memory");
    if (!spill_open(instance, error))
        return false;
    if (before != NULL && !slot_follow(instance->slots, before))
        return error_set(error, CKR_HOST_MEMORY, "out of memory");
    /* The time that one hung in its C_Initialize was not the others' time to
     * show their tokens. */
    is_clear =
        slot_list_scan(instance->slots, deadline_in(config->start_timeout_ms),
                       before == NULL ? error : NULL);
    return (is_clear || before != NULL) && trail_start(instance, error);
}

void
life_serve(struct instance *instance)
{
    atomic_store_explicit(&current, instance, memory_order_release);
    trail_serve(instance);
    watch_start(instance->slots, atomic_load(&instance->may_create_threads));
    follow_allow(instance->config->follows_forks);
    control_begin(instance->control);
    process_serve();
}

/* -- Ending --------------------------------------------------------------- */

/* Sessions that are free are closed here, busy ones by the call inside.
 * Visitors first: the last of them may just have opened a session. */
static bool
is_quiet(void)
{
    bool has_visitors = process_has_visitors();
    bool all_closed = session_close_all(NULL);

    return !has_visitors && all_closed && !session_any_is_busy();
}

static bool
wait_for_calls(const struct instance *instance)
{
    static const struct timespec pause = { .tv_nsec = 1000000 };
    struct deadline until = deadline_in(instance->config->finalize_wait_ms);

    while (!is_quiet()) {
        /* One that hangs is not waited for, and without it nothing can end. */
        if (deadline_has_passed(until) || watch_has_stuck())
            return false;
        (void)nanosleep(&pause, NULL);
    }
    return true;
}

/* Who waits for a backend session is not waited for. */
static void
rouse_pools(const struct slot_list *slots)
{
    for (size_t i = 0; i < slot_list_count(slots); i++) {
        const struct token *token = slot_list_at(slots, i);

        for (unsigned k = 0; k < token->n_members; k++)
            pool_rouse(token->members[k].pool);
    }
}

void
life_end(void)
{
    struct instance *instance = atomic_load(&current);
    bool is_over, has_stuck;

    follow_allow(false);
    process_stop_serving();
    slot_list_stop(instance->slots);
    control_stop(instance->control);
    rouse_pools(instance->slots);
    is_over = wait_for_calls(instance);
    has_stuck = watch_has_stuck();
    watch_stop();
    if (is_over) {
        atomic_store(&current, NULL);
        trail_stop(instance);
        discard(instance, 0); /* the log's threads had their time */
    } else {
        /* It stays for the call inside; the modules stay too (R3.42). */
        if (control_free(instance->control,
                         has_stuck ? 0 : instance->config->finalize_wait_ms))
            instance->control = NULL;
        (void)end_tenders(instance,
                          has_stuck ? 0 : instance->config->finalize_wait_ms);
        log_write(LOG_LEVEL_WARNING,
                  "C_Finalize: a call is still inside a module; its state is "
                  "left in memory and no module is finalised");
        atomic_store(&current, NULL);
        trail_give_up(instance);
        backend_set_free(instance->backends, 0, true);
        leave(instance);
    }
    log_close();
}

struct instance *
life_take_parent(void)
{
    struct instance *instance = atomic_exchange(&current, NULL);

    if (instance != NULL)
        leave(instance);
    return instance;
}
