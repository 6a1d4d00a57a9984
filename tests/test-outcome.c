/* SPDX-License-Identifier: BSD-3-Clause */
/* What return values say about the member (SEMANTICS 7.1, R3.14). */
#include "router/outcome.h"

#include "tests/toy.h"

#include <criterion/criterion.h>

struct row {
    CK_RV rv;
    enum outcome outcome;
};

/* The table of 7.1, written down a second time. */
static const struct row rows[] = {
    { CKR_OK, OUTCOME_USER },
    { CKR_DEVICE_REMOVED, OUTCOME_MEMBER_LOST },
    { CKR_TOKEN_NOT_PRESENT, OUTCOME_MEMBER_LOST },
    { CKR_TOKEN_NOT_RECOGNIZED, OUTCOME_MEMBER_LOST },
    { CKR_SLOT_ID_INVALID, OUTCOME_MEMBER_LOST },
    { CKR_CRYPTOKI_NOT_INITIALIZED, OUTCOME_MEMBER_LOST },
    { CKR_FIPS_SELF_TEST_FAILED, OUTCOME_MEMBER_LOST },
    { CKR_LIBRARY_LOAD_FAILED, OUTCOME_MEMBER_LOST },
    { CKR_TOKEN_NOT_INITIALIZED, OUTCOME_MEMBER_LOST },
    { CKR_DEVICE_ERROR, OUTCOME_AMBIGUOUS },
    { CKR_GENERAL_ERROR, OUTCOME_AMBIGUOUS },
    { CKR_FUNCTION_FAILED, OUTCOME_AMBIGUOUS },
    { CKR_HOST_MEMORY, OUTCOME_AMBIGUOUS },
    { CKR_DEVICE_MEMORY, OUTCOME_AMBIGUOUS },
    { CKR_EXCEEDED_MAX_ITERATIONS, OUTCOME_AMBIGUOUS },
    { CKR_VENDOR_DEFINED, OUTCOME_AMBIGUOUS },
    { CKR_VENDOR_DEFINED + 0x1234, OUTCOME_AMBIGUOUS },
    { CKR_SESSION_HANDLE_INVALID, OUTCOME_SESSION_LOST },
    { CKR_SESSION_CLOSED, OUTCOME_SESSION_LOST },
    { CKR_USER_NOT_LOGGED_IN, OUTCOME_LOGIN_LOST },
    { CKR_SESSION_COUNT, OUTCOME_BUSY },
    { CKR_TOKEN_RESOURCE_EXCEEDED, OUTCOME_BUSY },
    { CKR_OPERATION_ACTIVE, OUTCOME_BUSY },
    { CKR_KEY_HANDLE_INVALID, OUTCOME_HANDLE },
    { CKR_OBJECT_HANDLE_INVALID, OUTCOME_HANDLE },
    { CKR_WRAPPING_KEY_HANDLE_INVALID, OUTCOME_HANDLE },
    { CKR_UNWRAPPING_KEY_HANDLE_INVALID, OUTCOME_HANDLE },
    /* Never a reason to leave a member. */
    { CKR_ARGUMENTS_BAD, OUTCOME_USER },
    { CKR_PIN_INCORRECT, OUTCOME_USER },
    { CKR_SIGNATURE_INVALID, OUTCOME_USER },
    { CKR_BUFFER_TOO_SMALL, OUTCOME_USER },
    { CKR_MECHANISM_INVALID, OUTCOME_USER },
    { CKR_KEY_FUNCTION_NOT_PERMITTED, OUTCOME_USER },
    { CKR_FUNCTION_NOT_SUPPORTED, OUTCOME_USER },
    { CKR_FUNCTION_CANCELED, OUTCOME_USER },
    { CKR_ATTRIBUTE_SENSITIVE, OUTCOME_USER },
    { CKR_OPERATION_NOT_INITIALIZED, OUTCOME_USER },
};

Test(outcome, is_what_the_table_says)
{
    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++)
        cr_assert_eq(outcome_of(NULL, N_CALLS, rows[i].rv), rows[i].outcome,
                     "0x%lx", rows[i].rv);
}

/* A vendor's own meanings (SEMANTICS 12), of all functions or of one. */
static const struct {
    const char *profile;
    unsigned function;
    CK_RV rv;
    enum outcome outcome;
} meanings[] = {
    { "generic", CALL_C_Sign, CKR_SESSION_CLOSED, OUTCOME_SESSION_LOST },
    { "yubihsm", CALL_C_Sign, CKR_SESSION_CLOSED, OUTCOME_MEMBER_LOST },
    { "yubihsm", CALL_C_Sign, CKR_FUNCTION_REJECTED, OUTCOME_USER },
    { "luna", CALL_C_Sign, CKR_DEVICE_ERROR, OUTCOME_MEMBER_LOST },
    { "softhsm", CALL_C_Sign, CKR_GENERAL_ERROR, OUTCOME_AMBIGUOUS },
    { "cloudhsm", CALL_C_Sign, CKR_FUNCTION_FAILED, OUTCOME_THROTTLED },
    { "cloudhsm", CALL_C_Sign, CKR_DEVICE_ERROR, OUTCOME_AMBIGUOUS },
    { "cloudhsm", CALL_C_GetAttributeValue, CKR_DEVICE_ERROR,
      OUTCOME_THROTTLED },
    { "cloudhsm", N_CALLS, CKR_DEVICE_ERROR, OUTCOME_AMBIGUOUS },
    /* Where objects are made a full memory is no trouble of the device. */
    { "yubihsm", CALL_C_CreateObject, CKR_DEVICE_MEMORY, OUTCOME_USER },
    { "yubihsm", CALL_C_Sign, CKR_DEVICE_MEMORY, OUTCOME_AMBIGUOUS },
};

