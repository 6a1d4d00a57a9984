/* SPDX-License-Identifier: BSD-3-Clause */
/* Every one of the 104 functions through p11mux.so reaches the same function
 * of the module once, with every argument intact. */
#include "tests/face-check.h"

#include <criterion/criterion.h>
#include <string.h>

static struct face face;

static void
setup(void)
{
    /* Where the list may be that of the standard's text it has two functions
     * less (R1.1): the record module's is whole. */
    face_load(&face, "wrap_auth = true;");
}

static void
setup_pooled(void)
{
    face_load_pooled(&face, "wrap_auth = true;");
}

TestSuite(face, .init = setup, .timeout = 60);
TestSuite(face_pooled, .init = setup_pooled, .timeout = 60);

/* Opens p11mux for one function, and begins what it goes on with. */
static void
ready(enum function function)
{
    face_open(&face);
    face_begin(&face, function);
    if (function == FUNCTION_C_InitToken) /* only without a session */
        cr_assert_eq(face.list.C_CloseSession(face.session), CKR_OK);
}

/* Before C_InitPIN nobody else's backend session may be open: it is asked in a
 * new one (DESIGN 4). */
static bool
is_asked_anew(enum function function)
{
    return face.is_pooled && function == FUNCTION_C_InitPIN;
}

/* With lent sessions states are p11mux's own, and hold the module's (R3.28). */
static bool
is_wrapped(enum function function)
{
    return face.is_pooled && (function == FUNCTION_C_GetOperationState ||
                              function == FUNCTION_C_SetOperationState);
}

/* Validation flags are of the session's own last operation (R3.22), which
 * costs a call after each. */
static bool
is_of_session(enum function function)
{
    return face.is_pooled && function == FUNCTION_C_GetSessionValidationFlags;
}

/* But for what is asked besides: what the last operation validated (R3.22), and
 * what a key is, before its first use. */
static unsigned long
count_calls(enum function function)
{
    static const char *const besides[] = {
        "C_GetSessionValidationFlags", "C_GetAttributeValue",
        "C_FindObjectsInit",           "C_FindObjects",
        "C_FindObjectsFinal",
    };
    unsigned long all = face.count(NULL);

    for (size_t i = 0; i < sizeof(besides) / sizeof(besides[0]); i++)
        if (strcmp(besides[i], face_names[function]) != 0)
            all -= face.count(besides[i]);
    return all;
}

/* Backend sessions are closed, opened and looked at; the others are one
 * call. */
static unsigned long
calls_of(enum function function)
{
    return is_asked_anew(function) ? 4 : 1;
}

static void
check_row(enum function function)
{
    const char *name = face_names[function];
    unsigned long all, own;
    CK_RV rv;

    ready(function);
    all = count_calls(function);
    own = face.count(name);
    rv = face_call(&face, function);
    cr_expect_eq(rv, CKR_OK, "%s answers 0x%lx", name, rv);
    cr_expect_eq(face.count(name) - own, 1, "%s is called %lu times", name,
                 face.count(name) - own);
    cr_expect_eq(count_calls(function) - all, calls_of(function),
                 "%s costs %lu calls", name, count_calls(function) - all);
    if (is_asked_anew(function))
        face.member_session++;
    face_check_arguments(&face, function);
    face_check_inputs(&face, function);
    if (is_of_session(function))
        cr_expect_eq(face_value_of(&face, "flags")->bytes[0], 0);
    else
        face_check_outputs(&face, function);
    face_close(&face);
}

FACE_TEST(face, reaches_the_same_function_once_with_all_its_arguments)
{
    for (unsigned function = 0; function < N_FUNCTIONS; function++)
        if (!face_facts_of(function)->is_local && !is_wrapped(function))
            check_row(function);
}

