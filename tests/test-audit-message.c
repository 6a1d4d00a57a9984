/* SPDX-License-Identifier: BSD-3-Clause */
/* Records and checkpoints as messages, read by what did not write them. */
#include "audit/message.h"

#include "audit/base64.h"
#include "audit/line.h"
#include "tests/daemons.h"

#include <criterion/criterion.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static struct message message;
static char line[AUDIT_HEAD_LENGTH + AUDIT_BODY_LENGTH + AUDIT_DETAIL_LENGTH];
static size_t line_length;

static const char label[] = "a \"b\\ ]c\n\xc3\xa9";
static const char label_shown[] = "a \"b\\ ]c?\xc3\xa9";

static struct audit_program program = { .pid = 12,
                                        .exe = "/usr/bin/signer",
                                        .host = "here.example" };
static struct audit_user user = { .uid = 7, .has_name = true, .name = "ca" };
static struct audit_key key;
static struct audit_event event;

static void
setup(void)
{
    key = (struct audit_key){ .is_known = true,
                              .object_class = CKO_PRIVATE_KEY,
                              .type = CKK_EC,
                              .label_length = strlen(label),
                              .id_length = 2,
                              .id = { 0x0a, 0xff } };
    memcpy(key.label, label, strlen(label));
    event = (struct audit_event){ .kind = AUDIT_SIGN,
                                  .function = "C_Sign",
                                  .token = "ca",
                                  .slot = 3,
                                  .member_name = "hsm-a",
                                  .has_mechanism = true,
                                  .mechanism = CKM_ECDSA,
                                  .key = 9,
                                  .description = &key,
                                  .session = 5 };
}

TestSuite(audit_message, .init = setup);

static void
write_line(void)
{
    struct audit_place place = { .run = { 0xab }, .n = 17 };

    audit_line_prepare(&program);
    line_length = audit_line_head(&place, line);
    line_length += audit_line_body(&event, &program, &user, line + line_length,
                                   sizeof(line) - 1 - line_length);
    line[line_length] = '\0';
}

static void
convert(enum daemon which)
{
    write_line();
    message_of_record(&message, which, line, line_length);
    cr_assert_not(message.is_short);
    message.bytes[message.length] = '\0';
}

static void
expect_parameter(const struct syslog_message *parsed, const char *name,
                 const char *value)
{
    const char *found = syslog_parameter(parsed, name);

    cr_assert_not_null(found, "%s is missing", name);
    cr_expect_str_eq(found, value, "%s is \"%s\"", name, found);
}

Test(audit_message, syslog_gets_a_header_parameters_and_the_line)
{
    struct syslog_message parsed;

    convert(DAEMON_SYSLOG);
    syslog_parse(message.bytes, &parsed);
    cr_expect_eq(strlen(parsed.time), strlen("2026-01-31T12:00:00.123456Z"));
    cr_expect_str_eq(parsed.host, "here.example");
    cr_expect_str_eq(parsed.name, "p11mux");
    cr_expect_str_eq(parsed.process, "12");
    cr_expect_str_eq(parsed.id, "sign");
    cr_expect_str_eq(parsed.data_name, "p11mux@32473");
    cr_expect_str_eq(parsed.text, line);
    expect_parameter(&parsed, "run", "ab000000000000000000000000000000");
    expect_parameter(&parsed, "n", "17");
    expect_parameter(&parsed, "event", "sign");
    expect_parameter(&parsed, "function", "C_Sign");
    expect_parameter(&parsed, "outcome", "success");
    expect_parameter(&parsed, "rv", "CKR_OK");
    expect_parameter(&parsed, "token", "ca");
    expect_parameter(&parsed, "slot", "3");
    expect_parameter(&parsed, "member", "hsm-a");
    expect_parameter(&parsed, "key-label", label_shown);
    expect_parameter(&parsed, "key-id", "0aff");
    expect_parameter(&parsed, "mechanism", "CKM_ECDSA");
    expect_parameter(&parsed, "session", "5");
    expect_parameter(&parsed, "user", "ca");
    expect_parameter(&parsed, "uid", "7");
    expect_parameter(&parsed, "exe", "/usr/bin/signer");
    cr_expect_null(syslog_parameter(&parsed, "unit"));
    cr_expect_null(syslog_parameter(&parsed, "key-fingerprint"));
}

