/* SPDX-License-Identifier: BSD-3-Clause */
/* Arguments that are wrong, in every place of every function: what they are
 * called (1.5), and which of two mistakes comes first (R1.24). */
#include "tests/face.h"

#include <criterion/criterion.h>
#include <string.h>

static struct face face;

static void
setup(void)
{
    face_load(&face, "wrap_auth = true;");
}

static void
setup_pooled(void)
{
    face_load_pooled(&face, "wrap_auth = true;");
}

TestSuite(face_arguments, .init = setup, .timeout = 60);
TestSuite(face_arguments_pooled, .init = setup_pooled, .timeout = 60);

/* Whether NULL in that place means something. */
static bool
null_is_meant(enum function function, const struct face_parameter *parameter)
{
    if (function == FUNCTION_C_DeriveKey) /* the mechanism may give the keys */
        return strcmp(parameter->name, "key") == 0;
    /* The middle of a message has no output. */
    if (function == FUNCTION_C_SignMessageNext)
        return strncmp(parameter->name, "signature", 9) == 0;
    return parameter->kind == ARGUMENT_BUFFER ||
           parameter->kind == ARGUMENT_NUMBERS;
}

static bool
is_pointer(const struct face_parameter *parameter)
{
    return parameter->name != NULL && parameter->kind != ARGUMENT_NUMBER &&
           parameter->kind != ARGUMENT_SESSION &&
           parameter->kind != ARGUMENT_OBJECT;
}

static bool
takes_session(enum function function)
{
    return face_parameters[function][0].kind == ARGUMENT_SESSION &&
           face_parameters[function][0].name != NULL;
}

/* -- Pointers ---------------------------------------------------------------
 */

static void
check_null(enum function function, const struct face_parameter *parameter)
{
    const char *name = parameter->name;
    unsigned long before = face.count(NULL);
    CK_RV rv;

    face.null_name = name;
    rv = face_call(&face, function);
    face.null_name = NULL;
    if (null_is_meant(function, parameter)) {
        cr_expect_eq(rv, CKR_OK, "%s without %s answers 0x%lx",
                     face_names[function], name, rv);
        return;
    }
    cr_expect_eq(rv, CKR_ARGUMENTS_BAD, "%s without %s answers 0x%lx",
                 face_names[function], name, rv);
    cr_expect_eq(face.count(NULL), before, "%s without %s reaches the module",
                 face_names[function], name);
}

FACE_TEST(face_arguments, refuses_null_where_something_must_be)
{
    for (unsigned function = 0; function < N_FUNCTIONS; function++) {
        const struct face_parameter *parameter = face_parameters[function];

        if (face_facts_of(function)->is_local)
            continue;
        face_open(&face);
        if (function == FUNCTION_C_InitToken)
            cr_assert_eq(face.list.C_CloseSession(face.session), CKR_OK);
        else
            face_begin(&face, function);
        for (size_t i = 0; i < FACE_PARAMETERS; i++)
            if (is_pointer(&parameter[i]))
                check_null(function, &parameter[i]);
        face_close(&face);
    }
}

FACE_TEST(face_arguments, refuses_null_in_what_it_answers_itself)
{
    const CK_FUNCTION_LIST_3_2 *list = &face.list;
    CK_OBJECT_HANDLE object;
    CK_ULONG count = 1;

    face_open(&face);
    cr_assert_eq(list->C_GetInfo(NULL), CKR_ARGUMENTS_BAD);
    cr_assert_eq(list->C_GetFunctionList(NULL), CKR_ARGUMENTS_BAD);
    cr_assert_eq(list->C_GetInterface(NULL, NULL, NULL, 0), CKR_ARGUMENTS_BAD);
    cr_assert_eq(list->C_GetInterfaceList(NULL, NULL), CKR_ARGUMENTS_BAD);
    cr_assert_eq(list->C_GetSlotList(CK_FALSE, NULL, NULL), CKR_ARGUMENTS_BAD);
    cr_assert_eq(list->C_GetSlotInfo(FACE_SLOT, NULL), CKR_ARGUMENTS_BAD);
    cr_assert_eq(list->C_WaitForSlotEvent(CKF_DONT_BLOCK, NULL, NULL),
                 CKR_ARGUMENTS_BAD);
    cr_assert_eq(list->C_OpenSession(FACE_SLOT, CKF_SERIAL_SESSION, NULL, NULL,
                                     NULL),
                 CKR_ARGUMENTS_BAD);
    cr_assert_eq(list->C_FindObjectsInit(face.session, NULL, 0), CKR_OK);
    cr_assert_eq(list->C_FindObjects(face.session, NULL, 1, &count),
                 CKR_ARGUMENTS_BAD);
    cr_assert_eq(list->C_FindObjects(face.session, &object, 1, NULL),
                 CKR_ARGUMENTS_BAD);
    cr_assert_eq(list->C_FindObjects(face.session, &object, 1, &count), CKR_OK);
    cr_assert_eq(count, 1);
    face_close(&face);
}

