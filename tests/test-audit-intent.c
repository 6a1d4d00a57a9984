/* SPDX-License-Identifier: BSD-3-Clause */
/* What is about to change a token is in the log before the token is asked. */
#include "audit/event.h"
#include "tests/audited.h"
#include "tests/child.h"

#include <criterion/criterion.h>
#include <signal.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

static CK_MECHANISM mechanism = { CKM_RSA_PKCS, NULL, 0 };
static CK_BYTE data[4];
static CK_BBOOL yes = CK_TRUE;
static CK_ATTRIBUTE on_token[] = { { CKA_TOKEN, &yes, sizeof(yes) },
                                   { CKA_LABEL, data, sizeof(data) } };

static struct config *
configure(void)
{
    struct config *config = audited_configure();

    config->audit.intends = true;
    return config;
}

static void
setup(void)
{
    audited_start(configure());
}

TestSuite(audit_intent, .init = setup, .fini = audited_finish, .timeout = 60);
TestSuite(audit_intent_settings, .timeout = 60);

/* So many intents of the function are in the log, each followed by what came
 * of it. */
static void
check_pair(const char *function, size_t n)
{
    struct audit_lines lines;
    const char *its = fixture_text("\"function\":\"%s\"", function);

    audited_check(1,
                  fixture_text("\"event\":\"intent\",%s,\"outcome\":null,"
                               "\"rv\":null",
                               its),
                  n);
    audited_check(1, its, 2 * n);
    audit_read(audited_path, &lines);
    for (size_t i = 0; i < lines.n; i++)
        if (strstr(lines.lines[i], its) != NULL) {
            cr_assert_not_null(strstr(lines.lines[i], "\"event\":\"intent\""));
            i++;
            cr_assert_lt(i, lines.n);
            cr_assert_not_null(strstr(lines.lines[i], its));
            cr_assert_not_null(strstr(lines.lines[i], "\"outcome\":\"success"));
        }
    audit_lines_free(&lines);
}

Test(audit_intent, what_is_made_changed_and_destroyed_is_said_before)
{
    CK_OBJECT_HANDLE made[2];

    cr_assert_eq(C_CreateObject(audited_session, on_token, 2, made), CKR_OK);
    check_pair("C_CreateObject", 1);
    cr_assert_eq(C_CopyObject(audited_session, made[0], on_token, 2, made + 1),
                 CKR_OK);
    check_pair("C_CopyObject", 1);
    cr_assert_eq(C_SetAttributeValue(audited_session, made[0], on_token + 1, 1),
                 CKR_OK);
    check_pair("C_SetAttributeValue", 1);
    for (int i = 0; i < 2; i++)
        cr_assert_eq(C_DestroyObject(audited_session, made[i]), CKR_OK);
    check_pair("C_DestroyObject", 2);
    cr_assert_eq(C_GenerateKey(audited_session, &mechanism, on_token, 2, made),
                 CKR_OK);
    check_pair("C_GenerateKey", 1);
    cr_assert_eq(C_GenerateKeyPair(audited_session, &mechanism, on_token, 2,
                                   on_token, 2, made, made + 1),
                 CKR_OK);
    check_pair("C_GenerateKeyPair", 1);
}

Test(audit_intent, of_a_key_that_goes_it_says_which)
{
    char *line;

    cr_assert_eq(C_DestroyObject(audited_session, audited_key), CKR_OK);
    line = audit_find(audited_path, "\"event\":\"intent\"");
    cr_assert_not_null(strstr(line, "\"key\":{\"class\":\"CKO_PRIVATE_KEY\""));
    cr_assert_not_null(strstr(line, "\"token\":\"one\",\"slot\":1,"));
    cr_assert_not_null(strstr(line, "\"out\":null,\"us\":null,"));
    free(line);
}

