/* SPDX-License-Identifier: BSD-3-Clause */
/* What is counted in a log made by hand. */
#include "cli/account.h"
#include "tests/fixture.h"

#include <criterion/criterion.h>
#include <stdlib.h>
#include <string.h>

#define RUN(n) "0123456789abcdef0123456789abcde" n

/* Of a run, at a minute of noon; the rest follows. */
#define RECORD(run, minute, event, outcome, rv, token, key, us, user, detail)  \
    "{\"v\":1,\"run\":\"" RUN(                                                 \
        run) "\",\"n\":0,\"prev\":\"00000000000000000000"                      \
             "000000000000\",\"time\":\"2026-11-25T12:" minute                 \
             ":00.000000Z\","                                                  \
             "\"event\":\"" event                                              \
             "\",\"function\":null,\"outcome\":\"" outcome "\",\"rv\":\"" rv   \
             "\",\"token\":" token ",\"slot\":1,\"member\":null,"              \
             "\"key\":" key                                                    \
             ",\"mechanism\":null,\"in\":1,\"out\":1,\"us\":" us               \
             ",\"session\":1,\"pid\":9,\"tid\":9,\"uid\":0,\"user\":\"" user   \
             "\",\"exe\":\"/bin/" user                                         \
             "\",\"unit\":null,\"host\":\"h\",\"detail\":" detail "}\n"

#define KEY(class, label)                                                      \
    "{\"class\":\"CKO_" class "\",\"type\":\"CKK_EC\",\"label\":\"" label      \
                              "\",\"id\":\"01\",\"fingerprint\":null}"
#define CA  KEY("PRIVATE_KEY", "ca")
#define TLS KEY("PRIVATE_KEY", "tls")

static const char records[] =
    /* Two runs, of which the first ends. */
    RECORD("1", "00", "start", "success", "CKR_OK", "null", "null", "null", "a",
           "{\"version\":\"1\"}")
        RECORD("2", "00", "start", "success", "CKR_OK", "null", "null", "null",
               "b", "{\"version\":\"1\"}")
            RECORD("1", "01", "login", "success", "CKR_OK", "\"hsm\"", "null",
                   "50", "a", "null")
                RECORD("2", "01", "login", "failure", "CKR_PIN_INCORRECT",
                       "\"hsm\"", "null", "60", "b", "null")
                    RECORD("2", "02", "login", "denied", "CKR_PIN_INCORRECT",
                           "\"hsm\"", "null", "1", "b", "\"not tried\"")
    /* Three uses of one key, by two programs, and one of another. */
    RECORD("1", "03", "sign", "success", "CKR_OK", "\"hsm\"", CA, "100", "a",
           "null") RECORD("1", "04", "sign", "success", "CKR_OK", "\"hsm\"", CA,
                          "200", "a", "null")
        RECORD("2", "05", "decrypt", "failure", "CKR_DEVICE_ERROR", "\"hsm\"",
               CA, "300", "b", "null")
            RECORD("1", "06", "sign", "success", "CKR_OK", "\"soft\"", TLS,
                   "10", "a", "null")
    /* What is no use of a key, and no key. */
    RECORD("1", "07", "generate", "success", "CKR_OK", "\"soft\"", TLS, "20",
           "a", "null")
        RECORD("1", "08", "create", "success", "CKR_OK", "\"soft\"",
               KEY("CERTIFICATE", "tls"), "30", "a", "null")
    /* An intent is no call. */
    RECORD("1", "08", "intent", "success", "CKR_OK", "\"soft\"", TLS, "null",
           "a", "null")
    /* Gaps. */
    RECORD("2", "09", "lost", "failure", "CKR_OK", "null", "null", "null", "b",
           "{\"records\":5,\"since\":\"x\",\"reason\":\"y\"}")
        RECORD("2", "09", "deny", "denied", "CKR_OK", "null", "null", "null",
               "b", "{\"calls\":7,\"since\":\"x\",\"reason\":\"y\"}")
            RECORD("2", "10", "torn", "failure", "CKR_OK", "null", "null",
                   "null", "b",
                   "null") "nonsense\n" RECORD("1", "10", "reconnect",
                                               "failure", "CKR_DEVICE_REMOVED",
                                               "\"hsm\"", "null", "null", "a",
                                               "null")
                RECORD("3", "10", "checkpoint", "success", "CKR_OK", "null",
                       "null", "null", "c", "{\"previous\":0}")
                    RECORD("1", "11", "stop", "success", "CKR_OK", "null",
                           "null", "null", "a", "null");

static struct request request;
static struct filter filter;
static struct account *account;

static void
count(void)
{
    const char *path = fixture_write("log", 0600, "%s", records);
    struct lines *lines;
    struct line line;
    struct error error = { 0 };

    filter.request = &request;
    account = account_new(&filter);
    cr_assert(lines_open(&path, 1, 0, 0, &lines, &error), "%s", error.text);
    while (lines_next(lines, &line, &error) == LINES_LINE)
        account_look(account, lines, &line, line.number < 5 ? 0 : 5);
    lines_free(lines);
}

static void
teardown(void)
{
    account_free(account);
}

TestSuite(account, .fini = teardown);

static const struct group *
find(const struct group_table *table, const char *one, const char *other,
     const char *third)
{
    const struct group *group =
        group_table_find(table, (const char *[]){ one, other, third });

    cr_assert_not_null(group, "%s %s %s", one, other, third);
    return group;
}

