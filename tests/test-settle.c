/* SPDX-License-Identifier: BSD-3-Clause */
/* Handles that have to be looked at first: R2.10, R2.11, R2.13. */
#include "router/object.h"
#include "tests/router-fixture.h"

#include <criterion/criterion.h>
#include <string.h>

static CK_SESSION_HANDLE session;

/* Modules that reuse handles have what they show confirmed, so that p11mux
 * knows what the objects are. */
static void
setup(void)
{
    struct config *config = router_config();

    router_profile.settings.handle_reuse = ANSWER_YES;
    router_config_token(config, "one", "A", NULL);
    router_start(config);
    session = router_session(1);
}

static void
finish(void)
{
    C_Finalize(NULL);
}

TestSuite(settle, .init = setup, .fini = finish, .timeout = 60);

static CK_RV
sign_with(CK_OBJECT_HANDLE key, CK_ULONG expected)
{
    struct toy_result result;
    CK_RV rv = router_sign_init(session, key);

    if (rv != CKR_OK)
        return rv;
    cr_assert_eq(router_sign(session, "data", &result), CKR_OK);
    cr_assert_eq(result.number, expected, "signed with another key");
    return CKR_OK;
}

static CK_RV
read_id(CK_OBJECT_HANDLE object)
{
    CK_BYTE id[2];
    CK_ATTRIBUTE template = { CKA_ID, id, sizeof(id) };

    return C_GetAttributeValue(session, object, &template, 1);
}

/* -- A handle that has changed (R2.13) ------------------------------------ */

Test(settle, a_key_that_has_another_number_is_found_again)
{
    CK_OBJECT_HANDLE key;

    toy_add_key(0, CKO_PRIVATE_KEY, 7);
    toy_add_key(0, CKO_PUBLIC_KEY, 7);
    toy_add_key(0, CKO_PRIVATE_KEY, 8);
    key = router_find_key(session, CKO_PRIVATE_KEY, 7);
    cr_assert_eq(sign_with(key, 7), CKR_OK);
    toys[0].shift = 5000;
    cr_assert_eq(sign_with(key, 7), CKR_OK);
    cr_assert_eq(sign_with(key, 7), CKR_OK);
    cr_assert_eq(router_find_key(session, CKO_PRIVATE_KEY, 7), key);
    cr_assert_eq(object_space_count(router_token(1)->objects), 1);
}

Test(settle, it_is_found_again_for_reading_and_for_two_at_once)
{
    CK_MECHANISM mechanism = { CKM_RSA_PKCS, NULL, 0 };
    CK_ULONG numbers[2], length = sizeof(numbers);
    CK_OBJECT_HANDLE one, two;

    toy_add_key(0, CKO_PRIVATE_KEY, 7);
    toy_add_key(0, CKO_PRIVATE_KEY, 8);
    one = router_find_key(session, CKO_PRIVATE_KEY, 7);
    two = router_find_key(session, CKO_PRIVATE_KEY, 8);
    cr_assert_eq(read_id(one), CKR_OK);
    cr_assert_eq(read_id(two), CKR_OK);
    toys[0].shift = 5000;
    cr_assert_eq(read_id(one), CKR_OK);
    toys[0].shift = 6000;
    cr_assert_eq(C_WrapKey(session, &mechanism, two, one, (CK_BYTE *)numbers,
                           &length),
                 CKR_OK);
    cr_assert_eq(numbers[0], 8);
    cr_assert_eq(numbers[1], 7);
}

Test(settle, of_two_that_look_the_same_none_is_guessed)
{
    CK_OBJECT_HANDLE key;

    toy_add_key(0, CKO_PRIVATE_KEY, 7);
    key = router_find_key(session, CKO_PRIVATE_KEY, 7);
    cr_assert_eq(sign_with(key, 7), CKR_OK);
    toys[0].shift = 5000;
    toy_add_key(0, CKO_PRIVATE_KEY, 7);
    cr_assert_eq(sign_with(key, 7), CKR_KEY_HANDLE_INVALID);
    cr_assert_eq(read_id(key), CKR_OBJECT_HANDLE_INVALID);
}

/* While a look is on its way the device begins to give handles anew. */
static bool is_doubted;

