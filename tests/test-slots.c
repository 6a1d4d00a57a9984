/* SPDX-License-Identifier: BSD-3-Clause */
/* The slot list while tokens come and go: what an application has been told
 * stays true until it asks anew (R6.3, R6.4). */
#include "tests/modules/record.h"
#include "tests/rig.h"

#include <criterion/criterion.h>

static struct rig rig;

/* Two tokens that no rule names, and a rule for one that never comes. Each
 * look is a new one. */
static void
setup(void)
{
    fixture_config(
        "modules = ( { name = \"weak\"; path = \"%s\"; } );\n"
        "tokens = ( { label = \"never\"; slot = %d; members = ( { module = "
        "\"weak\"; match = \"pkcs11:token=never\"; } ); } );\n"
        "slot_refresh = \"0s\";\n",
        fixture_test_module("fault"), RIG_WEAK);
    fixture_setenv("P11MUX_RECORD_TOKENS", "2");
    rig_load(&rig, fixture_test_module("record"));
}

static void
teardown(void)
{
    rig.list->C_Finalize(NULL);
}

TestSuite(slots, .init = setup, .fini = teardown, .timeout = 60);

static void
vanish(CK_SLOT_ID slot)
{
    cr_assert(rig.add(fixture_text("vanish %lu", slot)));
}

static void
come_back(CK_SLOT_ID slot)
{
    cr_assert(rig.add(fixture_text("return-token %lu", slot)));
}

/* Asks for the size, as most applications do first. */
static CK_ULONG
count_slots(CK_BBOOL present)
{
    CK_ULONG count = 77;

    cr_assert_eq(rig.list->C_GetSlotList(present, NULL, &count), CKR_OK);
    return count;
}

/* Makes p11mux look at its modules. */
static void
look(void)
{
    CK_SLOT_INFO info;

    cr_assert_eq(rig.list->C_GetSlotInfo(RIG_WEAK, &info), CKR_OK);
}

Test(slots, do_not_grow_between_the_two_calls)
{
    CK_SLOT_ID slots[4] = { 0, 0, 1234, 1234 };
    CK_ULONG count;

    vanish(RECORD_SLOT + 1);
    rig_start(&rig);
    count = count_slots(CK_FALSE);
    cr_assert_eq(count, 2);
    come_back(RECORD_SLOT + 1);
    look();
    cr_assert_eq(rig.list->C_GetSlotList(CK_FALSE, slots, &count), CKR_OK);
    cr_assert_eq(count, 2);
    cr_assert_eq(slots[2], 1234);
    cr_assert_eq(count_slots(CK_FALSE), 3);
}

Test(slots, do_not_shrink_between_the_two_calls)
{
    CK_SLOT_ID slots[4];
    CK_ULONG count;

    rig_start(&rig);
    count = count_slots(CK_TRUE);
    cr_assert_eq(count, 2);
    vanish(RECORD_SLOT);
    look();
    cr_assert_eq(rig.list->C_GetSlotList(CK_TRUE, slots, &count), CKR_OK);
    cr_assert_eq(count, 2);
    cr_assert_eq(count_slots(CK_TRUE), 1);
}

/* Those with tokens and all of them are two lists. */
Test(slots, are_frozen_apart)
{
    CK_SLOT_ID slots[4];
    CK_ULONG all, present;

    rig_start(&rig);
    all = count_slots(CK_FALSE);
    vanish(RECORD_SLOT);
    present = count_slots(CK_TRUE);
    cr_assert_eq(all, 3);
    cr_assert_eq(present, 1);
    cr_assert_eq(rig.list->C_GetSlotList(CK_FALSE, slots, &all), CKR_OK);
    cr_assert_eq(all, 3);
    cr_assert_eq(rig.list->C_GetSlotList(CK_TRUE, slots, &present), CKR_OK);
    cr_assert_eq(present, 1);
}

Test(slots, need_no_question_for_their_number)
{
    CK_SLOT_ID slots[4] = { 1234, 1234, 1234, 1234 };
    CK_ULONG count = 2;

    rig_start(&rig);
    cr_assert_eq(rig.list->C_GetSlotList(CK_FALSE, slots, &count),
                 CKR_BUFFER_TOO_SMALL);
    cr_assert_eq(count, 3);
    cr_assert_eq(slots[0], 1234);
    cr_assert_eq(rig.list->C_GetSlotList(CK_FALSE, slots, &count), CKR_OK);
    cr_assert_eq(count, 3);
    cr_assert_eq(slots[0], RIG_WEAK); /* in the order of the file */
    cr_assert_eq(slots[3], 1234);
}