/* What C_OpenSession looks at, in the order of R3.5. */
FACE_TEST(face_arguments, looks_at_a_new_session_in_order)
{
    const CK_FUNCTION_LIST_3_2 *list = &face.list;
    CK_SESSION_HANDLE session = 1234;

    face_open(&face);
    cr_assert_eq(list->C_OpenSession(99, 0, NULL, NULL, NULL),
                 CKR_SLOT_ID_INVALID);
    cr_assert_eq(list->C_OpenSession(FACE_SLOT, 0, NULL, NULL, NULL),
                 CKR_ARGUMENTS_BAD);
    cr_assert_eq(list->C_OpenSession(FACE_SLOT, CKF_ASYNC_SESSION, NULL, NULL,
                                     &session),
                 CKR_SESSION_PARALLEL_NOT_SUPPORTED);
    cr_assert_eq(list->C_OpenSession(FACE_SLOT,
                                     CKF_SERIAL_SESSION | CKF_ASYNC_SESSION,
                                     NULL, NULL, &session),
                 CKR_SESSION_ASYNC_NOT_SUPPORTED);
    cr_assert_eq(session, 1234);
    face_close(&face);
}

/* Bytes of no length may be nowhere. */
FACE_TEST(face_arguments, accepts_null_for_nothing)
{
    CK_MECHANISM mechanism = { CKM_VENDOR_DEFINED, NULL, 0 };
    CK_BYTE signature[FACE_BUFFER];
    CK_ULONG length = sizeof(signature);

    face_open(&face);
    cr_assert_eq(face.list.C_SignInit(face.session, &mechanism,
                                      face.objects[0]),
                 CKR_OK);
    cr_assert_eq(face.list.C_SignUpdate(face.session, NULL, 0), CKR_OK);
    cr_assert_eq(face.list.C_Sign(face.session, NULL, 0, signature, &length),
                 CKR_OK);
    cr_assert_eq(face.list.C_Login(face.session, CKU_USER, NULL, 0), CKR_OK);
    cr_assert_eq(face.list.C_GenerateRandom(face.session, NULL, 0), CKR_OK);
    cr_assert_eq(face.list.C_GetAttributeValue(face.session, face.objects[0],
                                               NULL, 0),
                 CKR_OK);
    cr_assert_null(face.of("C_Login")->arguments[2].pointer);
    face_close(&face);
}

/* -- Sessions and slots -------------------------------------------------------
 */

static void
check_session(enum function function, CK_SESSION_HANDLE bad, const char *what)
{
    unsigned long before = face.count(NULL);
    CK_SESSION_HANDLE good = face.session;
    CK_RV rv;

    face.session = bad;
    rv = face_call(&face, function);
    face.session = good;
    cr_expect_eq(rv, CKR_SESSION_HANDLE_INVALID, "%s with %s answers 0x%lx",
                 face_names[function], what, rv);
    cr_expect_eq(face.count(NULL), before, "%s with %s reaches the module",
                 face_names[function], what);
}

FACE_TEST(face_arguments, refuses_sessions_that_are_none)
{
    CK_SESSION_HANDLE closed;

    face_open(&face);
    closed = face_session(&face, FACE_SLOT);
    cr_assert_eq(face.list.C_CloseSession(closed), CKR_OK);
    for (unsigned function = 0; function < N_FUNCTIONS; function++) {
        if (!takes_session(function))
            continue;
        check_session(function, 0, "session 0");
        check_session(function, closed, "a closed session");
        check_session(function, face.member_session, "the module's session");
        check_session(function, face.objects[0], "an object");
        check_session(function, ~0UL, "the largest number");
        check_session(function, face.session ^ 1UL << 40, "another generation");
    }
    face_close(&face);
}

static void
check_slot(enum function function)
{
    unsigned long before = face.count(NULL);
    CK_RV rv;

    face.slot = RECORD_SLOT; /* the module's own number */
    rv = face_call(&face, function);
    face.slot = FACE_SLOT;
    cr_expect_eq(rv, CKR_SLOT_ID_INVALID, "%s answers 0x%lx",
                 face_names[function], rv);
    cr_expect_eq(face.count(NULL), before, "%s", face_names[function]);
}

FACE_TEST(face_arguments, refuses_slots_that_are_none)
{
    face_open(&face);
    for (unsigned function = 0; function < N_FUNCTIONS; function++) {
        const struct face_parameter *first = &face_parameters[function][0];

        if (first->name != NULL && first->kind == ARGUMENT_NUMBER &&
            strcmp(first->name, "slot") == 0)
            check_slot(function);
    }
    face_close(&face);
}

