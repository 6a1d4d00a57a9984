/* SPDX-License-Identifier: BSD-3-Clause */
/* Rules that are not clear, and modules that are slow or fail (R6.2, R6.6). */
#include "router/slot-list.h"
#include "tests/router-fixture.h"

#include <criterion/criterion.h>
#include <pthread.h>
#include <sched.h>
#include <string.h>

static struct config *config;
static struct error error;

static void
setup(void)
{
    config = router_config();
    router_config_token(config, "first", "A", NULL);
    router_config_token(config, "second", "B", NULL);
    toy_show(TOY_SECOND, "B");
    router_clock_stop();
}

static void
finish(void)
{
    toy_release();
    C_Finalize(NULL);
}

TestSuite(slot_trouble, .init = setup, .fini = finish, .timeout = 60);

static bool
is_there(CK_SLOT_ID slot)
{
    return token_is_present(router_token(slot));
}

/* Asks for the slots so late that the modules are looked at again. */
static void
look_again(void)
{
    CK_ULONG count;

    router_clock_move(2000);
    cr_assert_eq(C_GetSlotList(CK_TRUE, NULL, &count), CKR_OK);
}

/* Looks until it is so: what a module that is not held shows comes with one
 * of the next looks, if not with this one. */
static void
look_until(CK_SLOT_ID slot, bool is_wanted)
{
    while (is_there(slot) != is_wanted) {
        look_again();
        sched_yield();
    }
}

static const char *
trouble_of(CK_SLOT_ID slot)
{
    static char text[ERROR_TEXT_LENGTH];

    slot_list_trouble(instance_get()->slots, router_token(slot), text);
    return text;
}

/* -- Rules ---------------------------------------------------------------- */

Test(slot_trouble, a_rule_that_fits_two_tokens_stops_c_initialize)
{
    toy_show(3, "A");
    cr_assert_eq(router_try_start(config, true, &error), CKR_GENERAL_ERROR);
    cr_assert_not_null(strstr(error.text, "token \"first\": match "
                                          "\"pkcs11:token=A\" fits two tokens"),
                       "%s", error.text);
    cr_assert_not_null(strstr(error.text, "slot-id 500"));
    cr_assert_not_null(strstr(error.text, "slot-id 503"));
    cr_assert_null(instance_get(), "nothing is left half open");
    /* And it can be tried again. */
    setup();
    router_start(config);
}

Test(slot_trouble, two_rules_that_fit_one_token_stop_c_initialize)
{
    router_config_token(config, "third", "A", NULL);
    cr_assert_eq(router_try_start(config, true, &error), CKR_GENERAL_ERROR);
    cr_assert_not_null(strstr(error.text, "tokens \"first\" and \"third\""),
                       "%s", error.text);
}

Test(slot_trouble, while_running_it_takes_that_token_down_and_no_other)
{
    CK_SESSION_HANDLE session;

    router_start(config);
    cr_assert_str_eq(trouble_of(1), "");
    toy_show(3, "A");
    look_again();
    cr_assert_not(is_there(1));
    cr_assert(is_there(2));
    cr_assert_not_null(strstr(trouble_of(1), "fits two tokens"));
    cr_assert_str_eq(trouble_of(2), "");
    cr_assert_eq(C_OpenSession(1, CKF_SERIAL_SESSION, NULL, NULL, &session),
                 CKR_TOKEN_NOT_PRESENT);
    toys[3].has_token = false;
    look_again();
    cr_assert(is_there(1));
    cr_assert_str_eq(trouble_of(1), "");
}

/* -- Modules that fail ---------------------------------------------------- */

Test(slot_trouble, a_module_that_fails_takes_its_own_tokens_away)
{
    router_start(config);
    toy_fail(TOY_SLOT(TOY_SECOND), FUNCTION_C_GetSlotList, CKR_DEVICE_ERROR, 1);
    toy_fail(TOY_SLOT(TOY_SECOND), FUNCTION_C_GetSlotInfo, CKR_DEVICE_ERROR, 1);
    look_again();
    cr_assert(is_there(1));
    cr_assert_not(is_there(2));
    look_again();
    cr_assert(is_there(2));
}

/* Some do while one of their devices does not answer. */
Test(slot_trouble, a_module_that_lists_no_slot_keeps_those_that_answer)
{
    toy_show(TOY_SECOND + 1, "C");
    router_start(config);
    toys[TOY_SECOND + 1].has_token = false;
    toy_fail(TOY_SLOT(TOY_SECOND), FUNCTION_C_GetSlotList, CKR_DEVICE_ERROR, 2);
    look_again();
    cr_assert(is_there(2));
    look_again();
    cr_assert(is_there(2));
}

Test(slot_trouble, a_slot_that_fails_takes_its_own_token_away)
{
    CK_ULONG count;

    toy_show(1, "C");
    router_start(config);
    cr_assert_eq(C_GetSlotList(CK_TRUE, NULL, &count), CKR_OK);
    cr_assert_eq(count, 3);
    toy_fail(TOY_SLOT(0), FUNCTION_C_GetTokenInfo, CKR_DEVICE_ERROR, 1);
    look_again();
    cr_assert_not(is_there(1));
    cr_assert_eq(C_GetSlotList(CK_TRUE, NULL, &count), CKR_OK);
    cr_assert_eq(count, 2);
}

