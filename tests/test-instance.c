/* SPDX-License-Identifier: BSD-3-Clause */
/* C_Initialize and C_Finalize: arguments, turns, and what they leave. */
#include "router/instance.h"
#include "tests/router-fixture.h"

#include <criterion/criterion.h>
#include <dirent.h>
#include <pthread.h>
#include <sched.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

/* One token of the null module. */
static void
configure(void)
{
    fixture_config("modules = ( { name = \"null\"; path = \"%s\"; } );\n"
                   "tokens = ( { label = \"one\"; members = ( { module = "
                   "\"null\"; match = \"pkcs11:token=null\"; } ); } );\n"
                   "state_dir = \"%s\";\n",
                   fixture_test_module("null"), fixture_folder());
}

TestSuite(instance, .init = configure, .timeout = 60);

static void
check_works(void)
{
    CK_SESSION_HANDLE session = router_session(1);
    CK_BYTE byte;

    cr_assert_eq(C_GenerateRandom(session, &byte, 1), CKR_OK);
}

/* -- Turns ---------------------------------------------------------------- */

static size_t
count_entries(const char *path)
{
    DIR *folder = opendir(path);
    size_t count = 0;

    while (readdir(folder) != NULL)
        count++;
    closedir(folder);
    return count;
}

Test(instance, can_be_begun_and_ended_a_hundred_times)
{
    size_t n_files = 0, n_threads = count_entries("/proc/self/task");

    for (int i = 0; i < 100; i++) {
        cr_assert_eq(C_Initialize(NULL), CKR_OK);
        check_works();
        cr_assert_eq(C_Finalize(NULL), CKR_OK);
        if (i == 0)
            n_files = count_entries("/proc/self/fd");
    }
    cr_assert_leq(count_entries("/proc/self/fd"), n_files);
    cr_assert_eq(count_entries("/proc/self/task"), n_threads);
}

Test(instance, is_begun_once_and_ended_once)
{
    cr_assert_eq(C_Finalize(NULL), CKR_CRYPTOKI_NOT_INITIALIZED);
    cr_assert_eq(C_Initialize(NULL), CKR_OK);
    cr_assert_eq(C_Initialize(NULL), CKR_CRYPTOKI_ALREADY_INITIALIZED);
    check_works();
    cr_assert_eq(C_Finalize(NULL), CKR_OK);
    cr_assert_eq(C_Finalize(NULL), CKR_CRYPTOKI_NOT_INITIALIZED);
}

Test(instance, handles_of_before_are_stale)
{
    CK_SESSION_HANDLE session;
    CK_SESSION_INFO info;

    cr_assert_eq(C_Initialize(NULL), CKR_OK);
    session = router_session(1);
    cr_assert_eq(C_Finalize(NULL), CKR_OK);
    cr_assert_eq(C_GetSessionInfo(session, &info),
                 CKR_CRYPTOKI_NOT_INITIALIZED);
    cr_assert_eq(C_Initialize(NULL), CKR_OK);
    for (int i = 0; i < 100; i++)
        cr_assert_neq(router_session(1), session);
    cr_assert_eq(C_GetSessionInfo(session, &info), CKR_SESSION_HANDLE_INVALID);
    cr_assert_eq(C_Finalize(NULL), CKR_OK);
}

/* -- Arguments (the table of SEMANTICS 4) --------------------------------- */

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

static CK_RV
initialize_with(unsigned callbacks, CK_FLAGS flags, void *reserved)
{
    CK_C_INITIALIZE_ARGS arguments = {
        .CreateMutex = (callbacks & 1) != 0 ? create : NULL,
        .DestroyMutex = (callbacks & 2) != 0 ? use : NULL,
        .LockMutex = (callbacks & 4) != 0 ? use : NULL,
        .UnlockMutex = (callbacks & 8) != 0 ? use : NULL,
        .flags = flags,
        .pReserved = reserved,
    };
    CK_RV rv = C_Initialize(&arguments);

    if (rv == CKR_OK)
        check_works();
    cr_assert_eq(C_Finalize(NULL),
                 rv == CKR_OK ? CKR_OK : CKR_CRYPTOKI_NOT_INITIALIZED);
    return rv;
}

Test(instance, mutexes_are_all_or_none_and_ours)
{
    for (unsigned some = 1; some < 15; some++) {
        cr_assert_eq(initialize_with(some, 0, NULL), CKR_ARGUMENTS_BAD);
        cr_assert_eq(initialize_with(some, CKF_OS_LOCKING_OK, NULL),
                     CKR_ARGUMENTS_BAD);
    }
    cr_assert_eq(initialize_with(0, 0, NULL), CKR_OK);
    cr_assert_eq(initialize_with(0, CKF_OS_LOCKING_OK, NULL), CKR_OK);
    cr_assert_eq(initialize_with(15, CKF_OS_LOCKING_OK, NULL), CKR_OK);
    cr_assert_eq(initialize_with(15, 0, NULL), CKR_CANT_LOCK);
}

Test(instance, what_is_reserved_is_not_looked_at)
{
    char text[] = "configdir='sql:/nowhere'";

    cr_assert_eq(initialize_with(0, CKF_OS_LOCKING_OK, text), CKR_OK);
    cr_assert_eq(C_Initialize(NULL), CKR_OK);
    cr_assert_eq(C_Finalize(text), CKR_ARGUMENTS_BAD);
    check_works();
    cr_assert_eq(C_Finalize(NULL), CKR_OK);
}

/* -- What goes wrong ------------------------------------------------------ */

