/* SPDX-License-Identifier: BSD-3-Clause */
/* Object handles that go into a module inside a mechanism's parameter: every
 * row of SEMANTICS 1.4 through every function that takes a mechanism. */
#include "tests/face.h"
#include "tests/mechanism-fixture.h"

#include <criterion/criterion.h>
#include <string.h>

static struct face face;

static void
setup(void)
{
    face_load(&face, "wrap_auth = true;");
    face_open(&face);
}

static void
setup_pooled(void)
{
    face_load_pooled(&face, "wrap_auth = true;");
    face_open(&face);
}

static void
teardown(void)
{
    face_close(&face);
}

TestSuite(parameters, .init = setup, .fini = teardown, .timeout = 60);
TestSuite(parameters_pooled, .init = setup_pooled, .fini = teardown,
          .timeout = 60);

static void
put(void *base, size_t offset, CK_ULONG word)
{
    memcpy((CK_BYTE *)base + offset, &word, sizeof(word));
}

static CK_ULONG
get(const void *base, size_t offset)
{
    CK_ULONG word;

    memcpy(&word, (const CK_BYTE *)base + offset, sizeof(word));
    return word;
}

/* A parameter of the row with good handles and its condition met. */
static CK_MECHANISM
parameter_of(const struct mechanism_in_row *row, CK_BYTE *bytes)
{
    memset(bytes, row->filling, PARAMETER);
    if (row->condition_size == 1)
        bytes[row->condition_at] = CK_TRUE;
    else if (row->condition_size != 0)
        put(bytes, row->condition_at, row->condition);
    for (size_t i = 0; i < row->n_handles; i++)
        put(bytes, row->handles[i], face.objects[i + 1]);
    return (CK_MECHANISM){ row->type, bytes, row->size };
}

static bool
takes_mechanism(enum function function)
{
    for (size_t i = 0; i < FACE_PARAMETERS; i++)
        if (face_parameters[function][i].name != NULL &&
            face_parameters[function][i].kind == ARGUMENT_MECHANISM)
            return true;
    return false;
}

/* The call, and the end of what it began. */
static CK_RV
call_with(enum function function, CK_MECHANISM *mechanism)
{
    CK_RV rv;

    face.mechanism = mechanism;
    rv = face_call(&face, function);
    face.mechanism = NULL;
    if (rv == CKR_OK)
        cr_assert_eq(face.list.C_SessionCancel(face.session, ~0UL), CKR_OK);
    return rv;
}

static const struct record_argument *
seen_mechanism(enum function function)
{
    const struct record *record = face.of(face_names[function]);

    for (size_t i = 0; i < record->n_arguments; i++)
        if (record->arguments[i].kind == ARGUMENT_MECHANISM)
            return &record->arguments[i];
    return NULL;
}

/* -- Good ones ---------------------------------------------------------------
 */

static void
check_row(const struct mechanism_in_row *row, enum function function)
{
    CK_BYTE bytes[PARAMETER], before[PARAMETER], expected[PARAMETER];
    CK_MECHANISM mechanism = parameter_of(row, bytes), given = mechanism;
    const char *name = face_names[function];
    const struct record_argument *seen;

    memcpy(before, bytes, sizeof(bytes));
    memcpy(expected, bytes, sizeof(bytes));
    for (size_t i = 0; i < row->n_handles; i++)
        put(expected, row->handles[i], face.member_objects[i + 1]);
    cr_expect_eq(call_with(function, &mechanism), CKR_OK, "%s: %s", name,
                 row->name);
    seen = seen_mechanism(function);
    cr_expect_eq(seen->mechanism, row->type, "%s: %s", name, row->name);
    cr_expect_eq(seen->n_bytes, row->size, "%s: %s", name, row->name);
    cr_expect_arr_eq(seen->bytes, expected, row->size,
                     "%s: %s comes with other bytes", name, row->name);
    cr_expect_arr_eq(bytes, before, sizeof(bytes),
                     "%s: %s changes the application's", name, row->name);
    cr_expect_arr_eq(&mechanism, &given, sizeof(given), "%s: %s", name,
                     row->name);
}

FACE_TEST(parameters, hold_the_modules_handles_in_every_function)
{
    unsigned n_functions = 0;

    for (unsigned function = 0; function < N_FUNCTIONS; function++) {
        if (!takes_mechanism(function))
            continue;
        n_functions++;
        for (size_t i = 0; i < n_mechanism_in_rows; i++)
            check_row(&mechanism_in_rows[i], function);
    }
    cr_assert_eq(n_functions, 21);
}