static const struct group *
find_key(const char *token, const char *label)
{
    const struct group *key =
        group_table_find(account->keys, (const char *[KEY_TEXTS]){
                                            [KEY_TOKEN] = token,
                                            [KEY_CLASS] = "CKO_PRIVATE_KEY",
                                            [KEY_TYPE] = "CKK_EC",
                                            [KEY_LABEL] = label,
                                            [KEY_ID] = "01" });

    cr_assert_not_null(key);
    return key;
}

Test(account, counts_lines_and_what_they_cover)
{
    count();
    cr_expect_eq(account->n_lines, 19);
    cr_expect_eq(account->n_records, 18);
    cr_expect_eq(account->damage.count, 1);
    cr_expect_eq(account->n_files, 1);
    cr_expect_eq(account->files[0].n_lines, 19);
    cr_expect_str_eq(account->first, "2026-11-25T12:00:00.000000Z");
    cr_expect_str_eq(account->last, "2026-11-25T12:11:00.000000Z");
    cr_expect_eq(account->n_covered, 5);
    cr_expect_str_eq(account->covered, "2026-11-25T12:02:00.000000Z");
}

Test(account, counts_what_applications_called_for)
{
    count();
    cr_expect_eq(account->n_calls, 9);
    cr_expect_eq(account->n_calls_failed, 2);
    cr_expect_eq(account->n_calls_denied, 1);
    cr_expect_eq(find(account->tokens, "hsm", NULL, NULL)->n_records, 6);
    cr_expect_eq(find(account->tokens, "soft", NULL, NULL)->n_records, 3);
    cr_expect_eq(find(account->programs, "/bin/a", "a", "h")->n_records, 6);
    cr_expect_eq(find(account->programs, "/bin/b", "b", "h")->n_records, 3);
    cr_expect_eq(find(account->logins, "hsm", "b", "/bin/b")->n_records, 2);
    cr_expect_eq(find(account->logins, "hsm", "b", "/bin/b")->n_denied, 1);
    cr_expect_eq(find(account->times, "sign", "hsm", NULL)->latency->count, 2);
    cr_expect_eq(find(account->times, "sign", "hsm", NULL)->latency->longest,
                 200);
}

Test(account, counts_uses_of_keys_and_who_made_them)
{
    const struct group *ca, *tls;
    char number[ACCOUNT_NUMBER_LENGTH];

    count();
    ca = find_key("hsm", "ca");
    tls = find_key("soft", "tls");
    cr_expect_eq(group_table_count(account->keys), 2);
    cr_expect_eq(account_key_uses(account, ca), 3);
    cr_expect_eq(account_key_uses(account, tls), 1);
    cr_expect_eq(tls->n_records, 2);
    cr_expect_eq(account_key_event(account, ca, "sign")->n_records, 2);
    cr_expect_eq(account_key_event(account, ca, "decrypt")->n_failures, 1);
    cr_expect_null(account_key_event(account, ca, "generate"));
    account_key_number(ca, number);
    cr_expect_eq(find(account->key_users, number, "/bin/a", "a")->n_records, 2);
    cr_expect_eq(find(account->key_users, number, "/bin/b", "b")->n_records, 1);
}

Test(account, counts_failures_by_event_and_result_and_when_they_were)
{
    const struct group *failure;
    const struct timeline *timeline;
    size_t step = 4 * 60 / 5; /* of 12:05, from 12:01 */

    count();
    timeline = account->timeline;
    cr_expect_eq(group_table_count(account->failures), 3);
    failure = find(account->failures, "decrypt", "CKR_DEVICE_ERROR", "failure");
    cr_expect_eq(failure->n_records, 1);
    cr_assert_eq(timeline_step_seconds(timeline), 5);
    cr_expect_eq(timeline_count(timeline,
                                ACCOUNT_KINDS + (unsigned)failure->number,
                                step),
                 1);
    cr_expect_eq(timeline_count(timeline, ACCOUNT_FAILED, step), 1);
    cr_expect_eq(timeline_count(timeline, ACCOUNT_CALLS, step), 1);
    cr_expect_eq(timeline_count(timeline, ACCOUNT_FAILED, step - 1), 0);
    cr_expect_eq(timeline_count(timeline, ACCOUNT_CALLS, 0), 2);
}

Test(account, keeps_changes_and_gaps_and_who_has_not_ended)
{
    const struct run_facts **runs;

    count();
    cr_expect_eq(account->changes.n_added, 3);
    cr_expect_str_eq(note_list_get(&account->changes, 0)->event, "reconnect");
    cr_expect_str_eq(note_list_get(&account->changes, 1)->event, "create");
    cr_expect_eq(account->gaps.n_added, 3);
    cr_expect_eq(account->n_lost, 5);
    cr_expect_eq(account->n_denied, 7);
    cr_expect_eq(account->n_torn, 1);
    cr_expect_not_null(
        strstr(note_list_get(&account->gaps, 2)->detail, "records 5, since x"));
    cr_expect_eq(run_list_count(account->runs), 3);
    cr_assert_eq(run_list_count_open(account->runs), 1);
    runs = run_list_open(account->runs);
    cr_expect_str_eq(runs[0]->group->values[0], RUN("2"));
    cr_expect_str_eq(runs[0]->exe, "/bin/b");
    free(runs);
}

Test(account, selects_but_for_the_gaps)
{
    static struct given given = { OPTION_TOKEN, "soft" };

    request.given = &given;
    request.n_given = 1;
    request.is_given[OPTION_TOKEN] = true;
    count();
    cr_expect_eq(account->n_records, 4);
    cr_expect_eq(account->n_calls, 3);
    cr_expect_eq(group_table_count(account->keys), 1);
    cr_expect_eq(account->n_lost, 5);
    cr_expect_eq(run_list_count(account->runs), 3);
    cr_expect_str_eq(account->last, "2026-11-25T12:11:00.000000Z");
}