Test(audit_message, a_host_that_is_no_host_name_is_left_out)
{
    struct syslog_message parsed;

    program.host = "two words";
    convert(DAEMON_SYSLOG);
    syslog_parse(message.bytes, &parsed);
    cr_expect_str_eq(parsed.host, "-");
}

static unsigned
priority_of(enum audit_event_kind kind, CK_RV rv)
{
    struct syslog_message parsed;

    event.kind = kind;
    event.rv = rv;
    convert(DAEMON_SYSLOG);
    syslog_parse(message.bytes, &parsed);
    return parsed.priority;
}

/* Facility 10; RFC 5424, section 6.2.1. */
Test(audit_message, what_went_wrong_is_more_severe)
{
    cr_expect_eq(priority_of(AUDIT_SIGN, CKR_OK), 10 * 8 + 6);
    cr_expect_eq(priority_of(AUDIT_SIGN, CKR_DEVICE_ERROR), 10 * 8 + 5);
    cr_expect_eq(priority_of(AUDIT_LOST, CKR_FUNCTION_FAILED), 10 * 8 + 3);
    cr_expect_eq(priority_of(AUDIT_TORN, CKR_FUNCTION_FAILED), 10 * 8 + 3);
    cr_expect_eq(priority_of(AUDIT_DENY, CKR_FUNCTION_FAILED), 10 * 8 + 3);
    event.is_denied = true;
    cr_expect_eq(priority_of(AUDIT_SIGN, CKR_FUNCTION_FAILED), 10 * 8 + 4);
}

static void
expect_field(const char *name, const char *value, size_t length)
{
    size_t found_length;
    const char *found =
        journal_field(message.bytes, message.length, name, &found_length);

    cr_assert_not_null(found, "%s is missing", name);
    cr_expect_eq(found_length, length);
    cr_expect_eq(memcmp(found, value, length), 0, "%s is \"%s\"", name, found);
}

#define EXPECT_FIELD(name, value) expect_field((name), (value), strlen(value))

Test(audit_message, the_journal_gets_fields_and_the_line)
{
    size_t length;

    convert(DAEMON_JOURNAL);
    EXPECT_FIELD("MESSAGE", line);
    EXPECT_FIELD("PRIORITY", "6");
    EXPECT_FIELD("SYSLOG_IDENTIFIER", "p11mux");
    EXPECT_FIELD("SYSLOG_FACILITY", "10");
    EXPECT_FIELD("P11MUX_RUN", "ab000000000000000000000000000000");
    EXPECT_FIELD("P11MUX_N", "17");
    EXPECT_FIELD("P11MUX_EVENT", "sign");
    EXPECT_FIELD("P11MUX_FUNCTION", "C_Sign");
    EXPECT_FIELD("P11MUX_OUTCOME", "success");
    EXPECT_FIELD("P11MUX_RV", "CKR_OK");
    EXPECT_FIELD("P11MUX_TOKEN", "ca");
    EXPECT_FIELD("P11MUX_SLOT", "3");
    EXPECT_FIELD("P11MUX_MEMBER", "hsm-a");
    EXPECT_FIELD("P11MUX_KEY_LABEL", label);
    EXPECT_FIELD("P11MUX_KEY_ID", "0aff");
    EXPECT_FIELD("P11MUX_MECHANISM", "CKM_ECDSA");
    EXPECT_FIELD("P11MUX_USER", "ca");
    cr_expect_null(
        journal_field(message.bytes, message.length, "P11MUX_UNIT", &length));
}

