/* SPDX-License-Identifier: BSD-3-Clause */
/* The CKA_UNIQUE_ID of a group's objects (R7.17). */
#include "router/unique-id.h"
#include "tests/router-fixture.h"

#include <criterion/criterion.h>
#include <string.h>

static CK_SESSION_HANDLE session;
static CK_OBJECT_HANDLE on_a, on_b, none_on_a;

static struct config *
configure(const char *first, const char *second)
{
    struct config *config = router_config_only();

    router_config_token(config, "two", first, second, NULL);
    config->tokens[0].write = WRITE_PRIMARY;
    return config;
}

/* Both have key 7, each has one of its own, and A one more that says of no
 * key which it is. */
static void
start(void)
{
    toy_reset();
    (void)toy_show(1, "B");
    on_a = toy_add_key(0, CKO_PRIVATE_KEY, 7);
    on_b = toy_add_key(1, CKO_PRIVATE_KEY, 7);
    for (unsigned i = 0; i < 2; i++)
        (void)toy_add_key(i, CKO_PRIVATE_KEY, 8 + i);
    none_on_a = toy_add_key(0, CKO_PRIVATE_KEY, 10);
    toy_set(toy_object(0, none_on_a), CKA_MODULUS, "", 0);
    router_start(configure("A", "B"));
    session = router_session(1);
}

static void
finish(void)
{
    C_Finalize(NULL);
}

TestSuite(unique_id, .init = start, .fini = finish, .timeout = 60);

static void
start_again(const char *first, const char *second)
{
    C_Finalize(NULL);
    router_start(configure(first, second));
    session = router_session(1);
}

static CK_OBJECT_HANDLE
find_key(CK_ULONG number)
{
    return router_find_key(session, CKO_PRIVATE_KEY, number);
}

struct text {
    char bytes[GROUP_ID_LENGTH + 1];
};

static struct text
read_id(CK_OBJECT_HANDLE object)
{
    struct text text = { .bytes = "" };
    CK_ATTRIBUTE its = { CKA_UNIQUE_ID, text.bytes, GROUP_ID_LENGTH };

    cr_assert_eq(C_GetAttributeValue(session, object, &its, 1), CKR_OK);
    cr_assert_eq(its.ulValueLen, GROUP_ID_LENGTH);
    cr_assert_eq(strspn(text.bytes, "0123456789abcdef"), GROUP_ID_LENGTH);
    return text;
}

static size_t
find_by(const CK_ATTRIBUTE *template, CK_ULONG count, CK_OBJECT_HANDLE *out)
{
    CK_OBJECT_HANDLE objects[8];
    CK_ULONG n = 0;

    cr_assert_eq(C_FindObjectsInit(session,
                                   (CK_ATTRIBUTE *)(uintptr_t) template, count),
                 CKR_OK);
    cr_assert_eq(C_FindObjects(session, objects, 8, &n), CKR_OK);
    cr_assert_eq(C_FindObjectsFinal(session), CKR_OK);
    *out = n == 0 ? 0 : objects[0];
    return n;
}

static CK_OBJECT_HANDLE
find_by_id(struct text text)
{
    CK_ATTRIBUTE its = { CKA_UNIQUE_ID, text.bytes, GROUP_ID_LENGTH };
    CK_OBJECT_HANDLE found;

    cr_assert_leq(find_by(&its, 1, &found), 1);
    return found;
}

/* -- What it is -------------------------------------------------------------
 */

Test(unique_id, is_each_objects_own)
{
    static const CK_ULONG numbers[] = { 7, 8, 9, 10 };

    for (size_t i = 0; i < 4; i++)
        for (size_t j = 0; j < i; j++)
            cr_expect_str_neq(read_id(find_key(numbers[i])).bytes,
                              read_id(find_key(numbers[j])).bytes);
}

/* Whoever answers, whatever it is called there. */
Test(unique_id, stays_when_another_member_takes_over)
{
    struct text before = read_id(find_key(7));

    toy_set(toy_object(1, on_b), CKA_UNIQUE_ID, "of B", 4);
    toy_set(toy_object(1, on_b), CKA_LABEL, "other", 5);
    router_lose(0);
    cr_expect_str_eq(read_id(find_key(7)).bytes, before.bytes);
}

Test(unique_id, is_the_same_in_another_process)
{
    struct text of_both = read_id(find_key(7));
    struct text of_one = read_id(find_key(10));

    toys[0].shift = 3000;
    start_again("B", "A");
    cr_expect_str_eq(read_id(find_key(7)).bytes, of_both.bytes);
    cr_expect_str_eq(read_id(find_key(10)).bytes, of_one.bytes);
    toys[0].has_token = false;
    start_again("A", "B");
    cr_expect_str_eq(read_id(find_key(7)).bytes, of_both.bytes);
}

