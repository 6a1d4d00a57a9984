/* SPDX-License-Identifier: BSD-3-Clause */
/* Which answers end an operation and which do not (R3.10), for every function
 * that goes on with one. */
#include "tests/face.h"

#include <criterion/criterion.h>
#include <string.h>

static struct face face;

static void
setup(void)
{
    face_load(&face, NULL);
}

static void
setup_pooled(void)
{
    face_load_pooled(&face, NULL);
}

TestSuite(face_ending, .init = setup, .timeout = 60);
TestSuite(face_ending_pooled, .init = setup_pooled, .timeout = 60);

/* By what their names say, apart from calls.def. */
enum stage { SINGLE, UPDATE, FINAL, MESSAGE };

static enum stage
stage_of(enum function function)
{
    const char *name = face_names[function];

    if (strcmp(name + strlen(name) - 5, "Final") == 0)
        return FINAL;
    if (strstr(name, "Update") != NULL || strcmp(name, "C_DigestKey") == 0)
        return UPDATE;
    return strstr(name, "Message") != NULL ? MESSAGE : SINGLE;
}

static bool
goes_on(enum function function)
{
    return face_facts_of(function)->init != function &&
           !face_facts_of(function)->is_local;
}

/* An active operation can be cancelled, and only an active one. */
static bool
is_active(enum function function)
{
    CK_RV rv;

    face.null_name = "mechanism";
    rv = face_call(&face, face_facts_of(function)->init);
    face.null_name = NULL;
    return rv == CKR_OK;
}

static const char *
buffer_of(enum function function)
{
    for (size_t i = 0; i < FACE_PARAMETERS; i++)
        if (face_parameters[function][i].name != NULL &&
            face_parameters[function][i].kind == ARGUMENT_BUFFER)
            return face_parameters[function][i].name;
    return NULL;
}

/* The answer that the module gives, and whether it ends the operation. */
static void
check_answer(enum function function, CK_RV answer, bool ends)
{
    const char *name = face_names[function];
    CK_RV rv;

    face_open(&face);
    face_begin(&face, function);
    if (answer != CKR_OK)
        face.order(name, &(struct record_answer){ .rv = answer });
    rv = face_call(&face, function);
    cr_expect_eq(rv, answer, "%s answers 0x%lx", name, rv);
    cr_expect_eq(is_active(function), !ends, "%s after 0x%lx", name, answer);
    face_close(&face);
}

FACE_TEST(face_ending, comes_with_the_last_part)
{
    for (unsigned function = 0; function < N_FUNCTIONS; function++)
        if (goes_on(function))
            check_answer(function, CKR_OK,
                         stage_of(function) == SINGLE ||
                             stage_of(function) == FINAL);
}

/* Of a message that fails the others do not suffer. */
FACE_TEST(face_ending, comes_with_failure)
{
    static const CK_RV failures[] = {
        CKR_DATA_LEN_RANGE,
        CKR_DEVICE_ERROR,
        CKR_SIGNATURE_INVALID,
        CKR_VENDOR_DEFINED + 5,
    };

    for (unsigned function = 0; function < N_FUNCTIONS; function++)
        for (size_t i = 0;
             goes_on(function) && i < sizeof(failures) / sizeof(failures[0]);
             i++)
            check_answer(function, failures[i], stage_of(function) != MESSAGE);
}

/* The operation has not seen what was refused (R1.24). */
FACE_TEST(face_ending, does_not_come_with_a_refusal)
{
    for (unsigned function = 0; function < N_FUNCTIONS; function++) {
        if (!goes_on(function))
            continue;
        check_answer(function, CKR_ARGUMENTS_BAD, false);
        check_answer(function, CKR_FUNCTION_NOT_SUPPORTED, false);
        check_answer(function, CKR_KEY_SIZE_RANGE,
                     function != FUNCTION_C_DigestKey &&
                         stage_of(function) != MESSAGE);
    }
}

/* Nor with what p11mux refuses itself: the module goes on with it. */
FACE_TEST(face_ending, does_not_come_with_a_bad_handle)
{
    face_open(&face);
    face_begin(&face, FUNCTION_C_DigestKey);
    face.bad_name = "key";
    face.bad_object = face.member_objects[0];
    cr_assert_eq(face_call(&face, FUNCTION_C_DigestKey),
                 CKR_KEY_HANDLE_INVALID);
    face.bad_name = NULL;
    cr_assert_eq(face.count("C_DigestKey"), 0);
    cr_assert_eq(face_call(&face, FUNCTION_C_DigestFinal), CKR_OK);
    cr_assert_eq(face.of("C_DigestFinal")->arguments[0].number,
                 face.member_session);
    face_close(&face);
}

