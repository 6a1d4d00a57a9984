/* SPDX-License-Identifier: BSD-3-Clause */
/* Threads that are cancelled inside a module: what they held is free again,
 * and what must be finished is finished. */
#include "tests/rig.h"

#include <criterion/criterion.h>

static struct rig rig;
static CK_SESSION_HANDLE session;

TestSuite(cancelled_threads, .timeout = 60);

/* What a thread does when it is cancelled inside the module. */
struct step {
    const char *function;
    void (*run)(void);
    bool leaves_session;
};

static void
run_random(void)
{
    (void)rig_call_now(&rig, session);
}

static void
run_search(void)
{
    (void)rig.list->C_FindObjectsInit(session, NULL, 0);
}

static void
run_open(void)
{
    CK_SESSION_HANDLE another;

    (void)rig.list->C_OpenSession(RIG_WEAK, CKF_SERIAL_SESSION, NULL, NULL,
                                  &another);
}

static void
run_close(void)
{
    (void)rig.list->C_CloseSession(session);
}

static void
run_token_info(void)
{
    CK_TOKEN_INFO info;

    (void)rig.list->C_GetTokenInfo(RIG_WEAK, &info);
}

static void
run_close_all(void)
{
    (void)rig.list->C_CloseAllSessions(RIG_WEAK);
}

static const struct step steps[] = {
    { "C_GenerateRandom", run_random, true },
    { "C_FindObjectsInit", run_search, true },
    { "C_FindObjects", run_search, true },
    { "C_OpenSession", run_open, true },
    { "C_CloseSession", run_close, false },
    { "C_CloseSession", run_close_all, false },
    { "C_GetTokenInfo", run_token_info, true },
};

static void *
thread_step(void *argument)
{
    ((const struct step *)argument)->run();
    pthread_testcancel();
    return NULL;
}

static void
check_cancelled(const struct step *step)
{
    pthread_t thread;
    void *result;
    struct step copy = *step;

    session = rig_session(&rig, RIG_WEAK);
    cr_assert(rig.load(fixture_text("%s 1 hang", step->function)));
    cr_assert_eq(pthread_create(&thread, NULL, thread_step, &copy), 0);
    cr_assert(rig.wait_for(step->function, 1, RIG_PATIENCE_MS));
    cr_assert_eq(pthread_cancel(thread), 0);
    /* Where p11mux does not let it go before the module has answered. */
    rig.release();
    cr_assert_eq(pthread_join(thread, &result), 0);
    cr_assert_eq(result, PTHREAD_CANCELED);
    cr_assert_eq(rig.waiting(NULL), 0);
    if (step->leaves_session)
        cr_expect_eq(rig_call_now(&rig, session), CKR_OK, "%s", step->function);
    cr_expect_eq(rig.list->C_CloseSession(session),
                 step->leaves_session ? CKR_OK : CKR_SESSION_HANDLE_INVALID,
                 "%s", step->function);
}

/* pthread_cancel ends a thread in the middle of a module: neither its session
 * nor p11mux is held for ever. */
Test(cancelled_threads, leave_their_session_and_p11mux_to_others)
{
    rig_config("record-1", "", "finalize_wait = \"30s\";");
    rig_load(&rig, fixture_test_module("record"));
    rig_start(&rig);
    for (size_t i = 0; i < sizeof(steps) / sizeof(steps[0]); i++)
        check_cancelled(&steps[i]);
    cr_assert(rig.load(""));
    cr_assert_eq(rig.list->C_CloseAllSessions(RIG_WEAK), CKR_OK);
    cr_assert_eq(rig.list->C_Finalize(NULL), CKR_OK);
    cr_assert_eq(rig.count("C_Finalize"), 1);
}

static void *
thread_initialize(void *unused)
{
    CK_C_INITIALIZE_ARGS arguments = {
        .flags = CKF_OS_LOCKING_OK | CKF_LIBRARY_CANT_CREATE_OS_THREADS,
    };

    (void)unused;
    (void)rig.list->C_Initialize(&arguments);
    pthread_testcancel();
    return NULL;
}

/* Who starts or ends p11mux does it to the end: others wait for it. */
Test(cancelled_threads, finish_what_others_wait_for)
{
    pthread_t thread;
    void *result;

    rig_config("record-1", "", "");
    rig_load(&rig, fixture_test_module("record"));
    cr_assert(rig.load("C_Initialize 1 hang"));
    cr_assert_eq(pthread_create(&thread, NULL, thread_initialize, NULL), 0);
    cr_assert(rig.wait_for("C_Initialize", 1, RIG_PATIENCE_MS));
    cr_assert_eq(pthread_cancel(thread), 0);
    rig.release();
    cr_assert_eq(pthread_join(thread, &result), 0);
    cr_assert_eq(result, PTHREAD_CANCELED);
    cr_assert_eq(rig.list->C_Initialize(NULL),
                 CKR_CRYPTOKI_ALREADY_INITIALIZED);
    session = rig_session(&rig, RIG_WEAK);
    cr_assert_eq(rig.list->C_Finalize(NULL), CKR_OK);
}
