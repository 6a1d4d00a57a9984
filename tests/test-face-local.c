/* SPDX-License-Identifier: BSD-3-Clause */
/* The functions that p11mux answers itself, and what it answers. */
#include "tests/face.h"

#include <criterion/criterion.h>
#include <string.h>

static struct face face;

static void
setup(void)
{
    face_load(&face, NULL);
}

TestSuite(face_local, .init = setup, .timeout = 60);

/* What of the module was called; "" for nothing. */
static void
only_reaches(const char *function, unsigned long calls, unsigned long before)
{
    cr_expect_eq(face.count(NULL) - before, calls);
    if (calls == 1)
        cr_expect_eq(face.of(function)->order, before + 1);
}

/* -- The process ------------------------------------------------------------
 */

static void
ask_initialize(void)
{
    CK_C_INITIALIZE_ARGS arguments = { .flags = CKF_OS_LOCKING_OK };

    cr_expect_eq(face.list.C_Initialize(&arguments),
                 CKR_CRYPTOKI_ALREADY_INITIALIZED); /* R3.35 */
    cr_expect_eq(face.count("C_Initialize"), 1);
}

static void
ask_finalize(void)
{
    CK_SESSION_INFO info;

    cr_expect_eq(face.list.C_Finalize(&face), CKR_ARGUMENTS_BAD);
    cr_expect_eq(face.list.C_GetSessionInfo(face.session, &info), CKR_OK);
    cr_expect_eq(face.count("C_Finalize"), 0);
    cr_expect_eq(face.list.C_Finalize(NULL), CKR_OK);
    cr_expect_eq(face.count("C_Finalize"), 1);
    cr_expect_null(face.of("C_Finalize")->arguments[0].pointer);
    cr_expect_eq(face.list.C_Finalize(NULL), CKR_CRYPTOKI_NOT_INITIALIZED);
    face_open(&face);
}

static void
ask_info(void)
{
    unsigned long before = face.count(NULL);
    CK_INFO info, again;

    memset(&info, 0xee, sizeof(info));
    memset(&again, 0x11, sizeof(again));
    cr_expect_eq(face.list.C_GetInfo(&info), CKR_OK);
    cr_expect_eq(info.cryptokiVersion.major, 3);
    cr_expect_eq(info.cryptokiVersion.minor, 2);
    cr_expect_arr_eq(info.manufacturerID, "p11mux                          ",
                     32);
    cr_expect_eq(info.flags, 0);
    only_reaches("", 0, before);
    /* The same for ever: pkcs11-provider compares it after a fork. */
    face_close(&face);
    face_open(&face);
    cr_expect_eq(face.list.C_GetInfo(&again), CKR_OK);
    cr_expect_arr_eq(&info, &again, sizeof(info));
}

static void
ask_function_list(void)
{
    CK_FUNCTION_LIST *list = NULL;

    cr_expect_eq(face.list.C_GetFunctionList(&list), CKR_OK);
    cr_expect_eq(list, face.mux->list);
}

static void
ask_interface_list(void)
{
    CK_ULONG count = 0;

    cr_expect_eq(face.list.C_GetInterfaceList(NULL, &count), CKR_OK);
    cr_expect_eq(count, 3);
}

static void
ask_interface(void)
{
    CK_INTERFACE *interface = NULL;

    cr_expect_eq(face.list.C_GetInterface(NULL, NULL, &interface, 0), CKR_OK);
    cr_expect_eq(interface->pFunctionList, face.mux->list_3_2);
}

/* -- Slots ------------------------------------------------------------------
 */

static void
ask_slot_list(void)
{
    unsigned long before = face.count(NULL);
    CK_SLOT_ID slots[3] = { 0, 0, 1234 };
    CK_ULONG count = 3;

    cr_expect_eq(face.list.C_GetSlotList(CK_FALSE, slots, &count), CKR_OK);
    cr_expect_eq(count, 2);
    cr_expect_eq(slots[0], FACE_SLOT);
    cr_expect_eq(slots[1], FACE_SLOT + 1);
    cr_expect_eq(slots[2], 1234);
    only_reaches("", 0, before);
}

static void
ask_slot_info(void)
{
    unsigned long before = face.count(NULL);
    CK_SLOT_INFO info;

    memset(&info, 0xee, sizeof(info));
    cr_expect_eq(face.list.C_GetSlotInfo(FACE_SLOT, &info), CKR_OK);
    cr_expect_arr_eq(info.slotDescription, "record    ", 10);
    cr_expect_eq(info.slotDescription[63], ' ');
    cr_expect_eq(info.flags, CKF_TOKEN_PRESENT | CKF_REMOVABLE_DEVICE);
    only_reaches("", 0, before);
}

static void
ask_slot_event(void)
{
    unsigned long before = face.count(NULL);
    CK_SLOT_ID slot = 1234;

    cr_expect_eq(face.list.C_WaitForSlotEvent(CKF_DONT_BLOCK, &slot, NULL),
                 CKR_NO_EVENT);
    cr_expect_eq(face.list.C_WaitForSlotEvent(CKF_DONT_BLOCK, &slot, &slot),
                 CKR_ARGUMENTS_BAD);
    cr_expect_eq(slot, 1234);
    only_reaches("", 0, before);
}