static bool
grow(enum function function, CK_SLOT_ID slot, struct argument *arguments,
     CK_RV *rv)
{
    static bool has_grown;

    (void)arguments;
    if (function != FUNCTION_C_GetSlotList || slot != TOY_SLOT(0) ||
        toy_count(slot, function) != 2 || has_grown)
        return false;
    has_grown = true;
    toy_show(4, "grown");
    *rv = CKR_BUFFER_TOO_SMALL;
    return true;
}

Test(slot_trouble, a_list_that_grows_while_it_is_read_is_read_again)
{
    CK_ULONG count;

    toy_forget_calls();
    toy_set_hook(grow);
    router_start(config);
    cr_assert_eq(C_GetSlotList(CK_TRUE, NULL, &count), CKR_OK);
    cr_assert_eq(count, 3);
}

/* -- Modules that are late ------------------------------------------------ */

static void *
start(void *unused)
{
    router_start(config);
    return unused;
}

/* Starts while the second module does not answer, for as long as is waited
 * for it. */
static void
start_with_late_module(void)
{
    pthread_t thread;

    toy_hold(TOY_SLOT(TOY_SECOND), FUNCTION_C_GetSlotList);
    pthread_create(&thread, NULL, start, NULL);
    toy_wait_for_held();
    cr_assert_null(instance_get(), "it is waited for");
    router_clock_move(config->start_timeout_ms);
    pthread_join(thread, NULL);
}

Test(slot_trouble, a_late_module_is_waited_for_once)
{
    unsigned long n_looks;

    start_with_late_module();
    look_until(1, true);
    cr_assert_not(is_there(2));
    n_looks = toy_count(TOY_SLOT(TOY_SECOND), FUNCTION_C_GetSlotList);
    /* The clock stands still: waiting again would never end. */
    for (int i = 0; i < 5; i++)
        look_again();
    cr_assert_eq(toy_count(TOY_SLOT(TOY_SECOND), FUNCTION_C_GetSlotList),
                 n_looks, "nor is it asked again while it is inside");
    cr_assert(is_there(1));
}

Test(slot_trouble, a_late_modules_tokens_come_when_it_answers)
{
    start_with_late_module();
    toy_release();
    look_until(2, true);
    cr_assert_eq(C_CloseSession(router_session(2)), CKR_OK);
}

Test(slot_trouble, a_module_that_becomes_late_keeps_its_tokens_as_they_were)
{
    pthread_t thread;
    CK_SESSION_HANDLE session;

    router_start(config);
    session = router_session(2);
    toys[TOY_SECOND].has_token = false;
    toy_hold(TOY_SLOT(TOY_SECOND), FUNCTION_C_GetSlotList);
    pthread_create(&thread, NULL, (void *(*)(void *))(void (*)(void))look_again,
                   NULL);
    toy_wait_for_held();
    router_clock_move(2000);
    pthread_join(thread, NULL);
    cr_assert(is_there(2));
    toys[0].has_token = false;
    look_until(1, false); /* others are looked at all the same */
    cr_assert(is_there(2));
    cr_assert_eq(C_CloseSession(session), CKR_OK);
}

/* Nobody ends a module that somebody looks at, and nobody looks at one that
 * is being ended. */
Test(slot_trouble, a_late_look_keeps_its_module_from_being_ended)
{
    const struct slot_list *slots;
    const struct backend *backend;
    unsigned long n_looks;

    start_with_late_module();
    slots = instance_get()->slots;
    backend = backend_set_get(instance_get()->backends, 1);
    cr_assert_not(slot_list_hold(slots, backend));
    toy_release();
    look_until(2, true);
    while (!slot_list_hold(slots, backend))
        sched_yield();
    n_looks = toy_count(TOY_SLOT(TOY_SECOND), FUNCTION_C_GetSlotList);
    look_again();
    cr_assert_eq(toy_count(TOY_SLOT(TOY_SECOND), FUNCTION_C_GetSlotList),
                 n_looks);
    slot_list_let_go(slots, backend);
    look_again();
    cr_assert_gt(toy_count(TOY_SLOT(TOY_SECOND), FUNCTION_C_GetSlotList),
                 n_looks);
}

/* -- Where threads are forbidden ------------------------------------------ */

static pthread_t looker;
static bool was_other;

static bool
note_thread(enum function function, CK_SLOT_ID slot, struct argument *arguments,
            CK_RV *rv)
{
    (void)slot;
    (void)arguments;
    (void)rv;
    if (function == FUNCTION_C_GetSlotList &&
        !pthread_equal(pthread_self(), looker))
        was_other = true;
    return false;
}

Test(slot_trouble, without_threads_the_caller_looks_itself)
{
    looker = pthread_self();
    toy_set_hook(note_thread);
    cr_assert_eq(router_try_start(config, false, &error), CKR_OK);
    look_again();
    cr_assert_not(was_other);
    cr_assert(is_there(1) && is_there(2));
    C_Finalize(NULL);
    setup();
    toy_set_hook(note_thread);
    router_start(config);
    cr_assert(was_other, "else this test proves nothing");
}
