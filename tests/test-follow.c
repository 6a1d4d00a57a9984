/* SPDX-License-Identifier: BSD-3-Clause */
/* A forked child goes on with its parent's sessions (fork = "follow"). */
#include "router/process.h"
#include "tests/child.h"
#include "tests/router-fixture.h"

#include <criterion/criterion.h>
#include <pthread.h>
#include <signal.h>
#include <sys/wait.h>
#include <unistd.h>

static CK_SESSION_HANDLE session;
static CK_OBJECT_HANDLE key;

static void
start_toys(bool follows)
{
    struct config *config = router_config();

    config->follows_forks = follows;
    router_config_token(config, "one", "A", NULL);
    toy_add_key(0, CKO_PRIVATE_KEY, 7);
    router_start(config);
    session = router_session(1);
    key = router_find_key(session, CKO_PRIVATE_KEY, 7);
}

static void
start(void)
{
    start_toys(true);
}

static void
finish(void)
{
    C_Finalize(NULL);
}

TestSuite(follow, .init = start, .fini = finish, .timeout = 60);

/* Whether the session signs with the key, as the first token. */
static bool
signs(void)
{
    struct toy_result result = { 0 };

    return router_sign_init(session, key) == CKR_OK &&
           router_sign(session, "data", &result) == CKR_OK &&
           result.number == 7 && result.slot == TOY_SLOT(0);
}

/* -- Sessions ------------------------------------------------------------- */

static void
go_on(void)
{
    CK_SESSION_INFO info;

    toy_fork();
    CHILD_EXPECT(C_GetSessionInfo(session, &info) == CKR_OK);
    CHILD_EXPECT(info.slotID == 1);
    CHILD_EXPECT(info.flags == (CKF_SERIAL_SESSION | CKF_RW_SESSION));
    CHILD_EXPECT(signs());
    /* The parent's backend session is not the child's to close. */
    CHILD_EXPECT(toy_count(TOY_ANY, FUNCTION_C_CloseSession) == 0);
    CHILD_EXPECT(router_session(1) != session);
    CHILD_EXPECT(C_CloseSession(session) == CKR_OK);
    CHILD_EXPECT(toy_count(TOY_ANY, FUNCTION_C_CloseSession) == 1);
    CHILD_EXPECT(C_GetSessionInfo(session, &info) ==
                 CKR_SESSION_HANDLE_INVALID);
    CHILD_EXPECT(C_Finalize(NULL) == CKR_OK);
    CHILD_EXPECT(C_GetSessionInfo(session, &info) ==
                 CKR_CRYPTOKI_NOT_INITIALIZED);
}

Test(follow, a_child_goes_on_with_its_parents_sessions)
{
    cr_assert(child_run(go_on));
    cr_assert(signs());
}

static void
go_on_from_any_call(void)
{
    CK_ULONG count = 0;

    toy_fork();
    CHILD_EXPECT(C_GetSlotList(CK_TRUE, NULL, &count) == CKR_OK);
    CHILD_EXPECT(count == 1);
    CHILD_EXPECT(signs());
}

static void
go_on_from_closing(void)
{
    toy_fork();
    CHILD_EXPECT(C_CloseSession(session) == CKR_OK);
    CHILD_EXPECT(C_CloseSession(session) == CKR_SESSION_HANDLE_INVALID);
}

Test(follow, any_call_may_be_the_childs_first)
{
    cr_assert(child_run(go_on_from_any_call));
    cr_assert(child_run(go_on_from_closing));
    cr_assert(signs());
}

static CK_RV notified;

static CK_RV
notify(CK_SESSION_HANDLE its, CK_NOTIFICATION event, CK_VOID_PTR application)
{
    (void)its;
    (void)event;
    (void)application;
    return notified;
}

static CK_SESSION_HANDLE read_only, closed;

