/* SPDX-License-Identifier: BSD-3-Clause */
/* Ending operations before their end: an Init without a mechanism, and
 * C_SessionCancel (R3.31, R3.32). */
#include "tests/face.h"

#include <criterion/criterion.h>

static struct face face;

static void (*load)(struct face *face, const char *extra);

static void
setup(void)
{
    load = face_load;
}

static void
setup_pooled(void)
{
    load = face_load_pooled;
}

TestSuite(face_cancel, .init = setup, .timeout = 60);
TestSuite(face_cancel_pooled, .init = setup_pooled, .timeout = 60);

/* Every Init with a mechanism, and what C_SessionCancel calls its kind. */
static const struct {
    enum function init;
    CK_FLAGS flag;
} inits[] = {
    { FUNCTION_C_EncryptInit, CKF_ENCRYPT },
    { FUNCTION_C_DecryptInit, CKF_DECRYPT },
    { FUNCTION_C_DigestInit, CKF_DIGEST },
    { FUNCTION_C_SignInit, CKF_SIGN },
    { FUNCTION_C_SignRecoverInit, CKF_SIGN_RECOVER },
    { FUNCTION_C_VerifyInit, CKF_VERIFY },
    { FUNCTION_C_VerifyRecoverInit, CKF_VERIFY_RECOVER },
    { FUNCTION_C_VerifySignatureInit, CKF_VERIFY },
    { FUNCTION_C_MessageEncryptInit, CKF_MESSAGE_ENCRYPT },
    { FUNCTION_C_MessageDecryptInit, CKF_MESSAGE_DECRYPT },
    { FUNCTION_C_MessageSignInit, CKF_MESSAGE_SIGN },
    { FUNCTION_C_MessageVerifyInit, CKF_MESSAGE_VERIFY },
};
enum { N_INITS = sizeof(inits) / sizeof(inits[0]) };

static CK_RV
init_without_mechanism(enum function init)
{
    CK_RV rv;

    face.null_name = "mechanism";
    rv = face_call(&face, init);
    face.null_name = NULL;
    return rv;
}

FACE_TEST(face_cancel, knows_every_operation)
{
    unsigned n_inits = 0;

    for (unsigned function = 0; function < N_FUNCTIONS; function++)
        n_inits += face_facts_of(function)->is_init &&
                   function != FUNCTION_C_FindObjectsInit;
    cr_assert_eq(n_inits, N_INITS);
}

/* Another backend session takes the place of the one with the operation: few
 * modules can cancel, and NULL never reaches one that cannot. */
FACE_TEST(face_cancel, ends_an_operation_by_its_init_without_mechanism)
{
    load(&face, NULL);
    for (unsigned i = 0; i < N_INITS; i++) {
        const char *name = face_names[inits[i].init];

        face_open(&face);
        cr_expect_eq(init_without_mechanism(inits[i].init), CKR_ARGUMENTS_BAD,
                     "%s", name);
        cr_expect_eq(face_call(&face, inits[i].init), CKR_OK, "%s", name);
        cr_expect_eq(init_without_mechanism(inits[i].init), CKR_OK, "%s", name);
        cr_expect_eq(face.count(name), 1, "%s", name);
        cr_expect_eq(face.count("C_SessionCancel"), 0, "%s", name);
        cr_expect_eq(face.of("C_CloseSession")->arguments[0].number,
                     face.member_session, "%s", name);
        /* The login stays: the new one was there before the old one went, or
         * is opened when it is needed, beside the keeper. */
        cr_expect_lt(face.of("C_OpenSession")->order,
                     face.of("C_CloseSession")->order, "%s", name);
        cr_expect_eq(init_without_mechanism(inits[i].init), CKR_ARGUMENTS_BAD,
                     "%s", name);
        cr_expect_eq(face_call(&face, inits[i].init), CKR_OK, "%s", name);
        cr_expect_eq(face.of(name)->arguments[0].number,
                     face.member_session + 1, "%s", name);
        face_close(&face);
    }
}

FACE_TEST(face_cancel, lets_the_module_cancel_where_it_can)
{
    load(&face, "cancel = \"reliable\";");
    for (unsigned i = 0; i < N_INITS; i++) {
        const char *name = face_names[inits[i].init];
        const struct record *seen;

        face_open(&face);
        cr_expect_eq(face_call(&face, inits[i].init), CKR_OK, "%s", name);
        cr_expect_eq(init_without_mechanism(inits[i].init), CKR_OK, "%s", name);
        cr_expect_eq(face.count("C_SessionCancel"), 1, "%s", name);
        seen = face.of("C_SessionCancel");
        cr_expect_eq(seen->arguments[0].number, face.member_session, "%s",
                     name);
        cr_expect_eq(seen->arguments[1].number, inits[i].flag, "%s", name);
        cr_expect_eq(face.count("C_CloseSession"), 0, "%s", name);
        face_close(&face);
    }
}

FACE_TEST(face_cancel, ends_what_session_cancel_names)
{
    load(&face, NULL);
    for (unsigned i = 0; i < N_INITS; i++) {
        const char *name = face_names[inits[i].init];

        face_open(&face);
        cr_expect_eq(face_call(&face, inits[i].init), CKR_OK, "%s", name);
        cr_expect_eq(face.list.C_SessionCancel(face.session, ~inits[i].flag),
                     CKR_OK, "%s", name);
        cr_expect_eq(face.count("C_CloseSession"), 0, "%s", name);
        cr_expect_eq(face.list.C_SessionCancel(face.session, inits[i].flag),
                     CKR_OK, "%s", name);
        cr_expect_eq(face.count("C_CloseSession"), 1, "%s", name);
        cr_expect_eq(init_without_mechanism(inits[i].init), CKR_ARGUMENTS_BAD,
                     "%s", name);
        face_close(&face);
    }
}

