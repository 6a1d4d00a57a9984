/* SPDX-License-Identifier: BSD-3-Clause */
/* Certificates in the store: made, read, changed, destroyed; whose they are. */
#include "tests/store-fixture.h"

#include <criterion/criterion.h>
#include <stdlib.h>
#include <string.h>

TestSuite(store, .init = store_setup, .fini = store_finish, .timeout = 60);

/* -- Objects -------------------------------------------------------------- */

Test(store, what_was_made_is_read_with_every_attribute)
{
    struct certificate certificate;

    certificate_make(7, &certificate);
    cr_assert(certificate_is(certificate_add(7), certificate.attributes,
                             certificate.count));
}

Test(store, an_object_without_attributes_is_one)
{
    uint64_t number;

    cr_assert_eq(store_create(store, life, NULL, 0, &number), STORE_DONE);
    cr_assert(certificate_is(number, NULL, 0));
}

Test(store, another_store_sees_it_at_once)
{
    struct store *other = store_open();
    uint64_t number = certificate_add(1);
    struct store_object object;

    cr_assert_eq(store_read(other, life, number, &object), STORE_DONE);
    store_object_clear(&object);
    cr_assert_eq(store_destroy(other, life, number), STORE_DONE);
    cr_assert_eq(store_read(store, life, number, &object), STORE_ABSENT);
    store_free(other);
}

Test(store, numbers_of_a_class_are_no_bytes)
{
    CK_ULONG unknown = CK_UNAVAILABLE_INFORMATION;
    CK_ATTRIBUTE attributes[] = {
        { CKA_CERTIFICATE_CATEGORY, &unknown, sizeof(unknown) },
        WITH_TEXT(CKA_CERTIFICATE_TYPE, "odd"),
    };
    uint64_t number;

    cr_assert_eq(store_create(store, life, attributes, 2, &number), STORE_DONE);
    cr_assert(certificate_is(number, attributes, 2));
}

Test(store, what_is_changed_is_changed_and_the_rest_stays)
{
    uint64_t number = certificate_add(5);
    CK_ATTRIBUTE changed[] = { WITH_TEXT(CKA_LABEL, "another"),
                               WITH_TEXT(CKA_OWNER, "of nobody"),
                               { CKA_ID, NULL, 0 } };
    struct certificate certificate;

    certificate_make(5, &certificate);
    cr_assert_eq(store_change(store, life, number, changed, 3), STORE_DONE);
    *certificate_get(&certificate, CKA_LABEL) = changed[0];
    *certificate_get(&certificate, CKA_ID) = changed[2];
    certificate.attributes[certificate.count++] = changed[1];
    cr_assert(
        certificate_is(number, certificate.attributes, certificate.count));
    certificate_make(5, &certificate);
    cr_assert_str_eq(store_found(changed, 3),
                     fixture_text("%llu", (unsigned long long)number));
    cr_assert_str_eq(store_found(certificate_get(&certificate, CKA_ID), 1), "");
}

Test(store, what_is_destroyed_is_gone_and_its_number_too)
{
    uint64_t first = certificate_add(1);
    struct store_object object;

    cr_assert_eq(store_destroy(store, life, first), STORE_DONE);
    cr_assert_eq(store_destroy(store, life, first), STORE_ABSENT);
    cr_assert_eq(store_change(store, life, first, NULL, 0), STORE_ABSENT);
    cr_assert_eq(store_read(store, life, first, &object), STORE_ABSENT);
    cr_assert_gt(certificate_add(2), first);
}

Test(store, many_are_made_in_one_step)
{
    struct certificate certificates[20];
    struct store_object objects[20];
    uint64_t numbers[20];
    size_t count;

    for (unsigned i = 0; i < 20; i++) {
        certificate_make(i, &certificates[i]);
        objects[i] = (struct store_object){ certificates[i].attributes,
                                            certificates[i].count };
    }
    cr_assert_eq(store_create_many(store, life, objects, 20, numbers),
                 STORE_DONE);
    cr_assert_eq(store_count(store, life, &count), STORE_DONE);
    cr_assert_eq(count, 20);
    for (unsigned i = 0; i < 20; i++)
        cr_assert(certificate_is(numbers[i], objects[i].attributes,
                                 objects[i].count));
}

/* -- Tokens --------------------------------------------------------------- */

static uint64_t
find_life(const char *token, const char *serial)
{
    const struct store_owner owner = { token, serial };
    uint64_t found = 0;

    cr_assert_eq(store_find_life(store, &owner, &found, NULL), STORE_DONE);
    return found;
}

Test(store, a_token_keeps_its_life)
{
    struct store *other = store_open();
    const struct store_owner owner = { "token", NULL };
    uint64_t found;

    cr_assert_eq(find_life("token", NULL), life);
    cr_assert_neq(find_life("other", NULL), life);
    cr_assert_eq(store_find_life(other, &owner, &found, NULL), STORE_DONE);
    cr_assert_eq(found, life);
    store_free(other);
}

