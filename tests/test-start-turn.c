/* SPDX-License-Identifier: BSD-3-Clause */
/* The line in which modules wait to be started or ended. */
#include "backends/start-turn.h"

#include "tests/backend-fixture.h"

#include <criterion/criterion.h>
#include <pthread.h>
#include <sched.h>

TestSuite(start_turn, .timeout = 60);

/* One that stands in line in a thread of its own. */
struct waiter {
    struct start_turn turn;
    _Atomic(bool) given_up;
    _Atomic(bool) has_ended;
    _Atomic(bool) has_taken;
    unsigned order; /* among those that had their turn */
    pthread_t thread;
};

static atomic_uint n_taken;

static void *
take(void *context)
{
    struct waiter *waiter = context;

    if (start_turn_take(&waiter->turn, &waiter->given_up)) {
        waiter->order = atomic_fetch_add(&n_taken, 1);
        atomic_store(&waiter->has_taken, true);
    }
    atomic_store(&waiter->has_ended, true);
    return NULL;
}

static void
begin(struct waiter *waiter)
{
    start_turn_join(&waiter->turn);
    cr_assert_eq(pthread_create(&waiter->thread, NULL, take, waiter), 0);
}

static void
end(struct waiter *waiter)
{
    pthread_join(waiter->thread, NULL);
    start_turn_give(&waiter->turn);
}

Test(start_turn, comes_at_once_where_nobody_is_in_line)
{
    struct start_turn turn = { 0 };

    backend_clock_stop();
    for (int i = 0; i < 3; i++) {
        cr_assert(start_turn_take(&turn, NULL));
        start_turn_give(&turn);
    }
}

Test(start_turn, comes_in_the_order_of_joining)
{
    enum { WAITERS = 8 };
    struct start_turn first = { 0 };
    struct waiter waiters[WAITERS] = { 0 };

    backend_clock_stop();
    cr_assert(start_turn_take(&first, NULL));
    for (unsigned i = 0; i < WAITERS; i++)
        start_turn_join(&waiters[i].turn);
    /* The threads come in another order. */
    for (unsigned i = WAITERS; i > 0; i--)
        begin(&waiters[i - 1]);
    cr_assert_eq(atomic_load(&n_taken), 0);
    start_turn_give(&first);
    for (unsigned i = 0; i < WAITERS; i++) {
        end(&waiters[i]);
        cr_assert_eq(waiters[i].order, i);
    }
}

Test(start_turn, passes_to_the_next_when_its_time_is_over)
{
    struct start_turn first = { 0 };
    struct waiter second = { 0 }, third = { 0 };

    backend_clock_stop();
    cr_assert(start_turn_take(&first, NULL));
    begin(&second);
    begin(&third);
    backend_clock_move(start_turn_ms - 1);
    for (int i = 0; i < 100; i++)
        sched_yield();
    cr_assert_not(atomic_load(&second.has_ended));
    backend_clock_move(1);
    pthread_join(second.thread, NULL);
    /* It is the second one's now, whoever comes back from before. */
    start_turn_give(&first);
    for (int i = 0; i < 100; i++)
        sched_yield();
    cr_assert_not(atomic_load(&third.has_ended));
    start_turn_give(&second.turn);
    end(&third);
}

Test(start_turn, that_was_over_long_ago_keeps_nobody)
{
    struct start_turn first = { 0 }, second = { 0 };

    backend_clock_stop();
    cr_assert(start_turn_take(&first, NULL));
    backend_clock_move(start_turn_ms);
    cr_assert(start_turn_take(&second, NULL));
    start_turn_give(&second);
}

Test(start_turn, does_not_come_for_who_gives_up)
{
    struct start_turn first = { 0 };
    struct waiter second = { 0 }, third = { 0 };

    backend_clock_stop();
    cr_assert(start_turn_take(&first, NULL));
    begin(&second);
    begin(&third);
    atomic_store(&second.given_up, true);
    start_turn_wake();
    pthread_join(second.thread, NULL);
    cr_assert_not(atomic_load(&second.has_taken));
    start_turn_give(&first);
    end(&third);
    cr_assert(atomic_load(&third.has_taken));
}

/* Until then it sleeps, on the real clock for as long as the turn before. */
Test(start_turn, is_not_waited_for_any_more_by_who_is_woken)
{
    uint64_t least_ns = UINT64_MAX;

    /* A machine that is busy is slow once, and not each time. */
    for (int i = 0; i < 5; i++) {
        struct start_turn first = { 0 };
        struct waiter second = { 0 };
        uint64_t begin_at;

        cr_assert(start_turn_take(&first, NULL));
        begin(&second);
        /* Until it sleeps, most likely. */
        begin_at = clock_now();
        while (clock_now() - begin_at < 5 * 1000 * 1000)
            sched_yield();
        begin_at = clock_now();
        atomic_store(&second.given_up, true);
        start_turn_wake();
        pthread_join(second.thread, NULL);
        if (clock_now() - begin_at < least_ns)
            least_ns = clock_now() - begin_at;
        start_turn_give(&first);
    }
    cr_assert_lt(least_ns, start_turn_ms * 1000 * 1000 / 2);
}

Test(start_turn, does_not_come_for_who_gave_up_before)
{
    struct start_turn turn = { 0 }, next = { 0 };
    _Atomic(bool) given_up = true;

    backend_clock_stop();
    cr_assert_not(start_turn_take(&turn, &given_up));
    cr_assert(start_turn_take(&next, NULL));
    start_turn_give(&next);
}

static void
check_child(void)
{
    struct start_turn turn = { 0 };

    start_turn_fork_child();
    if (!start_turn_take(&turn, NULL))
        fixture_fail("no turn in the child");
    start_turn_give(&turn);
}

Test(start_turn, of_a_parent_is_over_in_its_child)
{
    struct start_turn first = { 0 };
    struct waiter second = { 0 };

    backend_clock_stop();
    cr_assert(start_turn_take(&first, NULL));
    begin(&second);
    backend_in_child(check_child);
    start_turn_give(&first);
    end(&second);
}
