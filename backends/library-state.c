/* SPDX-License-Identifier: BSD-3-Clause */
/* Who initialised a library, and who uses it. */
#include "backends/library-registry.h"
#include "backends/start-turn.h"

#include <stdatomic.h>
#include <stdio.h>
#include <unistd.h>

struct registry registry = {
    .lock = MUTEX_INIT(LOCK_LIBRARY),
};

void
library_fork_child(void)
{
    static const enum library_state after_fork[] = {
        [LIBRARY_IDLE] = LIBRARY_IDLE,
        [LIBRARY_BUSY] = LIBRARY_TORN,
        [LIBRARY_OURS] = LIBRARY_INHERITED,
        [LIBRARY_FOREIGN] = LIBRARY_INHERITED_FOREIGN,
        [LIBRARY_INHERITED] = LIBRARY_INHERITED,
        [LIBRARY_INHERITED_FOREIGN] = LIBRARY_INHERITED_FOREIGN,
        [LIBRARY_TORN] = LIBRARY_TORN,
    };

    /* A thread that is no more may have held the lock at the fork: what it
     * was about to write is all that is lost. */
    mutex_init(&registry.lock, LOCK_LIBRARY);
    condition_init(&registry.changed);
    start_turn_fork_child();
    for (struct library *library = registry.first; library != NULL;
         library = library->next) {
        door_init(&library->door);
        library->state = after_fork[library->state];
        library->references = 0;
        library->users = 0;
        library->generation++;
    }
    atomic_store(&registry.process, getpid());
}

/* A static condition would wait by the wrong clock. */
static void
registry_begin(void)
{
    condition_init(&registry.changed);
    atomic_store(&registry.process, getpid());
}

void
library_check_fork(void)
{
    static pthread_once_t once = PTHREAD_ONCE_INIT;

    pthread_once(&once, registry_begin);
    if (atomic_load(&registry.process) != getpid())
        library_fork_child();
}

enum library_state
library_state(struct library *library)
{
    enum library_state state;

    mutex_lock(&registry.lock);
    state = library->state;
    mutex_unlock(&registry.lock);
    return state;
}

bool
library_info(struct library *library, CK_INFO *out)
{
    bool has_info;

    mutex_lock(&registry.lock);
    has_info = library->has_info;
    if (has_info)
        *out = library->info;
    mutex_unlock(&registry.lock);
    return has_info;
}

bool
library_wants_serialise(struct library *library)
{
    bool wants;

    mutex_lock(&registry.lock);
    wants = library->wants_serialise;
    mutex_unlock(&registry.lock);
    return wants;
}

/* What nobody uses although p11mux initialised it was left by library_orphan;
 * it is claimed, to begin anew. */
REQUIRES(registry.lock)
static enum library_claim
claim_locked(struct library *library, enum library_state *was,
             unsigned *generation)
{
    if (library->state == LIBRARY_BUSY)
        return LIBRARY_OTHERS;
    *was = library->state;
    if ((library->state == LIBRARY_OURS || library->state == LIBRARY_FOREIGN) &&
        library->users > 0) {
        library->users++;
        *generation = library->generation;
        return LIBRARY_JOINED;
    }
    library->state = LIBRARY_BUSY;
    return LIBRARY_CLAIMED;
}

enum library_claim
library_claim(struct library *library, enum library_state *was,
              unsigned *generation)
{
    enum library_claim claim;

    mutex_lock(&registry.lock);
    claim = claim_locked(library, was, generation);
    mutex_unlock(&registry.lock);
    return claim;
}

bool
library_await(struct library *library, const _Atomic(bool) *given_up)
{
    bool is_busy;

    mutex_lock(&registry.lock);
    while (library->state == LIBRARY_BUSY && !atomic_load(given_up))
        condition_wait(&registry.changed, &registry.lock, deadline_never());
    is_busy = library->state == LIBRARY_BUSY;
    mutex_unlock(&registry.lock);
    return !is_busy;
}

unsigned
library_settle(struct library *library, const struct library_outcome *outcome)
{
    bool is_up =
        outcome->state == LIBRARY_OURS || outcome->state == LIBRARY_FOREIGN;
    unsigned generation;

    mutex_lock(&registry.lock);
    library->state = outcome->state;
    generation = ++library->generation;
    library->users = is_up ? 1 : 0;
    if (is_up) {
        library->wants_serialise = outcome->serialise;
        snprintf(library->starter, sizeof(library->starter), "%s",
                 outcome->starter);
    }
    if (is_up && outcome->info != NULL) {
        library->has_info = true;
        library->info = *outcome->info;
    }
    condition_broadcast(&registry.changed);
    mutex_unlock(&registry.lock);
    return generation;
}

bool
library_release(struct library *library, unsigned generation)
{
    bool last = false;

    mutex_lock(&registry.lock);
    if (library->generation == generation && library->users > 0) {
        last = --library->users == 0 && library->state == LIBRARY_OURS;
        if (last)
            library->state = LIBRARY_BUSY;
        else if (library->users == 0)
            library->state = LIBRARY_IDLE;
    }
    mutex_unlock(&registry.lock);
    return last;
}

void
library_orphan(struct library *library, unsigned generation)
{
    mutex_lock(&registry.lock);
    if (library->generation == generation && library->users > 0 &&
        --library->users == 0 && library->state == LIBRARY_FOREIGN)
        library->state = LIBRARY_IDLE;
    mutex_unlock(&registry.lock);
}

void
library_vanish(struct library *library, unsigned generation)
{
    mutex_lock(&registry.lock);
    if (library->generation == generation && library->state != LIBRARY_BUSY) {
        library->state = LIBRARY_IDLE;
        library->users = 0;
        library->generation++;
    }
    mutex_unlock(&registry.lock);
}

bool
library_find_sibling(struct library *library, char *out, size_t room)
{
    bool found = false;

    mutex_lock(&registry.lock);
    for (struct library *other = registry.first; other != NULL && !found;
         other = other->next) {
        if (other == library || other->retired ||
            !library_identity_equals(&other->identity, &library->identity))
            continue;
        found = other->state == LIBRARY_OURS || other->state == LIBRARY_BUSY;
        if (found)
            snprintf(out, room, "%s", other->starter);
    }
    mutex_unlock(&registry.lock);
    return found;
}

void
library_wake(void)
{
    mutex_lock(&registry.lock);
    condition_broadcast(&registry.changed);
    mutex_unlock(&registry.lock);
}
