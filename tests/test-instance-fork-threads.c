/* SPDX-License-Identifier: BSD-3-Clause */
/* Forks while other threads of the application are inside p11mux (R5.2). */
#include "router/session.h"
#include "tests/router-fixture.h"

#include <criterion/criterion.h>
#include <pthread.h>
#include <sys/wait.h>
#include <unistd.h>

static CK_SESSION_HANDLE session;

static void
finish(void)
{
    C_Finalize(NULL);
}

TestSuite(instance_fork_threads, .init = router_start_one, .fini = finish,
          .timeout = 60);

/* Ends the child with this number unless the condition holds. */
static void
expect(bool holds, int number)
{
    if (!holds)
        _exit(number);
}

static void
run_in_child(void (*run)(void))
{
    pid_t child = fork();
    int status;

    if (child == 0) {
        run();
        _exit(0);
    }
    cr_assert_eq(waitpid(child, &status, 0), child);
    cr_assert(WIFEXITED(status), "signal %d", WTERMSIG(status));
    cr_assert_eq(WEXITSTATUS(status), 0, "expectation %d in the child",
                 WEXITSTATUS(status));
}

static void *
get_random(void *unused)
{
    CK_BYTE byte;

    cr_assert_eq(C_GenerateRandom(session, &byte, 1), CKR_OK);
    return unused;
}

static void
start_in_child(void)
{
    CK_SESSION_HANDLE its;

    router_start_one(); /* with toys whose locks are new */
    expect(!session_any_is_busy(), 1);
    expect(C_OpenSession(1, CKF_SERIAL_SESSION, NULL, NULL, &its) == CKR_OK, 2);
    expect(C_CloseSession(its) == CKR_OK, 3);
    expect(C_Finalize(NULL) == CKR_OK, 4);
}

Test(instance_fork_threads, a_call_inside_at_the_fork_stays_the_parents)
{
    pthread_t thread;

    session = router_session(1);
    toy_hold(TOY_ANY, FUNCTION_C_GenerateRandom);
    pthread_create(&thread, NULL, get_random, NULL);
    toy_wait_for_held();
    run_in_child(start_in_child);
    toy_release();
    pthread_join(thread, NULL);
    cr_assert_eq(C_CloseSession(session), CKR_OK);
}

/* Locks that are held somewhere at the moment of the fork. */
static _Atomic(bool) has_ended;

static void *
open_and_close(void *unused)
{
    while (!atomic_load(&has_ended)) {
        CK_ULONG count;

        cr_assert_eq(C_CloseSession(router_session(1)), CKR_OK);
        cr_assert_eq(C_GetSlotList(CK_TRUE, NULL, &count), CKR_OK);
    }
    return unused;
}

Test(instance_fork_threads, locks_of_other_threads_do_not_stop_a_child)
{
    pthread_t threads[2];

    for (size_t i = 0; i < 2; i++)
        pthread_create(&threads[i], NULL, open_and_close, NULL);
    for (int i = 0; i < 50; i++)
        run_in_child(start_in_child);
    atomic_store(&has_ended, true);
    for (size_t i = 0; i < 2; i++)
        pthread_join(threads[i], NULL);
}
