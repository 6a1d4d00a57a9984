/* SPDX-License-Identifier: BSD-3-Clause */
/* Records of an audit log as they are read back. */
#include "cli/audit-entry.h"

#include <criterion/criterion.h>
#include <string.h>

#define RUN  "0123456789abcdef0123456789abcdef"
#define PREV "00000000000000000000000000000000"
#define HEAD                                                                   \
    "{\"v\":1,\"run\":\"" RUN "\",\"n\":0,\"prev\":\"" PREV                    \
    "\",\"time\":\"2026-11-25T12:00:00.000000Z\",\"event\":\"sign\","

/* A record with `rest` behind its event. */
#define RECORD(rest) HEAD rest ",\"detail\":null}"

static struct log_entry entry;

static enum entry_kind
read_bytes(const char *bytes, size_t length, bool is_whole)
{
    struct line line = {
        .bytes = bytes, .length = length, .is_whole = is_whole, .number = 7
    };

    return entry_read(&line, &entry);
}

static enum entry_kind
read_text(const char *text)
{
    return read_bytes(text, strlen(text), true);
}

static void
teardown(void)
{
    entry_clear(&entry);
}

TestSuite(entry, .fini = teardown);

Test(entry, has_the_fields_of_its_record)
{
    const char *text =
        RECORD("\"function\":\"C_Sign\",\"outcome\":\"success\",\"rv\":"
               "\"CKR_OK\",\"token\":\"ca\",\"slot\":1,\"member\":\"hsm\","
               "\"key\":{\"class\":\"CKO_PRIVATE_KEY\",\"type\":\"CKK_EC\","
               "\"label\":\"k\\u00fc\",\"id\":\"01\",\"fingerprint\":\"ab\"},"
               "\"mechanism\":\"CKM_ECDSA\",\"in\":1,\"out\":2,\"us\":345,"
               "\"session\":1,\"pid\":1,\"tid\":1,\"uid\":1000,\"user\":\"u\","
               "\"exe\":\"/bin/x\",\"unit\":null,\"host\":\"h\"");

    cr_assert_eq(read_text(text), ENTRY_RECORD);
    cr_expect_eq(entry.line, 7);
    cr_expect_eq(entry.text, text);
    cr_expect_eq(entry.length, strlen(text));
    cr_expect_str_eq(entry.run, RUN);
    cr_expect_str_eq(entry.time, "2026-11-25T12:00:00.000000Z");
    cr_expect_str_eq(entry.event, "sign");
    cr_expect_str_eq(entry.function, "C_Sign");
    cr_expect_str_eq(entry.outcome, "success");
    cr_expect_str_eq(entry.rv, "CKR_OK");
    cr_expect_str_eq(entry.token, "ca");
    cr_expect_str_eq(entry.key.object_class, "CKO_PRIVATE_KEY");
    cr_expect_str_eq(entry.key.type, "CKK_EC");
    cr_expect_str_eq(entry.key.label, "k\xc3\xbc");
    cr_expect_str_eq(entry.key.id, "01");
    cr_expect_str_eq(entry.key.fingerprint, "ab");
    cr_expect_str_eq(entry.mechanism, "CKM_ECDSA");
    cr_expect(entry.has_us);
    cr_expect_eq(entry.us, 345);
    cr_expect(entry.has_uid);
    cr_expect_eq(entry.uid, 1000);
    cr_expect_str_eq(entry.user, "u");
    cr_expect_str_eq(entry.exe, "/bin/x");
}

Test(entry, lacks_what_its_record_says_nothing_of)
{
    cr_assert_eq(read_text(RECORD("\"token\":null,\"key\":null,\"us\":null,"
                                  "\"uid\":-1,\"exe\":7")),
                 ENTRY_RECORD);
    cr_expect_null(entry.token);
    cr_expect_null(entry.key.label);
    cr_expect_null(entry.exe);
    cr_expect_null(entry.user);
    cr_expect_not(entry.has_us);
    cr_expect_not(entry.has_uid);
}

Test(entry, may_have_any_session_and_a_label_with_a_nul)
{
    cr_assert_eq(read_text(RECORD("\"session\":18446744073709551615,\"us\":5,"
                                  "\"key\":{\"label\":\"a\\u0000b\"}")),
                 ENTRY_RECORD);
    cr_expect_eq(entry.us, 5);
    cr_expect_str_eq(entry.key.label, "a");
}

Test(entry, is_found_behind_a_piece_of_another_one)
{
    cr_assert_eq(read_text(HEAD "\"token\":\"c" RECORD("\"token\":\"b\"")),
                 ENTRY_BEHIND_PIECE);
    cr_expect_str_eq(entry.token, "b");
    cr_expect_eq(entry.length, strlen(RECORD("\"token\":\"b\"")));
}

Test(entry, is_damaged_where_it_is_no_whole_record)
{
    static const char *const texts[] = {
        "x",
        "{}",
        "[1]",
        HEAD,
        HEAD "\"token\":\"c\"",
        RECORD("\"token\":\"\xff\""),
        RECORD("\"token\":\"c\"") "x",
        "{\"v\":1,\"run\":\"" RUN "\"}",
        " " HEAD "\"token\":1",
    };

    for (size_t i = 0; i < sizeof(texts) / sizeof(texts[0]); i++) {
        cr_expect_eq(read_text(texts[i]), ENTRY_DAMAGED, "row %zu", i);
        entry_clear(&entry);
    }
}

Test(entry, is_unfinished_until_its_line_ends)
{
    const char *text = RECORD("\"token\":null");

    for (size_t length = 1; length < strlen(text); length++) {
        cr_expect_eq(read_bytes(text, length, false), ENTRY_UNFINISHED);
        entry_clear(&entry);
    }
    cr_expect_eq(read_bytes(text, strlen(text), false), ENTRY_RECORD);
}

Test(entry, is_nothing_on_an_empty_line)
{
    cr_expect_eq(read_text(""), ENTRY_NOTHING);
}
