/* SPDX-License-Identifier: BSD-3-Clause */
/* The token that the fault module shows: its limits, its absence, its handles.
 */
#include "tests/fixture-fault.h"
#include "tests/modules/fault.h"
#include "tests/modules/record.h"

#include <criterion/criterion.h>
#include <pthread.h>

static struct module *fault;
static __typeof__(&fault_load) load;

static void
setup(void)
{
    fault = module_open(fixture_test_module("fault"));
    load = module_symbol(fault, "fault_load");
}

static void
teardown(void)
{
    module_close(fault);
}

TestSuite(fault_token, .init = setup, .fini = teardown, .timeout = 60);

Test(fault_token, limits_sessions)
{
    CK_FUNCTION_LIST_3_2 *list = fixture_fault(fault, "null", "sessions 2");
    __typeof__(&fault_sessions) sessions =
        module_symbol(fault, "fault_sessions");
    CK_SESSION_HANDLE one = fixture_fault_session(list, 1),
                      two = fixture_fault_session(list, 1), three;
    CK_TOKEN_INFO info;

    cr_assert_eq(list->C_OpenSession(1, CKF_SERIAL_SESSION, NULL, NULL, &three),
                 CKR_SESSION_COUNT);
    cr_assert_eq(sessions(), 2);
    cr_assert_eq(list->C_GetTokenInfo(1, &info), CKR_OK);
    cr_assert_eq(info.ulMaxSessionCount, 2);
    cr_assert_eq(list->C_CloseSession(one), CKR_OK);
    one = fixture_fault_session(list, 1);
    cr_assert_neq(one, two);
    cr_assert(load("sessions 2 unreported"));
    cr_assert_eq(list->C_GetTokenInfo(1, &info), CKR_OK);
    cr_assert_eq(info.ulMaxSessionCount, CK_EFFECTIVELY_INFINITE);
}

Test(fault_token, limits_objects)
{
    CK_FUNCTION_LIST_3_2 *list = fixture_fault(fault, "record", "objects 3");
    CK_SESSION_HANDLE session = fixture_fault_session(list, RECORD_SLOT);
    CK_MECHANISM mechanism = { CKM_EC_KEY_PAIR_GEN, NULL, 0 };
    CK_OBJECT_HANDLE one, two;

    cr_assert_eq(list->C_GenerateKeyPair(session, &mechanism, NULL, 0, NULL, 0,
                                         &one, &two),
                 CKR_OK);
    cr_assert_eq(list->C_GenerateKeyPair(session, &mechanism, NULL, 0, NULL, 0,
                                         &one, &two),
                 CKR_DEVICE_MEMORY);
    cr_assert_eq(list->C_CreateObject(session, NULL, 0, &one), CKR_OK);
    cr_assert_eq(list->C_CreateObject(session, NULL, 0, &two),
                 CKR_DEVICE_MEMORY);
    cr_assert_eq(list->C_DestroyObject(session, one), CKR_OK);
    cr_assert_eq(list->C_CreateObject(session, NULL, 0, &one), CKR_OK);
    /* What was made were session objects: they go with their session. */
    cr_assert_eq(list->C_CloseSession(session), CKR_OK);
    session = fixture_fault_session(list, RECORD_SLOT);
    cr_assert_eq(list->C_CreateObject(session, NULL, 0, &one), CKR_OK);
}

Test(fault_token, takes_the_token_away_and_brings_it_back)
{
    CK_FUNCTION_LIST *list = fault->list;
    CK_SLOT_ID slot, slots[4];
    CK_ULONG n_slots = 4;
    CK_SESSION_HANDLE session;
    CK_SESSION_INFO state;
    CK_TOKEN_INFO token;
    CK_SLOT_INFO info;

    fixture_softhsm("soft");
    fixture_softhsm_token("gone");
    cr_assert(load("module " FIXTURE_SOFTHSM));
    fixture_initialize(fault, NULL);
    slot = fixture_slot(list, "gone");
    session = fixture_session(list, slot, FIXTURE_PIN);
    cr_assert(load("vanish"));
    cr_assert_eq(list->C_GetSessionInfo(session, &state), CKR_DEVICE_REMOVED);
    cr_assert_eq(list->C_GetTokenInfo(slot, &token), CKR_TOKEN_NOT_PRESENT);
    cr_assert_eq(list->C_GetSlotInfo(slot, &info), CKR_OK);
    cr_assert_eq(info.flags & CKF_TOKEN_PRESENT, 0);
    cr_assert_eq(list->C_GetSlotList(CK_TRUE, NULL, &n_slots), CKR_OK);
    cr_assert_eq(n_slots, 0);
    n_slots = 4;
    cr_assert_eq(list->C_GetSlotList(CK_FALSE, slots, &n_slots), CKR_OK);
    cr_assert_eq(n_slots, 2);
    cr_assert(load("return-token"));
    cr_assert_eq(list->C_GetSessionInfo(session, &state),
                 CKR_SESSION_HANDLE_INVALID);
    session = fixture_session(list, slot, NULL);
    cr_assert_eq(list->C_GetSessionInfo(session, &state), CKR_OK);
    cr_assert_eq(state.state, CKS_RW_PUBLIC_SESSION);
    list->C_Finalize(NULL);
}