Test(slots, are_listed_with_no_token_in_them)
{
    CK_SESSION_HANDLE session = 1234;
    CK_SLOT_INFO slot_info;
    CK_TOKEN_INFO token_info;
    CK_ULONG count = 0;

    rig_start(&rig);
    cr_assert_eq(rig.list->C_GetSlotInfo(RIG_WEAK, &slot_info), CKR_OK);
    cr_assert_eq(slot_info.flags, CKF_REMOVABLE_DEVICE);
    cr_assert_eq(rig.list->C_GetTokenInfo(RIG_WEAK, &token_info),
                 CKR_TOKEN_NOT_PRESENT);
    cr_assert_eq(rig.list->C_GetMechanismList(RIG_WEAK, NULL, &count),
                 CKR_TOKEN_NOT_PRESENT);
    cr_assert_eq(rig.list->C_OpenSession(RIG_WEAK, CKF_SERIAL_SESSION, NULL,
                                         NULL, &session),
                 CKR_TOKEN_NOT_PRESENT);
    cr_assert_eq(session, 1234);
    cr_assert_eq(rig.list->C_CloseAllSessions(RIG_WEAK), CKR_OK);
}

/* The one of the other token keeps its number too (DESIGN 2). */
Test(slots, have_their_numbers_for_ever)
{
    CK_SLOT_ID before[4], after[4], alone[4];
    CK_ULONG n_before = 4, n_after = 4, n_alone = 4;

    rig_start(&rig);
    cr_assert_eq(rig.list->C_GetSlotList(CK_TRUE, before, &n_before), CKR_OK);
    cr_assert_eq(n_before, 2);
    vanish(RECORD_SLOT);
    cr_assert_eq(count_slots(CK_TRUE), 1);
    cr_assert_eq(rig.list->C_GetSlotList(CK_TRUE, alone, &n_alone), CKR_OK);
    cr_assert_eq(alone[0], before[1]);
    come_back(RECORD_SLOT);
    cr_assert_eq(count_slots(CK_TRUE), 2);
    cr_assert_eq(rig.list->C_GetSlotList(CK_TRUE, after, &n_after), CKR_OK);
    cr_assert_arr_eq(before, after, 2 * sizeof(before[0]));
    /* In the next life, too. */
    cr_assert_eq(rig.list->C_Finalize(NULL), CKR_OK);
    rig_start(&rig);
    n_after = 4;
    cr_assert_eq(rig.list->C_GetSlotList(CK_TRUE, after, &n_after), CKR_OK);
    cr_assert_arr_eq(before, after, 2 * sizeof(before[0]));
    for (CK_ULONG i = 0; i < n_after; i++)
        cr_assert_leq(after[i], 0x7fffffff); /* R2.5 */
}

/* R6.17: the token is gone for its sessions, and for ever; for the next one it
 * is there when it comes back. */
/* While it is away; whatever it said last. */
static CK_RV
ask_until_it_is_back(CK_SESSION_HANDLE session)
{
    CK_SESSION_INFO info;
    CK_RV rv;

    do {
        look();
        rv = rig.list->C_GetSessionInfo(session, &info);
    } while (rv == CKR_DEVICE_REMOVED);
    return rv;
}

Test(slots, keep_their_sessions_while_their_token_is_away)
{
    CK_SESSION_HANDLE session, other;
    CK_SESSION_INFO info;
    CK_SLOT_ID slots[4];
    CK_ULONG count = 4;

    rig_start(&rig);
    cr_assert_eq(rig.list->C_GetSlotList(CK_TRUE, slots, &count), CKR_OK);
    session = rig_session(&rig, slots[0]);
    other = rig_session(&rig, slots[1]);
    vanish(RECORD_SLOT);
    look();
    cr_assert_eq(rig.list->C_GetSessionInfo(session, &info),
                 CKR_DEVICE_REMOVED);
    cr_assert_eq(rig.list->C_GetSessionInfo(other, &info), CKR_OK);
    come_back(RECORD_SLOT);
    cr_assert_eq(ask_until_it_is_back(session), CKR_OK);
    cr_assert_eq(rig.list->C_CloseSession(session), CKR_OK);
    session = rig_session(&rig, slots[0]);
    cr_assert_eq(rig.list->C_GetSessionInfo(session, &info), CKR_OK);
    cr_assert_eq(info.slotID, slots[0]);
}