static bool
doubt_once(enum function function, CK_SLOT_ID slot, struct argument *arguments,
           CK_RV *rv)
{
    (void)slot;
    (void)arguments;
    (void)rv;
    if (!is_doubted && function == FUNCTION_C_GetAttributeValue) {
        is_doubted = true;
        object_space_unconfirm(router_token(1)->objects, 0);
    }
    return false;
}

Test(settle, a_doubt_that_comes_during_a_look_outlives_it)
{
    CK_OBJECT_HANDLE its = toy_add_key(0, CKO_PRIVATE_KEY, 7), key;

    key = router_find_key(session, CKO_PRIVATE_KEY, 7);
    cr_assert_eq(sign_with(key, 7), CKR_OK);
    cr_assert_eq(router_find_key(session, CKO_PRIVATE_KEY, 7), key);
    toy_set_hook(doubt_once);
    cr_assert_eq(sign_with(key, 7), CKR_OK);
    toy_set_hook(NULL);
    cr_assert(is_doubted);
    *toy_object(0, its) = (struct toy_object){ .number = 0 };
    cr_assert_eq(toy_add_key(0, CKO_PRIVATE_KEY, 8), its);
    cr_assert_eq(sign_with(key, 7), CKR_KEY_HANDLE_INVALID);
}

Test(settle, a_key_that_is_where_it_was_is_not_tried_again)
{
    CK_OBJECT_HANDLE key;

    toy_add_key(0, CKO_PRIVATE_KEY, 7);
    key = router_find_key(session, CKO_PRIVATE_KEY, 7);
    cr_assert_eq(sign_with(key, 7), CKR_OK);
    toy_forget_calls();
    toy_fail(TOY_ANY, FUNCTION_C_SignInit, CKR_KEY_HANDLE_INVALID, 1);
    cr_assert_eq(router_sign_init(session, key), CKR_KEY_HANDLE_INVALID);
    cr_assert_eq(toy_count(TOY_ANY, FUNCTION_C_SignInit), 1);
    cr_assert_eq(sign_with(key, 7), CKR_OK);
}

Test(settle, another_key_with_its_id_and_label_is_not_taken_for_it)
{
    struct toy_object *other;
    CK_OBJECT_HANDLE key;

    toy_add_key(0, CKO_PRIVATE_KEY, 7);
    key = router_find_key(session, CKO_PRIVATE_KEY, 7);
    cr_assert_eq(sign_with(key, 7), CKR_OK);
    memset(toys[0].objects, 0, sizeof(toys[0].objects));
    toys[0].shift = 5000;
    other = toy_object(0, toy_add_key(0, CKO_PRIVATE_KEY, 8));
    toy_set(other, CKA_ID, "\0\7", 2);
    toy_set(other, CKA_LABEL, "\0\7", 2);
    cr_assert_eq(sign_with(key, 7), CKR_KEY_HANDLE_INVALID);
}

Test(settle, one_that_is_gone_is_invalid_by_the_name_of_its_place)
{
    CK_OBJECT_HANDLE key;

    toy_add_key(0, CKO_PRIVATE_KEY, 7);
    key = router_find_key(session, CKO_PRIVATE_KEY, 7);
    cr_assert_eq(sign_with(key, 7), CKR_OK);
    memset(toys[0].objects, 0, sizeof(toys[0].objects));
    cr_assert_eq(sign_with(key, 7), CKR_KEY_HANDLE_INVALID);
    cr_assert_eq(read_id(key), CKR_OBJECT_HANDLE_INVALID);
    cr_assert_eq(C_DestroyObject(session, key), CKR_OBJECT_HANDLE_INVALID);
}

Test(settle, a_session_object_is_not_found_again)
{
    CK_ATTRIBUTE template = { CKA_LABEL, (char[]){ "mine" }, 4 };
    CK_OBJECT_HANDLE object;

    cr_assert_eq(C_CreateObject(session, &template, 1, &object), CKR_OK);
    toys[0].shift = 5000;
    toy_forget_calls();
    cr_assert_eq(read_id(object), CKR_OBJECT_HANDLE_INVALID);
    cr_assert_eq(toy_count(TOY_ANY, FUNCTION_C_FindObjectsInit), 0);
}

/* -- A handle that is another object's now (R2.11) ------------------------ */

