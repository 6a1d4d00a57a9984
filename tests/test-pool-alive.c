/* SPDX-License-Identifier: BSD-3-Clause */
/* Backend sessions of a device that forgets what it is not asked about for
 * half a minute, as YubiHSMs do: with `keepalive` it never does. */
#include "tests/pool-fixture.h"
#include "tests/toy-inside.h"

#include <criterion/criterion.h>
#include <pthread.h>
#include <sched.h>
#include <stdatomic.h>
#include <time.h>

enum { SECOND = 1000, MINUTE = 60 * SECOND, FORGETS = 30 * SECOND };
enum { DEVICE_SESSIONS = 64, PATIENCE = 20 };

static CK_SESSION_HANDLE first, second;
static CK_OBJECT_HANDLE key;

/* -- The device --------------------------------------------------------------
 */

static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;
static struct {
    CK_SESSION_HANDLE handle; /* 0: none */
    uint64_t used;
} known[DEVICE_SESSIONS];
static _Atomic(unsigned) n_forgotten;
static _Atomic(CK_SESSION_HANDLE) dead; /* 0: none */

static size_t
find(CK_SESSION_HANDLE handle)
{
    size_t i = 0;

    while (i < DEVICE_SESSIONS && known[i].handle != handle)
        i++;
    return i;
}

/* Whether it is known still; it is used now. */
static bool
use(CK_SESSION_HANDLE handle, bool is_over)
{
    uint64_t now = clock_now();
    bool is_known;
    size_t i;

    pthread_mutex_lock(&lock);
    i = find(handle);
    if (i == DEVICE_SESSIONS) {
        i = find(0);
        known[i].handle = handle;
        known[i].used = now;
    }
    is_known = handle != atomic_load(&dead) &&
               now - known[i].used <= FORGETS * UINT64_C(1000000);
    if (is_known)
        known[i].used = now;
    if (is_over)
        known[i].handle = 0;
    pthread_mutex_unlock(&lock);
    return is_known;
}

static bool
forget(enum function function, CK_SLOT_ID slot, struct argument *arguments,
       CK_RV *rv)
{
    bool is_over = function == FUNCTION_C_CloseSession;

    (void)slot;
    if (arguments == NULL || function == FUNCTION_C_OpenSession ||
        arguments[0].kind != ARGUMENT_SESSION ||
        use(arguments[0].number, is_over) || is_over)
        return false;
    (void)toy_close_session(arguments[0].number);
    atomic_fetch_add(&n_forgotten, 1);
    *rv = CKR_SESSION_HANDLE_INVALID;
    return true;
}

/* -- The application ---------------------------------------------------------
 */

static void
start(enum config_pool_mode mode, uint64_t keepalive, bool may_create_threads)
{
    struct config_pool settings = pool_settings(4);
    struct error error = { .rv = CKR_OK };
    struct config *config;

    settings.mode = mode;
    settings.check_after_ms = 0;
    config = pool_config(&settings);
    router_profile.settings.keepalive_ms = keepalive;
    pool_clock_begin();
    pool_add_keys(2);
    toy_set_hook(forget);
    if (router_try_start(config, may_create_threads, &error) != CKR_OK)
        fixture_fail("%s", error.text);
    first = pool_session(CKF_RW_SESSION);
    second = pool_session(CKF_RW_SESSION);
    key = pool_find_key(first, 1);
    if (C_Login(first, CKU_USER, NULL, 0) != CKR_OK)
        fixture_fail("no login");
}

TestSuite(pool_alive, .fini = pool_finish, .timeout = 30);

static void
sign(CK_SESSION_HANDLE session)
{
    CK_RV rv;

    cr_assert(pool_signs(session, key, 1, "text", &rv), "0x%lx", rv);
}

/* Time passes in which sessions are opened and not used: where threads are
 * forbidden that is when somebody looks. */
static void
idle(uint64_t milliseconds)
{
    for (uint64_t passed = 0; passed < milliseconds; passed += SECOND) {
        pool_clock_move(SECOND);
        cr_assert_eq(C_CloseSession(pool_session(0)), CKR_OK);
    }
}

Test(pool_alive, the_device_forgets_what_is_not_kept_alive)
{
    start(POOL_OPERATION, NO_TIME, false);
    sign(first);
    idle(MINUTE);
    sign(first);
    cr_assert_gt(atomic_load(&n_forgotten), 0, "or the others prove nothing");
}

