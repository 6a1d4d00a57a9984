/* SPDX-License-Identifier: BSD-3-Clause */
/* The process that p11mux is a guest in: forks, visitors, serving. */
#include "router/process.h"

#include <pthread.h>
#include <sched.h>
#include <sys/types.h>
#include <unistd.h>

struct process process;

_Thread_local bool thread_is_inside;

static _Atomic(uint32_t) visitors;
static _Atomic(pid_t) served_pid;

bool
process_visit(void)
{
    if (!process_is_serving())
        return false;
    atomic_fetch_add(&visitors, 1);
    /* Again, now that C_Finalize sees this visitor. */
    if (process_is_serving())
        return true;
    atomic_fetch_sub(&visitors, 1);
    return false;
}

void
process_leave(void)
{
    atomic_fetch_sub(&visitors, 1);
}

bool
process_has_visitors(void)
{
    return atomic_load(&visitors) != 0;
}

void
process_forget_visitors(void)
{
    atomic_store(&visitors, 0);
}

/* Nothing else may be done here (R5.1): whatever lock it would need may be
 * held by a thread that this process does not have. */
static void
count_fork(void)
{
    atomic_fetch_add(&process.forks, 1);
}

static void
register_hook(void)
{
    (void)pthread_atfork(NULL, NULL, count_fork);
}

void
process_watch_forks(void)
{
    static pthread_once_t once = PTHREAD_ONCE_INIT;

    (void)pthread_once(&once, register_hook);
}

/*
 * The process that the locks of this library belong to: its forks and its
 * number, since either may be all that tells two processes apart. 0: none
 * has needed them yet.
 */
static _Atomic(uint64_t) home;
static const uint64_t is_moving_in = UINT64_C(1) << 63;

bool
process_move_in(void)
{
    uint64_t here =
        ((uint64_t)atomic_load(&process.forks) << 32 | (uint32_t)getpid()) &
        ~is_moving_in;
    uint64_t found = atomic_load(&home);

    for (;;) {
        if (found == here)
            return false;
        if (found == (here | is_moving_in)) {
            (void)sched_yield();
            found = atomic_load(&home);
        } else if (atomic_compare_exchange_weak(&home, &found,
                                                found == 0
                                                    ? here
                                                    : here | is_moving_in)) {
            return found != 0;
        }
    }
}

void
process_moved_in(void)
{
    atomic_fetch_and(&home, ~is_moving_in);
}

bool
process_was_forked(void)
{
    pid_t pid = atomic_load(&served_pid);
    /* Looked at once: another thread may be ending it. */
    uint32_t serving = atomic_load(&process.serving);

    return (pid != 0 && pid != getpid()) ||
           (serving != 0 && serving != atomic_load(&process.forks) + 1);
}

void
process_serve(void)
{
    atomic_store(&served_pid, getpid());
    atomic_store(&process.serving, atomic_load(&process.forks) + 1);
}

void
process_stop_serving(void)
{
    atomic_store(&process.serving, 0);
    atomic_store(&served_pid, 0);
}
