/* SPDX-License-Identifier: BSD-3-Clause */
/* Copies of checkpoints in syslog and in the journal. */
#include "audit/base64.h"
#include "audit/signer.h"
#include "audit/verify.h"
#include "common/daemon.h"
#include "tests/daemons.h"
#include "tests/fixture.h"
#include "tests/heard.h"
#include "tests/proof-fixture.h"

#include <criterion/criterion.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

static struct audit_log lines;
static struct note_key *key;
static const char *path, *syslog_path;
static int syslog_listener, journal_listener;
static struct error error;

static void
begin(void)
{
    cr_assert(crypto_open(&error), "%s", error.text);
    cr_assert(note_key_make("ca.example/log", &key, &error), "%s", error.text);
    lines = audit_log_make(100, 3, 1);
    syslog_path = daemon_path(DAEMON_SYSLOG);
    syslog_listener = daemons_listen(syslog_path);
    journal_listener = daemons_listen(daemon_path(DAEMON_JOURNAL));
    path = audit_log_write(&lines, 50, "log");
}

static void
end(void)
{
    note_key_free(key);
    audit_log_free(&lines);
    crypto_close();
}

TestSuite(audit_copy, .init = begin, .fini = end, .timeout = 60);

static void
sign(uint64_t sinks)
{
    struct signer_request request = { .path = path,
                                      .key = key,
                                      .sinks = sinks };
    struct signer_result result;

    cr_assert(signer_run(&request, &result, &error), "%s", error.text);
}

/* The note that a message brings, as a file. */
static const char *
write_note(const char *text)
{
    static const char name[] = "\"checkpoint_note\":\"";
    const char *begin_text = strstr(text, name);
    unsigned char note[1024];
    size_t length;

    cr_assert_not_null(begin_text, "%s", text);
    begin_text += strlen(name);
    cr_assert(base64_read(begin_text, strcspn(begin_text, "\""), note,
                          sizeof(note) - 1, &length));
    note[length] = '\0';
    return fixture_write("since", 0600, "%s", (const char *)note);
}

static void
verify_since(const char *since, struct verify_result *out)
{
    struct verify_request request = {
        .paths = &path, .n_paths = 1, .key = key, .since = since
    };

    cr_assert(verify_run(&request, out, &error), "%s", error.text);
}

Test(audit_copy, in_syslog_proves_that_the_log_only_grew)
{
    struct syslog_message parsed;
    struct verify_result result;
    const char *since;
    size_t length;

    sign(0);
    syslog_parse(daemons_receive_now(syslog_listener, &length), &parsed);
    cr_expect_str_eq(syslog_parameter(&parsed, "origin"), "ca.example/log");
    cr_expect_str_eq(syslog_parameter(&parsed, "size"), "50");
    since = write_note(parsed.text);
    path = audit_log_write(&lines, 100, "log");
    verify_since(since, &result);
    cr_expect_eq(result.n_findings, 0, "%s", result.findings[0].text);
    /* The whole log and its checkpoints, as they were before that. */
    path = audit_log_write(&lines, 40, "older");
    audit_log_continue(path, key);
    verify_since(since, &result);
    cr_assert_gt(result.n_findings, 0);
    cr_expect_eq(result.findings[0].fault.kind, FAULT_ROLLED_BACK);
    cr_expect_null(daemons_receive_now(journal_listener, &length));
}

Test(audit_copy, in_the_journal_where_that_is_a_sink)
{
    struct verify_result result;
    const char *entry;
    size_t length, note_length;

    sign(1 << DAEMON_JOURNAL);
    entry = daemons_receive_now(journal_listener, &length);
    cr_assert_not_null(entry);
    verify_since(fixture_write("since", 0600, "%s",
                               journal_field(entry, length, "P11MUX_NOTE",
                                             &note_length)),
                 &result);
    cr_expect_eq(result.n_findings, 0, "%s", result.findings[0].text);
    cr_expect_not_null(daemons_receive_now(syslog_listener, &length));
}

Test(audit_copy, is_sent_once)
{
    size_t length;

    sign(0);
    sign(0);
    cr_expect_not_null(daemons_receive_now(syslog_listener, &length));
    cr_expect_null(daemons_receive_now(syslog_listener, &length));
}

Test(audit_copy, without_a_syslog_nothing_is_said)
{
    heard_begin();
    close(syslog_listener); /* nobody reads it any more */
    sign(0);
    unlink(syslog_path);
    path = audit_log_write(&lines, 100, "log");
    sign(0);
    cr_expect_str_eq(heard_end(), "");
}

Test(audit_copy, a_sink_that_is_not_there_is_said)
{
    const char *said;

    close(journal_listener);
    heard_begin();
    sign(1 << DAEMON_JOURNAL);
    said = heard_end();
    cr_expect_not_null(strstr(said, "the copy of its checkpoint did not reach"),
                       "%s", said);
}

Test(audit_copy, a_syslog_that_hangs_is_said_and_does_not_hang_the_signer)
{
    int descriptor = daemon_connect(DAEMON_SYSLOG);
    const char *said;

    while (daemon_send(descriptor, "x", 1) == 0)
        continue;
    heard_begin();
    sign(0);
    said = heard_end();
    cr_expect_not_null(strstr(said, fixture_text("did not reach %s: Resource "
                                                 "temporarily unavailable",
                                                 syslog_path)),
                       "%s", said);
}