/* What a field says that does not apply may be anything. */
FACE_TEST(parameters, leave_alone_what_does_not_apply)
{
    for (size_t i = 0; i < n_mechanism_in_rows; i++) {
        const struct mechanism_in_row *row = &mechanism_in_rows[i];
        CK_BYTE bytes[PARAMETER];
        CK_MECHANISM mechanism = parameter_of(row, bytes);

        if (row->condition_size == 0)
            continue;
        memset(bytes + row->condition_at, 0, row->condition_size);
        put(bytes, row->handles[row->n_handles - 1], 0xdeadbeef);
        cr_expect_eq(call_with(FUNCTION_C_DeriveKey, &mechanism), CKR_OK, "%s",
                     row->name);
        cr_expect_eq(get(seen_mechanism(FUNCTION_C_DeriveKey)->bytes,
                         row->handles[row->n_handles - 1]),
                     0xdeadbeef, "%s", row->name);
    }
}

FACE_TEST(parameters, may_say_that_there_is_no_object)
{
    for (size_t i = 0; i < n_mechanism_in_rows; i++) {
        const struct mechanism_in_row *row = &mechanism_in_rows[i];
        CK_BYTE bytes[PARAMETER];
        CK_MECHANISM mechanism = parameter_of(row, bytes);

        put(bytes, row->handles[0], 0);
        if (!row->may_be_absent) {
            cr_expect_eq(call_with(FUNCTION_C_SignInit, &mechanism),
                         CKR_MECHANISM_PARAM_INVALID, "%s", row->name);
            continue;
        }
        cr_expect_eq(call_with(FUNCTION_C_SignInit, &mechanism), CKR_OK, "%s",
                     row->name);
        cr_expect_eq(get(seen_mechanism(FUNCTION_C_SignInit)->bytes,
                         row->handles[0]),
                     0, "%s", row->name);
    }
}

/* -- Bad ones ----------------------------------------------------------------
 */

static void
check_bad(const struct mechanism_in_row *row, size_t nth, CK_OBJECT_HANDLE bad)
{
    static const enum function functions[] = { FUNCTION_C_DeriveKey,
                                               FUNCTION_C_SignInit,
                                               FUNCTION_C_WrapKey };
    CK_BYTE bytes[PARAMETER];
    CK_MECHANISM mechanism = parameter_of(row, bytes);

    put(bytes, row->handles[nth], bad);
    for (size_t i = 0; i < sizeof(functions) / sizeof(functions[0]); i++) {
        unsigned long before = face.count(NULL);

        cr_expect_eq(call_with(functions[i], &mechanism),
                     CKR_MECHANISM_PARAM_INVALID, "%s: %s with 0x%lx",
                     face_names[functions[i]], row->name, bad);
        cr_expect_eq(face.count(NULL), before, "%s: %s with 0x%lx",
                     face_names[functions[i]], row->name, bad);
    }
}

FACE_TEST(parameters, with_bad_handles_are_invalid)
{
    CK_OBJECT_HANDLE others[FACE_OBJECTS];

    face_find(&face, face_session(&face, FACE_SLOT + 1), others, FACE_OBJECTS);
    for (size_t i = 0; i < n_mechanism_in_rows; i++)
        for (size_t nth = 0; nth < mechanism_in_rows[i].n_handles; nth++) {
            check_bad(&mechanism_in_rows[i], nth, 0x7654321);
            check_bad(&mechanism_in_rows[i], nth, ~0UL);
            check_bad(&mechanism_in_rows[i], nth, face.session);
            check_bad(&mechanism_in_rows[i], nth, face.member_objects[0]);
            /* Of another token, where it is good (R1.18). */
            check_bad(&mechanism_in_rows[i], nth, others[0]);
        }
}

/* The key of the call is looked at before those of its mechanism. */
FACE_TEST(parameters, come_after_the_arguments)
{
    CK_BYTE bytes[PARAMETER];
    CK_MECHANISM mechanism = parameter_of(&mechanism_in_rows[0], bytes);

    put(bytes, mechanism_in_rows[0].handles[0], 0x7654321);
    face.bad_name = "base_key";
    face.bad_object = 0x7654321;
    cr_assert_eq(call_with(FUNCTION_C_DeriveKey, &mechanism),
                 CKR_KEY_HANDLE_INVALID);
    face.bad_name = NULL;
}

