/* SPDX-License-Identifier: BSD-3-Clause */
/* What is refused before a token is asked, while the log cannot be written
 * (DESIGN 5). */
#include "audit/event.h"
#include "tests/audited.h"

#include <criterion/criterion.h>
#include <pthread.h>
#include <stdlib.h>
#include <string.h>

TestSuite(audit_deny, .init = audited_setup, .fini = audited_finish,
          .timeout = 60);
TestSuite(audit_deny_settings, .timeout = 60);

static CK_MECHANISM mechanism = { CKM_RSA_PKCS, NULL, 0 };
static CK_BYTE data[4];

/* The log is known to fail from here on. */
static void
fail_log(void)
{
    audited_limit(0);
    cr_assert_eq(audited_sign(), CKR_FUNCTION_FAILED);
    audited_limit(0);
}

Test(audit_deny, the_token_is_not_asked_any_more)
{
    unsigned long n;
    char *line;

    fail_log();
    n = toy_count(TOY_ANY, FUNCTION_C_SignInit);
    for (int i = 0; i < 5; i++)
        cr_assert_eq(audited_sign(), CKR_FUNCTION_FAILED);
    cr_assert_eq(toy_count(TOY_ANY, FUNCTION_C_SignInit), n);
    audited_unlimit();
    cr_assert_eq(audited_sign(), CKR_OK);
    audited_check(1, AUDITED_SIGNED, 1);
    audited_check(1, "\"detail\":{\"records\":1,\"since\":\"", 1);
    line = audit_find(audited_path, "\"event\":\"deny\"");
    cr_assert_not_null(strstr(line, "\"outcome\":\"denied\""));
    cr_assert_not_null(strstr(line, "\"detail\":{\"calls\":5,\"since\":\""));
    cr_assert_not_null(strstr(line, "\"reason\":\"File too large\"}"));
    free(line);
}

Test(audit_deny, what_was_told_is_not_told_again)
{
    for (int round = 1; round <= 2; round++) {
        fail_log();
        cr_assert_eq(audited_sign(), CKR_FUNCTION_FAILED);
        audited_unlimit();
        cr_assert_eq(audited_sign(), CKR_OK);
        audited_check(1, "{\"calls\":1,", (size_t)round);
        audited_check(1, "{\"records\":1,", (size_t)round);
    }
    audited_check(1, "\"event\":\"deny\"", 2);
}

Test(audit_deny, outputs_are_not_touched)
{
    CK_BYTE out[64], before[64];
    CK_ULONG length = sizeof(out);

    memset(before, 0xaa, sizeof(before));
    memset(out, 0xaa, sizeof(out));
    cr_assert_eq(C_SignInit(audited_session, &mechanism, audited_key), CKR_OK);
    cr_assert_eq(C_SignUpdate(audited_session, data, sizeof(data)), CKR_OK);
    audited_limit(0);
    cr_assert_eq(C_GenerateRandom(audited_session, data, sizeof(data)),
                 CKR_FUNCTION_FAILED);
    cr_assert_eq(C_SignFinal(audited_session, out, &length),
                 CKR_FUNCTION_FAILED);
    cr_assert_eq(length, sizeof(out));
    cr_assert_arr_eq(out, before, sizeof(out));
    audited_unlimit();
    /* As after every failure, it is over: the next one can begin. */
    cr_assert_eq(C_SignFinal(audited_session, out, &length),
                 CKR_OPERATION_NOT_INITIALIZED);
    cr_assert_eq(audited_sign(), CKR_OK);
    audited_check(1, "\"event\":\"deny\"", 1);
}

Test(audit_deny, a_size_is_told_and_its_operation_goes_on)
{
    CK_BYTE out[64];
    CK_ULONG length = 0;

    cr_assert_eq(C_SignInit(audited_session, &mechanism, audited_key), CKR_OK);
    audited_limit(0);
    cr_assert_eq(C_GenerateRandom(audited_session, data, sizeof(data)),
                 CKR_FUNCTION_FAILED);
    cr_assert_eq(C_Sign(audited_session, data, sizeof(data), NULL, &length),
                 CKR_OK);
    audited_unlimit();
    cr_assert_eq(C_Sign(audited_session, data, sizeof(data), out, &length),
                 CKR_OK);
}

static void
try_to_change(CK_RV expected)
{
    CK_ATTRIBUTE template = { CKA_LABEL, data, sizeof(data) };
    CK_OBJECT_HANDLE made[2] = { 77, 77 };

    cr_assert_eq(C_CreateObject(audited_session, &template, 1, made), expected);
    cr_assert_eq(C_GenerateKeyPair(audited_session, &mechanism, &template, 1,
                                   &template, 1, made, made + 1),
                 expected);
    cr_assert_eq(C_SetAttributeValue(audited_session, audited_key, &template,
                                     1),
                 expected);
    cr_assert_eq(C_DestroyObject(audited_session, audited_key), expected);
    cr_assert_eq(made[0] == 77, expected != CKR_OK);
}

Test(audit_deny, nothing_is_made_changed_or_destroyed)
{
    size_t n = toy_count_objects(0);

    fail_log();
    try_to_change(CKR_FUNCTION_FAILED);
    cr_assert_eq(toy_count_objects(0), n);
    cr_assert_eq(toy_count(TOY_ANY, FUNCTION_C_SetAttributeValue), 0);
    cr_assert_eq(C_SetPIN(audited_session, data, 4, data, 4),
                 CKR_FUNCTION_FAILED);
    cr_assert_eq(toy_count(TOY_ANY, FUNCTION_C_SetPIN), 0);
    audited_unlimit();
    try_to_change(CKR_OK);
    audited_check(1, "{\"calls\":5,", 1);
}

