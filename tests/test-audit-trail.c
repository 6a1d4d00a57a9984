/* SPDX-License-Identifier: BSD-3-Clause */
/* What calls leave in the file of the audit log, and which calls leave
 * something. */
#include "audit/event.h"
#include "router/trail.h"
#include "tests/audited.h"

#include <criterion/criterion.h>
#include <pthread.h>
#include <stdio.h>
#include <string.h>

TestSuite(audit_trail, .init = audited_setup, .fini = audited_finish,
          .timeout = 60);
TestSuite(audit_trail_settings, .timeout = 60);

/* -- Records -------------------------------------------------------------- */

Test(audit_trail, a_run_is_from_its_start_to_its_stop)
{
    char *line;

    cr_assert_eq(audited_sign(), CKR_OK);
    cr_assert_eq(C_Finalize(NULL), CKR_OK);
    audited_check(1, AUDITED_SIGNED, 1);
    audited_check(1, "\"n\":0,\"prev\":\"00000000000000000000000000000000\"",
                  1);
    line = audit_find(audited_path, "\"event\":\"start\"");
    cr_assert_not_null(strstr(line, "\"n\":0,"));
    cr_assert_not_null(strstr(line, "\"detail\":{\"version\":\"" PACKAGE_VERSION
                                    "\",\"parent\":{\"pid\":"));
    cr_assert_not_null(strstr(line, "\"modules\":[{\"name\":"));
    cr_assert_not_null(strstr(line, ",\"container\":"));
    free(line);
    line = audit_find(audited_path, "");
    cr_assert_not_null(strstr(line, "\"event\":\"stop\""));
    free(line);
}

Test(audit_trail, a_signature_says_which_key_it_was_and_how_it_is_known)
{
    char *line;

    cr_assert_eq(audited_sign(), CKR_OK);
    line = audit_find(audited_path, AUDITED_SIGNED);
    cr_assert_not_null(strstr(line, "\"rv\":\"CKR_OK\",\"token\":\"one\","
                                    "\"slot\":1,\"member\":\""));
    cr_assert_not_null(strstr(line, "\"key\":{\"class\":\"CKO_PRIVATE_KEY\","
                                    "\"type\":\"CKK_RSA\",\"label\":"));
    cr_assert_not_null(
        strstr(line, "\"mechanism\":\"CKM_RSA_PKCS\",\"in\":4,"));
    free(line);
}

Test(audit_trail, both_keys_of_a_wrapping_are_said)
{
    CK_MECHANISM mechanism = { CKM_AES_KEY_WRAP, NULL, 0 };
    CK_BYTE label[] = "backed up";
    CK_ATTRIBUTE template = { CKA_LABEL, label, sizeof(label) - 1 };
    CK_OBJECT_HANDLE copy;
    CK_BYTE out[64];
    CK_ULONG length = sizeof(out);
    const char *detail;
    char *line;

    cr_assert_eq(C_CopyObject(audited_session, audited_key, &template, 1,
                              &copy),
                 CKR_OK);
    cr_assert_eq(C_WrapKey(audited_session, &mechanism, audited_key, copy, out,
                           &length),
                 CKR_OK);
    line = audit_find(audited_path, "\"function\":\"C_WrapKey\"");
    detail =
        strstr(line, "\"detail\":{\"wrapped\":{\"class\":\"CKO_PRIVATE_KEY\"");
    cr_assert_not_null(detail, "%s", line);
    cr_assert_not_null(strstr(detail, "\"label\":\"backed up\""));
    cr_assert_null(strstr(strstr(line, "\"key\":"), "\"key\":null"));
    free(line);
}

Test(audit_trail, a_key_is_read_once_and_again_after_ten_minutes)
{
    unsigned long n;

    audited_finish();
    router_clock_stop();
    audited_setup();
    cr_assert_eq(audited_sign(), CKR_OK);
    n = toy_count(TOY_ANY, FUNCTION_C_GetAttributeValue);
    cr_assert_gt(n, 0);
    cr_assert_eq(audited_sign(), CKR_OK);
    cr_assert_eq(toy_count(TOY_ANY, FUNCTION_C_GetAttributeValue), n);
    router_clock_move(10 * 60 * 1000 + 1);
    cr_assert_eq(audited_sign(), CKR_OK);
    cr_assert_gt(toy_count(TOY_ANY, FUNCTION_C_GetAttributeValue), n);
}

