/* SPDX-License-Identifier: BSD-3-Clause */
/* Ranks of locks, and conditions; built with the check of ranks. */
#include "common/lock.h"

#include <criterion/criterion.h>

#include <signal.h>
#include <stdatomic.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

static struct mutex slots = MUTEX_INIT(LOCK_SLOTS);
static struct mutex pool = MUTEX_INIT(LOCK_POOL);
static struct mutex other_pool = MUTEX_INIT(LOCK_POOL);
static struct condition changed;

static _Atomic(uint64_t) test_time = 1000;

static uint64_t
test_source(void)
{
    return atomic_load(&test_time);
}

/* Runs it in a child; true when that aborts, with its message in `text`. */
static bool
aborts(void (*act)(void), char *text, size_t size)
{
    int ends[2];
    size_t length = 0;
    ssize_t got;
    int status;
    pid_t child;

    cr_assert_eq(pipe(ends), 0);
    child = fork();
    if (child == 0) {
        signal(SIGABRT, SIG_DFL);
        dup2(ends[1], STDERR_FILENO);
        act();
        _exit(0);
    }
    close(ends[1]);
    while ((got = read(ends[0], text + length, size - 1 - length)) > 0)
        length += (size_t)got;
    text[length] = '\0';
    close(ends[0]);
    cr_assert_eq(waitpid(child, &status, 0), child);
    return WIFSIGNALED(status) && WTERMSIG(status) == SIGABRT;
}

static void
take_in_order(void)
{
    mutex_lock(&slots);
    mutex_lock(&pool);
    mutex_unlock(&slots); /* the order of giving back is free */
    mutex_unlock(&pool);
    mutex_lock(&slots);
    mutex_unlock(&slots);
}

static void
take_out_of_order(void)
{
    mutex_lock(&pool);
    mutex_lock(&slots);
}

static void
take_the_same_rank(void)
{
    mutex_lock(&pool);
    mutex_lock(&other_pool);
}

static void
give_what_is_not_held(void)
{
    mutex_unlock(&pool);
}

static void
wait_with_what_is_not_held(void)
{
    condition_init(&changed);
    condition_wait(&changed, &pool, deadline_never());
}

static void
take_again_after_a_wait(void)
{
    clock_set_source(test_source);
    condition_init(&changed);
    mutex_lock(&pool);
    condition_wait(&changed, &pool, deadline_now());
    mutex_lock(&slots);
}

Test(lock, is_taken_in_the_order_of_ranks)
{
    char text[512];

    cr_expect(!aborts(take_in_order, text, sizeof(text)));
    cr_expect_str_eq(text, "");
}

Test(lock, aborts_out_of_order_and_names_both_ranks)
{
    char text[512];

    cr_expect(aborts(take_out_of_order, text, sizeof(text)));
    cr_expect_str_eq(text, "p11mux: LOCK_SLOTS is taken by a thread that holds "
                           "LOCK_POOL; common/lock.h lists the order\n");
}

Test(lock, aborts_when_equal_ranks_nest)
{
    char text[512];

    cr_expect(aborts(take_the_same_rank, text, sizeof(text)));
    cr_expect_str_eq(text, "p11mux: LOCK_POOL is taken by a thread that holds "
                           "LOCK_POOL; common/lock.h lists the order\n");
}

Test(lock, aborts_when_it_is_not_held)
{
    char text[512];

    cr_expect(aborts(give_what_is_not_held, text, sizeof(text)));
    cr_expect_not_null(strstr(text, "LOCK_POOL is given back"), "%s", text);
    cr_expect(aborts(wait_with_what_is_not_held, text, sizeof(text)));
    cr_expect_not_null(strstr(text, "LOCK_POOL is waited with"), "%s", text);
}

Test(lock, is_still_held_after_a_wait)
{
    char text[512];

    cr_expect(aborts(take_again_after_a_wait, text, sizeof(text)));
    cr_expect_not_null(strstr(text, "that holds LOCK_POOL"), "%s", text);
}