Test(audit_intent, what_ends_with_the_process_is_not_said_before)
{
    CK_OBJECT_HANDLE made;

    cr_assert_eq(audited_sign(), CKR_OK);
    cr_assert_eq(C_CreateObject(audited_session, on_token + 1, 1, &made),
                 CKR_OK);
    cr_assert_eq(C_DestroyObject(audited_session, made), CKR_OK);
    audited_check(1, "\"event\":\"intent\"", 0);
}

Test(audit_intent, what_is_asked_again_is_said_once)
{
    CK_OBJECT_HANDLE made;

    toy_fail(TOY_ANY, FUNCTION_C_CreateObject, CKR_SESSION_HANDLE_INVALID, 1);
    (void)C_CreateObject(audited_session, on_token, 2, &made);
    audited_check(1, "\"event\":\"intent\"", 1);
}

Test(audit_intent, what_cannot_be_said_is_not_done)
{
    unsigned long n = toy_count(TOY_ANY, FUNCTION_C_CreateObject);
    CK_OBJECT_HANDLE made = 77;

    audited_limit(0);
    cr_assert_eq(C_CreateObject(audited_session, on_token, 2, &made),
                 CKR_FUNCTION_FAILED);
    cr_assert_eq(made, 77);
    cr_assert_eq(toy_count(TOY_ANY, FUNCTION_C_CreateObject), n);
    audited_unlimit();
    cr_assert_eq(C_CreateObject(audited_session, on_token, 2, &made), CKR_OK);
    audited_check(1, "\"event\":\"lost\"", 0);
    audited_check(1, "{\"calls\":1,", 1);
    check_pair("C_CreateObject", 1);
}

Test(audit_intent_settings, what_cannot_be_said_is_done_where_allowed)
{
    struct config *config = configure();
    CK_OBJECT_HANDLE made = 77;

    config->audit.denies = false;
    audited_start(config);
    audited_limit(0);
    cr_assert_eq(C_CreateObject(audited_session, on_token, 2, &made), CKR_OK);
    audited_unlimit();
    cr_assert_eq(audited_sign(), CKR_OK);
    audited_check(1, "{\"records\":2,", 1);
    audited_finish();
}

Test(audit_intent_settings, an_event_that_is_left_out_is_not_said_before)
{
    struct config *config = configure();
    CK_OBJECT_HANDLE made;

    config->audit.excluded = UINT64_C(1) << AUDIT_CREATE;
    audited_start(config);
    cr_assert_eq(C_CreateObject(audited_session, on_token, 2, &made), CKR_OK);
    audited_check(1, "C_CreateObject", 0);
    cr_assert_eq(C_DestroyObject(audited_session, made), CKR_OK);
    check_pair("C_DestroyObject", 1);
    audited_finish();
}

/* -- A crash in between --------------------------------------------------- */

static bool
die_in_generate(enum function function, CK_SLOT_ID slot,
                struct argument *arguments, CK_RV *rv)
{
    (void)slot;
    (void)arguments;
    (void)rv;
    if (function == FUNCTION_C_GenerateKey)
        (void)raise(SIGKILL);
    return false;
}

static void
die_while_making_a_key(void)
{
    CK_OBJECT_HANDLE made;

    toy_fork();
    toy_set_hook(die_in_generate);
    (void)C_GenerateKey(audited_session, &mechanism, on_token, 2, &made);
}

Test(audit_intent_settings, a_process_that_dies_in_between_has_said_it)
{
    struct config *config = configure();
    int status;

    config->follows_forks = true;
    audited_start(config);
    cr_assert_eq(waitpid(child_fork(die_while_making_a_key), &status, 0) > 0,
                 true);
    cr_assert(WIFSIGNALED(status) && WTERMSIG(status) == SIGKILL);
    audited_check(2, "\"event\":\"intent\",\"function\":\"C_GenerateKey\"", 1);
    audited_check(2, "\"function\":\"C_GenerateKey\"", 1);
    audited_finish();
}