/* What the others call it, or do not say of it, makes it no other key. */
Test(audit_trail_settings, a_key_of_a_group_is_what_its_first_member_says)
{
    struct config *config = audited_configure();
    CK_OBJECT_HANDLE objects[4];
    struct toy_object *other;

    router_config_token(config, "two", "B", "C", NULL);
    (void)toy_show(1, "B");
    (void)toy_show(2, "C");
    (void)toy_add_key(1, CKO_PRIVATE_KEY, 9);
    other = toy_object(2, toy_add_key(2, CKO_PRIVATE_KEY, 9));
    toy_set(other, CKA_LABEL, "another", 7);
    router_clock_stop();
    audited_start(config);
    audited_session = router_session(2);
    audited_key = router_find_key(audited_session, CKO_PRIVATE_KEY, 9);
    cr_assert_eq(audited_sign(), CKR_OK);
    toy_set(other, CKA_MODULUS, "", 0);
    router_lose(1);
    router_clock_move(10 * 60 * 1000 + 1);
    cr_assert_eq(audited_sign(), CKR_OK);
    audited_check(1, "\"label\":\"another\"", 0);
    router_return(1);
    cr_expect_eq(router_find_all(audited_session, objects, 4), 1);
    cr_assert_eq(C_Finalize(NULL), CKR_OK);
}

Test(audit_trail, a_key_that_was_changed_has_its_new_name)
{
    CK_BYTE label[] = "a new name";
    CK_ATTRIBUTE attribute = { CKA_LABEL, label, sizeof(label) - 1 };

    cr_assert_eq(audited_sign(), CKR_OK);
    cr_assert_eq(C_SetAttributeValue(audited_session, audited_key, &attribute,
                                     1),
                 CKR_OK);
    cr_assert_eq(audited_sign(), CKR_OK);
    audited_check(1, "\"label\":\"a new name\"",
                  2); /* the change and the use */
}

Test(audit_trail, an_object_is_named_when_it_is_made_and_when_it_goes)
{
    CK_BYTE label[] = "short-lived";
    CK_OBJECT_CLASS data = CKO_DATA;
    CK_ATTRIBUTE template[] = { { CKA_CLASS, &data, sizeof(data) },
                                { CKA_LABEL, label, sizeof(label) - 1 } };
    CK_OBJECT_HANDLE object;

    cr_assert_eq(C_CreateObject(audited_session, template, 2, &object), CKR_OK);
    cr_assert_eq(C_DestroyObject(audited_session, object), CKR_OK);
    audited_check(1, "\"label\":\"short-lived\"", 2);
}

Test(audit_trail, the_time_of_an_operation_is_that_of_all_its_calls)
{
    CK_MECHANISM mechanism = { CKM_RSA_PKCS, NULL, 0 };
    CK_BYTE data[4] = { 0 }, signature[64];
    CK_ULONG length = sizeof(signature);

    cr_assert_eq(C_SignInit(audited_session, &mechanism, audited_key), CKR_OK);
    cr_assert_eq(C_SignUpdate(audited_session, data, sizeof(data)), CKR_OK);
    cr_assert_eq(C_SignFinal(audited_session, signature, &length), CKR_OK);
    cr_assert_eq(audit_count(audited_path, "\"us\":null"), 0);
    audited_check(1, "\"function\":\"C_SignFinal\"", 1);
    audited_check(1, "\"in\":4,", 1);
}

/* One line says that the operation with four bytes in it was given up. */
static void
check_abandoned(void)
{
    char *line = audit_find(audited_path, "\"detail\":\"abandoned\"");

    audited_check(1, "\"detail\":\"abandoned\"", 1);
    cr_assert_not_null(strstr(line, "\"event\":\"sign\",\"function\":"
                                    "\"C_SignInit\",\"outcome\":"
                                    "\"failure\""));
    cr_assert_not_null(strstr(line, "\"key\":{\"class\":"));
    cr_assert_not_null(strstr(line, "\"in\":4,\"out\":0,"));
    free(line);
}

static void
begin(void)
{
    CK_BYTE data[4] = { 0 };

    cr_assert_eq(router_sign_init(audited_session, audited_key), CKR_OK);
    cr_assert_eq(C_SignUpdate(audited_session, data, sizeof(data)), CKR_OK);
}

Test(audit_trail, an_operation_is_abandoned_with_its_session)
{
    begin();
    cr_assert_eq(C_CloseSession(audited_session), CKR_OK);
    check_abandoned();
}

Test(audit_trail, an_operation_is_abandoned_when_it_is_cancelled)
{
    begin();
    cr_assert_eq(C_SessionCancel(audited_session, CKF_SIGN), CKR_OK);
    check_abandoned();
}

Test(audit_trail, an_operation_is_abandoned_at_a_logout)
{
    CK_BYTE data[4] = { 0 };

    cr_assert_eq(C_CloseAllSessions(1), CKR_OK);
    router_rotate(1);
    audited_session = router_session(1);
    audited_key = router_find_key(audited_session, CKO_PRIVATE_KEY, 7);
    cr_assert_eq(C_Login(audited_session, CKU_USER, data, 4), CKR_OK);
    begin();
    cr_assert_eq(C_Logout(audited_session), CKR_OK);
    /* It ends when its session is next used. */
    cr_assert_eq(C_SignUpdate(audited_session, data, sizeof(data)),
                 CKR_OPERATION_NOT_INITIALIZED);
    check_abandoned();
}