Test(lock, names_each_rank_once)
{
    for (int i = 0; i < LOCK_LAST; i++) {
        const char *name = lock_rank_name((enum lock_rank)i);

        cr_expect_eq(strncmp(name, "LOCK_", 5), 0);
        for (int k = 0; k < i; k++)
            cr_expect_str_neq(name, lock_rank_name((enum lock_rank)k));
    }
    cr_expect_str_eq(lock_rank_name(LOCK_INSTANCE), "LOCK_INSTANCE");
    cr_expect_str_eq(lock_rank_name(LOCK_LAST), "a lock of no rank");
}

static void *
take_slots(void *unused)
{
    mutex_lock(&slots);
    mutex_unlock(&slots);
    return unused;
}

Test(lock, ranks_are_each_threads_own)
{
    pthread_t thread;

    mutex_lock(&pool);
    cr_assert_eq(pthread_create(&thread, NULL, take_slots, NULL), 0);
    pthread_join(thread, NULL);
    mutex_unlock(&pool);
}

/* A waiter, as a pool has it. */
static bool is_ready;
static bool is_waiting;
static bool timed_out;
static struct deadline wait_until;

static void *
wait_for_ready(void *unused)
{
    mutex_lock(&pool);
    is_waiting = true;
    condition_broadcast(&changed);
    while (!is_ready && !timed_out)
        timed_out = !condition_wait(&changed, &pool, wait_until);
    mutex_unlock(&pool);
    return unused;
}

/* Starts a waiter and returns when it waits. */
static pthread_t
waiter_start(struct deadline until)
{
    pthread_t thread;

    condition_init(&changed);
    wait_until = until;
    cr_assert_eq(pthread_create(&thread, NULL, wait_for_ready, NULL), 0);
    mutex_lock(&pool);
    while (!is_waiting)
        condition_wait(&changed, &pool, deadline_never());
    mutex_unlock(&pool);
    return thread;
}

static void
set_ready(void (*tell)(struct condition *))
{
    mutex_lock(&pool);
    is_ready = true;
    tell(&changed);
    mutex_unlock(&pool);
}

Test(condition, wakes_by_a_signal)
{
    pthread_t thread = waiter_start(deadline_in(60 * 1000));

    set_ready(condition_signal);
    pthread_join(thread, NULL);
    cr_expect(!timed_out);
    condition_destroy(&changed);
}

Test(condition, wakes_by_a_broadcast_without_a_deadline)
{
    pthread_t thread = waiter_start(deadline_never());

    set_ready(condition_broadcast);
    pthread_join(thread, NULL);
    cr_expect(!timed_out);
}

Test(condition, does_not_wait_when_the_deadline_has_passed)
{
    clock_set_source(test_source);
    condition_init(&changed);
    mutex_lock(&pool);
    cr_expect(!condition_wait(&changed, &pool, deadline_now()));
    mutex_unlock(&pool);
}

Test(condition, gives_up_when_a_tests_clock_jumps)
{
    pthread_t thread;

    clock_set_source(test_source);
    thread = waiter_start(deadline_in(60 * 60 * 1000));
    atomic_fetch_add(&test_time, UINT64_C(3600) * 1000 * 1000 * 1000);
    pthread_join(thread, NULL);
    cr_expect(timed_out);
}

Test(condition, gives_up_by_the_real_clock_and_not_before)
{
    struct deadline until = deadline_in(20);
    unsigned n_spurious = 0;

    condition_init(&changed);
    mutex_lock(&pool);
    while (condition_wait(&changed, &pool, until))
        n_spurious++;
    mutex_unlock(&pool);
    cr_expect_geq(clock_now(), until.at);
    /* It slept, and did not look again and again. */
    cr_expect_lt(n_spurious, 10);
}

/* One that timed out at once would have its waiters go round and round. */
Test(condition, that_is_made_without_a_call_sleeps_as_well)
{
    static struct condition constant = CONDITION_INIT;
    struct deadline until = deadline_in(50);
    unsigned n_returns = 0;

    mutex_lock(&pool);
    while (condition_wait(&constant, &pool, until))
        n_returns++;
    mutex_unlock(&pool);
    cr_expect_leq(n_returns, 1);
}

Test(condition, is_no_cancellation_point)
{
    pthread_t thread = waiter_start(deadline_never());
    void *result;

    pthread_cancel(thread);
    set_ready(condition_signal);
    pthread_join(thread, &result);
    cr_expect_eq(result, NULL);
    mutex_lock(&pool);
    mutex_unlock(&pool);
}
