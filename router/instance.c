/* SPDX-License-Identifier: BSD-3-Clause */
/* Initialise and finalise: everything between the two. */
#include "router/instance.h"

#include "common/cancel.h"
#include "common/cleanup.h"
#include "common/crypto.h"
#include "common/lock.h"
#include "common/log.h"
#include "router/process.h"
#include "router/session-notice.h"

#include <stdlib.h>
#include <time.h>

/* One thread at a time changes it; the others wait for what comes of it
 * (R3.41), and no lock is held while modules start or stop. */
enum state { STATE_OFF, STATE_CHANGING, STATE_ON };

static struct mutex lock = MUTEX_INIT(LOCK_INSTANCE);
static struct condition changed = CONDITION_INIT;
static enum state state;
static _Atomic(struct instance *) current;

/* Left to calls that never came back; kept where a leak checker finds them. */
static struct instance *left;

struct instance *
instance_get(void)
{
    return atomic_load_explicit(&current, memory_order_acquire);
}

void
instance_set_sink(const struct audit_sink *sink)
{
    atomic_store(&process.sink, sink);
}

/* -- After a fork -------------------------------------------------------------
 */

/*
 * The parent's locks may be held by threads that are not here, so nothing of
 * it is touched (R5.2): its memory is leaked, its handles become stale, its
 * modules are left to their fork_mode.
 */
static void
forget_parent(void)
{
    if (!process_move_in())
        return;
    mutex_init(&lock, LOCK_INSTANCE);
    condition_init(&changed);
    state = STATE_OFF;
    process_forget_visitors();
    crypto_forget();
    backend_fork_child();
    session_forget_all();
    object_forget_all();
    atomic_store(&current, NULL);
    process_stop_serving();
    process_moved_in();
}

/* -- One change at a time -------------------------------------------------- */

/* True when it was `from` and the caller may change it; false when it is
 * something else. */
static bool
begin_change(enum state from)
{
    bool may_change;

    mutex_lock(&lock);
    while (state == STATE_CHANGING)
        (void)condition_wait(&changed, &lock, deadline_never());
    may_change = state == from;
    if (may_change)
        state = STATE_CHANGING;
    mutex_unlock(&lock);
    return may_change;
}

static void
end_change(enum state to)
{
    mutex_lock(&lock);
    state = to;
    condition_broadcast(&changed);
    mutex_unlock(&lock);
}

/* -- Arguments
 * ------------------------------------------------------------------ */

/* The table of SEMANTICS 4: locks are always ours, the native ones. */
static CK_RV
check_arguments(const CK_C_INITIALIZE_ARGS *arguments)
{
    static _Atomic(bool) is_said;
    unsigned n_callbacks;

    if (arguments == NULL)
        return CKR_OK;
    n_callbacks = (arguments->CreateMutex != NULL ? 1u : 0u) +
                  (arguments->DestroyMutex != NULL ? 1u : 0u) +
                  (arguments->LockMutex != NULL ? 1u : 0u) +
                  (arguments->UnlockMutex != NULL ? 1u : 0u);
    if (n_callbacks != 0 && n_callbacks != 4)
        return CKR_ARGUMENTS_BAD;
    if (n_callbacks == 4 && (arguments->flags & CKF_OS_LOCKING_OK) == 0)
        return CKR_CANT_LOCK;
    if (arguments->pReserved != NULL)
        log_once(&is_said, LOG_LEVEL_INFO,
                 "C_Initialize: the application's pReserved is ignored; what "
                 "a module needs goes into its init_args");
    return CKR_OK;
}

/* -- Starting
 * ------------------------------------------------------------------- */

/* Frees what there is of an instance that no call has seen. */
static void
discard(struct instance *instance)
{
    uint64_t wait_ms;

    if (instance == NULL)
        return;
    wait_ms = instance->config->finalize_wait_ms;
    /* A scan that still runs needs its module and its list. */
    if (slot_list_free(instance->slots, wait_ms)) {
        if (instance->backends != NULL)
            backend_set_free(instance->backends, wait_ms, false);
        config_free(instance->config);
        free(instance);
    }
    crypto_close();
}

static bool
open_parts(struct instance *instance, struct error *error)
{
    const struct config *config = instance->config;

    return (instance->backends != NULL ||
            backend_set_new(config, instance->may_create_threads,
                            &instance->backends, error)) &&
           backend_set_start(instance->backends, error) &&
           slot_list_new(config, instance->backends,
                         instance->may_create_threads, &instance->slots,
                         error) &&
           /* The time that one hung in its C_Initialize was not the others'
            * time to show their tokens. */
           slot_list_scan(instance->slots,
                          deadline_in(config->start_timeout_ms), error);
}

