/* SPDX-License-Identifier: BSD-3-Clause */
/* What a backend is made of, for the files that bring it up and down. */
#ifndef BACKENDS_BACKEND_PRIVATE_H
#define BACKENDS_BACKEND_PRIVATE_H

#include "backends/backend.h"
#include "backends/library.h"
#include "backends/roster.h"
#include "backends/start-turn.h"
#include "common/lock.h"

#include <pthread.h>
#include <stdatomic.h>

struct backend {
    struct backend_gate gate; /* the first member */

    /* Never change. Copies: a start that hangs outlives the configuration. */
    const struct config_module *module;
    char *name;
    char *path;
    char *init_args;
    char *instance;
    char *state_dir;
    char *wanted_profile;
    struct config_profile settings;
    bool is_critical;
    bool is_registered; /* p11-kit has it: its failures are no news */
    bool is_contested;  /* never starts beside others that are */

    /* Written by whoever loads it, before `functions` is. */
    struct library *library;
    CK_FUNCTION_LIST_3_2 completed;
    CK_VERSION version;
    _Atomic(const CK_FUNCTION_LIST_3_2 *) functions;

    /* The profile as loaded, and as known once it was up. */
    struct profile profiles[2];
    _Atomic(const struct profile *) profile;

    _Atomic(bool) may_create_threads;
    _Atomic(bool) is_serialised; /* never taken back, nor is is_guarded */
    struct door own_door;        /* of a list without a library */
    struct start_turn turn;      /* of the start that is on its way */
    _Atomic(bool) given_up;      /* a start that has not begun, shall not */
    _Atomic(enum backend_state) state; /* written under the lock */
    _Atomic(unsigned) epoch;

    struct mutex lock;
    struct condition changed;
    /* Under the lock. */
    bool has_thread; /* to be joined */
    pthread_t thread;
    bool is_orphan; /* nobody waits for its start any more */
    struct deadline next_try;
    bool is_in_line;   /* the turn of its start has not come */
    uint64_t begun_at; /* of the start that is on its way, its turn */
    uint64_t start_us;
    unsigned tries;
    unsigned failures; /* in a row */
    unsigned generation;
    CK_INFO info;
    char why[ERROR_TEXT_LENGTH];
};

/* A backend that is down and due; NULL: no memory. */
struct backend *backend_new(const struct config *config,
                            const struct roster_entry *entry,
                            bool may_create_threads);

/*
 * Maps the module and makes the complete list; by the backend's only starter.
 * A forked child gets a private copy where the fork_mode asks for one. With
 * CKR_FUNCTION_REJECTED it can never be loaded.
 */
bool backend_load(struct backend *backend, struct error *error);

/* Settles the profile by what the module says of itself; the first time. */
void backend_settle_profile(struct backend *backend, const CK_INFO *info,
                            bool serialise);

#endif
