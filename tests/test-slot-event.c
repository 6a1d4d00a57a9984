/* SPDX-License-Identifier: BSD-3-Clause */
/* C_WaitForSlotEvent: tokens that come and go (R6.14 to R6.16). */
#include "router/process.h"
#include "router/slot-list.h"
#include "tests/router-fixture.h"

#include <criterion/criterion.h>
#include <pthread.h>
#include <sched.h>

static void
setup(void)
{
    struct config *config = router_config();

    router_config_token(config, "first", "A", NULL);
    router_config_token(config, "second", "B", NULL);
    router_config_token(config, "third", "C", NULL);
    toy_show(1, "B");
    router_clock_stop();
    router_start(config);
}

static void
finish(void)
{
    C_Finalize(NULL);
}

TestSuite(slot_event, .init = setup, .fini = finish, .timeout = 60);

/* The slot of an event, 0 when there is none. */
static CK_SLOT_ID
event(void)
{
    CK_SLOT_ID slot = 0;
    CK_RV rv;

    router_clock_move(2000);
    rv = C_WaitForSlotEvent(CKF_DONT_BLOCK, &slot, NULL);
    cr_assert_eq(rv, slot == 0 ? CKR_NO_EVENT : CKR_OK);
    return slot;
}

Test(slot_event, there_is_none_where_nothing_happened)
{
    CK_SLOT_ID slot = 77;

    cr_assert_eq(C_WaitForSlotEvent(CKF_DONT_BLOCK, &slot, NULL), CKR_NO_EVENT);
    cr_assert_eq(slot, 77);
    cr_assert_eq(event(), 0, "what was there at the beginning is no event");
}

Test(slot_event, a_token_that_comes_or_goes_is_told_once)
{
    toys[0].has_token = false;
    cr_assert_eq(event(), 1);
    cr_assert_eq(event(), 0);
    toys[0].has_token = true;
    cr_assert_eq(event(), 1);
    cr_assert_eq(event(), 0);
    toy_show(2, "C");
    cr_assert_eq(event(), 3);
    cr_assert_eq(event(), 0);
}

Test(slot_event, several_are_told_one_by_one)
{
    toys[0].has_token = false;
    toys[1].has_token = false;
    toy_show(2, "C");
    cr_assert_eq(event(), 1);
    cr_assert_eq(event(), 2);
    cr_assert_eq(event(), 3);
    cr_assert_eq(event(), 0);
}

Test(slot_event, one_that_came_and_went_is_told_once)
{
    CK_ULONG count;

    toys[0].has_token = false;
    router_clock_move(2000);
    cr_assert_eq(C_GetSlotList(CK_TRUE, NULL, &count), CKR_OK);
    toys[0].has_token = true;
    cr_assert_eq(event(), 1);
    cr_assert_eq(event(), 0);
}

Test(slot_event, a_new_slot_is_told)
{
    toy_show(5, "new");
    cr_assert_geq(event(), 0x10000);
    cr_assert_eq(event(), 0);
}

Test(slot_event, none_is_told_of_a_module_without_events)
{
    struct config *config;

    C_Finalize(NULL);
    config = router_config();
    router_profile.settings.slot_events = SLOT_EVENTS_OFF;
    router_config_token(config, "first", "A", NULL);
    router_start(config);
    toys[0].has_token = false;
    cr_assert_eq(event(), 0);
    cr_assert_not(token_is_present(router_token(1)));
}

Test(slot_event, c_initialize_begins_without_any)
{
    toys[0].has_token = false;
    router_clock_move(2000);
    slot_list_refresh(instance_get()->slots);
    C_Finalize(NULL);
    setup();
    cr_assert_eq(event(), 0);
}

Test(slot_event, bad_arguments_are_refused)
{
    CK_SLOT_ID slot;
    CK_BYTE reserved;

    cr_assert_eq(C_WaitForSlotEvent(CKF_DONT_BLOCK, NULL, NULL),
                 CKR_ARGUMENTS_BAD);
    cr_assert_eq(C_WaitForSlotEvent(CKF_DONT_BLOCK, &slot, &reserved),
                 CKR_ARGUMENTS_BAD);
}

/* -- Waiting -------------------------------------------------------------- */

struct waiter {
    pthread_t thread;
    CK_SLOT_ID slot;
    CK_RV rv;
    _Atomic(bool) has_ended;
};

static void *
wait_for_event(void *argument)
{
    struct waiter *waiter = argument;

    waiter->rv = C_WaitForSlotEvent(0, &waiter->slot, NULL);
    atomic_store(&waiter->has_ended, true);
    return NULL;
}

/* Starts one and lets it look at the modules, if another's look does not come
 * between; then the clock stands still, and it waits. */
static void
start_waiter(struct waiter *waiter)
{
    unsigned long before = toy_count(TOY_SLOT(1), FUNCTION_C_GetTokenInfo);

    waiter->rv = CKR_VENDOR_DEFINED;
    atomic_store(&waiter->has_ended, false);
    pthread_create(&waiter->thread, NULL, wait_for_event, waiter);
    while (toy_count(TOY_SLOT(1), FUNCTION_C_GetTokenInfo) == before) {
        router_clock_move(2000);
        sched_yield();
    }
}

/* Lets time pass until it has seen something. */
static void
finish_waiter(struct waiter *waiter)
{
    while (!atomic_load(&waiter->has_ended)) {
        router_clock_move(2000);
        sched_yield();
    }
    pthread_join(waiter->thread, NULL);
}

Test(slot_event, who_waits_looks_and_is_woken_by_what_he_sees)
{
    struct waiter waiter;

    start_waiter(&waiter);
    toys[1].has_token = false;
    finish_waiter(&waiter);
    cr_assert_eq(waiter.rv, CKR_OK);
    cr_assert_eq(waiter.slot, 2);
    cr_assert_eq(event(), 0);
}

Test(slot_event, who_waits_is_woken_by_what_another_thread_sees)
{
    struct waiter waiter;

    start_waiter(&waiter);
    toys[0].has_token = false;
    /* Its own look may be on its way still. The clock stands. */
    while (!atomic_load(&waiter.has_ended))
        cr_assert(
            slot_list_scan(instance_get()->slots, deadline_never(), NULL));
    pthread_join(waiter.thread, NULL);
    cr_assert_eq(waiter.rv, CKR_OK);
    cr_assert_eq(waiter.slot, 1);
}

Test(slot_event, a_pending_one_is_given_at_once)
{
    CK_SLOT_ID slot;

    toys[0].has_token = false;
    router_clock_move(2000);
    cr_assert_eq(C_WaitForSlotEvent(0, &slot, NULL), CKR_OK);
    cr_assert_eq(slot, 1);
}

Test(slot_event, c_finalize_wakes_all_who_wait)
{
    struct waiter waiters[3];

    for (size_t i = 0; i < 3; i++)
        start_waiter(&waiters[i]);
    cr_assert(process_has_visitors());
    cr_assert_eq(C_Finalize(NULL), CKR_OK);
    for (size_t i = 0; i < 3; i++) {
        pthread_join(waiters[i].thread, NULL);
        cr_assert_eq(waiters[i].rv, CKR_CRYPTOKI_NOT_INITIALIZED);
    }
    cr_assert_not(process_has_visitors());
    setup();
}

Test(slot_event, waiting_keeps_no_other_call_out)
{
    struct waiter waiter;
    CK_ULONG count;

    start_waiter(&waiter);
    cr_assert_eq(C_GetSlotList(CK_TRUE, NULL, &count), CKR_OK);
    (void)router_session(1);
    toys[1].has_token = false;
    finish_waiter(&waiter);
}