Test(pool_alive, it_forgets_none_that_is)
{
    unsigned long n_open;

    start(POOL_OPERATION, 15 * SECOND, false);
    cr_assert_eq(router_sign_init(second, key), CKR_OK);
    sign(first);
    n_open = toy_count(TOY_ANY, FUNCTION_C_OpenSession);
    idle(4 * MINUTE);
    cr_assert_eq(toy_count_sessions(0), 3, "the keeper, one idle, one bound");
    sign(first);
    cr_assert_eq(atomic_load(&n_forgotten), 0);
    cr_assert_eq(toy_count(TOY_ANY, FUNCTION_C_OpenSession), n_open);
    cr_assert_eq(toys[0].user, CKU_USER);
}

Test(pool_alive, nor_one_that_a_session_keeps)
{
    start(POOL_SESSION, 15 * SECOND, false);
    sign(first);
    sign(second);
    idle(10 * MINUTE);
    sign(first);
    sign(second);
    cr_assert_eq(atomic_load(&n_forgotten), 0);
}

Test(pool_alive, nor_the_applications_own)
{
    start(POOL_NONE, 15 * SECOND, false);
    sign(first);
    sign(second);
    idle(10 * MINUTE);
    sign(first);
    sign(second);
    cr_assert_eq(atomic_load(&n_forgotten), 0);
}

Test(pool_alive, one_that_is_dead_all_the_same_is_replaced)
{
    CK_SESSION_HANDLE its;

    start(POOL_OPERATION, 15 * SECOND, false);
    sign(first);
    its = pool_used(FUNCTION_C_Sign);
    atomic_store(&dead, its);
    idle(20 * SECOND);
    cr_assert_eq(toy_count_sessions(0), 1, "the keeper");
    cr_assert_geq(atomic_load(&n_forgotten), 1);
    sign(first);
    cr_assert_neq(pool_used(FUNCTION_C_Sign), its);
    cr_assert_eq(toys[0].user, CKU_USER);
    cr_assert_eq(toy_count_sessions(0), 2, "%zu are open",
                 toy_count_sessions(0));
}

/* It may not stand two calls at a time in one session (R3.34). */
static void *
get_random_there(void *unused)
{
    CK_BYTE byte;

    (void)C_GenerateRandom(first, &byte, 1);
    return unused;
}

Test(pool_alive, one_that_a_call_is_inside_is_left_alone)
{
    CK_SESSION_HANDLE its;
    pthread_t thread;

    start(POOL_NONE, 15 * SECOND, false);
    toy_hold(TOY_ANY, FUNCTION_C_GenerateRandom);
    cr_assert_eq(pthread_create(&thread, NULL, get_random_there, NULL), 0);
    toy_wait_for_held();
    its = pool_used(FUNCTION_C_GenerateRandom);
    toy_forget_calls();
    for (int i = 0; i < 60; i++) {
        idle(SECOND);
        cr_assert_neq(pool_used(FUNCTION_C_GetSessionInfo), its);
    }
    toy_release();
    cr_assert_eq(pthread_join(thread, NULL), 0);
    idle(MINUTE);
    cr_assert_gt(toy_count(TOY_ANY, FUNCTION_C_GetSessionInfo), 0);
}

/* The clock runs faster than any device forgets. */
static void
touches_in_a_thread(enum config_pool_mode mode)
{
    time_t since = time(NULL);

    start(mode, 15 * SECOND, true);
    toy_set_hook(NULL);
    sign(first);
    toy_forget_calls();
    while (toy_count(TOY_ANY, FUNCTION_C_GetSessionInfo) < 20 &&
           time(NULL) - since < PATIENCE) {
        pool_clock_move(SECOND / 10);
        sched_yield();
    }
    cr_assert_geq(toy_count(TOY_ANY, FUNCTION_C_GetSessionInfo), 20);
    sign(first);
}

Test(pool_alive, nobody_has_to_do_anything_for_it)
{
    touches_in_a_thread(POOL_OPERATION);
}

Test(pool_alive, nobody_has_to_in_mode_none_either)
{
    touches_in_a_thread(POOL_NONE);
}