Test(audit_deny, no_token_is_initialised)
{
    CK_BYTE label[32] = { 0 };

    fail_log();
    cr_assert_eq(C_CloseAllSessions(1), CKR_OK);
    cr_assert_eq(C_InitToken(1, data, 4, label), CKR_FUNCTION_FAILED);
    cr_assert_eq(toy_count(TOY_ANY, FUNCTION_C_InitToken), 0);
}

Test(audit_deny, nobody_logs_in_and_everybody_may_go)
{
    CK_SESSION_HANDLE other = router_session(1);
    CK_OBJECT_HANDLE found[4];
    CK_SESSION_INFO info;

    cr_assert_eq(C_Login(audited_session, CKU_USER, data, 4), CKR_OK);
    fail_log();
    cr_assert_eq(C_Login(audited_session, CKU_USER, data, 4),
                 CKR_FUNCTION_FAILED);
    cr_assert_eq(C_GetSessionInfo(audited_session, &info), CKR_OK);
    cr_assert_eq(router_find_all(audited_session, found, 4), 1);
    cr_assert_eq(C_Logout(audited_session), CKR_OK);
    cr_assert_eq(C_CloseSession(audited_session), CKR_OK);
    cr_assert_eq(C_CloseSession(other), CKR_OK);
    cr_assert_eq(C_Finalize(NULL), CKR_OK);
}

Test(audit_deny_settings, what_nobody_wants_recorded_is_not_refused)
{
    struct config *config = audited_configure();

    config->audit.excluded = UINT64_C(1) << AUDIT_VERIFY;
    audited_start(config);
    fail_log();
    cr_assert_eq(C_VerifyInit(audited_session, &mechanism, audited_key),
                 CKR_OK);
    cr_assert_eq(audited_sign(), CKR_FUNCTION_FAILED);
    audited_unlimit();
    audited_finish();
}

Test(audit_deny_settings, nothing_is_refused_where_all_is_allowed)
{
    struct config *config = audited_configure();

    config->audit.denies = false;
    audited_start(config);
    audited_limit(0);
    for (int i = 0; i < 3; i++)
        cr_assert_eq(audited_sign(), CKR_OK);
    audited_unlimit();
    cr_assert_eq(audited_sign(), CKR_OK);
    audited_check(1, "{\"records\":3,", 1);
    audited_check(1, "\"event\":\"deny\"", 0);
    audited_finish();
}

enum { THREADS = 4, ROUNDS = 50 };

static void *
sign_often(void *argument)
{
    CK_SESSION_HANDLE session = router_session(1);
    unsigned long *refused = argument;

    for (int i = 0; i < ROUNDS; i++)
        *refused += router_sign_init(session, audited_key) != CKR_OK;
    return NULL;
}

/* Each refusal is counted, whoever was trying at that time. */
Test(audit_deny, refusals_of_many_threads_are_all_counted)
{
    pthread_t threads[THREADS];
    unsigned long refused[THREADS] = { 0 };

    fail_log();
    for (int i = 0; i < THREADS; i++)
        cr_assert_eq(pthread_create(&threads[i], NULL, sign_often, &refused[i]),
                     0);
    for (int i = 0; i < THREADS; i++) {
        (void)pthread_join(threads[i], NULL);
        cr_assert_eq(refused[i], ROUNDS);
    }
    audited_unlimit();
    cr_assert_eq(audited_sign(), CKR_OK);
    audited_check(1, fixture_text("{\"calls\":%d,", THREADS * ROUNDS), 1);
}

/* -- Other refusals ------------------------------------------------------- */

Test(audit_deny_settings, a_wrong_pin_that_no_token_saw_is_denied)
{
    struct config *config = audited_configure();
    CK_BYTE right[] = "1234", wrong[] = "4321";
    char *line;

    config->tokens[0].pool.mode = POOL_OPERATION;
    toys[0].pin = "1234";
    audited_start(config);
    cr_assert_eq(C_Login(audited_session, CKU_USER, right, 4), CKR_OK);
    for (int i = 0; i < 5; i++)
        cr_assert_eq(C_Login(audited_session, CKU_USER, wrong, 4),
                     CKR_PIN_INCORRECT);
    cr_assert_eq(C_Login(audited_session, CKU_USER, right, 4),
                 CKR_FUNCTION_FAILED, "five are enough for now");
    cr_assert_eq(toy_count(TOY_ANY, FUNCTION_C_Login), 1);
    audited_check(1,
                  "\"event\":\"login\",\"function\":\"C_Login\",\"outcome\":"
                  "\"denied\",\"rv\":\"CKR_PIN_INCORRECT\"",
                  5);
    line = audit_find(audited_path, "\"rv\":\"CKR_FUNCTION_FAILED\"");
    cr_assert_not_null(strstr(line, "\"outcome\":\"denied\""));
    free(line);
    audited_finish();
}

/* The token of a configuration whose source has a wrong PIN. */
Test(audit_deny_settings, a_pin_that_the_token_refused_is_denied)
{
    struct config *config = audited_configure();
    struct config_pin *source = &config->tokens[0].pin;

    config->tokens[0].auto_login = true;
    source->kind = PIN_FILE;
    source->text = strdup(fixture_write("pin", 0600, "4321"));
    toys[0].pin = "1234";
    router_start(config);
    for (int i = 0; i < 3; i++)
        cr_assert_neq(C_OpenSession(1, CKF_SERIAL_SESSION, NULL, NULL,
                                    &audited_session),
                      CKR_OK);
    cr_assert_eq(toy_count(TOY_ANY, FUNCTION_C_Login), 1);
    audited_check(1,
                  "\"event\":\"login\",\"function\":null,\"outcome\":"
                  "\"denied\",\"rv\":null,\"token\":\"one\"",
                  2);
    audited_finish();
}
