/* SPDX-License-Identifier: BSD-3-Clause */
/* Twins of a key on the members of a group, of which one has become another
 * object (R2.11, R7.8). */
#include "tests/router-fixture.h"

#include <criterion/criterion.h>

static CK_SESSION_HANDLE session;
static CK_OBJECT_HANDLE on_a, on_b;
static struct toy_result result;

/* Both have key 7; their modules reuse handles. */
static void
start(void)
{
    struct config *config = router_config();

    router_profile.settings.handle_reuse = ANSWER_YES;
    router_config_token(config, "two", "A", "B", NULL);
    config->tokens[0].write = WRITE_PRIMARY;
    (void)toy_show(1, "B");
    on_a = toy_add_key(0, CKO_PRIVATE_KEY, 7);
    on_b = toy_add_key(1, CKO_PRIVATE_KEY, 7);
    router_start(config);
    session = router_session(1);
}

static void
finish(void)
{
    C_Finalize(NULL);
}

TestSuite(group_twin, .init = start, .fini = finish, .timeout = 60);

static CK_RV
sign_with(CK_OBJECT_HANDLE key)
{
    CK_RV rv = router_sign_init(session, key);

    return rv == CKR_OK ? router_sign(session, "data", &result) : rv;
}

static void
lose_first(void)
{
    member_fail(&router_token(1)->members[0], NULL, CKR_DEVICE_REMOVED);
}

/* Another process destroys B's, and makes one in its place. */
static void
replace_on_b(void)
{
    *toy_object(1, on_b) = (struct toy_object){ .number = 0 };
    cr_assert_eq(toy_add_key(1, CKO_PRIVATE_KEY, 8), on_b);
}

/* Whatever A says of its own. */
static void
check_replaced(CK_OBJECT_HANDLE key)
{
    cr_assert_eq(sign_with(key), CKR_OK);
    cr_expect_eq(result.slot, TOY_SLOT(0));
    lose_first();
    cr_expect_neq(sign_with(key), CKR_OK);
    cr_expect_eq(toy_count(TOY_SLOT(1), FUNCTION_C_Sign), 0);
}

Test(group_twin, that_is_another_key_is_not_signed_with)
{
    CK_OBJECT_HANDLE key = router_find_key(session, CKO_PRIVATE_KEY, 7);

    cr_assert_eq(sign_with(key), CKR_OK);
    replace_on_b();
    cr_assert_eq(router_find_key(session, CKO_PRIVATE_KEY, 7), key);
    check_replaced(key);
}

Test(group_twin, that_is_another_key_and_is_listed_is_not_signed_with)
{
    CK_OBJECT_HANDLE key = router_find_key(session, CKO_PRIVATE_KEY, 7);
    CK_OBJECT_HANDLE objects[8];

    replace_on_b();
    (void)router_find_all(session, objects, 8);
    check_replaced(key);
}

/* R2.11: who looks for the other key is not given the entry, and with it the
 * key of the other member, that its handle stood for. */
Test(group_twin, that_is_another_key_is_found_as_that)
{
    CK_OBJECT_HANDLE key = router_find_key(session, CKO_PRIVATE_KEY, 7);
    CK_OBJECT_HANDLE objects[8], other;

    replace_on_b();
    other = router_find_key(session, CKO_PRIVATE_KEY, 8);
    cr_assert_neq(other, key);
    cr_assert_eq(sign_with(other), CKR_OK);
    cr_expect_eq(result.slot, TOY_SLOT(1));
    cr_expect_eq(result.number, 8);
    cr_expect_eq(router_find_all(session, objects, 8), 2);
    cr_expect_eq(router_find_key(session, CKO_PRIVATE_KEY, 8), other);
    toy_forget_calls();
    check_replaced(key);
}

Test(group_twin, on_the_first_member_is_not_taken_for_what_it_was)
{
    CK_OBJECT_HANDLE key = router_find_key(session, CKO_PRIVATE_KEY, 7);
    CK_OBJECT_HANDLE other;

    *toy_object(0, on_a) = (struct toy_object){ .number = 0 };
    cr_assert_eq(toy_add_key(0, CKO_PRIVATE_KEY, 9), on_a);
    other = router_find_key(session, CKO_PRIVATE_KEY, 9);
    cr_assert_neq(other, key);
    cr_assert_eq(sign_with(other), CKR_OK);
    cr_expect_eq(result.number, 9);
    cr_assert_eq(sign_with(key), CKR_OK);
    cr_expect_eq(result.slot, TOY_SLOT(1));
    cr_expect_eq(result.number, 7);
}

/* What the other member calls it makes no difference. */
Test(group_twin, that_has_another_label_and_id_takes_over)
{
    CK_OBJECT_HANDLE key, objects[8];

    toy_set(toy_object(0, on_a), CKA_UNIQUE_ID, "1", 1);
    toy_set(toy_object(1, on_b), CKA_UNIQUE_ID, "2", 1);
    toy_set(toy_object(1, on_b), CKA_LABEL, "other", 5);
    key = router_find_key(session, CKO_PRIVATE_KEY, 7);
    cr_expect_eq(router_find_all(session, objects, 8), 1);
    lose_first();
    cr_assert_eq(sign_with(key), CKR_OK);
    cr_expect_eq(result.slot, TOY_SLOT(1));
    cr_expect_eq(result.number, 7);
}

