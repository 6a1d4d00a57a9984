/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * A backend: anything that can answer a PKCS#11 call, behind one complete
 * function list. Vendors' modules, modules of p11-kit, and lists without a
 * library.
 */
#ifndef BACKENDS_BACKEND_H
#define BACKENDS_BACKEND_H

#include "backends/profile.h"
#include "common/clock.h"
#include "common/cryptoki.h"
#include "common/error.h"
#include "config/config.h"

#include <stdatomic.h>
#include <stdbool.h>
#include <stdint.h>

struct backend;

enum backend_state {
    BACKEND_DOWN,     /* not started, or failed: to be tried again */
    BACKEND_STARTING, /* inside its C_Initialize, or in line for it */
    BACKEND_UP,
    BACKEND_REFUSED /* can never work as configured (R1.8, fork_mode) */
};

/* What the tool shows of a backend; a copy. */
struct backend_status {
    enum backend_state state;
    CK_VERSION interface_version; /* of the list in use: 2.40, 3.0, 3.2 */
    CK_INFO info;                 /* of C_GetInfo, zeros while down */
    uint64_t load_us;             /* dlopen and list */
    uint64_t start_us;            /* C_Initialize */
    unsigned tries;               /* C_Initialize calls so far */
    uint64_t next_try_ms;         /* from now, 0 when not waiting */
    char why[ERROR_TEXT_LENGTH];  /* why it is down, "" when it is up */
};

/*
 * Lends; valid until the set is freed. Name as configured, or p11-kit's. The
 * path is NULL where there is no library. The profile is final once the
 * backend was up, and an older one stays valid.
 */
const char *backend_name(const struct backend *backend);
const char *backend_path(const struct backend *backend);
const struct profile *backend_profile(const struct backend *backend);

/* The entry of the configuration that it comes from: several backends may come
 * from one with `p11_kit`. NULL for lists without a library. */
const struct config_module *backend_module(const struct backend *backend);

/* Whether both are one instance of one library: then each shows what the
 * other shows, under the same slot ids. */
bool backend_shares_library(const struct backend *a, const struct backend *b);

/*
 * The complete list: 104 functions, none NULL. What the module lacks answers
 * CKR_FUNCTION_NOT_SUPPORTED. Never changes while the backend lives, except
 * from NULL to a list when a module that could not be loaded is loaded later:
 * NULL until then.
 */
const CK_FUNCTION_LIST_3_2 *backend_functions(const struct backend *backend);

/* Version of the module's own list before completion. */
CK_VERSION backend_version(const struct backend *backend);

enum backend_state backend_state(const struct backend *backend);
void backend_get_status(struct backend *backend, struct backend_status *out);

/* Counts its successful starts: a change means that every session and
 * handle of before is gone. */
unsigned backend_epoch(const struct backend *backend);

/* Its module answers CKR_CRYPTOKI_NOT_INITIALIZED although it is up: somebody
 * else finalised it. It is down, and the next backend_set_retry starts it
 * (R3.38). */
void backend_vanish(struct backend *backend);

/*
 * Finalises a module that p11mux has initialised, where no other backend uses
 * its library; it is down then, and the next backend_set_retry starts it.
 * Nobody is inside the module. False: nothing was done.
 */
bool backend_end(struct backend *backend);

/* If it is down the next backend_set_retry tries it, whatever its back-off. */
void backend_hasten(struct backend *backend);

/* Whether it is in line for its C_Initialize, or inside it, and that for at
 * most so long. */
bool backend_is_starting(struct backend *backend, uint64_t most_ms);

/* What every backend begins with. */
struct backend_gate {
    _Atomic(bool) is_guarded;
    _Atomic(bool) is_stuck;
};

enum backend_entry { BACKEND_ENTERED, BACKEND_LATE, BACKEND_STUCK };

void backend_enter_guarded(struct backend *backend);
enum backend_entry backend_try_enter_guarded(struct backend *backend,
                                             struct deadline until);
void backend_leave_guarded(struct backend *backend);

static inline bool
backend_is_guarded(const struct backend *backend)
{
    const struct backend_gate *gate = (const struct backend_gate *)backend;

    return __builtin_expect(atomic_load_explicit(&gate->is_guarded,
                                                 memory_order_relaxed),
                            0);
}

/* Around each call to a backend whose profile says `serialise = backend` or
 * `sigpipe`; does nothing for the others. The two nest in nothing. */
