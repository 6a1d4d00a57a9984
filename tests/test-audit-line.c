/* SPDX-License-Identifier: BSD-3-Clause */
/* A record as its line: the order of the fields, escapes, and bounds. */
#include "audit/fields.h"
#include "audit/line.h"

#include <criterion/criterion.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

static char out[AUDIT_BODY_LENGTH];
static struct audit_program program = { .pid = 12,
                                        .exe = "/usr/bin/signer",
                                        .host = "here" };
static struct audit_user user = { .uid = 7, .has_name = true, .name = "ca" };

static size_t
body_of(const struct audit_event *event, struct audit_program *its)
{
    audit_line_prepare(its);
    return audit_line_body(event, its, &user, out, sizeof(out));
}

static const char *
escaped(const char *bytes, size_t length, size_t limit)
{
    struct fields fields;

    fields_begin(&fields, out, sizeof(out) - 1);
    fields_bytes(&fields, NULL, (const unsigned char *)bytes, length, limit);
    out[fields_length(&fields)] = '\0';
    return out;
}

Test(audit_line, escapes_what_json_does_not_take)
{
    cr_expect_str_eq(escaped("a\"b\\c", 5, 100), "\"a\\\"b\\\\c\"");
    cr_expect_str_eq(escaped("\n\t\x7f", 4, 100),
                     "\"\\u000a\\u0009\\u007f\\u0000\"");
    cr_expect_str_eq(escaped("\xc3\xa9\xe2\x82\xac\xf0\x9f\x94\x91", 9, 100),
                     "\"\xc3\xa9\xe2\x82\xac\xf0\x9f\x94\x91\"");
    /* cut, too long, a surrogate, beyond Unicode */
    cr_expect_str_eq(escaped("\xc3", 1, 100), "\"\\ufffd\"");
    cr_expect_str_eq(escaped("\xc0\x80", 2, 100), "\"\\ufffd\\ufffd\"");
    cr_expect_str_eq(escaped("\xed\xa0\x80", 3, 100),
                     "\"\\ufffd\\ufffd\\ufffd\"");
    cr_expect_str_eq(escaped("\xf4\x90\x80\x80", 4, 30),
                     "\"\\ufffd\\ufffd\\ufffd\\ufffd\"");
}

Test(audit_line, cuts_a_text_between_characters)
{
    cr_expect_str_eq(escaped("abcdef", 6, 6), "\"abcdef\"");
    cr_expect_str_eq(escaped("abcdefg", 7, 6), "\"abc...\"");
    cr_expect_str_eq(escaped("a\xe2\x82\xac\xe2\x82\xac", 7, 6), "\"a...\"");
}

Test(audit_line, says_when_there_was_no_room)
{
    struct fields fields;

    fields_begin(&fields, out, 5);
    fields_text(&fields, "name", "text", 10);
    cr_expect(fields.is_short);
    cr_expect_leq(fields_length(&fields), 5);
}

Test(audit_line, a_record_has_its_fields_in_their_order)
{
    static const char *const names[] = {
        "time", "event",   "function", "outcome",   "rv",  "token",
        "slot", "member",  "key",      "mechanism", "in",  "out",
        "us",   "session", "pid",      "tid",       "uid", "user",
        "exe",  "unit",    "host",     "detail"
    };
    struct audit_key key = { .is_known = true,
                             .object_class = CKO_PRIVATE_KEY,
                             .type = CKK_EC,
                             .label_length = 2,
                             .label = "k1",
                             .id_length = 2,
                             .id = { 0x0a, 0xff } };
    struct audit_event event = { .kind = AUDIT_SIGN,
                                 .function = "C_Sign",
                                 .rv = CKR_DEVICE_ERROR,
                                 .token = "ca",
                                 .slot = 3,
                                 .member_name = "luna",
                                 .has_mechanism = true,
                                 .mechanism = CKM_ECDSA,
                                 .description = &key,
                                 .bytes_in = 32,
                                 .bytes_out = 64,
                                 .us = 41,
                                 .session = 9 };
    size_t length = body_of(&event, &program);
    const char *at = out;

    out[length] = '\0';
    for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++) {
        char name[32];

        snprintf(name, sizeof(name), ",\"%s\":", names[i]);
        at = strstr(at, name);
        cr_assert_not_null(at, "%s is not where it should be: %s", names[i],
                           out);
    }
    cr_expect_not_null(
        strstr(out, "\"event\":\"sign\",\"function\":\"C_Sign\",\"outcome\":"
                    "\"failure\",\"rv\":\"CKR_DEVICE_ERROR\",\"token\":\"ca\","
                    "\"slot\":3,\"member\":\"luna\",\"key\":{\"class\":"
                    "\"CKO_PRIVATE_KEY\",\"type\":\"CKK_EC\",\"label\":\"k1\","
                    "\"id\":\"0aff\",\"fingerprint\":null},\"mechanism\":"
                    "\"CKM_ECDSA\",\"in\":32,\"out\":64,\"us\":41,\"session\":"
                    "9,\"pid\":12,"),
        "%s", out);
    cr_expect_not_null(strstr(out, "\"uid\":7,\"user\":\"ca\",\"exe\":"
                                   "\"/usr/bin/signer\",\"unit\":null,"
                                   "\"host\":\"here\",\"detail\":null}"),
                       "%s", out);
}

