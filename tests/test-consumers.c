/* SPDX-License-Identifier: BSD-3-Clause */
/* Several users of p11mux in one process (R3.35 to R3.37). */
#include "tests/child.h"
#include "tests/router-fixture.h"

#include <criterion/criterion.h>
#include <pthread.h>

static CK_SESSION_HANDLE session;

static void
start_toys(bool counts, bool follows)
{
    struct config *config = router_config();

    config->counts_consumers = counts;
    config->follows_forks = follows;
    router_config_token(config, "one", "A", NULL);
    router_start(config);
    session = router_session(1);
}

static void
start(void)
{
    start_toys(true, false);
}

TestSuite(consumers, .init = start, .timeout = 60);

static CK_RV
ask(void)
{
    CK_BYTE byte;

    return C_GenerateRandom(session, &byte, 1);
}

Test(consumers, are_counted_and_the_last_one_ends_it)
{
    cr_assert_eq(C_Initialize(NULL), CKR_OK);
    cr_assert_eq(C_Initialize(NULL), CKR_OK);
    cr_assert_eq(ask(), CKR_OK);
    cr_assert_eq(C_Finalize(NULL), CKR_OK);
    cr_assert_eq(C_Finalize(NULL), CKR_OK);
    cr_assert_eq(ask(), CKR_OK);
    cr_assert_eq(toy_count(TOY_ANY, FUNCTION_C_CloseSession), 0);
    cr_assert_eq(C_Finalize(NULL), CKR_OK);
    cr_assert_eq(ask(), CKR_CRYPTOKI_NOT_INITIALIZED);
    cr_assert_eq(C_Finalize(NULL), CKR_CRYPTOKI_NOT_INITIALIZED);
    cr_assert_eq(toy_count_sessions(0), 0);
}

/* The default. */
Test(consumers, are_not_counted_where_the_configuration_is_strict)
{
    cr_assert_eq(C_Finalize(NULL), CKR_OK);
    start_toys(false, false);
    cr_assert_eq(C_Initialize(NULL), CKR_CRYPTOKI_ALREADY_INITIALIZED);
    cr_assert_eq(C_Finalize(NULL), CKR_OK);
    cr_assert_eq(ask(), CKR_CRYPTOKI_NOT_INITIALIZED);
}

Test(consumers, begin_at_one_again)
{
    cr_assert_eq(C_Initialize(NULL), CKR_OK);
    cr_assert_eq(C_Finalize(NULL), CKR_OK);
    cr_assert_eq(C_Finalize(NULL), CKR_OK);
    start();
    cr_assert_eq(C_Finalize(NULL), CKR_OK);
    cr_assert_eq(ask(), CKR_CRYPTOKI_NOT_INITIALIZED);
}

/* -- Arguments ------------------------------------------------------------ */

static CK_RV
create(CK_VOID_PTR_PTR mutex)
{
    (void)mutex;
    return CKR_GENERAL_ERROR; /* never to be called */
}

static CK_RV
use(CK_VOID_PTR mutex)
{
    (void)mutex;
    return CKR_GENERAL_ERROR;
}

/* R3.37: looked at, and otherwise without effect on locking. */
Test(consumers, with_bad_arguments_are_refused_and_not_counted)
{
    CK_C_INITIALIZE_ARGS arguments = { .CreateMutex = create };

    cr_assert_eq(C_Initialize(&arguments), CKR_ARGUMENTS_BAD);
    arguments = (CK_C_INITIALIZE_ARGS){ create, use, use, use, 0, NULL };
    cr_assert_eq(C_Initialize(&arguments), CKR_CANT_LOCK);
    arguments.flags = CKF_OS_LOCKING_OK;
    cr_assert_eq(C_Initialize(&arguments), CKR_OK);
    cr_assert_eq(ask(), CKR_OK);
    cr_assert_eq(C_Finalize(NULL), CKR_OK);
    cr_assert_eq(ask(), CKR_OK);
    cr_assert_eq(C_Finalize(NULL), CKR_OK);
    cr_assert_eq(ask(), CKR_CRYPTOKI_NOT_INITIALIZED);
}

static pthread_t test_thread;
static _Atomic(unsigned) n_looks, n_own_looks;

/* Which thread asks for the token. */
static bool
note_thread(enum function function, CK_SLOT_ID slot, struct argument *arguments,
            CK_RV *rv)
{
    (void)slot;
    (void)arguments;
    (void)rv;
    if (function == FUNCTION_C_GetSlotInfo) {
        atomic_fetch_add(&n_looks, 1);
        if (pthread_equal(pthread_self(), test_thread) != 0)
            atomic_fetch_add(&n_own_looks, 1);
    }
    return false;
}

/* How many of the looks at the token this thread made itself. */
static unsigned
look_again(void)
{
    CK_ULONG count;

    atomic_store(&n_looks, 0);
    atomic_store(&n_own_looks, 0);
    router_clock_move(2000);
    cr_assert_eq(C_GetSlotList(CK_TRUE, NULL, &count), CKR_OK);
    cr_assert_eq(atomic_load(&n_looks), 1);
    return atomic_load(&n_own_looks);
}