Test(audit_trail, an_operation_is_abandoned_at_the_end)
{
    begin();
    cr_assert_eq(C_Finalize(NULL), CKR_OK);
    check_abandoned();
}

static void *
sign_there(void *unused)
{
    cr_assert_eq(audited_sign(), CKR_OK);
    return unused;
}

Test(audit_trail_settings, the_end_is_written_where_a_call_never_comes_back)
{
    struct config *config = audited_configure();
    pthread_t thread;
    char *line;

    config->finalize_wait_ms = 10;
    audited_start(config);
    toy_hold(TOY_ANY, FUNCTION_C_Sign);
    cr_assert_eq(pthread_create(&thread, NULL, sign_there, NULL), 0);
    toy_wait_for_held();
    cr_assert_eq(C_Finalize(NULL), CKR_OK);
    line = audit_find(audited_path, "");
    cr_assert_not_null(strstr(line, "\"event\":\"stop\""));
    cr_assert_not_null(strstr(line, "\"detail\":\"calls inside\"}"));
    free(line);
    toy_release();
    cr_assert_eq(pthread_join(thread, NULL), 0);
    audited_check(1, AUDITED_SIGNED, 1); /* it has come back */
}

/* -- Levels --------------------------------------------------------------- */

static void
do_all(void)
{
    CK_BYTE random[8];
    CK_SESSION_INFO info;

    cr_assert_eq(audited_sign(), CKR_OK);
    cr_assert_eq(C_GenerateRandom(audited_session, random, sizeof(random)),
                 CKR_OK);
    cr_assert_eq(C_GetSessionInfo(audited_session, &info), CKR_OK);
    cr_assert_eq(C_Finalize(NULL), CKR_OK);
}

Test(audit_trail_settings, keys_are_what_uses_keys)
{
    struct config *config = audited_configure();

    config->audit.level = AUDIT_LEVEL_KEYS;
    audited_start(config);
    do_all();
    audited_check(1, AUDITED_SIGNED, 1);
    audited_check(1, "", 4); /* with start, checkpoint and stop */
}

Test(audit_trail_settings, operations_are_without_a_key_too)
{
    audited_start(audited_configure());
    do_all();
    audited_check(1, "\"event\":\"random\"", 1);
    audited_check(1, "", 5);
}

Test(audit_trail_settings, calls_are_all)
{
    struct config *config = audited_configure();

    config->audit.level = AUDIT_LEVEL_CALLS;
    audited_start(config);
    do_all();
    audited_check(1, "\"event\":\"call\",\"function\":\"C_GetSessionInfo\"", 1);
    audited_check(1, "\"event\":\"call\",\"function\":\"C_SignInit\"", 1);
    audited_check(1, "\"event\":\"open\"", 1);
    audited_check(1, "\"event\":\"find\"", 1);
}

Test(audit_trail_settings, a_token_has_a_level_of_its_own)
{
    struct config *config = audited_configure();

    config->tokens[0].audit_level = AUDIT_LEVEL_CALLS;
    audited_start(config);
    do_all();
    audited_check(1, "\"function\":\"C_GetSessionInfo\"", 1);
}

Test(audit_trail_settings, an_event_is_left_out)
{
    struct config *config = audited_configure();

    config->audit.excluded = UINT64_C(1) << AUDIT_RANDOM;
    audited_start(config);
    do_all();
    audited_check(1, "\"event\":\"random\"", 0);
    audited_check(1, AUDITED_SIGNED, 1);
}

/* As when the configuration is read anew. */
Test(audit_trail_settings, what_is_wanted_changes_while_it_is_written)
{
    static const struct config_audit keys = { .level = AUDIT_LEVEL_KEYS,
                                              .excluded = UINT64_C(1)
                                                          << AUDIT_SIGN };
    static const struct config_audit calls = { .level = AUDIT_LEVEL_CALLS };

    audited_setup();
    trail_reload(instance_get(), &keys);
    cr_assert_eq(audited_sign(), CKR_OK);
    audited_check(1, AUDITED_SIGNED, 0);
    trail_reload(instance_get(), &calls);
    do_all();
    audited_check(1, AUDITED_SIGNED, 1);
    audited_check(1, "\"function\":\"C_GetSessionInfo\"", 1);
}

Test(audit_trail_settings, the_level_of_a_token_changes_too)
{
    struct config *config = audited_configure();
    struct config_token rule = config->tokens[0];

    audited_start(config);
    rule.audit_level = AUDIT_LEVEL_CALLS;
    token_reload(router_token(1), &rule);
    trail_reload(instance_get(), &config->audit);
    do_all();
    audited_check(1, "\"function\":\"C_GetSessionInfo\"", 1);
}

Test(audit_trail_settings, on_the_disk)
{
    struct config *config = audited_configure();

    config->audit.durability = AUDIT_DURABILITY_DISK;
    audited_start(config);
    do_all();
    audited_check(1, AUDITED_SIGNED, 1);
}