Test(fault_token, takes_one_of_two_tokens_away)
{
    CK_FUNCTION_LIST_3_2 *list;
    CK_SESSION_HANDLE one, two;
    CK_SESSION_INFO info;
    CK_SLOT_ID slots[1];
    CK_ULONG n_slots = 1;
    const char *vanish = fixture_text("vanish %lu", RECORD_SLOT);

    fixture_setenv("P11MUX_RECORD_TOKENS", "2");
    list = fixture_fault(fault, "record", "");
    one = fixture_fault_session(list, RECORD_SLOT);
    two = fixture_fault_session(list, RECORD_SLOT + 1);
    cr_assert(load(vanish));
    cr_assert_eq(list->C_GetSessionInfo(one, &info), CKR_DEVICE_REMOVED);
    cr_assert_eq(list->C_GetSessionInfo(two, &info), CKR_OK);
    /* The module behind counts two: the room for one is enough here. */
    cr_assert_eq(list->C_GetSlotList(CK_TRUE, slots, &n_slots), CKR_OK);
    cr_assert_eq(n_slots, 1);
    cr_assert_eq(slots[0], RECORD_SLOT + 1);
}

static void *
thread_event(void *list)
{
    CK_SLOT_ID *slot = malloc(sizeof(*slot));

    cr_assert_eq(((CK_FUNCTION_LIST_3_2 *)list)
                     ->C_WaitForSlotEvent(0, slot, NULL),
                 CKR_OK);
    return slot;
}

Test(fault_token, tells_of_tokens_that_come_and_go)
{
    CK_FUNCTION_LIST_3_2 *list = fixture_fault(fault, "null", "events on");
    CK_SLOT_ID slot = 0, *told;
    pthread_t thread;
    void *result;

    cr_assert_eq(list->C_WaitForSlotEvent(CKF_DONT_BLOCK, &slot, NULL),
                 CKR_NO_EVENT);
    pthread_create(&thread, NULL, thread_event, list);
    cr_assert(load("vanish 1"));
    pthread_join(thread, &result);
    told = result;
    cr_assert_eq(*told, 1);
    free(told);
}

Test(fault_token, widens_handles_and_finds_them_in_parameters)
{
    CK_FUNCTION_LIST_3_2 *list = fixture_fault(fault, "record", "handles wide");
    struct module *record = module_open(fixture_test_module("record"));
    __typeof__(&record_of) of = module_symbol(record, "record_of");
    CK_SESSION_HANDLE session = fixture_fault_session(list, RECORD_SLOT);
    CK_OBJECT_HANDLE object = 0, made = 0;
    CK_HKDF_PARAMS parameter = { .ulSaltType = CKF_HKDF_SALT_KEY }, seen;
    CK_MECHANISM mechanism = { CKM_HKDF_DERIVE, &parameter, sizeof(parameter) };
    CK_ULONG n_found = 0;

    cr_assert_neq(session, RECORD_SESSION);
    cr_assert_neq(session >> 48, 0);
    list->C_FindObjectsInit(session, NULL, 0);
    cr_assert_eq(of("C_FindObjectsInit")->arguments[0].number, RECORD_SESSION);
    cr_assert_eq(list->C_FindObjects(session, &object, 1, &n_found), CKR_OK);
    cr_assert_eq(n_found, 1);
    cr_assert_neq(object, RECORD_FOUND);
    parameter.hSaltKey = object;
    cr_assert_eq(list->C_DeriveKey(session, &mechanism, object, NULL, 0, &made),
                 CKR_OK);
    memcpy(&seen, of("C_DeriveKey")->arguments[1].bytes, sizeof(seen));
    cr_assert_eq(seen.hSaltKey, RECORD_FOUND);
    cr_assert_eq(parameter.hSaltKey, object);
    cr_assert_eq(of("C_DeriveKey")->arguments[2].number, RECORD_FOUND);
    cr_assert_neq(made, RECORD_OBJECT);
    cr_assert_eq(list->C_DestroyObject(session, made), CKR_OK);
    cr_assert_eq(of("C_DestroyObject")->arguments[1].number, RECORD_OBJECT);
    module_close(record);
}

static CK_OBJECT_HANDLE
data_create(const CK_FUNCTION_LIST *list, CK_SESSION_HANDLE session)
{
    CK_OBJECT_CLASS class_ = CKO_DATA;
    CK_BBOOL yes = CK_TRUE;
    CK_ATTRIBUTE template[] = {
        { CKA_CLASS, &class_, sizeof(class_) },
        { CKA_TOKEN, &yes, sizeof(yes) },
    };
    CK_OBJECT_HANDLE object;

    cr_assert_eq(list->C_CreateObject(session, template, 2, &object), CKR_OK);
    return object;
}

Test(fault_token, reuses_the_lowest_free_number)
{
    CK_FUNCTION_LIST *list = fault->list;
    __typeof__(&fault_forget) forget = module_symbol(fault, "fault_forget");
    CK_SESSION_HANDLE session, other;
    CK_SLOT_ID slot;

    fixture_softhsm("soft");
    fixture_softhsm_token("few");
    cr_assert(load("module " FIXTURE_SOFTHSM "\nhandles reuse"));
    fixture_initialize(fault, NULL);
    slot = fixture_slot(list, "few");
    session = fixture_session(list, slot, FIXTURE_PIN);
    other = fixture_session(list, slot, NULL);
    cr_assert_eq(session, 1);
    cr_assert_eq(other, 2);
    cr_assert_eq(data_create(list, session), 1);
    cr_assert_eq(data_create(list, session), 2);
    cr_assert_eq(list->C_DestroyObject(session, 1), CKR_OK);
    cr_assert_eq(data_create(list, session), 1);
    cr_assert_eq(data_create(list, session), 3);
    cr_assert_neq(forget(2), CK_INVALID_HANDLE);
    cr_assert_eq(list->C_DestroyObject(session, 2), CKR_OBJECT_HANDLE_INVALID);
    cr_assert_eq(data_create(list, session), 2);
    cr_assert_eq(list->C_CloseSession(session), CKR_OK);
    cr_assert_eq(fixture_session(list, slot, NULL), 1);
    list->C_Finalize(NULL);
}