/* A session's copy ends with its session, and is on the one member. */
Test(group_twin, is_none_of_a_sessions_copy)
{
    CK_BBOOL no = CK_FALSE;
    CK_OBJECT_CLASS object_class = CKO_PRIVATE_KEY;
    struct toy_object *its = toy_object(0, on_a);
    CK_ATTRIBUTE template[5] = {
        { CKA_CLASS, &object_class, sizeof(object_class) },
        { CKA_TOKEN, &no, sizeof(no) },
    };
    CK_OBJECT_HANDLE copy, objects[8];
    size_t n = 2;

    for (size_t i = 0; i < its->n_attributes; i++)
        if (its->attributes[i].type == CKA_KEY_TYPE ||
            its->attributes[i].type == CKA_MODULUS ||
            its->attributes[i].type == CKA_PUBLIC_EXPONENT)
            template[n++] = (CK_ATTRIBUTE){ its->attributes[i].type,
                                            its->attributes[i].value,
                                            its->attributes[i].length };
    cr_assert_eq(C_CreateObject(session, template, n, &copy), CKR_OK);
    cr_expect_eq(router_find_all(session, objects, 8), 2);
    cr_expect_not(object_space_was_seen(router_token(1)->objects, copy, 1));
    cr_assert_eq(C_DestroyObject(session, copy), CKR_OK);
    lose_first();
    cr_expect_eq(sign_with(router_find_key(session, CKO_PRIVATE_KEY, 7)),
                 CKR_OK);
}

Test(group_twin, that_is_what_it_was_takes_over)
{
    CK_OBJECT_HANDLE key = router_find_key(session, CKO_PRIVATE_KEY, 7);

    cr_assert_eq(sign_with(key), CKR_OK);
    lose_first();
    cr_assert_eq(sign_with(key), CKR_OK);
    cr_expect_eq(result.slot, TOY_SLOT(1));
    cr_expect_eq(result.number, 7);
}

/* The same key under another name, of which nothing was used yet. */
Test(group_twin, that_has_another_label_takes_over)
{
    CK_OBJECT_HANDLE key;

    toy_set(toy_object(1, on_b), CKA_LABEL, "B", 1);
    key = router_find_key(session, CKO_PRIVATE_KEY, 7);
    lose_first();
    cr_assert_eq(sign_with(key), CKR_OK);
    cr_expect_eq(result.number, 7);
}

/* The one member's CKA_UNIQUE_ID means nothing on another. */
Test(group_twin, that_has_moved_is_not_sought_by_the_others_unique_id)
{
    struct toy_object *other =
        toy_object(1, toy_add_key(1, CKO_PRIVATE_KEY, 8));
    CK_OBJECT_HANDLE key;

    toy_set(toy_object(0, on_a), CKA_UNIQUE_ID, "1", 1);
    toy_set(other, CKA_UNIQUE_ID, "1", 1);
    toy_set(other, CKA_MODULUS, "", 0);
    key = router_find_key(session, CKO_PRIVATE_KEY, 7);
    lose_first();
    cr_assert_eq(sign_with(key), CKR_OK);
    cr_expect_eq(result.number, 7);
    toys[1].shift = 5000;
    cr_assert_eq(sign_with(key), CKR_OK);
    cr_expect_eq(result.number, 7);
}

/* Also in a life of its member in which nobody has looked at it yet. */
Test(group_twin, is_not_changed_alone)
{
    CK_OBJECT_HANDLE key = router_find_key(session, CKO_PRIVATE_KEY, 7);
    CK_ATTRIBUTE label = { CKA_LABEL, (CK_UTF8CHAR[]){ "new" }, 3 };

    toy_set_flag(toy_object(0, on_a), CKA_TOKEN, true);
    member_begin_life(&router_token(1)->members[1]);
    cr_expect_eq(C_SetAttributeValue(session, key, &label, 1),
                 CKR_TOKEN_WRITE_PROTECTED);
}

/* R2.8: the same handle, in each life of the members. */
Test(group_twin, has_the_handle_of_before_in_another_life)
{
    CK_OBJECT_HANDLE key = router_find_key(session, CKO_PRIVATE_KEY, 7);
    CK_OBJECT_HANDLE objects[8];

    toys[0].shift = 3000;
    member_begin_life(&router_token(1)->members[0]);
    cr_expect_eq(router_find_key(session, CKO_PRIVATE_KEY, 7), key);
    toys[1].shift = 4000;
    member_begin_life(&router_token(1)->members[1]);
    cr_expect_eq(router_find_key(session, CKO_PRIVATE_KEY, 7), key);
    cr_expect_eq(router_find_all(session, objects, 8), 1);
    lose_first();
    cr_expect_eq(router_find_key(session, CKO_PRIVATE_KEY, 7), key);
    cr_assert_eq(sign_with(key), CKR_OK);
    cr_expect_eq(result.slot, TOY_SLOT(1));
}