/* -- Objects ------------------------------------------------------------------
 */

/* The table of 1.5. */
static CK_RV
name_of_bad(enum function function, const char *parameter)
{
    if (strcmp(parameter, "wrapping_key") == 0)
        return CKR_WRAPPING_KEY_HANDLE_INVALID;
    if (strcmp(parameter, "unwrapping_key") == 0)
        return CKR_UNWRAPPING_KEY_HANDLE_INVALID;
    switch (function) {
    case FUNCTION_C_CopyObject:
    case FUNCTION_C_DestroyObject:
    case FUNCTION_C_GetObjectSize:
    case FUNCTION_C_GetAttributeValue:
    case FUNCTION_C_SetAttributeValue:
        return CKR_OBJECT_HANDLE_INVALID;
    default:
        return CKR_KEY_HANDLE_INVALID;
    }
}

static void
check_object(enum function function, const char *parameter,
             CK_OBJECT_HANDLE bad, const char *what)
{
    CK_RV expected = name_of_bad(function, parameter), rv;
    unsigned long before = face.count(NULL);

    /* No key at all is one (C_SetOperationState). */
    if (bad == 0 && function == FUNCTION_C_SetOperationState)
        expected = CKR_OK;
    face.bad_name = parameter;
    face.bad_object = bad;
    rv = face_call(&face, function);
    face.bad_name = NULL;
    cr_expect_eq(rv, expected, "%s with %s as %s answers 0x%lx",
                 face_names[function], what, parameter, rv);
    cr_expect_eq(face.count(NULL) - before, expected == CKR_OK,
                 "%s with %s as %s", face_names[function], what, parameter);
}

static CK_OBJECT_HANDLE
object_destroyed(void)
{
    CK_MECHANISM mechanism = { CKM_AES_KEY_GEN, NULL, 0 };
    CK_OBJECT_HANDLE object;

    cr_assert_eq(face.list.C_GenerateKey(face.session, &mechanism, NULL, 0,
                                         &object),
                 CKR_OK);
    cr_assert_eq(face.list.C_DestroyObject(face.session, object), CKR_OK);
    return object;
}

FACE_TEST(face_arguments, refuses_objects_that_are_none)
{
    CK_OBJECT_HANDLE destroyed, others[FACE_OBJECTS];

    face_open(&face);
    destroyed = object_destroyed();
    face_find(&face, face_session(&face, FACE_SLOT + 1), others, FACE_OBJECTS);
    for (unsigned function = 0; function < N_FUNCTIONS; function++) {
        const struct face_parameter *parameter = face_parameters[function];

        /* Lent sessions: the state is looked at first (R3.28). */
        if (face.is_pooled && function == FUNCTION_C_SetOperationState)
            continue;
        if (function == FUNCTION_C_DigestKey)
            face_begin(&face, function);
        for (size_t i = 0; i < FACE_PARAMETERS; i++) {
            const char *name = parameter[i].name;

            if (name == NULL || parameter[i].kind != ARGUMENT_OBJECT)
                continue;
            check_object(function, name, 0, "0");
            check_object(function, name, destroyed, "a destroyed object");
            check_object(function, name, others[0], "another token's object");
            check_object(function, name, face.session, "a session");
            check_object(function, name, face.member_objects[0],
                         "the module's handle");
            check_object(function, name, ~1UL, "a large number");
            check_object(function, name, ~0UL, "the largest number");
        }
    }
    face_close(&face);
}

/* -- Two mistakes -------------------------------------------------------------
 */

static void
check_order(enum function function)
{
    const char *pointer = NULL, *object = NULL;
    CK_SESSION_HANDLE good = face.session;

    for (size_t i = 0; i < FACE_PARAMETERS; i++) {
        const struct face_parameter *parameter = &face_parameters[function][i];

        if (is_pointer(parameter) && !null_is_meant(function, parameter))
            pointer = parameter->name;
        if (parameter->name != NULL && parameter->kind == ARGUMENT_OBJECT)
            object = parameter->name;
    }
    face.bad_name = object;
    face.bad_object = ~1UL;
    face.null_name = pointer;
    if (pointer != NULL)
        cr_expect_eq(face_call(&face, function), CKR_ARGUMENTS_BAD,
                     "%s without %s", face_names[function], pointer);
    face.session = 0;
    cr_expect_eq(face_call(&face, function), CKR_SESSION_HANDLE_INVALID,
                 "%s without a session", face_names[function]);
    face.session = good;
    face.bad_name = face.null_name = NULL;
}

FACE_TEST(face_arguments, names_the_mistake_that_stands_first)
{
    face_open(&face);
    for (unsigned function = 0; function < N_FUNCTIONS; function++) {
        if (takes_session(function) && !face_facts_of(function)->is_local)
            check_order(function);
    }
    face_close(&face);
}
