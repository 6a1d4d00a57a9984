/* SPDX-License-Identifier: BSD-3-Clause */
/* One thread at a time, and nobody waits for ever. */
#include "router/turn.h"
#include "tests/router-fixture.h"

#include <criterion/criterion.h>
#include <pthread.h>

static struct turn turn;

static void
setup(void)
{
    router_start_one();
    turn_init(&turn);
}

static void
finish(void)
{
    turn_destroy(&turn);
    C_Finalize(NULL);
}

TestSuite(turn, .init = setup, .fini = finish, .timeout = 60);

Test(turn, is_had_by_one_at_a_time)
{
    cr_assert(turn_take(&turn, deadline_now()));
    cr_assert(!turn_take(&turn, deadline_now()));
    turn_give(&turn);
    cr_assert(turn_take(&turn, deadline_now()));
    turn_give(&turn);
}

static _Atomic(unsigned) n_inside;
static unsigned n_done; /* changed by who has the turn */

static void *
take_often(void *unused)
{
    for (int i = 0; i < 500; i++) {
        if (!turn_take(&turn, deadline_never()))
            return &turn;
        if (atomic_fetch_add(&n_inside, 1) != 0)
            return &turn;
        n_done++;
        atomic_fetch_sub(&n_inside, 1);
        turn_give(&turn);
    }
    return unused;
}

Test(turn, comes_to_everybody_who_waits)
{
    pthread_t threads[8];

    for (int i = 0; i < 8; i++)
        cr_assert_eq(pthread_create(&threads[i], NULL, take_often, NULL), 0);
    for (int i = 0; i < 8; i++) {
        void *result;

        cr_assert_eq(pthread_join(threads[i], &result), 0);
        cr_assert_null(result, "two had it at a time");
    }
    cr_assert_eq(n_done, 8 * 500);
}

Test(turn, waits_by_the_clock)
{
    router_clock_stop();
    cr_assert(turn_take(&turn, deadline_now()));
    router_clock_move(1);
    cr_assert(!turn_take(&turn, (struct deadline){ clock_now() }));
    turn_give(&turn);
    clock_set_source(NULL);
}

static void *
take_in_the_end(void *unused)
{
    (void)unused;
    return turn_take(&turn, deadline_never()) ? &turn : NULL;
}

Test(turn, is_not_waited_for_in_the_end)
{
    pthread_t thread;
    void *result;

    cr_assert(turn_take(&turn, deadline_now()));
    cr_assert_eq(pthread_create(&thread, NULL, take_in_the_end, NULL), 0);
    cr_assert_eq(C_Finalize(NULL), CKR_OK);
    cr_assert_eq(pthread_join(thread, &result), 0);
    cr_assert_null(result);
    turn_give(&turn);
}