static void
count_sessions(void)
{
    const struct session *its = session_cell(handle_index(read_only));
    CK_SESSION_INFO info;

    toy_fork();
    CHILD_EXPECT(C_GetSessionInfo(read_only, &info) == CKR_OK);
    CHILD_EXPECT(info.flags == CKF_SERIAL_SESSION);
    CHILD_EXPECT(its->application == &notified && its->notify == notify);
    CHILD_EXPECT(C_GetSessionInfo(closed, &info) == CKR_SESSION_HANDLE_INVALID);
    CHILD_EXPECT(token_sessions(router_token(1)).all == 2);
    CHILD_EXPECT(token_sessions(router_token(1)).read_write == 1);
    CHILD_EXPECT(C_CloseAllSessions(1) == CKR_OK);
    CHILD_EXPECT(token_sessions(router_token(1)).all == 0);
    CHILD_EXPECT(token_sessions(router_token(1)).read_write == 0);
}

Test(follow, sessions_are_counted_and_keep_what_they_were_opened_with)
{
    cr_assert_eq(C_OpenSession(1, CKF_SERIAL_SESSION, &notified, notify,
                               &read_only),
                 CKR_OK);
    closed = router_session(1);
    cr_assert_eq(C_CloseSession(closed), CKR_OK);
    cr_assert(child_run(count_sessions));
    cr_assert_eq(token_sessions(router_token(1)).all, 2);
}

/* -- Operations ----------------------------------------------------------- */

static void
find_nothing_active(void)
{
    struct toy_result result;
    CK_OBJECT_HANDLE found;
    CK_ULONG count;

    toy_fork();
    CHILD_EXPECT(router_sign(session, "data", &result) ==
                 CKR_OPERATION_NOT_INITIALIZED);
    CHILD_EXPECT(C_FindObjects(session, &found, 1, &count) ==
                 CKR_OPERATION_NOT_INITIALIZED);
    CHILD_EXPECT(signs());
    CHILD_EXPECT(router_find_key(session, CKO_PRIVATE_KEY, 7) == key);
}

Test(follow, operations_and_searches_are_the_parents)
{
    struct toy_result result;
    CK_OBJECT_HANDLE found;
    CK_ULONG count = 0;

    cr_assert_eq(C_FindObjectsInit(session, NULL, 0), CKR_OK);
    cr_assert_eq(router_sign_init(session, key), CKR_OK);
    cr_assert(child_run(find_nothing_active));
    cr_assert_eq(router_sign(session, "data", &result), CKR_OK);
    cr_assert_eq(C_FindObjects(session, &found, 1, &count), CKR_OK);
    cr_assert_eq(count, 1);
    cr_assert_eq(found, key);
}

/* -- Beginning and ending ------------------------------------------------- */

static void
finalize_first(void)
{
    CK_SESSION_INFO info;

    toy_fork();
    CHILD_EXPECT(C_Finalize(NULL) == CKR_OK);
    CHILD_EXPECT(C_GetSessionInfo(session, &info) ==
                 CKR_CRYPTOKI_NOT_INITIALIZED);
    CHILD_EXPECT(C_Finalize(NULL) == CKR_CRYPTOKI_NOT_INITIALIZED);
    for (enum function i = 0; i < N_FUNCTIONS; i++)
        CHILD_EXPECT(toy_count(TOY_ANY, i) == 0);
}

Test(follow, a_child_that_finalises_first_touches_nothing)
{
    cr_assert(child_run(finalize_first));
    cr_assert(signs());
}

static void
initialize_first(void)
{
    CK_SESSION_INFO info;

    start(); /* with toys as at first */
    CHILD_EXPECT(signs());
    for (int i = 0; i < 200; i++)
        CHILD_EXPECT(router_session(1) != read_only);
    CHILD_EXPECT(C_GetSessionInfo(read_only, &info) ==
                 CKR_SESSION_HANDLE_INVALID);
    CHILD_EXPECT(router_sign_init(session, closed) == CKR_KEY_HANDLE_INVALID);
}

Test(follow, a_child_that_initialises_first_starts_clean)
{
    read_only = session;
    closed = key;
    cr_assert(child_run(initialize_first));
    cr_assert(signs());
}

static void
use_nothing(void)
{
    CK_SESSION_INFO info;

    toy_fork();
    CHILD_EXPECT(C_GetSessionInfo(session, &info) ==
                 CKR_CRYPTOKI_NOT_INITIALIZED);
}

Test(follow, a_child_of_one_that_has_finalised_is_not_served)
{
    cr_assert_eq(C_Finalize(NULL), CKR_OK);
    cr_assert(child_run(use_nothing));
    start();
}