Test(outcome, is_what_the_vendor_means)
{
    for (size_t i = 0; i < sizeof(meanings) / sizeof(meanings[0]); i++) {
        struct profile profile;
        struct backend *backend;

        profile_resolve(meanings[i].profile, NULL, NULL, NULL, NULL, &profile);
        backend = backend_new_list("module", &toy_functions, &profile);
        cr_assert_eq(outcome_of(backend, meanings[i].function, meanings[i].rv),
                     meanings[i].outcome, "row %zu", i);
        backend_free(backend);
    }
}

/* What the configuration says comes first, of one function before all. */
Test(outcome, is_what_the_configuration_says)
{
    static const struct config_class classes[] = {
        { CKR_FUNCTION_FAILED, 0, OUTCOME_MEMBER_LOST },
        { CKR_FUNCTION_FAILED, offsetof(CK_FUNCTION_LIST_3_2, C_Sign),
          OUTCOME_USER },
    };
    struct profile profile;
    struct backend *backend;

    profile_resolve("cloudhsm", NULL, NULL, NULL,
                    &(struct config_profile){ .classes = classes,
                                              .n_classes = 2 },
                    &profile);
    backend = backend_new_list("module", &toy_functions, &profile);
    cr_assert_eq(outcome_of(backend, CALL_C_Sign, CKR_FUNCTION_FAILED),
                 OUTCOME_USER);
    cr_assert_eq(outcome_of(backend, CALL_C_Verify, CKR_FUNCTION_FAILED),
                 OUTCOME_MEMBER_LOST);
    cr_assert_eq(outcome_of(backend, N_CALLS, CKR_FUNCTION_FAILED),
                 OUTCOME_MEMBER_LOST);
    cr_assert_eq(outcome_of(backend, CALL_C_GetAttributeValue,
                            CKR_DEVICE_ERROR),
                 OUTCOME_THROTTLED, "what is known of the vendor stays");
    backend_free(backend);
}

Test(outcome, only_success_and_verdicts_leave_a_session_clean)
{
    static const CK_RV clean[] = {
        CKR_OK,
        CKR_SIGNATURE_INVALID,
        CKR_SIGNATURE_LEN_RANGE,
        CKR_DATA_INVALID,
        CKR_DATA_LEN_RANGE,
        CKR_ENCRYPTED_DATA_INVALID,
        CKR_ENCRYPTED_DATA_LEN_RANGE,
        CKR_AEAD_DECRYPT_FAILED,
    };
    size_t n_clean = 0;

    for (CK_RV rv = 0; rv <= 0x400; rv++)
        n_clean += outcome_is_clean(rv) ? 1 : 0;
    cr_assert_eq(n_clean, sizeof(clean) / sizeof(clean[0]));
    for (size_t i = 0; i < n_clean; i++)
        cr_assert(outcome_is_clean(clean[i]), "0x%lx", clean[i]);
    cr_assert_not(outcome_is_clean(CKR_VENDOR_DEFINED));
}

Test(outcome, a_refusal_is_no_answer_of_the_operation)
{
    static const CK_RV refusals[] = {
        CKR_ARGUMENTS_BAD,    CKR_FUNCTION_NOT_SUPPORTED,
        CKR_KEY_INDIGESTIBLE, CKR_KEY_HANDLE_INVALID,
        CKR_KEY_SIZE_RANGE,   CKR_KEY_TYPE_INCONSISTENT,
    };
    size_t n_refusals = 0, n_key_refusals = 0;

    for (CK_RV rv = 0; rv <= 0x400; rv++) {
        n_refusals += outcome_is_refusal(rv) ? 1 : 0;
        n_key_refusals += outcome_is_key_refusal(rv) ? 1 : 0;
    }
    cr_assert_eq(n_refusals, 2);
    cr_assert_eq(n_key_refusals, sizeof(refusals) / sizeof(refusals[0]));
    for (size_t i = 0; i < n_key_refusals; i++) {
        cr_assert(outcome_is_key_refusal(refusals[i]), "0x%lx", refusals[i]);
        cr_assert_eq(outcome_is_refusal(refusals[i]), i < n_refusals, "0x%lx",
                     refusals[i]);
        cr_assert_not(outcome_is_clean(refusals[i]), "0x%lx", refusals[i]);
    }
}
