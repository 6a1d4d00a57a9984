/* SPDX-License-Identifier: BSD-3-Clause */
/* One module after the other loads, starts or ends, as they came. */
#include "backends/start-turn.h"

#include "common/lock.h"

#include <stddef.h>

/*
 * A module that works with files and local devices has started in a fraction of
 * that, also on a machine that is busy. Whoever takes longer waits for
 * something far away, if it comes back at all: then those behind it are better
 * off beside it. doc/architecture.md says more.
 */
const uint64_t start_turn_ms = 500;

static struct {
    struct mutex lock;
    struct condition changed;
    struct start_turn *first;
    const struct start_turn *holder;
    struct deadline until; /* of the holder's turn */
} line = { .lock = MUTEX_INIT(LOCK_START), .changed = CONDITION_INIT };

REQUIRES(line.lock)
static void
join_locked(struct start_turn *turn)
{
    struct start_turn **end = &line.first;

    if (turn->is_in_line)
        return;
    while (*end != NULL)
        end = &(*end)->next;
    turn->next = NULL;
    turn->is_in_line = true;
    *end = turn;
}

/* Who is the first now has to know. */
REQUIRES(line.lock)
static void
leave_locked(struct start_turn *turn)
{
    struct start_turn **link = &line.first;

    while (*link != turn)
        link = &(*link)->next;
    *link = turn->next;
    turn->is_in_line = false;
    condition_broadcast(&line.changed);
}

REQUIRES(line.lock)
static bool
has_come_locked(const struct start_turn *turn)
{
    return line.first == turn &&
           (line.holder == NULL || deadline_has_passed(line.until));
}

REQUIRES(line.lock)
static bool
take_locked(struct start_turn *turn, const _Atomic(bool) *given_up)
{
    join_locked(turn);
    for (;;) {
        if (given_up != NULL && atomic_load(given_up)) {
            leave_locked(turn);
            return false;
        }
        if (has_come_locked(turn))
            break;
        condition_wait(&line.changed, &line.lock,
                       line.first == turn ? line.until : deadline_never());
    }
    line.holder = turn;
    line.until = deadline_in(start_turn_ms);
    leave_locked(turn);
    return true;
}

void
start_turn_join(struct start_turn *turn)
{
    mutex_lock(&line.lock);
    join_locked(turn);
    mutex_unlock(&line.lock);
}

bool
start_turn_take(struct start_turn *turn, const _Atomic(bool) *given_up)
{
    bool is_taken;

    mutex_lock(&line.lock);
    is_taken = take_locked(turn, given_up);
    mutex_unlock(&line.lock);
    return is_taken;
}

void
start_turn_give(struct start_turn *turn)
{
    mutex_lock(&line.lock);
    if (line.holder == turn) {
        line.holder = NULL;
        condition_broadcast(&line.changed);
    }
    mutex_unlock(&line.lock);
}

void
start_turn_wake(void)
{
    mutex_lock(&line.lock);
    condition_broadcast(&line.changed);
    mutex_unlock(&line.lock);
}

void
start_turn_fork_child(void)
{
    mutex_init(&line.lock, LOCK_START);
    condition_init(&line.changed);
    line.first = NULL;
    line.holder = NULL;
}