/* They go on with two operations. */
static bool
is_of_a_pair(enum function function)
{
    return function == FUNCTION_C_DigestEncryptUpdate ||
           function == FUNCTION_C_DecryptDigestUpdate ||
           function == FUNCTION_C_SignEncryptUpdate ||
           function == FUNCTION_C_DecryptVerifyUpdate;
}

/* Nor where the other operation of a pair is missing. */
FACE_TEST(face_ending, does_not_come_for_want_of_another)
{
    const struct record_answer none = { .rv = CKR_OPERATION_NOT_INITIALIZED };

    for (unsigned function = 0; function < N_FUNCTIONS; function++) {
        if (!is_of_a_pair(function))
            continue;
        face_open(&face);
        face_call(&face, face_facts_of(function)->init);
        face.order(face_names[function], &none);
        cr_expect_eq(face_call(&face, function), CKR_OPERATION_NOT_INITIALIZED);
        cr_expect(is_active(function), "%s", face_names[function]);
        face_close(&face);
    }
}

/* What a module has left in a lent backend session is nobody else's: it goes
 * back after a verdict, which ends the operation there too, and is closed
 * after anything else (R3.14). */
static void
check_given(enum function function, CK_RV answer)
{
    bool is_kept = answer == CKR_DATA_LEN_RANGE && stage_of(function) != UPDATE;

    face_open(&face);
    face_begin(&face, function);
    face.order(face_names[function], &(struct record_answer){ .rv = answer });
    cr_expect_eq(face_call(&face, function), answer);
    cr_expect_eq(face.count("C_CloseSession"), is_kept ? 0 : 1,
                 "%s after 0x%lx", face_names[function], answer);
    cr_expect_eq(face_call(&face, FUNCTION_C_EncryptInit), CKR_OK);
    cr_expect_eq(face.of("C_EncryptInit")->arguments[0].number,
                 face.member_session + (is_kept ? 0 : 1), "%s after 0x%lx",
                 face_names[function], answer);
    face_close(&face);
}

Test(face_ending_pooled, closes_what_is_in_doubt)
{
    for (unsigned function = 0; function < N_FUNCTIONS; function++) {
        /* The other operation of a pair is still on it. */
        if (!goes_on(function) || stage_of(function) == MESSAGE ||
            is_of_a_pair(function))
            continue;
        check_given(function, CKR_DATA_LEN_RANGE);
        check_given(function, CKR_DEVICE_ERROR);
        check_given(function, CKR_OPERATION_NOT_INITIALIZED);
    }
}

/* The application will ask again, with a larger buffer. */
FACE_TEST(face_ending, does_not_come_with_a_buffer_that_is_too_small)
{
    for (unsigned function = 0; function < N_FUNCTIONS; function++)
        if (goes_on(function) && buffer_of(function) != NULL)
            check_answer(function, CKR_BUFFER_TOO_SMALL, false);
}

FACE_TEST(face_ending, does_not_come_with_a_question_for_the_size)
{
    for (unsigned function = 0; function < N_FUNCTIONS; function++) {
        if (!goes_on(function) || buffer_of(function) == NULL)
            continue;
        face_open(&face);
        face_begin(&face, function);
        face.null_name = buffer_of(function);
        cr_expect_eq(face_call(&face, function), CKR_OK, "%s",
                     face_names[function]);
        face.null_name = NULL;
        cr_expect(is_active(function), "%s", face_names[function]);
        face_close(&face);
    }
}

/* Which functions this is about: none that calls.def knows is missing. */
FACE_TEST(face_ending, is_looked_at_for_every_operation)
{
    unsigned n_stages[4] = { 0 };

    for (unsigned function = 0; function < N_FUNCTIONS; function++)
        if (goes_on(function))
            n_stages[stage_of(function)]++;
    cr_assert_eq(n_stages[SINGLE], 8);
    cr_assert_eq(n_stages[UPDATE], 11);
    cr_assert_eq(n_stages[FINAL], 10);
    cr_assert_eq(n_stages[MESSAGE], 12);
}