Test(consumers, that_allow_no_threads_speak_for_all)
{
    CK_C_INITIALIZE_ARGS arguments = {
        .flags = CKF_OS_LOCKING_OK | CKF_LIBRARY_CANT_CREATE_OS_THREADS
    };

    cr_assert_eq(C_Finalize(NULL), CKR_OK);
    router_clock_stop();
    start();
    test_thread = pthread_self();
    toy_set_hook(note_thread);
    cr_assert_eq(C_Initialize(NULL), CKR_OK);
    cr_assert_eq(look_again(), 0);
    cr_assert_eq(C_Initialize(&arguments), CKR_OK);
    cr_assert_eq(look_again(), 1);
    /* Also when they are gone, and when others come that allow them. */
    cr_assert_eq(C_Finalize(NULL), CKR_OK);
    cr_assert_eq(C_Initialize(NULL), CKR_OK);
    cr_assert_eq(look_again(), 1);
    for (int i = 0; i < 3; i++)
        cr_assert_eq(C_Finalize(NULL), CKR_OK);
    cr_assert_eq(ask(), CKR_CRYPTOKI_NOT_INITIALIZED);
}

/* -- Threads -------------------------------------------------------------- */

enum { N_THREADS = 8, N_TURNS = 50 };

static void *
come_and_go(void *argument)
{
    *(bool *)argument = true;
    for (int i = 0; i < N_TURNS; i++) {
        CK_ULONG count;

        if (C_Initialize(NULL) != CKR_OK ||
            C_GetSlotList(CK_TRUE, NULL, &count) != CKR_OK ||
            C_Finalize(NULL) != CKR_OK)
            *(bool *)argument = false;
    }
    return NULL;
}

Test(consumers, that_come_and_go_at_once_are_all_served)
{
    pthread_t threads[N_THREADS];
    bool is_served[N_THREADS];

    for (size_t i = 0; i < N_THREADS; i++)
        cr_assert_eq(pthread_create(&threads[i], NULL, come_and_go,
                                    &is_served[i]),
                     0);
    for (size_t i = 0; i < N_THREADS; i++) {
        cr_assert_eq(pthread_join(threads[i], NULL), 0);
        cr_assert(is_served[i]);
    }
    cr_assert_eq(ask(), CKR_OK);
    cr_assert_eq(C_Finalize(NULL), CKR_OK);
    cr_assert_eq(ask(), CKR_CRYPTOKI_NOT_INITIALIZED);
}

/* -- Forks ---------------------------------------------------------------- */

static void
begin_anew(void)
{
    start();
    CHILD_EXPECT(C_Finalize(NULL) == CKR_OK);
    CHILD_EXPECT(ask() == CKR_CRYPTOKI_NOT_INITIALIZED);
}

static void
finalize_only(void)
{
    CHILD_EXPECT(C_Finalize(NULL) == CKR_OK);
    CHILD_EXPECT(C_Finalize(NULL) == CKR_CRYPTOKI_NOT_INITIALIZED);
}

Test(consumers, of_a_parent_do_not_count_in_its_child)
{
    cr_assert_eq(C_Initialize(NULL), CKR_OK);
    cr_assert(child_run(begin_anew));
    cr_assert(child_run(finalize_only));
    cr_assert_eq(C_Finalize(NULL), CKR_OK);
    cr_assert_eq(ask(), CKR_OK);
    cr_assert_eq(C_Finalize(NULL), CKR_OK);
}

static void
go_on(void)
{
    toy_fork();
    CHILD_EXPECT(ask() == CKR_OK);
    CHILD_EXPECT(C_Finalize(NULL) == CKR_OK);
    CHILD_EXPECT(ask() == CKR_OK);
    CHILD_EXPECT(C_Finalize(NULL) == CKR_OK);
    CHILD_EXPECT(ask() == CKR_CRYPTOKI_NOT_INITIALIZED);
}

/* One of the two notices the fork, and lets go; the other one does not. */
static void
let_go_and_go_on(void)
{
    toy_fork();
    CHILD_EXPECT(C_Finalize(NULL) == CKR_OK);
    CHILD_EXPECT(ask() == CKR_OK);
    CHILD_EXPECT(C_Initialize(NULL) == CKR_OK);
    CHILD_EXPECT(C_Finalize(NULL) == CKR_OK);
    CHILD_EXPECT(ask() == CKR_OK);
    CHILD_EXPECT(C_Finalize(NULL) == CKR_OK);
    CHILD_EXPECT(ask() == CKR_CRYPTOKI_NOT_INITIALIZED);
}

Test(consumers, go_on_in_a_child_that_follows)
{
    cr_assert_eq(C_Finalize(NULL), CKR_OK);
    start_toys(true, true);
    cr_assert_eq(C_Initialize(NULL), CKR_OK);
    cr_assert(child_run(go_on));
    cr_assert(child_run(let_go_and_go_on));
    cr_assert_eq(C_Finalize(NULL), CKR_OK);
    cr_assert_eq(ask(), CKR_OK);
    cr_assert_eq(C_Finalize(NULL), CKR_OK);
}