Test(settle, a_number_that_another_key_has_now_is_noticed)
{
    CK_OBJECT_HANDLE key, other;

    toy_add_key(0, CKO_PRIVATE_KEY, 7);
    key = router_find_key(session, CKO_PRIVATE_KEY, 7);
    cr_assert_eq(sign_with(key, 7), CKR_OK);
    /* Another process destroys it and makes one in its place. */
    memset(toys[0].objects, 0, sizeof(toys[0].objects));
    toy_add_key(0, CKO_PRIVATE_KEY, 8);
    other = router_find_key(session, CKO_PRIVATE_KEY, 8);
    cr_assert_eq(other, key, "a search reads no attributes");
    cr_assert_eq(sign_with(key, 7), CKR_KEY_HANDLE_INVALID);
    other = router_find_key(session, CKO_PRIVATE_KEY, 8);
    cr_assert_neq(other, key);
    cr_assert_eq(sign_with(other, 8), CKR_OK);
    cr_assert_eq(sign_with(key, 7), CKR_KEY_HANDLE_INVALID);
}

Test(settle, what_is_found_again_unchanged_is_confirmed_once)
{
    CK_OBJECT_HANDLE key;
    unsigned long n_reads;

    toy_add_key(0, CKO_PRIVATE_KEY, 7);
    key = router_find_key(session, CKO_PRIVATE_KEY, 7);
    for (int i = 0; i < 3; i++) {
        cr_assert_eq(router_find_key(session, CKO_PRIVATE_KEY, 7), key);
        cr_assert_eq(sign_with(key, 7), CKR_OK);
    }
    n_reads = toy_count(TOY_ANY, FUNCTION_C_GetAttributeValue);
    cr_assert_gt(n_reads, 0);
    cr_assert_eq(sign_with(key, 7), CKR_OK);
    cr_assert_eq(toy_count(TOY_ANY, FUNCTION_C_GetAttributeValue), n_reads);
}

Test(settle, what_the_application_changed_is_still_the_same)
{
    CK_ATTRIBUTE label = { CKA_LABEL, (char[]){ "new" }, 3 };
    CK_OBJECT_HANDLE key;

    toy_add_key(0, CKO_PRIVATE_KEY, 7);
    key = router_find_key(session, CKO_PRIVATE_KEY, 7);
    cr_assert_eq(sign_with(key, 7), CKR_OK);
    cr_assert_eq(C_SetAttributeValue(session, key, &label, 1), CKR_OK);
    cr_assert_eq(router_find_key(session, CKO_PRIVATE_KEY, 7), key);
    cr_assert_eq(sign_with(key, 7), CKR_OK);
}

Test(settle, an_object_that_nothing_tells_from_others_can_still_be_used)
{
    CK_OBJECT_CLASS object_class = CKO_SECRET_KEY;
    CK_KEY_TYPE type = CKK_AES;
    CK_ATTRIBUTE template[] = {
        { CKA_CLASS, &object_class, sizeof(object_class) },
        { CKA_KEY_TYPE, &type, sizeof(type) },
    };
    CK_OBJECT_HANDLE made, found;

    cr_assert_eq(C_CreateObject(session, template, 2, &made), CKR_OK);
    for (int i = 0; i < 3; i++) {
        cr_assert_eq(router_find_all(session, &found, 1), 1);
        cr_assert_eq(found, made);
        cr_assert_eq(router_sign_init(session, found), CKR_OK);
        cr_assert_eq(C_SignInit(session, NULL, 0), CKR_OK);
    }
}

/* -- After a logout (R2.10) ----------------------------------------------- */

static void
log_out_and_in(void)
{
    cr_assert_eq(C_Logout(session), CKR_OK);
    cr_assert_eq(C_Login(session, CKU_USER, NULL, 0), CKR_OK);
}

Test(settle, after_a_logout_private_ones_are_dead_though_the_user_is_back)
{
    CK_OBJECT_HANDLE secret, open;

    toy_add_key(0, CKO_PRIVATE_KEY, 7);
    toy_add_key(0, CKO_PUBLIC_KEY, 7);
    cr_assert_eq(C_Login(session, CKU_USER, NULL, 0), CKR_OK);
    secret = router_find_key(session, CKO_PRIVATE_KEY, 7);
    open = router_find_key(session, CKO_PUBLIC_KEY, 7);
    log_out_and_in();
    cr_assert_eq(router_sign_init(session, secret), CKR_KEY_HANDLE_INVALID);
    cr_assert_eq(router_sign_init(session, secret), CKR_KEY_HANDLE_INVALID);
    cr_assert_eq(read_id(open), CKR_OK);
    toy_forget_calls();
    cr_assert_eq(read_id(open), CKR_OK);
    cr_assert_eq(toy_count(TOY_ANY, FUNCTION_C_GetAttributeValue), 1,
                 "whether it is private is not asked again");
}

