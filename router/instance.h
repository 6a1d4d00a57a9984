/* SPDX-License-Identifier: BSD-3-Clause */
/* Everything between one C_Initialize and its C_Finalize. */
#ifndef ROUTER_INSTANCE_H
#define ROUTER_INSTANCE_H

#include "backends/backend.h"
#include "common/secret.h"
#include "config/config.h"
#include "router/slot-list.h"

struct audit_log;
struct store;
struct overflow_slot;
struct audit_sink;
struct clerk;
struct control;
struct counters;
struct tender;

struct instance {
    struct config *config;
    struct config *reloaded; /* the last one that was read anew, and before it
                                the others; or NULL */
    struct backend_set *backends;
    struct slot_list *slots;
    struct tender *tender; /* of the pools */
    struct tender *mender; /* of members that are down */
    struct counters *counters;
    struct control *control;
    struct store *store; /* of certificates; NULL: no token has any there */
    struct backend *overflow;
    struct overflow_slot *overflow_slots;
    struct audit_log *audit;          /* NULL: none */
    struct clerk *clerk;              /* of the log */
    struct secret state_key;          /* of saved operations (R3.28) */
    _Atomic(bool) may_create_threads; /* what every consumer allows (R3.37) */
    struct instance *left_before;     /* of those left to a call inside */
};

/* What the file says by the last reading, of which only what reloads is in use
 * where it is not in `config` too. */
static inline const struct config *
instance_latest(const struct instance *instance)
{
    return instance->reloaded != NULL ? instance->reloaded : instance->config;
}

/* The instance that serves this process; never NULL for a call that holds a
 * session or is counted as a visitor. */
struct instance *instance_get(void);

/*
 * C_Initialize: reads the configuration, loads and starts the modules, looks
 * at their tokens. In a forked child what the parent left is dropped first
 * (R5.2). The second time it is CKR_CRYPTOKI_ALREADY_INITIALIZED, or counted
 * where the configuration says so (R3.36); any mistake is logged, and nothing
 * stays half open (R3.40).
 */
CK_RV instance_start(const CK_C_INITIALIZE_ARGS *arguments);

/* C_Finalize (R3.42, R3.43); of several that are counted, the last one. */
CK_RV instance_stop(void);

/* For the tool: the same from a given configuration, taken over. */
CK_RV instance_start_with(struct config *config, bool may_create_threads,
                          struct error *error);

/* The same over backends that are there already, lists without a library
 * among them; takes both over, also when it fails. */
CK_RV instance_start_over(struct config *config, struct backend_set *backends,
                          bool may_create_threads, struct error *error);

/* Where events go from now on; NULL: nowhere. Lent. */
void instance_set_sink(const struct audit_sink *sink);

#endif