/* Of what only one member can have, that member's goes into it. */
Test(unique_id, follows_the_members_own_where_nothing_else_is_known)
{
    struct text synthesised = read_id(find_key(10)), its;

    toy_set(toy_object(0, none_on_a), CKA_UNIQUE_ID, "1", 1);
    start_again("A", "B");
    its = read_id(find_key(10));
    cr_expect_str_neq(its.bytes, synthesised.bytes);
    toy_set(toy_object(0, none_on_a), CKA_LABEL, "renamed", 7);
    start_again("A", "B");
    cr_expect_str_eq(read_id(find_key(10)).bytes, its.bytes);
}

Test(unique_id, of_a_sessions_object_is_none_of_its_source)
{
    CK_BBOOL no = CK_FALSE;
    CK_ATTRIBUTE template = { CKA_TOKEN, &no, sizeof(no) };
    CK_OBJECT_HANDLE key = find_key(7), first, second;

    cr_assert_eq(C_CopyObject(session, key, &template, 1, &first), CKR_OK);
    cr_assert_eq(C_CopyObject(session, key, &template, 1, &second), CKR_OK);
    cr_expect_str_neq(read_id(first).bytes, read_id(key).bytes);
    cr_expect_str_neq(read_id(first).bytes, read_id(second).bytes);
    cr_expect_eq(find_by_id(read_id(second)), second);
    cr_expect_eq(find_by_id(read_id(key)), key);
}

/* -- Reading it -------------------------------------------------------------
 */

Test(unique_id, is_read_like_any_attribute)
{
    CK_OBJECT_HANDLE key = find_key(7);
    struct text text = read_id(key);
    CK_BYTE id[2], label[2];
    char room[GROUP_ID_LENGTH + 8];
    CK_ATTRIBUTE template[] = {
        { CKA_ID, id, sizeof(id) },
        { CKA_UNIQUE_ID, room, sizeof(room) },
        { CKA_UNIQUE_ID, NULL, 7 },
        { CKA_LABEL, label, sizeof(label) },
    };

    cr_assert_eq(C_GetAttributeValue(session, key, template, 4), CKR_OK);
    cr_expect_eq(template[0].ulValueLen, 2);
    cr_expect_eq(template[1].ulValueLen, GROUP_ID_LENGTH);
    cr_expect_arr_eq(room, text.bytes, GROUP_ID_LENGTH);
    cr_expect_eq(template[2].ulValueLen, GROUP_ID_LENGTH);
    cr_expect_eq(id[1], 7);
    cr_expect_eq(label[1], 7);
}

/* R1.21: the others are given all the same. */
Test(unique_id, does_not_fit_into_too_small_a_buffer)
{
    CK_BYTE id[2], small[GROUP_ID_LENGTH - 1], value[8];
    CK_ATTRIBUTE template[] = {
        { CKA_UNIQUE_ID, small, sizeof(small) },
        { CKA_ID, id, sizeof(id) },
        { CKA_OBJECT_ID, value, sizeof(value) },
    };

    cr_assert_eq(C_GetAttributeValue(session, find_key(7), template, 2),
                 CKR_BUFFER_TOO_SMALL);
    cr_expect_eq(template[0].ulValueLen, CK_UNAVAILABLE_INFORMATION);
    cr_expect_eq(template[1].ulValueLen, 2);
    cr_expect_eq(id[1], 7);
    template[0].ulValueLen = sizeof(small);
    cr_expect_neq(C_GetAttributeValue(session, find_key(7), template, 3),
                  CKR_OK);
    cr_expect_eq(template[2].ulValueLen, CK_UNAVAILABLE_INFORMATION);
}

Test(unique_id, is_refused_of_what_is_gone)
{
    CK_OBJECT_HANDLE key = find_key(8);
    CK_ATTRIBUTE template = { CKA_UNIQUE_ID, NULL, 0 };

    (void)read_id(key);
    *toy_object(0, on_a + 1) = (struct toy_object){ .number = 0 };
    cr_expect_eq(C_GetAttributeValue(session, key, &template, 1),
                 CKR_OBJECT_HANDLE_INVALID);
}