/* Though the module shows it under the handle it had. */
Test(settle, what_a_search_shows_after_a_logout_can_be_used)
{
    CK_OBJECT_HANDLE secret, open, again;

    toy_add_key(0, CKO_PRIVATE_KEY, 7);
    toy_add_key(0, CKO_PUBLIC_KEY, 7);
    cr_assert_eq(C_Login(session, CKU_USER, NULL, 0), CKR_OK);
    secret = router_find_key(session, CKO_PRIVATE_KEY, 7);
    open = router_find_key(session, CKO_PUBLIC_KEY, 7);
    log_out_and_in();
    again = router_find_key(session, CKO_PRIVATE_KEY, 7);
    cr_assert_neq(again, secret);
    cr_assert_eq(sign_with(again, 7), CKR_OK);
    cr_assert_eq(router_sign_init(session, secret), CKR_KEY_HANDLE_INVALID);
    cr_assert_eq(router_find_key(session, CKO_PUBLIC_KEY, 7), open,
                 "a public one keeps its handle");
    cr_assert_eq(router_find_key(session, CKO_PRIVATE_KEY, 7), again);
}

Test(settle, one_that_was_made_here_is_known_to_be_private_or_not)
{
    CK_BBOOL yes = CK_TRUE, no = CK_FALSE;
    CK_ATTRIBUTE secret = { CKA_PRIVATE, &yes, 1 };
    CK_ATTRIBUTE open = { CKA_PRIVATE, &no, 1 };
    CK_OBJECT_HANDLE objects[2];

    cr_assert_eq(C_Login(session, CKU_USER, NULL, 0), CKR_OK);
    cr_assert_eq(C_CreateObject(session, &secret, 1, &objects[0]), CKR_OK);
    cr_assert_eq(C_CreateObject(session, &open, 1, &objects[1]), CKR_OK);
    cr_assert_eq(C_Logout(session), CKR_OK);
    cr_assert_eq(object_space_flags(router_token(1)->objects, objects[0]), 0);
    cr_assert_neq(object_space_flags(router_token(1)->objects, objects[1]), 0);
}

/* -- A lost token is no lost object (DESIGN 4) ---------------------------- */

Test(settle, what_cannot_be_looked_at_now_does_not_die_of_it)
{
    CK_OBJECT_HANDLE open, key;

    toy_add_key(0, CKO_PUBLIC_KEY, 7);
    toy_add_key(0, CKO_PRIVATE_KEY, 8);
    cr_assert_eq(C_Login(session, CKU_USER, NULL, 0), CKR_OK);
    open = router_find_key(session, CKO_PUBLIC_KEY, 7);
    log_out_and_in();
    toy_fail(TOY_ANY, FUNCTION_C_GetAttributeValue, CKR_DEVICE_REMOVED, 1);
    cr_assert_eq(read_id(open), CKR_DEVICE_REMOVED);
    cr_assert_eq(read_id(open), CKR_OK);
    /* The same where what it is has to be confirmed. */
    key = router_find_key(session, CKO_PRIVATE_KEY, 8);
    toy_fail(TOY_ANY, FUNCTION_C_GetAttributeValue, CKR_DEVICE_REMOVED, 9);
    cr_assert_eq(router_sign_init(session, key), CKR_DEVICE_REMOVED);
    toy_reset_rules();
    cr_assert_eq(sign_with(key, 8), CKR_OK);
}

Test(settle, nor_what_cannot_be_searched_for_now)
{
    CK_OBJECT_HANDLE key;

    toy_add_key(0, CKO_PRIVATE_KEY, 7);
    key = router_find_key(session, CKO_PRIVATE_KEY, 7);
    cr_assert_eq(sign_with(key, 7), CKR_OK);
    toys[0].shift = 5000;
    toy_fail(TOY_ANY, FUNCTION_C_FindObjectsInit, CKR_DEVICE_REMOVED, 1);
    cr_assert_eq(router_sign_init(session, key), CKR_KEY_HANDLE_INVALID);
    cr_assert_eq(sign_with(key, 7), CKR_OK);
}