/* The module's own state comes back to it, with its own handles. */
Test(face_pooled, takes_a_state_back_to_the_module)
{
    static const char name[] = "C_GetOperationState";
    CK_BYTE state[1024];
    CK_ULONG length = sizeof(state);
    const struct record *seen;

    ready(FUNCTION_C_GetOperationState);
    cr_assert_eq(face.list.C_GetOperationState(face.session, state, &length),
                 CKR_OK);
    seen = face.of(name);
    cr_assert_eq(face.count(name), 1);
    cr_assert_eq(seen->arguments[0].number, face.member_session);
    cr_assert_gt(length, sizeof(name) - 1);
    cr_assert_eq(seen->arguments[1].room,
                 sizeof(state) - (length - (sizeof(name) - 1)));
    cr_assert_eq(face.list.C_SetOperationState(face.session, state, length,
                                               face.objects[1],
                                               face.objects[2]),
                 CKR_OK);
    seen = face.of("C_SetOperationState");
    cr_assert_eq(face.count("C_SetOperationState"), 1);
    cr_assert_eq(seen->arguments[1].n_bytes, sizeof(name) - 1);
    cr_assert_arr_eq(seen->arguments[1].bytes, name, sizeof(name) - 1);
    cr_assert_eq(seen->arguments[2].number, face.member_objects[1]);
    cr_assert_eq(seen->arguments[3].number, face.member_objects[2]);
    face_close(&face);
}

/* -- Failures --------------------------------------------------------------
 */

/* What a token would not do is not done for it, and nothing is invented. */
FACE_TEST(face, passes_on_what_the_module_refuses)
{
    for (unsigned function = 0; function < N_FUNCTIONS; function++) {
        const char *name = face_names[function];
        CK_RV rv;

        if (face_facts_of(function)->is_local ||
            (is_wrapped(function) && function != FUNCTION_C_GetOperationState))
            continue;
        ready(function);
        face.order(name, &(struct record_answer){ .rv = CKR_PIN_EXPIRED });
        rv = face_call(&face, function);
        cr_expect_eq(rv, CKR_PIN_EXPIRED, "%s answers 0x%lx", name, rv);
        face_check_inputs(&face, function);
        face_close(&face);
    }
}

/* -- Sizes ------------------------------------------------------------------
 */

static const char *
buffer_of(const struct face *opened)
{
    for (size_t i = 0; i < opened->n_values; i++)
        if (opened->values[i].kind == ARGUMENT_BUFFER ||
            opened->values[i].kind == ARGUMENT_NUMBERS)
            return opened->values[i].name;
    return NULL;
}

static void
check_size_query(enum function function)
{
    const char *name = face_names[function], *buffer;
    CK_ULONG expected = strlen(name);

    ready(function);
    face_call(&face, function);
    buffer = buffer_of(&face);
    face_close(&face);
    if (buffer == NULL)
        return;
    if (face_value_of(&face, buffer)->kind == ARGUMENT_NUMBERS)
        expected = 2;
    ready(function);
    face.null_name = buffer;
    cr_expect_eq(face_call(&face, function), CKR_OK, "%s", name);
    cr_expect_eq(face_value_of(&face, buffer)->length, expected, "%s", name);
    face_check_arguments(&face, function);
    /* It gives nothing but a size, and ends nothing: the same again. */
    for (size_t i = 0; i < face.n_values; i++)
        if (face.values[i].kind == ARGUMENT_MADE_OBJECT)
            cr_expect_arr_eq(face.values[i].bytes, face.values[i].bytes_before,
                             FACE_ROOM, "%s", name);
    face.null_name = NULL;
    cr_expect_eq(face_call(&face, function), CKR_OK, "%s", name);
    face_check_outputs(&face, function);
    face_close(&face);
}

FACE_TEST(face, answers_a_size_where_the_buffer_is_null)
{
    for (unsigned function = 0; function < N_FUNCTIONS; function++)
        if (!face_facts_of(function)->is_local && !is_wrapped(function))
            check_size_query(function);
}

/* -- Handles ----------------------------------------------------------------
 */

FACE_TEST(face, gives_handles_that_are_its_own)
{
    CK_OBJECT_HANDLE again[FACE_OBJECTS];
    CK_SESSION_HANDLE other;

    face_open(&face);
    other = face_session(&face, FACE_SLOT);
    cr_assert_neq(other, face.session);
    cr_assert_eq(other >> 62, 0); /* R2.5 */
    /* The same object has the same handle, in any session of its token. */
    cr_assert_eq(face_find(&face, other, again, FACE_OBJECTS), FACE_OBJECTS);
    cr_assert_arr_eq(again, face.objects, sizeof(again));
    /* And another one than what has the same number on another token. */
    other = face_session(&face, FACE_SLOT + 1);
    cr_assert_eq(face_find(&face, other, again, FACE_OBJECTS), FACE_OBJECTS);
    cr_assert_neq(again[0], face.objects[0]);
    face_close(&face);
}

