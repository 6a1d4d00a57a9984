/* SPDX-License-Identifier: BSD-3-Clause */
/* The process that p11mux is a guest in, and its forks. */
#include "router/process.h"

#include <criterion/criterion.h>
#include <pthread.h>
#include <sched.h>
#include <sys/wait.h>
#include <unistd.h>

enum { THREADS = 8 };

static _Atomic(unsigned) movers;
static _Atomic(bool) has_moved;
static _Atomic(unsigned) early;

static void *
move_in(void *ignored)
{
    if (process_move_in()) {
        atomic_fetch_add(&movers, 1);
        sched_yield();
        atomic_store(&has_moved, true);
        process_moved_in();
    } else if (!atomic_load(&has_moved)) {
        atomic_fetch_add(&early, 1);
    }
    return ignored;
}

/* How many of the threads of a child moved in; 99: some did not wait. */
static int
count_movers(void)
{
    pthread_t threads[THREADS];

    for (size_t i = 0; i < THREADS; i++)
        if (pthread_create(&threads[i], NULL, move_in, NULL) != 0)
            return 98;
    for (size_t i = 0; i < THREADS; i++)
        (void)pthread_join(threads[i], NULL);
    return atomic_load(&early) == 0 ? (int)atomic_load(&movers) : 99;
}

static int
in_child(int (*run)(void))
{
    pid_t child = fork();
    int status = 0;

    if (child == 0)
        _exit(run());
    cr_assert_eq(waitpid(child, &status, 0), child);
    cr_assert(WIFEXITED(status));
    return WEXITSTATUS(status);
}

Test(process, the_first_one_has_nothing_to_move)
{
    process_watch_forks();
    cr_assert_not(process_move_in());
    cr_assert_not(process_move_in());
}

Test(process, one_thread_of_a_child_moves_in_and_the_others_wait)
{
    process_watch_forks();
    cr_assert_not(process_move_in());
    for (int round = 0; round < 20; round++)
        cr_assert_eq(in_child(count_movers), 1);
}

static int
move_again(void)
{
    return in_child(count_movers);
}

Test(process, a_child_of_a_child_moves_in_too)
{
    process_watch_forks();
    cr_assert_not(process_move_in());
    cr_assert_eq(in_child(move_again), 1);
}

Test(process, one_that_is_not_served_was_not_forked_from_one_that_is)
{
    cr_assert_not(process_was_forked());
    process_serve();
    cr_assert_not(process_was_forked());
    process_stop_serving();
    cr_assert_not(process_was_forked());
}