FACE_TEST(face_cancel, ends_a_search)
{
    CK_OBJECT_HANDLE object;
    CK_ULONG count;

    load(&face, NULL);
    face_open(&face);
    cr_assert_eq(face.list.C_FindObjectsInit(face.session, NULL, 0), CKR_OK);
    cr_assert_eq(face.list.C_SessionCancel(face.session, CKF_FIND_OBJECTS),
                 CKR_OK);
    cr_assert_eq(face.list.C_FindObjects(face.session, &object, 1, &count),
                 CKR_OPERATION_NOT_INITIALIZED);
    cr_assert_eq(face.list.C_FindObjectsInit(face.session, NULL, 0), CKR_OK);
    face_close(&face);
}

/* -- Two operations, and what a session owns ------------------------------- */

/* Half of a pair can be cancelled by the module alone. */
FACE_TEST(face_cancel, leaves_the_other_half_of_a_pair)
{
    load(&face, NULL);
    face_open(&face);
    face_begin(&face, FUNCTION_C_DigestEncryptUpdate);
    face.order("C_SessionCancel",
               &(struct record_answer){ .rv = CKR_OPERATION_CANCEL_FAILED });
    cr_assert_eq(face.list.C_SessionCancel(face.session, CKF_DIGEST),
                 CKR_OPERATION_CANCEL_FAILED);
    cr_assert_eq(face_call(&face, FUNCTION_C_DigestEncryptUpdate), CKR_OK);
    cr_assert_eq(face.list.C_SessionCancel(face.session, CKF_DIGEST), CKR_OK);
    cr_assert_eq(face.of("C_SessionCancel")->arguments[1].number, CKF_DIGEST);
    cr_assert_eq(init_without_mechanism(FUNCTION_C_DigestInit),
                 CKR_ARGUMENTS_BAD);
    cr_assert_eq(face_call(&face, FUNCTION_C_EncryptUpdate), CKR_OK);
    cr_assert_eq(face.of("C_EncryptUpdate")->arguments[0].number,
                 face.member_session);
    cr_assert_eq(face.count("C_CloseSession"), 0);
    face_close(&face);
}

static CK_OBJECT_HANDLE
make_session_object(void)
{
    CK_MECHANISM mechanism = { CKM_AES_KEY_GEN, NULL, 0 };
    CK_OBJECT_HANDLE object;

    cr_assert_eq(face.list.C_GenerateKey(face.session, &mechanism, NULL, 0,
                                         &object),
                 CKR_OK);
    return object;
}

/* Session objects would go with their session's own backend session: the
 * operation is brought to its end, into a buffer as large as the module
 * wants. */
Test(face_cancel, keeps_session_objects)
{
    static const CK_BYTE large[6000];
    CK_OBJECT_HANDLE object;
    CK_ULONG size;

    load(&face, NULL);
    face_open(&face);
    object = make_session_object();
    cr_assert_eq(face_call(&face, FUNCTION_C_SignInit), CKR_OK);
    face.order("C_SignFinal",
               &(struct record_answer){
                   .times = 2, .bytes = large, .n_bytes = sizeof(large) });
    cr_assert_eq(init_without_mechanism(FUNCTION_C_SignInit), CKR_OK);
    cr_assert_eq(face.count("C_SignFinal"), 2);
    cr_assert_eq(face.count("C_CloseSession"), 0);
    cr_assert_eq(face.list.C_GetObjectSize(face.session, object, &size),
                 CKR_OK);
    cr_assert_eq(init_without_mechanism(FUNCTION_C_SignInit),
                 CKR_ARGUMENTS_BAD);
    face_close(&face);
}

Test(face_cancel, says_when_it_cannot)
{
    load(&face, NULL);
    face_open(&face);
    make_session_object();
    cr_assert_eq(face_call(&face, FUNCTION_C_SignInit), CKR_OK);
    face.order("C_SignFinal",
               &(struct record_answer){ .rv = CKR_FUNCTION_NOT_SUPPORTED });
    cr_assert_eq(init_without_mechanism(FUNCTION_C_SignInit),
                 CKR_OPERATION_CANCEL_FAILED);
    /* Then it goes on as if nothing had been asked. */
    cr_assert_eq(face_call(&face, FUNCTION_C_Sign), CKR_OK);
    cr_assert_eq(face.of("C_Sign")->arguments[0].number, face.member_session);
    face_close(&face);
}

/* One that is lent serves nobody any more, and stays as long as a session
 * object lives in it. */
Test(face_cancel_pooled, keeps_session_objects)
{
    CK_OBJECT_HANDLE object;
    CK_ULONG size;

    load(&face, NULL);
    face_open(&face);
    object = make_session_object();
    cr_assert_eq(face_call(&face, FUNCTION_C_SignInit), CKR_OK);
    cr_assert_eq(init_without_mechanism(FUNCTION_C_SignInit), CKR_OK);
    cr_assert_eq(face.count("C_SignFinal"), 0);
    cr_assert_eq(face.count("C_CloseSession"), 0);
    cr_assert_eq(face_call(&face, FUNCTION_C_SignInit), CKR_OK);
    cr_assert_eq(face.of("C_SignInit")->arguments[0].number,
                 face.member_session + 1);
    cr_assert_eq(face.list.C_GetObjectSize(face.session, object, &size),
                 CKR_OK);
    cr_assert_eq(face.of("C_GetObjectSize")->arguments[1].number,
                 RECORD_OBJECT);
    cr_assert_eq(face.list.C_DestroyObject(face.session, object), CKR_OK);
    face_close(&face);
}