static void
free_given(struct config *config, struct backend_set *backends)
{
    backend_set_free(backends, 0, false);
    config_free(config);
}

/* Takes `config` and `backends` over; NULL: those that `config` names. */
static CK_RV
start(struct config *config, struct backend_set *backends,
      bool may_create_threads, struct error *error)
{
    struct instance *instance;

    session_notice_prepare();
    if (!log_open(config->log_level, config->log_target, error) ||
        !crypto_open(error)) {
        free_given(config, backends);
        return error->rv;
    }
    instance = calloc(1, sizeof(*instance));
    if (instance == NULL) {
        free_given(config, backends);
        crypto_close();
        (void)error_set(error, CKR_HOST_MEMORY, "out of memory");
        return CKR_HOST_MEMORY;
    }
    instance->config = config;
    instance->backends = backends;
    instance->may_create_threads = may_create_threads;
    if (!open_parts(instance, error)) {
        discard(instance);
        return error->rv;
    }
    atomic_store_explicit(&current, instance, memory_order_release);
    process_serve();
    return CKR_OK;
}

static CK_RV
read_and_start(bool may_create_threads, struct error *error)
{
    CLEANUP(freep) char *file = NULL;
    struct config *config;

    if (!config_find(&file, error) || !config_load(file, &config, error))
        return error->rv;
    return start(config, NULL, may_create_threads, error);
}

static void
prepare(void)
{
    process_watch_forks();
    forget_parent();
}

CK_RV
instance_start(const CK_C_INITIALIZE_ARGS *arguments)
{
    CLEANUP(cancel_allow) int cancel_state = cancel_hold();
    bool may_create_threads =
        arguments == NULL ||
        (arguments->flags & CKF_LIBRARY_CANT_CREATE_OS_THREADS) == 0;
    CK_RV rv = check_arguments(arguments);
    struct error error = { .rv = CKR_OK };

    if (rv != CKR_OK)
        return rv;
    if (backend_is_inside_start())
        return CKR_GENERAL_ERROR; /* a module led back to us (R1.8) */
    prepare();
    if (!begin_change(STATE_OFF))
        return CKR_CRYPTOKI_ALREADY_INITIALIZED;
    rv = read_and_start(may_create_threads, &error);
    if (rv != CKR_OK)
        log_write(LOG_LEVEL_ERROR, "%s", error.text);
    end_change(rv == CKR_OK ? STATE_ON : STATE_OFF);
    return rv;
}

CK_RV
instance_start_over(struct config *config, struct backend_set *backends,
                    bool may_create_threads, struct error *error)
{
    CLEANUP(cancel_allow) int cancel_state = cancel_hold();
    CK_RV rv;

    prepare();
    if (!begin_change(STATE_OFF)) {
        free_given(config, backends);
        return CKR_CRYPTOKI_ALREADY_INITIALIZED;
    }
    rv = start(config, backends, may_create_threads, error);
    end_change(rv == CKR_OK ? STATE_ON : STATE_OFF);
    return rv;
}

CK_RV
instance_start_with(struct config *config, bool may_create_threads,
                    struct error *error)
{
    return instance_start_over(config, NULL, may_create_threads, error);
}

/* -- Stopping
 * -------------------------------------------------------------------- */

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
        if (deadline_has_passed(until))
            return false;
        (void)nanosleep(&pause, NULL);
    }
    return true;
}

static void
stop(struct instance *instance)
{
    process_stop_serving();
    slot_list_stop(instance->slots);
    if (wait_for_calls(instance)) {
        atomic_store(&current, NULL);
        discard(instance);
    } else {
        /* It stays for the call inside; the modules stay too (R3.42). */
        log_write(LOG_LEVEL_WARNING,
                  "C_Finalize: a call is still inside a module; its state is "
                  "left in memory and no module is finalised");
        atomic_store(&current, NULL);
        backend_set_free(instance->backends, 0, true);
        instance->left_before = left;
        left = instance;
    }
    log_close();
}

CK_RV
instance_stop(void)
{
    CLEANUP(cancel_allow) int cancel_state = cancel_hold();

    /* A child that never initialised drops what it inherited; callers are
     * not aware of their fork (R5.3). */
    bool was_forked = process_was_forked();

    forget_parent();
    if (was_forked)
        return CKR_OK;
    if (!begin_change(STATE_ON))
        return CKR_CRYPTOKI_NOT_INITIALIZED;
    stop(atomic_load(&current));
    end_change(STATE_OFF);
    return CKR_OK;
}