Test(instance, a_mistake_in_the_configuration_leaves_nothing_half_open)
{
    fixture_config("tokens = ( { label = \"one\"; } );\n");
    cr_assert_eq(C_Initialize(NULL), CKR_GENERAL_ERROR);
    cr_assert_null(instance_get());
    cr_assert_eq(C_Finalize(NULL), CKR_CRYPTOKI_NOT_INITIALIZED);
    configure();
    cr_assert_eq(C_Initialize(NULL), CKR_OK);
    check_works();
    cr_assert_eq(C_Finalize(NULL), CKR_OK);
}

Test(instance, modules_that_are_down_are_no_reason_to_fail)
{
    CK_SLOT_ID slots[2];
    CK_ULONG count = 2;

    fixture_config("modules = ( { name = \"gone\"; path = \"/no/such.so\"; } "
                   ");\n"
                   "tokens = ( { label = \"one\"; members = ( { module = "
                   "\"gone\"; match = \"pkcs11:token=x\"; } ); } );\n"
                   "state_dir = \"%s\";\n",
                   fixture_folder());
    cr_assert_eq(C_Initialize(NULL), CKR_OK);
    cr_assert_eq(C_GetSlotList(CK_FALSE, slots, &count), CKR_OK);
    cr_assert_eq(count, 1);
    count = 2;
    cr_assert_eq(C_GetSlotList(CK_TRUE, slots, &count), CKR_OK);
    cr_assert_eq(count, 0);
    cr_assert_eq(C_Finalize(NULL), CKR_OK);
}

Test(instance, what_is_given_to_one_that_runs_is_freed)
{
    struct error error = { .rv = CKR_OK };
    struct config *config = router_config();

    router_start(config);
    config = router_config();
    cr_assert_eq(router_try_start(config, true, &error),
                 CKR_CRYPTOKI_ALREADY_INITIALIZED);
    cr_assert_eq(C_Finalize(NULL), CKR_OK);
}

/* -- Threads -------------------------------------------------------------- */

enum { N_THREADS = 8 };

static void *
initialize(void *argument)
{
    *(CK_RV *)argument = C_Initialize(NULL);
    return NULL;
}

Test(instance, of_many_threads_at_once_one_begins_it)
{
    for (int round = 0; round < 20; round++) {
        pthread_t threads[N_THREADS];
        CK_RV rvs[N_THREADS];
        int n_done = 0;

        for (size_t i = 0; i < N_THREADS; i++)
            pthread_create(&threads[i], NULL, initialize, &rvs[i]);
        for (size_t i = 0; i < N_THREADS; i++) {
            pthread_join(threads[i], NULL);
            n_done += rvs[i] == CKR_OK ? 1 : 0;
            cr_assert(rvs[i] == CKR_OK ||
                      rvs[i] == CKR_CRYPTOKI_ALREADY_INITIALIZED);
        }
        cr_assert_eq(n_done, 1);
        check_works();
        cr_assert_eq(C_Finalize(NULL), CKR_OK);
    }
}

static void *
finalize(void *argument)
{
    *(CK_RV *)argument = C_Finalize(NULL);
    return NULL;
}

Test(instance, of_many_threads_at_once_one_ends_it)
{
    pthread_t threads[N_THREADS];
    CK_RV rvs[N_THREADS];
    int n_done = 0;

    cr_assert_eq(C_Initialize(NULL), CKR_OK);
    check_works();
    for (size_t i = 0; i < N_THREADS; i++)
        pthread_create(&threads[i], NULL, finalize, &rvs[i]);
    for (size_t i = 0; i < N_THREADS; i++) {
        pthread_join(threads[i], NULL);
        n_done += rvs[i] == CKR_OK ? 1 : 0;
    }
    cr_assert_eq(n_done, 1);
}

static void *
start_toys(void *unused)
{
    struct config *config = router_config_only();

    router_config_token(config, "one", "A", NULL);
    router_start(config);
    return unused;
}

static _Atomic(pid_t) second_thread;
static _Atomic(bool) has_second_ended;

/* Whether the kernel has the second thread sleep. */
static bool
is_second_asleep(void)
{
    char path[64], state = '?';
    FILE *file;

    snprintf(path, sizeof(path), "/proc/self/task/%d/stat",
             (int)atomic_load(&second_thread));
    file = fopen(path, "r");
    if (file != NULL) {
        (void)fscanf(file, "%*d (%*[^)]) %c", &state);
        fclose(file);
    }
    return state == 'S';
}

static void *
initialize_second(void *argument)
{
    atomic_store(&second_thread, gettid());
    *(CK_RV *)argument = C_Initialize(NULL);
    atomic_store(&has_second_ended, true);
    return NULL;
}

Test(instance, while_it_begins_it_is_not_there_and_others_wait)
{
    pthread_t first, second;
    CK_RV rv = CKR_VENDOR_DEFINED;
    CK_ULONG count;
    CK_INFO info;

    toy_reset();
    toy_hold(TOY_ANY, FUNCTION_C_GetTokenInfo);
    pthread_create(&first, NULL, start_toys, NULL);
    toy_wait_for_held();
    pthread_create(&second, NULL, initialize_second, &rv);
    cr_assert_eq(C_GetInfo(&info), CKR_CRYPTOKI_NOT_INITIALIZED);
    cr_assert_eq(C_GetSlotList(CK_TRUE, NULL, &count),
                 CKR_CRYPTOKI_NOT_INITIALIZED);
    while (!is_second_asleep() && !atomic_load(&has_second_ended))
        sched_yield();
    cr_assert_not(atomic_load(&has_second_ended));
    toy_release();
    pthread_join(first, NULL);
    pthread_join(second, NULL);
    cr_assert_eq(rv, CKR_CRYPTOKI_ALREADY_INITIALIZED);
    cr_assert_eq(C_Finalize(NULL), CKR_OK);
}
