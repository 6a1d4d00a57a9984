/* SPDX-License-Identifier: BSD-3-Clause */
/* C_WaitForSlotEvent: tokens that come and go (R6.14 to R6.16). */
#include "tests/modules/record.h"
#include "tests/rig.h"

#include <criterion/criterion.h>
#include <sched.h>

static struct rig rig;

/* Two tokens in the slots 1 and 2; each look is a new one. */
static void
setup_with(const char *extra)
{
    fixture_config(
        "modules = ( { name = \"weak\"; path = \"%s\"; %s } );\n"
        "tokens = ( { label = \"one\"; members = ( { module = \"weak\"; match "
        "= \"pkcs11:token=record-1\"; } ); },\n"
        "           { label = \"two\"; members = ( { module = \"weak\"; match "
        "= \"pkcs11:token=record-2\"; } ); } );\n"
        "slot_refresh = \"1ms\";\n",
        fixture_test_module("fault"), extra);
    fixture_setenv("P11MUX_RECORD_TOKENS", "2");
    rig_load(&rig, fixture_test_module("record"));
}

TestSuite(events, .timeout = 60);

/* The slot of the next event; 0: there is none. */
static CK_SLOT_ID
next_event(void)
{
    CK_SLOT_ID slot = 0;
    CK_RV rv = rig.list->C_WaitForSlotEvent(CKF_DONT_BLOCK, &slot, NULL);

    cr_assert(rv == CKR_OK || rv == CKR_NO_EVENT, "0x%lx", rv);
    cr_assert_eq(rv == CKR_OK, slot != 0);
    return slot;
}

/* The same, when p11mux has looked again since. */
static CK_SLOT_ID
event_after_look(void)
{
    unsigned long looked = rig.count("C_GetSlotList");
    CK_SLOT_ID slot;

    while ((slot = next_event()) == 0 &&
           rig.count("C_GetSlotList") < looked + 4)
        sched_yield();
    return slot;
}

static void
change(const char *what, CK_SLOT_ID slot)
{
    cr_assert(rig.add(fixture_text("%s %lu", what, slot)));
}

Test(events, tell_once_of_each_token_that_goes_or_comes)
{
    setup_with("");
    rig_start(&rig);
    cr_assert_eq(event_after_look(), 0);
    change("vanish", RECORD_SLOT + 1);
    cr_assert_eq(event_after_look(), 2);
    cr_assert_eq(event_after_look(), 0);
    change("return-token", RECORD_SLOT + 1);
    cr_assert_eq(event_after_look(), 2);
    cr_assert_eq(event_after_look(), 0);
    cr_assert_eq(rig.list->C_Finalize(NULL), CKR_OK);
}

/* One is told, the others stay (R6.15). */
Test(events, wait_for_each_other)
{
    CK_SLOT_ID first, second;

    setup_with("");
    rig_start(&rig);
    change("vanish", RECORD_SLOT);
    change("vanish", RECORD_SLOT + 1);
    first = event_after_look();
    second = event_after_look();
    cr_assert_eq(first + second, 3);
    cr_assert_neq(first, second);
    cr_assert_eq(event_after_look(), 0);
    cr_assert_eq(rig.list->C_Finalize(NULL), CKR_OK);
}

Test(events, do_not_live_longer_than_their_p11mux)
{
    CK_ULONG count;

    setup_with("");
    rig_start(&rig);
    change("vanish", RECORD_SLOT);
    /* Seen, but not told. */
    do
        cr_assert_eq(rig.list->C_GetSlotList(CK_TRUE, NULL, &count), CKR_OK);
    while (count == 2);
    cr_assert_eq(rig.list->C_Finalize(NULL), CKR_OK);
    rig_start(&rig);
    cr_assert_eq(event_after_look(), 0);
    change("return-token", RECORD_SLOT);
    cr_assert_eq(event_after_look(), 1);
    cr_assert_eq(rig.list->C_Finalize(NULL), CKR_OK);
}