Test(audit_message, bytes_of_a_label_reach_the_journal_as_they_are)
{
    static const char bytes[] = "PRIORITY=0\nPRIORITY=0\n\0\x1f";

    key.label_length = sizeof(bytes) - 1;
    memcpy(key.label, bytes, sizeof(bytes) - 1);
    convert(DAEMON_JOURNAL);
    EXPECT_FIELD("PRIORITY", "6");
    expect_field("P11MUX_KEY_LABEL", bytes, sizeof(bytes) - 1);
}

/* The longest there can be, all of which is escaped. */
Test(audit_message, there_is_room_for_the_longest_record)
{
    char *detail = malloc(AUDIT_DETAIL_LENGTH);
    char *texts[5];
    struct syslog_message parsed;

    memset(detail, '7', AUDIT_DETAIL_LENGTH - 1);
    detail[AUDIT_DETAIL_LENGTH - 1] = '\0';
    event.detail = detail;
    for (size_t i = 0; i < 5; i++) {
        texts[i] = malloc(4000);
        memset(texts[i], i % 2 == 0 ? '"' : ']', 3999);
        texts[i][3999] = '\0';
    }
    event.token = texts[0];
    event.member_name = texts[1];
    program.exe = texts[2];
    program.unit = texts[3];
    program.host = texts[4];
    key.label_length = AUDIT_LABEL_LENGTH;
    memset(key.label, '\\', sizeof(key.label));
    key.id_length = AUDIT_ID_LENGTH;
    key.has_fingerprint = true;
    convert(DAEMON_SYSLOG);
    syslog_parse(message.bytes, &parsed);
    cr_expect_str_eq(parsed.text, line);
    convert(DAEMON_JOURNAL);
    EXPECT_FIELD("MESSAGE", line);
    for (size_t i = 0; i < 5; i++)
        free(texts[i]);
    free(detail);
}

/* -- Checkpoints ---------------------------------------------------------- */

static const char note[] = "ca.example/log\n25\nAAAA\n\n\xe2\x80\x94 k BBBB\n";
static const struct checkpoint checkpoint = { .origin = "ca.example/log",
                                              .size = 25 };

static void
convert_note(enum daemon which)
{
    message_of_note(&message, which, &checkpoint, note);
    cr_assert_not(message.is_short);
    message.bytes[message.length] = '\0';
}

static void
expect_note(const char *text)
{
    static const char begin[] = "{\"origin\":\"ca.example/log\",\"size\":25,"
                                "\"checkpoint_note\":\"";
    unsigned char read[sizeof(note)];
    size_t length;

    cr_assert_eq(strncmp(text, begin, strlen(begin)), 0, "%s", text);
    text += strlen(begin);
    cr_assert_str_eq(text + strcspn(text, "\""), "\"}");
    cr_assert(
        base64_read(text, strcspn(text, "\""), read, sizeof(read), &length));
    cr_expect_eq(length, strlen(note));
    cr_expect_eq(memcmp(read, note, strlen(note)), 0);
}

Test(audit_message, a_copy_of_a_checkpoint_is_whole_in_syslog)
{
    struct syslog_message parsed;

    convert_note(DAEMON_SYSLOG);
    syslog_parse(message.bytes, &parsed);
    cr_expect_eq(parsed.priority, 10 * 8 + 5);
    cr_expect_str_eq(parsed.id, "note");
    expect_parameter(&parsed, "origin", "ca.example/log");
    expect_parameter(&parsed, "size", "25");
    expect_note(parsed.text);
}

Test(audit_message, a_copy_of_a_checkpoint_is_whole_in_the_journal)
{
    size_t length;

    convert_note(DAEMON_JOURNAL);
    EXPECT_FIELD("P11MUX_EVENT", "note");
    EXPECT_FIELD("P11MUX_ORIGIN", "ca.example/log");
    EXPECT_FIELD("P11MUX_SIZE", "25");
    EXPECT_FIELD("P11MUX_NOTE", note);
    expect_note(
        journal_field(message.bytes, message.length, "MESSAGE", &length));
}