static inline void
backend_enter(struct backend *backend)
{
    if (backend_is_guarded(backend))
        backend_enter_guarded(backend);
}

/* The same, but at most until the deadline, and not while who is inside is
 * believed not to come back: backend_leave follows on BACKEND_ENTERED only. */
static inline enum backend_entry
backend_try_enter(struct backend *backend, struct deadline until)
{
    return backend_is_guarded(backend)
               ? backend_try_enter_guarded(backend, until)
               : BACKEND_ENTERED;
}

static inline void
backend_leave(struct backend *backend)
{
    if (backend_is_guarded(backend))
        backend_leave_guarded(backend);
}

/* Whether one call at a time is made to its module. */
bool backend_is_serialised(const struct backend *backend);

/* Some call does not come back from its module: who waits for a serialised one
 * is told, and nobody looks for its tokens meanwhile. */
void backend_set_stuck(struct backend *backend, bool is_stuck);
bool backend_is_stuck(struct backend *backend);

/* A backend without a library, up from the start: `functions` is lent for
 * the backend's life; name and profile are copied. Its C_Initialize is not
 * called. NULL: no memory. */
struct backend *backend_new_list(const char *name,
                                 const CK_FUNCTION_LIST_3_2 *functions,
                                 const struct profile *profile);
void backend_free(struct backend *backend);

/* All backends of one C_Initialize. */
struct backend_set;

/*
 * Loads every module of the configuration and of p11-kit, in order, with the
 * modules' `env` set; none is started. A module that cannot be loaded is in the
 * set, down, with its reason, and is logged once. False only for memory, for a
 * `critical` module that cannot be loaded, and for mistakes in the
 * configuration: a profile that there is none of, or what p11-kit says of its
 * own. `may_create_threads` is the application's word
 * (CKF_LIBRARY_CANT_CREATE_OS_THREADS). The configuration outlives the set.
 */
bool backend_set_new(const struct config *config, bool may_create_threads,
                     struct backend_set **out, struct error *error);

/*
 * Starts all modules one after the other (backends/start-turn.h) and waits for
 * each at most start_timeout from its turn on; entries that give one variable
 * two values, and copies of one file, come last, each with its own variables
 * set, and wait as long for the one before. What is not up then is left to
 * itself and taken in when its C_Initialize returns.
 * False when a `critical` one is not up.
 */
bool backend_set_start(struct backend_set *set, struct error *error);

/*
 * Tries those again that are down and whose back-off (1 s to 60 s, with
 * jitter: R7.3) has passed; single-flight each, in a thread of its own where
 * threads are allowed (then it does not wait), else in this one.
 */
void backend_set_retry(struct backend_set *set);

size_t backend_set_count(const struct backend_set *set);
struct backend *backend_set_get(const struct backend_set *set, size_t index);

/* Adds a backend without a library; takes it over, also when it fails. */
bool backend_set_add(struct backend_set *set, struct backend *backend);

/* From now on no thread is made to start a module; modules that are started
 * from now on are told so (R3.37). */
void backend_set_forbid_threads(struct backend_set *set);

/*
 * Finalises what this process started itself, in reverse order, never what
 * was found initialised (R3.38); then frees the set. A backend whose
 * C_Initialize still has not returned after `wait_ms` is leaked and said in
 * the log. With `leak` nothing is finalised or freed (R3.42).
 */
void backend_set_free(struct backend_set *set, uint64_t wait_ms, bool leak);

/* In a forked child: adds the backends without a library of its parent's
 * set. False: no memory. */
bool backend_set_follow(struct backend_set *set,
                        const struct backend_set *parent);

/* In a forked child: forgets the parent's set without touching its
 * libraries, locks or threads. The next backend_set_new starts clean, each
 * library by its fork_mode (R5.5). */
void backend_set_forget(struct backend_set *set);

/*
 * In a forked child, before anything else of backends: what the libraries of
 * this process have is inherited from now on, and no lock of the parent's is
 * looked at. backend_set_new and backend_set_forget do it by themselves where
 * the process id tells them.
 */
void backend_fork_child(void);

/* Whether this thread is inside a C_Initialize or C_Finalize that a set calls.
 * Modules that call p11mux from there must be refused at once, or both would
 * wait for each other (R1.8). */
bool backend_is_inside_start(void);

#endif