Test(store, another_token_has_none_of_its_objects)
{
    uint64_t number = certificate_add(1);
    uint64_t other = find_life("other", NULL);
    struct store_object object;
    uint64_t *numbers;
    size_t n;

    cr_assert_eq(store_read(store, other, number, &object), STORE_ABSENT);
    cr_assert_eq(store_destroy(store, other, number), STORE_ABSENT);
    cr_assert_eq(store_find(store, other, NULL, 0, &numbers, &n), STORE_DONE);
    cr_assert_eq(n, 0);
    cr_assert_null(numbers);
}

Test(store, another_serial_number_begins_another_life)
{
    uint64_t number = certificate_add(1);
    uint64_t next;
    struct store_object object;

    cr_assert_eq(find_life("token", "0001"), life, "now it is known");
    cr_assert_eq(find_life("token", "0001"), life);
    cr_assert_eq(find_life("token", NULL), life);
    next = find_life("token", "0002");
    cr_assert_gt(next, life);
    cr_assert_eq(store_read(store, next, number, &object), STORE_ABSENT);
    cr_assert_eq(find_life("token", NULL), next, "the last one");
}

Test(store, it_is_told_when_another_serial_number_is_new)
{
    static const struct {
        const char *serial;
        bool is_another;
    } seen[] = { { NULL, false },  { "0001", false }, { "0001", false },
                 { "0002", true }, { "0002", false }, { "0001", false },
                 { NULL, false } };

    for (size_t i = 0; i < sizeof(seen) / sizeof(seen[0]); i++) {
        const struct store_owner owner = { "token", seen[i].serial };
        bool is_another = !seen[i].is_another;

        cr_assert_eq(store_find_life(store, &owner, &life, &is_another),
                     STORE_DONE);
        cr_assert_eq(is_another, seen[i].is_another, "case %zu", i);
    }
}

Test(store, a_serial_number_that_returns_finds_its_own_life)
{
    uint64_t first = find_life("token", "0001");
    uint64_t number = certificate_add(1);
    uint64_t second = find_life("token", "0002");
    struct store_object object;

    for (unsigned i = 0; i < 3; i++) {
        cr_assert_eq(find_life("token", "0001"), first);
        cr_assert_eq(find_life("token", "0002"), second);
    }
    cr_assert_eq(store_read(store, first, number, &object), STORE_DONE);
    store_object_clear(&object);
}

static size_t
count_in(uint64_t which)
{
    size_t count;

    cr_assert_eq(store_count(store, which, &count), STORE_DONE);
    return count;
}

Test(store, an_initialised_token_ends_the_life_of_its_serial_number_alone)
{
    const struct store_owner owner = { "token", "0002" };
    uint64_t first = find_life("token", "0001");
    uint64_t second, next;

    (void)certificate_add(1);
    life = second = find_life("token", "0002");
    (void)certificate_add(2);
    cr_assert_eq(store_begin_life(store, &owner, &next), STORE_DONE);
    cr_assert_gt(next, second);
    cr_assert_eq(find_life("token", "0002"), next);
    cr_assert_eq(count_in(second), 0);
    cr_assert_eq(count_in(first), 1);
}

Test(store, an_initialised_token_of_no_serial_number_ends_them_all)
{
    const struct store_owner owner = { "token", NULL };
    uint64_t first = find_life("token", "0001");
    uint64_t other = find_life("other", "0001");
    uint64_t next;

    (void)certificate_add(1);
    (void)find_life("token", "0002");
    cr_assert_eq(store_begin_life(store, &owner, &next), STORE_DONE);
    cr_assert_eq(count_in(first), 0);
    cr_assert_eq(find_life("token", "0001"), next, "now it is known");
    cr_assert_eq(find_life("other", "0001"), other);
}

Test(store, an_initialised_token_has_no_objects)
{
    const struct store_owner owner = { "token", NULL };
    uint64_t number = certificate_add(1);
    struct certificate certificate;
    struct store_object object;
    uint64_t next, made;
    size_t count;

    certificate_make(2, &certificate);
    cr_assert_eq(store_begin_life(store, &owner, &next), STORE_DONE);
    cr_assert_gt(next, life);
    cr_assert_eq(find_life("token", NULL), next);
    cr_assert_eq(store_read(store, life, number, &object), STORE_ABSENT);
    cr_assert_eq(store_count(store, next, &count), STORE_DONE);
    cr_assert_eq(count, 0);
    /* Another process that has not heard of it makes nothing. */
    cr_assert_eq(store_create(store, life, certificate.attributes,
                              certificate.count, &made),
                 STORE_ABSENT);
}