Test(follow, nobody_follows_where_the_configuration_is_strict)
{
    cr_assert_eq(C_Finalize(NULL), CKR_OK);
    start_toys(false);
    cr_assert(child_run(use_nothing));
    cr_assert(signs());
}

/* -- Grandchildren -------------------------------------------------------- */

static void
fork_unused(void)
{
    CHILD_EXPECT(child_run(go_on));
}

static void
use_and_fork(void)
{
    toy_fork();
    CHILD_EXPECT(signs());
    CHILD_EXPECT(router_sign_init(session, key) == CKR_OK);
    CHILD_EXPECT(child_run(find_nothing_active));
    CHILD_EXPECT(child_run(go_on));
    CHILD_EXPECT(C_SessionCancel(session, CKF_SIGN) == CKR_OK);
    CHILD_EXPECT(signs());
}

/* As nginx and daemon(3) fork: twice before the first use (R5.6). */
Test(follow, a_childs_child_goes_on_too)
{
    cr_assert(child_run(fork_unused));
    cr_assert(child_run(use_and_fork));
    cr_assert(signs());
}

static void
finalize_and_fork(void)
{
    CHILD_EXPECT(C_Finalize(NULL) == CKR_OK);
    CHILD_EXPECT(child_run(use_nothing));
}

Test(follow, a_child_of_a_child_that_finalised_is_not_served)
{
    cr_assert(child_run(finalize_and_fork));
    cr_assert(signs());
}

/* -- Several at once ------------------------------------------------------ */

enum { N_THREADS = 8, N_CHILDREN = 6 };

static void *
get_info(void *argument)
{
    CK_SESSION_INFO info;

    *(CK_RV *)argument = C_GetSessionInfo(session, &info);
    return NULL;
}

static void
begin_with_many_threads(void)
{
    pthread_t threads[N_THREADS];
    CK_RV rvs[N_THREADS];

    toy_fork();
    for (size_t i = 0; i < N_THREADS; i++)
        CHILD_EXPECT(pthread_create(&threads[i], NULL, get_info, &rvs[i]) == 0);
    for (size_t i = 0; i < N_THREADS; i++)
        (void)pthread_join(threads[i], NULL);
    for (size_t i = 0; i < N_THREADS; i++)
        CHILD_EXPECT(rvs[i] == CKR_OK);
    /* Looked at once, by the one that was first. */
    CHILD_EXPECT(toy_count(TOY_SLOT(0), FUNCTION_C_GetTokenInfo) == 1);
    CHILD_EXPECT(signs());
}

Test(follow, of_many_threads_of_a_child_one_begins_and_all_are_served)
{
    for (int round = 0; round < 20; round++)
        cr_assert(child_run(begin_with_many_threads));
}

Test(follow, many_children_go_on_while_their_parent_does)
{
    pid_t children[N_CHILDREN];

    for (size_t i = 0; i < N_CHILDREN; i++)
        children[i] = child_fork(go_on);
    for (int i = 0; i < 20; i++)
        cr_assert(signs());
    for (size_t i = 0; i < N_CHILDREN; i++)
        cr_assert(child_is_content(children[i]));
}

static bool
hang(enum function function, CK_SLOT_ID slot, struct argument *arguments,
     CK_RV *rv)
{
    (void)slot;
    (void)arguments;
    (void)rv;
    if (function != FUNCTION_C_Sign)
        return false;
    (void)kill(getppid(), SIGUSR1);
    for (;;)
        (void)pause();
}

static void
hang_in_sign(void)
{
    toy_fork();
    toy_set_hook(hang);
    CHILD_EXPECT(signs());
}

Test(follow, a_child_killed_in_the_middle_of_a_call_hurts_nobody)
{
    sigset_t wanted;
    pid_t child;
    int status, number;

    sigemptyset(&wanted);
    sigaddset(&wanted, SIGUSR1);
    cr_assert_eq(pthread_sigmask(SIG_BLOCK, &wanted, NULL), 0);
    child = child_fork(hang_in_sign);
    cr_assert_eq(sigwait(&wanted, &number), 0);
    cr_assert_eq(kill(child, SIGKILL), 0);
    cr_assert_eq(waitpid(child, &status, 0), child);
    cr_assert(WIFSIGNALED(status));
    cr_assert(signs());
    cr_assert(child_run(go_on));
}