/* -- Sessions ----------------------------------------------------------------
 */

static CK_RV
notify(CK_SESSION_HANDLE session, CK_NOTIFICATION event, CK_VOID_PTR context)
{
    (void)session;
    (void)event;
    (void)context;
    return CKR_OK;
}

/* R3.20. */
static void
ask_session_info(void)
{
    unsigned long before = face.count(NULL);
    CK_SESSION_INFO info;

    cr_expect_eq(face.list.C_GetSessionInfo(face.session, &info), CKR_OK);
    cr_expect_eq(info.slotID, FACE_SLOT);
    cr_expect_eq(info.flags, CKF_SERIAL_SESSION | CKF_RW_SESSION);
    cr_expect_eq(info.ulDeviceError, 0);
    only_reaches("", 0, before);
}

/* Neither the callback nor its context leaves p11mux (R3.30), and flags that
 * nobody knows are not passed on (R3.5). */
static void
ask_open(void)
{
    unsigned long before = face.count(NULL);
    CK_SESSION_HANDLE session = 0;
    const struct record *seen;

    cr_expect_eq(face.list.C_OpenSession(FACE_SLOT + 1,
                                         CKF_SERIAL_SESSION | 0x4000, &session,
                                         notify, &session),
                 CKR_OK);
    /* Who is logged in is looked at with a token's first session. */
    cr_expect_eq(face.count(NULL) - before, 2);
    cr_expect_eq(face.of("C_GetSessionInfo")->order, before + 2);
    seen = face.of("C_OpenSession");
    cr_expect_eq(seen->order, before + 1);
    cr_expect_eq(seen->arguments[0].number, RECORD_SLOT + 1);
    cr_expect_eq(seen->arguments[1].number, CKF_SERIAL_SESSION);
    cr_expect_null(seen->arguments[2].pointer);
    cr_expect_null(seen->arguments[3].pointer);
    cr_expect_eq(face.list.C_CloseSession(session), CKR_OK);
}

static void
ask_close(void)
{
    unsigned long before = face.count(NULL);

    cr_expect_eq(face.list.C_CloseSession(face.session), CKR_OK);
    only_reaches("C_CloseSession", 1, before);
    cr_expect_eq(face.of("C_CloseSession")->arguments[0].number,
                 face.member_session);
    cr_expect_eq(face.list.C_CloseSession(face.session),
                 CKR_SESSION_HANDLE_INVALID);
}

/* One by one: the module may have other users in this process (R3.8). */
static void
ask_close_all(void)
{
    CK_SESSION_HANDLE second = face_session(&face, FACE_SLOT),
                      other = face_session(&face, FACE_SLOT + 1);
    CK_SESSION_INFO info;

    cr_expect_eq(face.list.C_CloseAllSessions(FACE_SLOT), CKR_OK);
    cr_expect_eq(face.count("C_CloseSession"), 2);
    cr_expect_eq(face.count("C_CloseAllSessions"), 0);
    cr_expect_eq(face.list.C_GetSessionInfo(face.session, &info),
                 CKR_SESSION_HANDLE_INVALID);
    cr_expect_eq(face.list.C_GetSessionInfo(second, &info),
                 CKR_SESSION_HANDLE_INVALID);
    cr_expect_eq(face.list.C_GetSessionInfo(other, &info), CKR_OK);
    cr_expect_eq(face.list.C_CloseAllSessions(FACE_SLOT), CKR_OK);
    cr_expect_eq(face.list.C_CloseAllSessions(99), CKR_SLOT_ID_INVALID);
}

/* Flags of what is not active are ignored (R3.31). */
static void
ask_cancel(void)
{
    unsigned long before = face.count(NULL);

    cr_expect_eq(face.list.C_SessionCancel(face.session, 0), CKR_OK);
    cr_expect_eq(face.list.C_SessionCancel(face.session, ~(CK_FLAGS)0), CKR_OK);
    cr_expect_eq(face.list.C_SessionCancel(face.member_session, CKF_SIGN),
                 CKR_SESSION_HANDLE_INVALID);
    only_reaches("", 0, before);
}

/* -- Searches: what C_FindObjectsInit has taken ------------------------------
 */

