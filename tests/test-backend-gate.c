/* SPDX-License-Identifier: BSD-3-Clause */
/* What a call passes on its way into a module: the lock and SIGPIPE. */
#include "tests/backend-fixture.h"

#include <criterion/criterion.h>
#include <pthread.h>
#include <signal.h>
#include <unistd.h>

static CK_FUNCTION_LIST_3_2 list = { .version = { 3, 2 } };

static struct backend *
make(enum config_serialise serialise, enum config_answer sigpipe)
{
    struct config_profile settings = { .serialise = serialise,
                                       .sigpipe = sigpipe };
    struct profile profile;

    profile_resolve("generic", NULL, NULL, NULL, &settings, &profile);
    return backend_new_list("list", &list, &profile);
}

TestSuite(backend_gate, .timeout = 60);

Test(backend_gate, is_open_for_ordinary_modules)
{
    struct backend *backend = make(SERIALISE_NO, ANSWER_NO);

    cr_assert_not(backend_is_guarded(backend));
    backend_enter(backend);
    backend_enter(backend);
    backend_leave(backend);
    backend_leave(backend);
    backend_free(backend);
}

struct counter {
    struct backend *backend;
    int inside;
    int most;
};

static void *
count(void *argument)
{
    struct counter *counter = argument;

    for (int i = 0; i < 1000; i++) {
        backend_enter(counter->backend);
        counter->inside++;
        if (counter->inside > counter->most)
            counter->most = counter->inside;
        sched_yield();
        counter->inside--;
        backend_leave(counter->backend);
    }
    return NULL;
}

Test(backend_gate, lets_one_thread_at_a_time_into_a_serialised_module)
{
    struct counter counter = { .backend = make(SERIALISE_BACKEND, ANSWER_NO) };
    pthread_t threads[4];

    for (int i = 0; i < 4; i++)
        pthread_create(&threads[i], NULL, count, &counter);
    for (int i = 0; i < 4; i++)
        pthread_join(threads[i], NULL);
    cr_assert_eq(counter.most, 1);
    cr_assert_eq(counter.inside, 0);
    backend_free(counter.backend);
}

static volatile sig_atomic_t n_signals;

static void
note_signal(int number)
{
    (void)number;
    n_signals++;
}

/* What a module does whose server has gone. */
static void
write_to_nobody(void)
{
    int ends[2];

    cr_assert_eq(pipe(ends), 0);
    close(ends[0]);
    cr_assert_eq(write(ends[1], "x", 1), -1);
    close(ends[1]);
}

static bool
sigpipe_is_blocked(void)
{
    sigset_t mask;

    pthread_sigmask(SIG_BLOCK, NULL, &mask);
    return sigismember(&mask, SIGPIPE) == 1;
}

Test(backend_gate, keeps_a_modules_sigpipe_from_the_application)
{
    struct backend *backend = make(SERIALISE_NO, ANSWER_YES);

    signal(SIGPIPE, note_signal);
    backend_enter(backend);
    write_to_nobody();
    backend_leave(backend);
    cr_assert_eq(n_signals, 0);
    cr_assert_not(sigpipe_is_blocked());
    write_to_nobody();
    cr_assert_eq(n_signals, 1, "the application's own still comes");
    backend_free(backend);
}

Test(backend_gate, leaves_a_sigpipe_that_waited_before)
{
    struct backend *backend = make(SERIALISE_BACKEND, ANSWER_YES);
    sigset_t sigpipe;

    signal(SIGPIPE, note_signal);
    sigemptyset(&sigpipe);
    sigaddset(&sigpipe, SIGPIPE);
    pthread_sigmask(SIG_BLOCK, &sigpipe, NULL);
    write_to_nobody();
    backend_enter(backend);
    write_to_nobody();
    backend_leave(backend);
    cr_assert(sigpipe_is_blocked());
    cr_assert_eq(n_signals, 0);
    pthread_sigmask(SIG_UNBLOCK, &sigpipe, NULL);
    cr_assert_eq(n_signals, 1);
    backend_free(backend);
}

Test(backend_gate, is_one_for_two_entries_of_one_library)
{
    struct config *config = backend_config();
    const char *path = fixture_test_module("start");
    struct backend_set *set;
    struct counter one = { 0 };
    struct counter other = { 0 };
    pthread_t thread;

    backend_config_module(config, "a", path)->settings.serialise =
        SERIALISE_BACKEND;
    backend_config_module(config, "b", path)->settings.serialise =
        SERIALISE_BACKEND;
    set = backend_make_and_start(config);
    one.backend = backend_find(set, "a");
    other.backend = backend_find(set, "b");
    backend_enter(one.backend);
    pthread_create(&thread, NULL, count, &other);
    for (int i = 0; i < 1000; i++)
        sched_yield();
    cr_assert_eq(__atomic_load_n(&other.most, __ATOMIC_SEQ_CST), 0);
    backend_leave(one.backend);
    pthread_join(thread, NULL);
    cr_assert_eq(other.most, 1);
    backend_set_free(set, 0, false);
}