FACE_TEST(parameters, that_are_too_short_are_invalid)
{
    for (size_t i = 0; i < n_mechanism_in_rows; i++) {
        const struct mechanism_in_row *row = &mechanism_in_rows[i];
        CK_BYTE bytes[PARAMETER];
        CK_MECHANISM mechanism = parameter_of(row, bytes);
        unsigned long before = face.count(NULL);

        mechanism.ulParameterLen = row->shortest - 1;
        cr_expect_eq(call_with(FUNCTION_C_DeriveKey, &mechanism),
                     CKR_MECHANISM_PARAM_INVALID, "%s", row->name);
        mechanism.ulParameterLen = 0;
        cr_expect_eq(call_with(FUNCTION_C_DeriveKey, &mechanism),
                     CKR_MECHANISM_PARAM_INVALID, "%s", row->name);
        cr_expect_eq(face.count(NULL), before, "%s", row->name);
        /* None at all is the module's to judge. */
        mechanism.pParameter = NULL;
        cr_expect_eq(call_with(FUNCTION_C_DeriveKey, &mechanism), CKR_OK, "%s",
                     row->name);
    }
}

/* -- Without handles ----------------------------------------------------------
 */

FACE_TEST(parameters, without_handles_are_the_applications_own)
{
    CK_BYTE bytes[64];

    memset(bytes, 0xa5, sizeof(bytes));
    for (size_t i = 0; i < n_mechanisms_without_handles; i++) {
        CK_MECHANISM mechanism = { mechanisms_without_handles[i], bytes, 13 };

        cr_expect_eq(call_with(FUNCTION_C_DeriveKey, &mechanism), CKR_OK,
                     "0x%lx", mechanism.mechanism);
        cr_expect_eq(seen_mechanism(FUNCTION_C_DeriveKey)->n_bytes, 13, "0x%lx",
                     mechanism.mechanism);
        cr_expect_arr_eq(seen_mechanism(FUNCTION_C_DeriveKey)->bytes, bytes, 13,
                         "0x%lx", mechanism.mechanism);
    }
}

/* -- As long as the operation -------------------------------------------------
 */

struct keeper {
    const CK_MECHANISM *mechanism;
    CK_OBJECT_HANDLE seen_at_init, seen_at_end;
};

/* A module that keeps the pointer that C_SignInit gave it. */
static bool
keep_pointer(enum function function, struct argument *arguments,
             size_t n_arguments, CK_RV *rv, void *context)
{
    struct keeper *keeper = context;

    (void)n_arguments;
    (void)rv;
    if (function == FUNCTION_C_SignInit) {
        keeper->mechanism = arguments[1].pointer;
        keeper->seen_at_init = get(keeper->mechanism->pParameter, 0);
    } else if (function == FUNCTION_C_SignUpdate ||
               function == FUNCTION_C_SignFinal) {
        keeper->seen_at_end = get(keeper->mechanism->pParameter, 0);
    }
    return false;
}

/* R1.12: modules do look at it until the operation ends, whatever else the
 * session does meanwhile. */
FACE_TEST(parameters, stay_until_the_operation_ends)
{
    CK_CMS_SIG_PARAMS parameter = { .certificateHandle = face.objects[1] };
    CK_MECHANISM mechanism = { CKM_CMS_SIG, &parameter, sizeof(parameter) };
    CK_MECHANISM other = { CKM_CONCATENATE_BASE_AND_KEY, &face.objects[2],
                           sizeof(face.objects[2]) };
    struct keeper keeper = { NULL, 0, 0 };
    CK_BYTE data[64] = { 0 };
    CK_ULONG length = sizeof(data);

    face.set_hook(keep_pointer, &keeper);
    cr_assert_eq(face.list.C_SignInit(face.session, &mechanism,
                                      face.objects[0]),
                 CKR_OK);
    cr_assert_eq(keeper.seen_at_init, face.member_objects[1]);
    face.mechanism = &other;
    cr_assert_eq(face_call(&face, FUNCTION_C_DeriveKey), CKR_OK);
    cr_assert_eq(face_call(&face, FUNCTION_C_EncryptInit), CKR_OK);
    face.mechanism = NULL;
    cr_assert_eq(face.list.C_SignUpdate(face.session, data, 4), CKR_OK);
    cr_assert_eq(keeper.seen_at_end, face.member_objects[1]);
    keeper.seen_at_end = 0;
    cr_assert_eq(face.list.C_SignFinal(face.session, data, &length), CKR_OK);
    cr_assert_eq(keeper.seen_at_end, face.member_objects[1]);
    cr_assert_eq(parameter.certificateHandle, face.objects[1]);
    face.set_hook(NULL, NULL);
}
