/* SPDX-License-Identifier: BSD-3-Clause */
/* Initialise and finalise: everything between the two. */
#include "router/instance.h"

#include "common/cancel.h"
#include "common/cleanup.h"
#include "common/log.h"
#include "router/follow.h"
#include "router/life.h"
#include "router/phase.h"
#include "router/process.h"
#include "router/tender.h"
#include "router/trail.h"
#include "router/watch.h"

void
instance_set_sink(const struct audit_sink *sink)
{
    atomic_store(&process.sink, sink);
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

/* -- Starting ------------------------------------------------------------- */

/* Takes `config` and `backends` over; NULL: those that `config` names. */
static CK_RV
start(struct config *config, struct backend_set *backends,
      bool may_create_threads, struct error *error)
{
    struct instance *instance;

    if (!life_new(config, NULL, backends, may_create_threads, &instance, error))
        return error->rv;
    if (!life_open(instance, NULL, error)) {
        life_discard(instance);
        return error->rv;
    }
    life_serve(instance);
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

/* True when it is off and the caller is to start it; what a parent left is
 * forgotten. */
static bool
begin_start(bool may_join, bool *has_joined)
{
    enum phase found;

    process_watch_forks();
    follow_move_in();
    found = phase_start(may_join, has_joined);
    if (found == PHASE_LEFT)
        follow_forget();
    return found != PHASE_ON;
}

static void
end_start(CK_RV rv)
{
    if (rv == CKR_OK)
        phase_end_on(instance_get()->config->counts_consumers);
    else
        phase_end(PHASE_OFF);
}

/* What a further consumer does not allow is allowed to none (R3.37). It is
 * counted already, so that what serves now stays. */
static void
join(bool may_create_threads)
{
    struct instance *instance = instance_get();

    if (may_create_threads ||
        !atomic_exchange(&instance->may_create_threads, false))
        return;
    backend_set_forbid_threads(instance->backends);
    slot_list_forbid_threads(instance->slots);
    tender_forbid_threads(instance->tender);
    tender_forbid_threads(instance->mender);
    trail_forbid_threads(instance);
    watch_forbid_threads();
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
    bool has_joined;

    if (rv != CKR_OK)
        return rv;
    if (backend_is_inside_start())
        return CKR_GENERAL_ERROR; /* a module led back to us (R1.8) */
    if (!begin_start(true, &has_joined)) {
        if (!has_joined)
            return CKR_CRYPTOKI_ALREADY_INITIALIZED;
        join(may_create_threads);
        return CKR_OK;
    }
    rv = read_and_start(may_create_threads, &error);
    if (rv != CKR_OK)
        log_write(LOG_LEVEL_ERROR, "%s", error.text);
    end_start(rv);
    return rv;
}

CK_RV
instance_start_over(struct config *config, struct backend_set *backends,
                    bool may_create_threads, struct error *error)
{
    CLEANUP(cancel_allow) int cancel_state = cancel_hold();
    bool has_joined;
    CK_RV rv;

    if (!begin_start(false, &has_joined)) {
        backend_set_free(backends, 0, false);
        config_free(config);
        return CKR_CRYPTOKI_ALREADY_INITIALIZED;
    }
    rv = start(config, backends, may_create_threads, error);
    end_start(rv);
    return rv;
}

CK_RV
instance_start_with(struct config *config, bool may_create_threads,
                    struct error *error)
{
    return instance_start_over(config, NULL, may_create_threads, error);
}

/* -- Stopping ------------------------------------------------------------- */

CK_RV
instance_stop(void)
{
    CLEANUP(cancel_allow) int cancel_state = cancel_hold();

    /* A child that never initialised drops what it inherited; callers are
     * not aware of their fork (R5.3). */
    bool was_forked = process_was_forked();
    bool has_left;
    enum phase found;

    follow_move_in();
    found = phase_stop(&has_left);
    if (has_left)
        return CKR_OK; /* others go on (R3.36) */
    if (found == PHASE_OFF)
        return was_forked ? CKR_OK : CKR_CRYPTOKI_NOT_INITIALIZED;
    if (found == PHASE_ON)
        life_end();
    else
        follow_forget();
    phase_end(PHASE_OFF);
    return CKR_OK;
}
