/* SPDX-License-Identifier: BSD-3-Clause */
/* Threads that are cancelled inside a module, and modules that are called by
 * one thread at a time. */
#include "audit/event.h"
#include "router/process.h"
#include "tests/router-fixture.h"

#include <criterion/criterion.h>
#include <pthread.h>
#include <sched.h>
#include <string.h>

static CK_SESSION_HANDLE session;
static CK_OBJECT_HANDLE key;

static void
setup(void)
{
    router_start_one();
    toy_add_key(0, CKO_PRIVATE_KEY, 7);
    session = router_session(1);
    key = router_find_key(session, CKO_PRIVATE_KEY, 7);
    toy_forget_calls();
}

static void
finish(void)
{
    toy_release();
    C_Finalize(NULL);
}

TestSuite(cancelled, .init = setup, .fini = finish, .timeout = 60);

/* Fails unless the session is as good as before. */
static void
check_usable(void)
{
    struct toy_result result;

    cr_assert_eq(router_sign_init(session, key), CKR_OK);
    cr_assert_eq(router_sign(session, "data", &result), CKR_OK);
    cr_assert_eq(result.number, 7);
    cr_assert_not(session_any_is_busy());
    cr_assert_not(process_has_visitors());
}

static void *
get_random(void *unused)
{
    CK_BYTE byte;

    (void)C_GenerateRandom(session, &byte, 1);
    return unused;
}

static void *
open_session_there(void *unused)
{
    CK_SESSION_HANDLE opened;

    (void)C_OpenSession(1, CKF_SERIAL_SESSION, NULL, NULL, &opened);
    return unused;
}

static void *
get_token_info(void *unused)
{
    CK_TOKEN_INFO info;

    (void)C_GetTokenInfo(1, &info);
    return unused;
}

/* Cancels a thread that waits inside the module. */
static void
cancel(void *(*run)(void *), enum function function)
{
    pthread_t thread;
    void *result;

    toy_hold(TOY_ANY, function);
    cr_assert_eq(pthread_create(&thread, NULL, run, NULL), 0);
    toy_wait_for_held();
    cr_assert_eq(pthread_cancel(thread), 0);
    pthread_join(thread, &result);
    cr_assert_eq(result, PTHREAD_CANCELED);
    toy_release();
}

/* -- What the log has of them ---------------------------------------------- */

static struct audit_event last;
static size_t n_events;

static bool
write_event(void *context, const struct audit_event *event)
{
    (void)context;
    last = *event;
    n_events++;
    return true;
}

static const struct audit_sink sink = { .write = write_event };

/* One record, of a failure of which nobody knows more. */
static void
check_recorded(enum audit_event_kind kind, const char *function)
{
    instance_set_sink(NULL);
    cr_assert_eq(n_events, 1, "%zu records", n_events);
    cr_assert_eq(last.kind, kind);
    cr_assert_str_eq(last.function, function);
    cr_assert_eq(last.rv, CKR_FUNCTION_CANCELED);
    cr_assert_str_eq(last.detail, "\"abandoned\"");
}

Test(cancelled, a_call_that_never_came_back_is_recorded)
{
    instance_set_sink(&sink);
    cancel(get_random, FUNCTION_C_GenerateRandom);
    check_recorded(AUDIT_RANDOM, "C_GenerateRandom");
}

static void *
sign_there(void *unused)
{
    struct toy_result result;

    (void)router_sign(session, "data", &result);
    return unused;
}

Test(cancelled, an_operation_that_ended_with_its_thread_is_recorded)
{
    cr_assert_eq(C_CloseSession(session), CKR_OK);
    router_rotate(1);
    session = router_session(1);
    key = router_find_key(session, CKO_PRIVATE_KEY, 7);
    cr_assert_eq(router_sign_init(session, key), CKR_OK);
    instance_set_sink(&sink);
    cancel(sign_there, FUNCTION_C_Sign);
    cr_assert_eq(last.key, key);
    check_recorded(AUDIT_SIGN, "C_SignInit");
}

Test(cancelled, a_cancelled_thread_leaves_its_session_usable)
{
    cancel(get_random, FUNCTION_C_GenerateRandom);
    check_usable();
    cr_assert_eq(C_CloseSession(session), CKR_OK);
    cr_assert_eq(toy_count_sessions(0), 0);
}

