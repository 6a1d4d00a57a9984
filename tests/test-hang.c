/* SPDX-License-Identifier: BSD-3-Clause */
/* While a call hangs inside one module everything else goes on: other
 * sessions, other tokens, closing, finalising. */
#include "tests/rig.h"

#include <criterion/criterion.h>

static struct rig rig;
static CK_SESSION_HANDLE session;
static struct rig_call caught;

static void
setup_with(const char *weak, const char *top)
{
    rig_config("record-1", weak, top);
    rig_load(&rig, fixture_test_module("record"));
    rig_start(&rig);
    session = rig_session(&rig, RIG_WEAK);
}

/* One call is inside the weak module until it is released. */
static void
catch_call(void)
{
    cr_assert(rig.add("C_GenerateRandom 1 hang"));
    rig_begin(&rig, session, &caught);
    cr_assert(rig.wait_for("C_GenerateRandom", 1, RIG_PATIENCE_MS));
}

static void
release_call(CK_RV expected)
{
    cr_assert_eq(rig.waiting("C_GenerateRandom"), 1);
    rig.release();
    cr_assert_eq(rig_end(&caught), expected);
}

TestSuite(hang, .timeout = 60);

Test(hang, leaves_slots_sessions_and_other_tokens_alone)
{
    CK_SESSION_HANDLE other, firm;
    CK_SLOT_ID slots[4];
    CK_SLOT_INFO slot_info;
    CK_TOKEN_INFO token_info;
    CK_SESSION_INFO session_info;
    CK_ULONG n_slots = 0;

    /* Each C_GetSlotList looks at all modules anew. */
    setup_with("", "slot_refresh = \"0s\";");
    other = rig_session(&rig, RIG_WEAK);
    catch_call();
    cr_assert_eq(rig.list->C_GetSlotList(CK_TRUE, NULL, &n_slots), CKR_OK);
    cr_assert_eq(n_slots, 2);
    cr_assert_eq(rig.list->C_GetSlotList(CK_TRUE, slots, &n_slots), CKR_OK);
    cr_assert_eq(rig.list->C_GetSlotInfo(RIG_WEAK, &slot_info), CKR_OK);
    cr_assert_eq(rig.list->C_GetTokenInfo(RIG_FIRM, &token_info), CKR_OK);
    firm = rig_session(&rig, RIG_FIRM);
    cr_assert_eq(rig_call_now(&rig, firm), CKR_OK);
    cr_assert_eq(rig.list->C_CloseSession(firm), CKR_OK);
    /* Another session of the token that hangs, as far as its module goes. */
    cr_assert_eq(rig.list->C_GetSessionInfo(other, &session_info), CKR_OK);
    cr_assert_eq(rig_call_now(&rig, other), CKR_OK);
    cr_assert_eq(rig.list->C_CloseSession(other), CKR_OK);
    release_call(CKR_OK);
    cr_assert_eq(rig.list->C_Finalize(NULL), CKR_OK);
}

static void *
thread_info(void *out)
{
    CK_SESSION_INFO info;

    *(CK_RV *)out = rig.list->C_GetSessionInfo(session, &info);
    return NULL;
}

/* R3.34: undefined for the application, but in order for p11mux. */
Test(hang, makes_the_next_call_in_its_session_wait)
{
    pthread_t thread;
    CK_RV rv = CKR_GENERAL_ERROR;

    setup_with("", "");
    catch_call();
    cr_assert_eq(pthread_create(&thread, NULL, thread_info, &rv), 0);
    release_call(CKR_OK);
    cr_assert_eq(pthread_join(thread, NULL), 0);
    cr_assert_eq(rv, CKR_OK);
    cr_assert_eq(rig.list->C_Finalize(NULL), CKR_OK);
}

/* DESIGN 2: the handle is dead at once, what is behind it ends with the
 * call. */
Test(hang, does_not_hold_up_who_closes_its_session)
{
    CK_SESSION_INFO info;

    setup_with("", "");
    catch_call();
    cr_assert_eq(rig.list->C_CloseSession(session), CKR_OK);
    cr_assert_eq(rig.list->C_GetSessionInfo(session, &info),
                 CKR_SESSION_HANDLE_INVALID);
    cr_assert_eq(rig.list->C_CloseSession(session), CKR_SESSION_HANDLE_INVALID);
    cr_assert_eq(rig.count("C_CloseSession"), 0);
    release_call(CKR_OK);
    cr_assert_eq(rig.count("C_CloseSession"), 1);
    cr_assert_eq(rig.sessions(), 0);
    cr_assert_eq(rig.list->C_Finalize(NULL), CKR_OK);
}