Test(audit_line, what_is_absent_is_null)
{
    struct audit_event event = { .kind = AUDIT_LOST,
                                 .rv = CKR_FUNCTION_FAILED };
    size_t length = body_of(&event, &program);

    out[length] = '\0';
    cr_expect_not_null(
        strstr(out, "\"event\":\"lost\",\"function\":null,\"outcome\":"
                    "\"failure\",\"rv\":null,\"token\":null,\"slot\":null,"
                    "\"member\":null,\"key\":null,\"mechanism\":null,"
                    "\"in\":null,\"out\":null,\"us\":null,\"session\":null,"),
        "%s", out);
}

Test(audit_line, the_longest_texts_fit)
{
    static char text[PATH_MAX];
    struct audit_program longest = { .exe = text, .unit = text, .host = text };
    struct audit_key key = { .is_known = true,
                             .has_fingerprint = true,
                             .object_class = (CK_ULONG)-1,
                             .type = (CK_ULONG)-2,
                             .label_length = AUDIT_LABEL_LENGTH,
                             .id_length = AUDIT_ID_LENGTH };
    struct audit_event event = { .kind = AUDIT_DECAPSULATE,
                                 .function = "C_GetSessionValidationFlags",
                                 .rv = (CK_RV)-1,
                                 .token = text,
                                 .slot = (CK_SLOT_ID)-1,
                                 .member_name = text,
                                 .has_mechanism = true,
                                 .mechanism = (CK_ULONG)-1,
                                 .description = &key,
                                 .bytes_in = UINT64_MAX,
                                 .bytes_out = UINT64_MAX,
                                 .us = UINT64_MAX,
                                 .session = (CK_ULONG)-1 };
    size_t length;

    memset(text, '\1', sizeof(text) - 1);
    memset(key.label, 1, sizeof(key.label));
    length = body_of(&event, &longest);
    cr_expect_lt(length, sizeof(out));
    cr_expect_eq(out[length - 1], '}');
}

Test(audit_line, the_hash_is_that_of_a_leaf)
{
    unsigned char hash[AUDIT_PREV_LENGTH];
    static const unsigned char expected[] = {
        /* SHA-256 of 00 */
        0x6e, 0x34, 0x0b, 0x9c, 0xff, 0xb3, 0x7a, 0x98,
        0x9c, 0xa5, 0x44, 0xe6, 0xbb, 0x78, 0x0a, 0x2c
    };

    audit_line_hash("", 0, hash);
    cr_expect_arr_eq(hash, expected, sizeof(expected));
}

Test(audit_line, the_head_says_where_the_record_is)
{
    struct audit_place place = { .run = { 0xab }, .n = 18446744073709551615u };
    char head[AUDIT_HEAD_LENGTH + 1];
    size_t length = audit_line_head(&place, head);

    head[length] = '\0';
    cr_expect_str_eq(head, "{\"v\":1,\"run\":\"ab000000000000000000000000000000"
                           "\",\"n\":18446744073709551615,\"prev\":"
                           "\"00000000000000000000000000000000\"");
}

static void *
find_thread(void *its)
{
    *(pid_t *)its = audit_program_thread(&program);
    return NULL;
}

Test(audit_line, each_thread_has_its_own_number)
{
    pid_t other = 0;
    pthread_t thread;

    cr_assert_eq(audit_program_thread(&program), getpid());
    cr_assert_eq(pthread_create(&thread, NULL, find_thread, &other), 0);
    cr_assert_eq(pthread_join(thread, NULL), 0);
    cr_expect_gt(other, 0);
    cr_expect_neq(other, getpid());
    cr_expect_eq(audit_program_thread(&program), getpid());
}

#define CONTAINER                                                              \
    "0123456789abcdef0123456789abcdef0123456789abcdef0123456789abcdef"

static const struct {
    const char *groups;
    bool is_found;
} groups[] = {
    { "0::/docker/" CONTAINER "\n", true },
    { "0::/system.slice/docker-" CONTAINER ".scope\n", true },
    { "12:pids:/user.slice\n1:name=systemd:/docker/" CONTAINER "/init\n",
      true },
    { "0::/user.slice/user-1000.slice/user@1000.service/user.slice/"
      "libpod-" CONTAINER ".scope/container\n",
      true },
    { "0::/kubepods.slice/kubepods-burstable.slice/kubepods-burstable-pod1f_2."
      "slice/cri-containerd-" CONTAINER ".scope\n",
      true },
    { "0::/kubepods/besteffort/"
      "pod12345678-1234-1234-1234-123456789abc/" CONTAINER "\n",
      true },
    { "11:cpuset:/system.slice/containerd.service/kubepods-pod1.slice:"
      "cri-containerd:" CONTAINER "\n",
      true },
    { "0::/machine.slice/crio-" CONTAINER ".scope\n", true },
    { "0::/\n", false },
    { "0::/system.slice/nginx.service\n", false },
    { "0::/docker/" CONTAINER "0\n", false },
    { "0::/docker/X123456789abcdef0123456789abcdef0123456789abcdef0123456789ab"
      "cdef\n",
      false },
    { "0::/system.slice/" CONTAINER ".service\n", false },
    { "", false },
};

Test(audit_line, a_container_is_known_by_its_control_group)
{
    for (size_t i = 0; i < sizeof(groups) / sizeof(groups[0]); i++) {
        char found[PROGRAM_CONTAINER_LENGTH + 1];
        char *text = strdup(groups[i].groups);

        cr_expect_eq(audit_program_read_container(text, found),
                     groups[i].is_found, "%s", groups[i].groups);
        cr_expect_str_eq(found, groups[i].is_found ? CONTAINER : "", "%s",
                         groups[i].groups);
        free(text);
    }
}
