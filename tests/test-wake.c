/* SPDX-License-Identifier: BSD-3-Clause */
/* Sleeping on one word, with the real clock and a test's. */
#include "common/wake.h"

#include <criterion/criterion.h>
#include <pthread.h>
#include <sched.h>

static struct wake its;
static _Atomic(int) given;
static _Atomic(uint64_t) test_time = 1000;

static uint64_t
test_source(void)
{
    return atomic_load(&test_time);
}

static void
setup(void)
{
    atomic_store(&given, 0);
    wake_clear(&its);
}

static void
teardown(void)
{
    clock_set_source(NULL);
}

TestSuite(wake, .init = setup, .fini = teardown, .timeout = 60);

/* As its users do: what is waited for is looked at in a loop. */
static void *
sleep_until_given(void *until)
{
    while (atomic_load(&given) == 0 &&
           !deadline_has_passed(*(const struct deadline *)until))
        wake_wait(&its, *(const struct deadline *)until);
    return (void *)(intptr_t)atomic_load(&given);
}

Test(wake, one_that_was_woken_before_does_not_sleep)
{
    wake_up(&its);
    wake_wait(&its, deadline_never());
}

Test(wake, a_deadline_that_has_passed_is_not_slept_for)
{
    wake_wait(&its, deadline_now());
}

Test(wake, the_sleeper_sees_what_was_written_before)
{
    for (int i = 1; i <= 200; i++) {
        struct deadline until = deadline_never();
        pthread_t thread;
        void *seen;

        setup();
        cr_assert_eq(pthread_create(&thread, NULL, sleep_until_given, &until),
                     0);
        if (i % 2 == 0)
            sched_yield();
        atomic_store(&given, i);
        wake_up(&its);
        cr_assert_eq(pthread_join(thread, &seen), 0);
        cr_assert_eq((intptr_t)seen, i);
    }
}

Test(wake, in_two_steps_the_kernel_is_asked_for_a_sleeper_only)
{
    const void *sleeper = NULL;

    cr_assert_null(wake_tell(&its), "nobody sleeps there");
    cr_assert(wake_is_up(&its));
    for (int i = 1; i <= 200 || sleeper == NULL; i++) {
        struct deadline until = deadline_never();
        pthread_t thread;
        void *seen;

        setup();
        cr_assert_not(wake_is_up(&its));
        cr_assert_eq(pthread_create(&thread, NULL, sleep_until_given, &until),
                     0);
        sched_yield();
        atomic_store(&given, i);
        sleeper = wake_tell(&its);
        wake_call(sleeper);
        cr_assert_eq(pthread_join(thread, &seen), 0);
        cr_assert_eq((intptr_t)seen, i);
    }
}

/* Who sleeps on its own stack leaves when nobody touches it any more, and not
 * as soon as it sees what it waited for. */
Test(wake, only_the_last_one_lets_the_sleeper_leave)
{
    cr_assert_not(wake_is_last(&its));
    wake_up(&its);
    wake_wait(&its, deadline_never());
    cr_assert_not(wake_is_last(&its));
    wake_up_last(&its);
    wake_wait(&its, deadline_never());
    cr_assert(wake_is_last(&its));
    wake_clear(&its);
    cr_assert_not(wake_is_last(&its));
}

Test(wake, it_ends_with_the_deadline)
{
    struct deadline until = deadline_in(5);

    cr_assert_null(sleep_until_given(&until));
    cr_assert(deadline_has_passed(until));
}

Test(wake, a_tests_clock_only_has_to_be_moved)
{
    struct deadline until;
    pthread_t thread;
    void *seen;

    clock_set_source(test_source);
    until = deadline_in(60 * 60 * 1000);
    cr_assert_eq(pthread_create(&thread, NULL, sleep_until_given, &until), 0);
    atomic_fetch_add(&test_time, UINT64_C(3600) * 1000 * 1000 * 1000);
    cr_assert_eq(pthread_join(thread, &seen), 0);
    cr_assert_null(seen);
}