Test(hang, does_not_hold_up_who_closes_all_sessions)
{
    CK_SESSION_HANDLE others[8], firm;

    setup_with("", "");
    for (size_t i = 0; i < 8; i++)
        others[i] = rig_session(&rig, RIG_WEAK);
    firm = rig_session(&rig, RIG_FIRM);
    catch_call();
    cr_assert_eq(rig.list->C_CloseAllSessions(RIG_WEAK), CKR_OK);
    for (size_t i = 0; i < 8; i++)
        cr_assert_eq(rig_call_now(&rig, others[i]), CKR_SESSION_HANDLE_INVALID);
    cr_assert_eq(rig_call_now(&rig, firm), CKR_OK);
    cr_assert_eq(rig.sessions(), 1);
    /* A new one is open to all. */
    cr_assert_eq(rig_call_now(&rig, rig_session(&rig, RIG_WEAK)), CKR_OK);
    release_call(CKR_OK);
    cr_assert_eq(rig.sessions(), 1);
    cr_assert_eq(rig.list->C_Finalize(NULL), CKR_OK);
}

/* -- Finalising ---------------------------------------------------------------
 */

/* R3.42: its module and its state are left to the call. */
Test(hang, does_not_hold_up_who_finalises)
{
    CK_INFO info;

    setup_with("", "finalize_wait = \"20ms\";");
    catch_call();
    cr_assert_eq(rig.list->C_Finalize(NULL), CKR_OK);
    cr_assert_eq(rig.count("C_Finalize"), 0);
    cr_assert_eq(rig.list->C_GetInfo(&info), CKR_CRYPTOKI_NOT_INITIALIZED);
    cr_assert_eq(rig_call_now(&rig, session), CKR_CRYPTOKI_NOT_INITIALIZED);
    release_call(CKR_OK);
}

Test(hang, does_not_hold_up_who_initialises_again)
{
    CK_SESSION_HANDLE again;

    setup_with("", "finalize_wait = \"20ms\";");
    catch_call();
    cr_assert_eq(rig.list->C_Finalize(NULL), CKR_OK);
    rig_start(&rig);
    again = rig_session(&rig, RIG_FIRM);
    cr_assert_eq(rig_call_now(&rig, again), CKR_OK);
    cr_assert_eq(rig_call_now(&rig, session), CKR_SESSION_HANDLE_INVALID);
    release_call(CKR_OK);
    cr_assert_eq(rig_call_now(&rig, again), CKR_OK);
    cr_assert_eq(rig.list->C_Finalize(NULL), CKR_OK);
}

/* One that returns in time is waited for, and everything is ended. */
static void *
thread_finalize(void *out)
{
    *(CK_RV *)out = rig.list->C_Finalize(NULL);
    return NULL;
}

Test(hang, is_waited_for_by_who_finalises)
{
    CK_RV rv = CKR_GENERAL_ERROR;
    CK_INFO info;
    pthread_t thread;

    setup_with("", "finalize_wait = \"30s\";");
    catch_call();
    cr_assert_eq(pthread_create(&thread, NULL, thread_finalize, &rv), 0);
    while (rig.list->C_GetInfo(&info) != CKR_CRYPTOKI_NOT_INITIALIZED)
        cr_assert_eq(rig.count("C_Finalize"), 0);
    release_call(CKR_OK);
    cr_assert_eq(pthread_join(thread, NULL), 0);
    cr_assert_eq(rv, CKR_OK);
    cr_assert_eq(rig.count("C_CloseSession"), 1);
    cr_assert_eq(rig.count("C_Finalize"), 1);
}

/* -- Looking at slots ---------------------------------------------------------
 */

/* R6.6: it is waited for once, then what it last showed is good. */
Test(hang, delays_the_slot_list_once_at_most)
{
    CK_ULONG n_slots = 0;

    setup_with("", "slot_refresh = \"0s\";");
    cr_assert(rig.add("C_GetSlotList 1 hang"));
    for (unsigned i = 0; i < 100; i++) {
        cr_assert_eq(rig.list->C_GetSlotList(CK_TRUE, NULL, &n_slots), CKR_OK);
        cr_assert_eq(n_slots, 2);
        cr_assert_eq(rig_call_now(&rig, session), CKR_OK);
    }
    cr_assert_eq(rig.waiting("C_GetSlotList"), 1);
    rig.release();
    cr_assert_eq(rig.list->C_Finalize(NULL), CKR_OK);
    cr_assert_eq(rig.count("C_Finalize"), 1);
}