Test(cancelled, a_lent_backend_session_is_closed)
{
    cr_assert_eq(C_CloseSession(session), CKR_OK);
    router_rotate(1);
    session = router_session(1);
    key = router_find_key(session, CKO_PRIVATE_KEY, 7);
    cancel(get_random, FUNCTION_C_GenerateRandom);
    check_usable();
    cr_assert_eq(C_CloseAllSessions(1), CKR_OK);
    cr_assert_eq(toy_count_sessions(0), 0);
}

Test(cancelled,
     a_session_that_is_closed_meanwhile_is_freed_by_the_cancelled_thread)
{
    pthread_t thread;

    toy_hold(TOY_ANY, FUNCTION_C_GenerateRandom);
    cr_assert_eq(pthread_create(&thread, NULL, get_random, NULL), 0);
    toy_wait_for_held();
    cr_assert_eq(C_CloseSession(session), CKR_OK);
    cr_assert_eq(pthread_cancel(thread), 0);
    pthread_join(thread, NULL);
    toy_release();
    cr_assert_eq(toy_count_sessions(0), 0);
    cr_assert_eq(token_sessions(router_token(1)).all, 0);
    cr_assert_not(session_any_is_busy());
}

Test(cancelled, a_thread_cancelled_while_it_opens_a_session_leaves_none_busy)
{
    cancel(open_session_there, FUNCTION_C_OpenSession);
    check_usable();
    cr_assert_eq(C_CloseAllSessions(1), CKR_OK);
    cr_assert_eq(token_sessions(router_token(1)).all, 0);
    cr_assert_eq(toy_count_sessions(0), 0);
}

Test(cancelled, a_cancelled_visitor_has_left)
{
    cancel(get_token_info, FUNCTION_C_GetTokenInfo);
    check_usable();
}

/* -- Modules that are called by one thread at a time ---------------------- */

static void
setup_serialised(void)
{
    struct config *config = router_config();

    router_profile.settings.serialise = SERIALISE_BACKEND;
    router_config_token(config, "one", "A", NULL);
    router_start(config);
    toy_add_key(0, CKO_PRIVATE_KEY, 7);
    session = router_session(1);
    key = router_find_key(session, CKO_PRIVATE_KEY, 7);
}

TestSuite(serialised, .init = setup_serialised, .fini = finish, .timeout = 60);

static atomic_int n_inside, most_inside;

static bool
count_inside(enum function function, CK_SLOT_ID slot,
             struct argument *arguments, CK_RV *rv)
{
    int n;

    (void)slot;
    if (function != FUNCTION_C_GenerateRandom)
        return false;
    n = atomic_fetch_add(&n_inside, 1) + 1;
    if (n > atomic_load(&most_inside))
        atomic_store(&most_inside, n);
    for (int i = 0; i < 100; i++)
        sched_yield();
    memset(arguments[1].pointer, 0, arguments[1].number);
    atomic_fetch_sub(&n_inside, 1);
    *rv = CKR_OK;
    return true;
}

static void *
get_randoms(void *unused)
{
    CK_SESSION_HANDLE its = router_session(1);
    CK_BYTE byte;

    for (int i = 0; i < 20; i++)
        (void)C_GenerateRandom(its, &byte, 1);
    return unused;
}

Test(serialised, one_thread_at_a_time_is_inside)
{
    pthread_t threads[4];

    toy_set_hook(count_inside);
    for (size_t i = 0; i < 4; i++)
        pthread_create(&threads[i], NULL, get_randoms, NULL);
    for (size_t i = 0; i < 4; i++)
        pthread_join(threads[i], NULL);
    cr_assert_eq(most_inside, 1);
}

/* A thread that waits inside is not cancelled before it comes out. */
static void
check_cancel_is_put_off(void *(*run)(void *), enum function function)
{
    pthread_t thread;

    toy_hold(TOY_ANY, function);
    cr_assert_eq(pthread_create(&thread, NULL, run, NULL), 0);
    toy_wait_for_held();
    cr_assert_eq(pthread_cancel(thread), 0);
    toy_release();
    pthread_join(thread, NULL);
    check_usable();
}

Test(serialised, a_cancelled_thread_does_not_keep_the_others_out)
{
    check_cancel_is_put_off(get_random, FUNCTION_C_GenerateRandom);
    check_cancel_is_put_off(open_session_there, FUNCTION_C_OpenSession);
    check_cancel_is_put_off(get_token_info, FUNCTION_C_GetTokenInfo);
}
