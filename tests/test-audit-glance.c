/* SPDX-License-Identifier: BSD-3-Clause */
/* Records that are read at a glance, and the same ones read as any JSON. */
#include "cli/audit-detail.h"
#include "tests/entry-fixture.h"

#include <criterion/criterion.h>
#include <stdlib.h>
#include <string.h>

#define KEY                                                                    \
    "{\"class\":\"CKO_PRIVATE_KEY\",\"type\":\"CKK_EC\",\"label\":\"k\xc3\xbc" \
    "\",\"id\":\"01\",\"fingerprint\":null}"

/* A record, as p11mux writes it, with these for its key and its detail. */
#define RECORD(key, detail)                                                    \
    "{\"v\":1,\"run\":\"0123456789abcdef0123456789abcdef\",\"n\":10,"          \
    "\"prev\":\"00000000000000000000000000000000\",\"time\":\"2026-11-25T12:"  \
    "00:00.000000Z\",\"event\":\"sign\",\"function\":\"C_Sign\",\"outcome\":"  \
    "\"success\",\"rv\":\"CKR_OK\",\"token\":\"ca\",\"slot\":1,\"member\":"    \
    "\"hsm\",\"key\":" key ",\"mechanism\":\"CKM_ECDSA\",\"in\":32,\"out\":"   \
    "64,\"us\":345,\"session\":7,\"pid\":11,\"tid\":12,\"uid\":1000,"          \
    "\"user\":\"u\",\"exe\":\"/bin/x\",\"unit\":null,\"host\":\"h\","          \
    "\"detail\":" detail "}"

static enum entry_kind
read_bytes(const char *bytes, size_t length, struct log_entry *out)
{
    const struct line line = {
        .bytes = bytes, .length = length, .is_whole = true, .number = 7
    };

    return entry_read(&line, out);
}

Test(glance, takes_what_p11mux_writes)
{
    static const char *const records[] = { RECORD(KEY, "null"),
                                           RECORD("null", "null") };

    for (size_t i = 0; i < 2; i++) {
        struct log_entry one, other;
        size_t length = strlen(records[i]);

        cr_assert_eq(read_bytes(records[i], length, &one), ENTRY_RECORD);
        cr_assert_eq(entry_read_spaced(records[i], length, &other),
                     ENTRY_RECORD);
        cr_expect_null(one.json);
        cr_expect_not_null(other.json);
        cr_expect(entry_is_same(&one, &other));
        cr_expect_str_eq(one.token, "ca");
        cr_expect_str_eq(one.host, "h");
        cr_expect_eq(one.pid, 11);
        cr_expect_null(detail_text(&one));
        entry_clear(&one);
        entry_clear(&other);
    }
}

Test(glance, leaves_details_and_escapes_to_others)
{
    struct log_entry entry;
    const char *text = RECORD(
        "null",
        "{\"records\":3,\"since\":\"x\",\"key\":{\"label\":null},\"list\":["
        "1,true,1.5],\"in_use\":false}");
    char *detail;

    cr_assert_eq(read_bytes(text, strlen(text), &entry), ENTRY_RECORD);
    cr_expect_not_null(entry.json);
    cr_expect(entry.has_count);
    cr_expect_eq(entry.count, 3);
    detail = detail_text(&entry);
    cr_expect_str_eq(detail, "records 3, since x, key label none, list 1; yes; "
                             "1.5, in_use no");
    free(detail);
    entry_clear(&entry);

    text = RECORD("{\"class\":null,\"type\":null,\"label\":\"\\\"\",\"id\":"
                  "null,\"fingerprint\":null}",
                  "null");
    cr_assert_eq(read_bytes(text, strlen(text), &entry), ENTRY_RECORD);
    cr_expect_not_null(entry.json);
    cr_expect_str_eq(entry.key.label, "\"");
    entry_clear(&entry);
}

/* Whatever byte is changed: it is read the same, or by the other one alone. */
Test(glance, takes_nothing_that_is_no_json_and_means_the_same)
{
    static const char record[] = RECORD(KEY, "null");
    static const char bytes[] = "\"0x,:{}[]-.e \x01\xc3\xff";
    size_t length = sizeof(record) - 1;
    unsigned n_taken = 0;

    for (size_t at = 0; at < length; at++)
        for (size_t i = 0; i < sizeof(bytes); i++) {
            char changed[sizeof(record)];
            struct log_entry one, other;

            memcpy(changed, record, sizeof(record));
            changed[at] = bytes[i];
            if (read_bytes(changed, length, &one) == ENTRY_RECORD &&
                one.json == NULL) {
                n_taken++;
                cr_assert_eq(entry_read_spaced(changed, length, &other),
                             ENTRY_RECORD, "%s", changed);
                cr_assert(entry_is_same(&one, &other), "%s", changed);
                entry_clear(&other);
            }
            entry_clear(&one);
        }
    cr_expect_gt(n_taken, 100);
}