static void
ask_find(void)
{
    CK_OBJECT_HANDLE found[3] = { 0, 0, 1234 };
    CK_ULONG count = 99;
    unsigned long before;

    cr_expect_eq(face.list.C_FindObjects(face.session, found, 3, &count),
                 CKR_OPERATION_NOT_INITIALIZED);
    cr_expect_eq(face.list.C_FindObjectsInit(face.session, NULL, 0), CKR_OK);
    before = face.count(NULL);
    cr_expect_eq(face.list.C_FindObjects(face.session, found, 1, &count),
                 CKR_OK);
    cr_expect_eq(count, 1);
    cr_expect_eq(found[0], face.objects[0]);
    cr_expect_eq(found[1], 0);
    cr_expect_eq(face.list.C_FindObjects(face.session, found, 2, &count),
                 CKR_OK);
    cr_expect_eq(count, 2);
    cr_expect_arr_eq(found, face.objects + 1, 2 * sizeof(found[0]));
    cr_expect_eq(found[2], 1234);
    cr_expect_eq(face.list.C_FindObjects(face.session, found, 3, &count),
                 CKR_OK);
    cr_expect_eq(count, FACE_OBJECTS - 3);
    cr_expect_eq(face.list.C_FindObjects(face.session, found, 3, &count),
                 CKR_OK);
    cr_expect_eq(count, 0);
    only_reaches("", 0, before);
    cr_expect_eq(face.list.C_FindObjectsFinal(face.session), CKR_OK);
}

static void
ask_find_final(void)
{
    unsigned long before = face.count(NULL);

    cr_expect_eq(face.list.C_FindObjectsFinal(face.session),
                 CKR_OPERATION_NOT_INITIALIZED);
    only_reaches("", 0, before);
}

/* -- The past and the future -------------------------------------------------
 */

static void
ask_status(void)
{
    unsigned long before = face.count(NULL);

    cr_expect_eq(face.list.C_GetFunctionStatus(face.session),
                 CKR_FUNCTION_NOT_PARALLEL);
    cr_expect_eq(face.list.C_GetFunctionStatus(face.member_session),
                 CKR_SESSION_HANDLE_INVALID);
    only_reaches("", 0, before);
}

static void
ask_cancel_function(void)
{
    unsigned long before = face.count(NULL);

    cr_expect_eq(face.list.C_CancelFunction(face.session),
                 CKR_FUNCTION_NOT_PARALLEL);
    cr_expect_eq(face.list.C_CancelFunction(face.member_session),
                 CKR_SESSION_HANDLE_INVALID);
    only_reaches("", 0, before);
}

/* R1.10: a pending call would own a backend session and outlive it. */
static void
ask_async(enum function function)
{
    CK_SESSION_HANDLE session = 0;
    unsigned long before = face.count(NULL);

    cr_expect_eq(face_call(&face, function), CKR_FUNCTION_NOT_SUPPORTED);
    cr_expect_eq(face.list.C_OpenSession(FACE_SLOT,
                                         CKF_SERIAL_SESSION | CKF_ASYNC_SESSION,
                                         NULL, NULL, &session),
                 CKR_SESSION_ASYNC_NOT_SUPPORTED);
    cr_expect_eq(session, 0);
    only_reaches("", 0, before);
}

static void
ask_async_complete(void)
{
    ask_async(FUNCTION_C_AsyncComplete);
}

static void
ask_async_id(void)
{
    ask_async(FUNCTION_C_AsyncGetID);
}

static void
ask_async_join(void)
{
    ask_async(FUNCTION_C_AsyncJoin);
}

static void (*const asks[N_FUNCTIONS])(void) = {
    [FUNCTION_C_Initialize] = ask_initialize,
    [FUNCTION_C_Finalize] = ask_finalize,
    [FUNCTION_C_GetInfo] = ask_info,
    [FUNCTION_C_GetFunctionList] = ask_function_list,
    [FUNCTION_C_GetInterfaceList] = ask_interface_list,
    [FUNCTION_C_GetInterface] = ask_interface,
    [FUNCTION_C_GetSlotList] = ask_slot_list,
    [FUNCTION_C_GetSlotInfo] = ask_slot_info,
    [FUNCTION_C_WaitForSlotEvent] = ask_slot_event,
    [FUNCTION_C_OpenSession] = ask_open,
    [FUNCTION_C_CloseSession] = ask_close,
    [FUNCTION_C_CloseAllSessions] = ask_close_all,
    [FUNCTION_C_GetSessionInfo] = ask_session_info,
    [FUNCTION_C_SessionCancel] = ask_cancel,
    [FUNCTION_C_FindObjects] = ask_find,
    [FUNCTION_C_FindObjectsFinal] = ask_find_final,
    [FUNCTION_C_GetFunctionStatus] = ask_status,
    [FUNCTION_C_CancelFunction] = ask_cancel_function,
    [FUNCTION_C_AsyncComplete] = ask_async_complete,
    [FUNCTION_C_AsyncGetID] = ask_async_id,
    [FUNCTION_C_AsyncJoin] = ask_async_join,
};

Test(face_local, answers_as_listed_whatever_no_module_is_asked_for)
{
    for (unsigned function = 0; function < N_FUNCTIONS; function++) {
        if (!face_facts_of(function)->is_local) {
            cr_expect_null(asks[function], "%s is not answered by p11mux",
                           face_names[function]);
            continue;
        }
        cr_expect_not_null(asks[function], "%s has no test",
                           face_names[function]);
        if (asks[function] == NULL)
            continue;
        face_open(&face);
        asks[function]();
        face_close(&face);
    }
}