Test(events, of_a_module_can_be_turned_off)
{
    setup_with("slot_events = \"off\";");
    rig_start(&rig);
    change("vanish", RECORD_SLOT);
    cr_assert_eq(event_after_look(), 0);
    cr_assert_eq(rig.list->C_Finalize(NULL), CKR_OK);
}

/* -- Waiting -------------------------------------------------------------- */

struct waiter {
    pthread_t thread;
    CK_RV rv;
    CK_SLOT_ID slot;
};

static void *
thread_wait(void *argument)
{
    struct waiter *waiter = argument;

    waiter->rv = rig.list->C_WaitForSlotEvent(0, &waiter->slot, NULL);
    return NULL;
}

/* Begins to wait: p11mux looks again and again. */
static void
waiter_begin(struct waiter *waiter)
{
    unsigned long looked = rig.count("C_GetSlotList");

    *waiter = (struct waiter){ .rv = CKR_GENERAL_ERROR };
    cr_assert_eq(pthread_create(&waiter->thread, NULL, thread_wait, waiter), 0);
    while (rig.count("C_GetSlotList") < looked + 6)
        sched_yield();
}

static void
waiter_end(struct waiter *waiter)
{
    cr_assert_eq(pthread_join(waiter->thread, NULL), 0);
}

Test(events, end_the_waiting_for_them)
{
    struct waiter waiter;

    setup_with("");
    rig_start(&rig);
    waiter_begin(&waiter);
    change("vanish", RECORD_SLOT + 1);
    waiter_end(&waiter);
    cr_assert_eq(waiter.rv, CKR_OK);
    cr_assert_eq(waiter.slot, 2);
    cr_assert_eq(rig.list->C_Finalize(NULL), CKR_OK);
}

Test(events, are_waited_for_until_p11mux_ends)
{
    struct waiter waiters[3];

    setup_with("");
    rig_start(&rig);
    for (size_t i = 0; i < 3; i++)
        waiter_begin(&waiters[i]);
    cr_assert_eq(rig.list->C_Finalize(NULL), CKR_OK);
    for (size_t i = 0; i < 3; i++) {
        waiter_end(&waiters[i]);
        cr_assert_eq(waiters[i].rv, CKR_CRYPTOKI_NOT_INITIALIZED);
    }
    cr_assert_eq(rig.count("C_Finalize"), 1);
}

/* The thread that waits does the looking itself (R6.16). */
Test(events, need_no_thread_of_p11mux)
{
    CK_C_INITIALIZE_ARGS arguments = {
        .flags = CKF_OS_LOCKING_OK | CKF_LIBRARY_CANT_CREATE_OS_THREADS,
    };
    struct waiter waiter;

    setup_with("");
    cr_assert_eq(rig.list->C_Initialize(&arguments), CKR_OK);
    waiter_begin(&waiter);
    change("vanish", RECORD_SLOT);
    waiter_end(&waiter);
    cr_assert_eq(waiter.rv, CKR_OK);
    cr_assert_eq(waiter.slot, 1);
    waiter_begin(&waiter);
    cr_assert_eq(rig.list->C_Finalize(NULL), CKR_OK);
    waiter_end(&waiter);
    cr_assert_eq(waiter.rv, CKR_CRYPTOKI_NOT_INITIALIZED);
}

/* Others are not kept from working, nor from asking. */
Test(events, that_are_waited_for_hold_nobody_up)
{
    struct waiter waiter;
    CK_SESSION_HANDLE session;

    setup_with("");
    rig_start(&rig);
    waiter_begin(&waiter);
    session = rig_session(&rig, 1);
    cr_assert_eq(rig_call_now(&rig, session), CKR_OK);
    cr_assert_eq(next_event(), 0);
    cr_assert_eq(rig.list->C_CloseSession(session), CKR_OK);
    cr_assert_eq(rig.list->C_Finalize(NULL), CKR_OK);
    waiter_end(&waiter);
}