FACE_TEST(face, tells_slots_by_its_own_numbers)
{
    CK_SESSION_HANDLE other;
    CK_SESSION_INFO info;

    face_open(&face);
    other = face_session(&face, FACE_SLOT + 1);
    cr_assert_eq(face.of("C_OpenSession")->arguments[0].number,
                 RECORD_SLOT + 1);
    cr_assert_eq(face.list.C_GetSessionInfo(other, &info), CKR_OK);
    cr_assert_eq(info.slotID, FACE_SLOT + 1);
    face_close(&face);
}

FACE_TEST(face, takes_pair_templates_and_handles_in_their_order)
{
    CK_BYTE public_id = 1, private_id = 2;
    CK_ATTRIBUTE public_template = { CKA_ID, &public_id, 1 };
    CK_ATTRIBUTE private_template[] = { { CKA_ID, &private_id, 1 },
                                        { CKA_LABEL, &private_id, 1 } };
    CK_MECHANISM mechanism = { CKM_EC_KEY_PAIR_GEN, NULL, 0 };
    CK_OBJECT_HANDLE public_key, private_key;
    const struct record *seen;

    face_open(&face);
    cr_assert_eq(face.list.C_GenerateKeyPair(face.session, &mechanism,
                                             &public_template, 1,
                                             private_template, 2, &public_key,
                                             &private_key),
                 CKR_OK);
    seen = face.of("C_GenerateKeyPair");
    cr_assert_eq(seen->arguments[2].n_template, 1);
    cr_assert_eq(seen->arguments[3].n_template, 2);
    cr_assert_eq(face.list.C_DestroyObject(face.session, private_key), CKR_OK);
    cr_assert_eq(face.of("C_DestroyObject")->arguments[1].number,
                 RECORD_OBJECT + 1);
    cr_assert_eq(face.list.C_DestroyObject(face.session, public_key), CKR_OK);
    cr_assert_eq(face.of("C_DestroyObject")->arguments[1].number,
                 RECORD_OBJECT);
    face_close(&face);
}

/* NULL for the middle of a message is no buffer at all. */
FACE_TEST(face, goes_on_with_messages_whose_output_comes_later)
{
    CK_BYTE data[4] = "data";

    face_open(&face);
    face_begin(&face, FUNCTION_C_SignMessageNext);
    cr_assert_eq(face.list.C_SignMessageNext(face.session, NULL, 0, data, 4,
                                             NULL, NULL),
                 CKR_OK);
    cr_assert_null(face.of("C_SignMessageNext")->arguments[3].pointer);
    cr_assert_eq(face.count("C_SignMessageNext"), 1);
    face_begin(&face, FUNCTION_C_VerifyMessageNext);
    cr_assert_eq(face.list.C_VerifyMessageNext(face.session, NULL, 0, data, 4,
                                               NULL, 0),
                 CKR_OK);
    cr_assert_null(face.of("C_VerifyMessageNext")->arguments[3].pointer);
    face_close(&face);
}

/* A search goes on in the module when it has found more than is taken at
 * once. */
FACE_TEST(face, hands_out_all_that_a_search_finds)
{
    enum { MANY = 1000 };
    static CK_OBJECT_HANDLE theirs[MANY], ours[MANY + 1];
    CK_ULONG total = 0, count = 1;

    face_open(&face);
    for (size_t i = 0; i < MANY; i++)
        theirs[i] = 0xabcd000000000000UL + i * 3;
    face.set_objects(theirs, MANY);
    cr_assert_eq(face.list.C_FindObjectsInit(face.session, NULL, 0), CKR_OK);
    while (count > 0 && total <= MANY) {
        CK_ULONG room = total % 7 + 1;

        if (room > MANY + 1 - total)
            room = MANY + 1 - total;
        cr_assert_eq(face.list.C_FindObjects(face.session, ours + total, room,
                                             &count),
                     CKR_OK);
        cr_assert_leq(count, room);
        total += count;
    }
    cr_assert_eq(total, MANY);
    cr_assert_eq(face.list.C_FindObjectsFinal(face.session), CKR_OK);
    for (size_t i = 0; i < MANY; i++) {
        CK_ULONG size;

        cr_assert_eq(face.list.C_GetObjectSize(face.session, ours[i], &size),
                     CKR_OK);
        cr_assert_eq(face.of("C_GetObjectSize")->arguments[1].number,
                     theirs[i]);
    }
    face_close(&face);
}
