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

TestSuite(face_ending, .init = setup, .timeout = 60);

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

Test(face_ending, comes_with_the_last_part)
{
    for (unsigned function = 0; function < N_FUNCTIONS; function++)
        if (goes_on(function))
            check_answer(function, CKR_OK,
                         stage_of(function) == SINGLE ||
                             stage_of(function) == FINAL);
}

/* Of a message that fails the others do not suffer. */
Test(face_ending, comes_with_failure)
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

/* The application will ask again, with a larger buffer. */
Test(face_ending, does_not_come_with_a_buffer_that_is_too_small)
{
    for (unsigned function = 0; function < N_FUNCTIONS; function++)
        if (goes_on(function) && buffer_of(function) != NULL)
            check_answer(function, CKR_BUFFER_TOO_SMALL, false);
}

Test(face_ending, does_not_come_with_a_question_for_the_size)
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
Test(face_ending, is_looked_at_for_every_operation)
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