/* A member that goes while it is read. */
Test(unique_id, is_read_on_the_next_member)
{
    CK_OBJECT_HANDLE key = find_key(7);
    struct text before = read_id(key);

    toys[0].has_token = false;
    toy_fail(TOY_SLOT(0), FUNCTION_C_GetAttributeValue, CKR_DEVICE_REMOVED, 9);
    cr_expect_str_eq(read_id(key).bytes, before.bytes);
}

/* -- Searching and giving it ------------------------------------------------
 */

Test(unique_id, finds_its_object_alone)
{
    for (CK_ULONG number = 7; number <= 10; number++) {
        CK_OBJECT_HANDLE key = find_key(number);

        cr_expect_eq(find_by_id(read_id(key)), key, "%lu", number);
    }
    cr_expect_eq(find_by_id((struct text){ "0123456789abcdef"
                                           "0123456789abcdef" }),
                 0);
}

Test(unique_id, finds_it_with_other_attributes_that_fit)
{
    CK_OBJECT_HANDLE key = find_key(7), found;
    struct text text = read_id(key);
    CK_BYTE id[] = { 0, 7 };
    CK_ATTRIBUTE template[] = {
        { CKA_ID, id, sizeof(id) },
        { CKA_UNIQUE_ID, text.bytes, GROUP_ID_LENGTH },
    };

    cr_expect_eq(find_by(template, 2, &found), 1);
    cr_expect_eq(found, key);
    id[1] = 8;
    cr_expect_eq(find_by(template, 2, &found), 0);
    template[0] = (CK_ATTRIBUTE){ CKA_UNIQUE_ID, text.bytes, 4 };
    cr_expect_eq(find_by(template, 2, &found), 0);
}

Test(unique_id, is_the_tokens_to_give)
{
    CK_BBOOL yes = CK_TRUE;
    char text[] = "mine";
    CK_ATTRIBUTE template[] = {
        { CKA_UNIQUE_ID, text, 4 },
        { CKA_TOKEN, &yes, sizeof(yes) },
    };
    CK_MECHANISM generate = { CKM_RSA_PKCS_KEY_PAIR_GEN, NULL, 0 };
    CK_OBJECT_HANDLE key = find_key(8), made, other;

    cr_expect_eq(C_CreateObject(session, template, 2, &made),
                 CKR_ATTRIBUTE_READ_ONLY);
    cr_expect_eq(C_CopyObject(session, key, template, 1, &made),
                 CKR_ATTRIBUTE_READ_ONLY);
    cr_expect_eq(C_SetAttributeValue(session, key, template, 1),
                 CKR_ATTRIBUTE_READ_ONLY);
    cr_expect_eq(C_GenerateKeyPair(session, &generate, template + 1, 1,
                                   template, 2, &made, &other),
                 CKR_ATTRIBUTE_READ_ONLY);
    cr_expect_eq(toy_count_objects(0), 3);
}

/* -- Certificates in the store ----------------------------------------------
 */

static CK_OBJECT_HANDLE
store_certificate(void)
{
    CK_OBJECT_CLASS object_class = CKO_CERTIFICATE;
    CK_CERTIFICATE_TYPE type = CKC_X_509;
    CK_BBOOL yes = CK_TRUE;
    CK_BYTE name[] = { 0x30, 0 }, value[] = { 0x30, 3, 2, 1, 1 };
    CK_ATTRIBUTE template[] = {
        { CKA_CLASS, &object_class, sizeof(object_class) },
        { CKA_CERTIFICATE_TYPE, &type, sizeof(type) },
        { CKA_TOKEN, &yes, sizeof(yes) },
        { CKA_SUBJECT, name, sizeof(name) },
        { CKA_VALUE, value, sizeof(value) },
    };
    CK_OBJECT_HANDLE made = 0;

    cr_assert_eq(C_CreateObject(session, template, 5, &made), CKR_OK);
    return made;
}

/* It is none of the members', and has one already. */
Test(unique_id, of_a_stored_certificate_is_the_stores)
{
    struct config *config;
    CK_OBJECT_HANDLE certificate, other, key;

    C_Finalize(NULL);
    config = configure("A", "B");
    config->tokens[0].certificates.mode = CERTIFICATES_STORE;
    free(config->store_url);
    config->store_url =
        strdup(fixture_text("sqlite:%s", fixture_path("certificates.db")));
    router_start(config);
    session = router_session(1);
    certificate = store_certificate();
    other = store_certificate();
    key = find_key(7);
    cr_expect_str_neq(read_id(certificate).bytes, read_id(other).bytes);
    cr_expect_eq(find_by_id(read_id(certificate)), certificate);
    cr_expect_eq(find_by_id(read_id(other)), other);
    cr_expect_eq(find_by_id(read_id(key)), key);
}
