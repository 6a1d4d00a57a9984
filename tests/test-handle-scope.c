/* SPDX-License-Identifier: BSD-3-Clause */
/* Modules on which an object has another handle in each session (R2.12). */
#include "router/object.h"
#include "tests/router-fixture.h"

#include <criterion/criterion.h>

static CK_SESSION_HANDLE session, other;
static CK_OBJECT_HANDLE key;
static CK_BYTE name[] = "name";
static CK_ATTRIBUTE named = { CKA_LABEL, name, sizeof(name) };

static const enum function searching = FUNCTION_C_FindObjectsInit;

static void
setup(void)
{
    struct config *config = router_config();

    router_profile.settings.handle_scope = SCOPED_SESSION;
    router_config_token(config, "one", "A", NULL);
    router_start(config);
    router_pool(1, &config_pool_default);
    toys[0].scopes_handles = true;
    toy_add_key(0, CKO_PRIVATE_KEY, 7);
    session = router_session(1);
    other = router_session(1);
    key = router_find_key(session, CKO_PRIVATE_KEY, 7);
    if (C_Login(session, CKU_USER, NULL, 0) != CKR_OK)
        fixture_fail("no login");
}

static void
finish(void)
{
    if (C_CloseAllSessions(1) != CKR_OK || toy_count_sessions(0) != 0)
        fixture_fail("backend sessions were left open");
    C_Finalize(NULL);
}

TestSuite(handle_scope, .init = setup, .fini = finish, .timeout = 60);

static CK_ULONG
sign(CK_SESSION_HANDLE its, CK_OBJECT_HANDLE with)
{
    struct toy_result result = { .number = 0 };

    cr_assert_eq(router_sign_init(its, with), CKR_OK);
    cr_assert_eq(router_sign(its, "data", &result), CKR_OK);
    return result.number;
}

static CK_OBJECT_HANDLE
members_handle(void)
{
    return toy_last(FUNCTION_C_SignInit).objects[0];
}

static size_t
count_entries(void)
{
    return object_space_count(router_token(1)->objects);
}

/* The key as the module knows it, by its place there. */
static struct toy_object *
members_key(CK_ULONG number)
{
    for (size_t i = 0; i < TOY_OBJECTS; i++)
        if (toys[0].objects[i].number == number)
            return &toys[0].objects[i];
    fixture_fail("there is no key %lu", number);
}

/* -- Used elsewhere ---------------------------------------------------------
 */

Test(handle_scope, a_key_is_found_again_in_another_session)
{
    CK_OBJECT_HANDLE first;

    cr_assert_eq(sign(session, key), 7);
    first = members_handle();
    cr_assert_eq(sign(other, key), 7);
    cr_assert_neq(members_handle(), first, "there it has another handle");
    cr_assert_eq(sign(session, key), 7);
    cr_assert_eq(members_handle(), first);
}

Test(handle_scope, it_is_found_once_as_long_as_it_is_used_there)
{
    unsigned long n_searches;

    cr_assert_eq(sign(other, key), 7);
    n_searches = toy_count(TOY_ANY, searching);
    for (int i = 0; i < 5; i++)
        cr_assert_eq(sign(other, key), 7);
    cr_assert_eq(toy_count(TOY_ANY, searching), n_searches);
}

Test(handle_scope, a_session_keeps_its_backend_session)
{
    CK_SESSION_HANDLE its;

    cr_assert_eq(sign(session, key), 7);
    its = toy_last(FUNCTION_C_Sign).session;
    cr_assert_eq(sign(other, key), 7);
    cr_assert_neq(toy_last(FUNCTION_C_Sign).session, its);
    for (int i = 0; i < 3; i++) {
        cr_assert_eq(sign(session, key), 7);
        cr_assert_eq(toy_last(FUNCTION_C_Sign).session, its);
    }
}

Test(handle_scope, a_backend_session_that_goes_to_another_one_has_its_handles)
{
    unsigned long n_searches;
    CK_SESSION_HANDLE its;

    cr_assert_eq(sign(session, key), 7);
    its = toy_last(FUNCTION_C_Sign).session;
    cr_assert_eq(C_CloseSession(session), CKR_OK);
    session = router_session(1);
    n_searches = toy_count(TOY_ANY, searching);
    cr_assert_eq(sign(session, key), 7);
    cr_assert_eq(toy_last(FUNCTION_C_Sign).session, its);
    cr_assert_eq(toy_count(TOY_ANY, searching), n_searches);
}

/* -- Found elsewhere --------------------------------------------------------
 */

Test(handle_scope, searches_in_any_session_give_the_same_handle)
{
    size_t n_entries = count_entries();

    for (int i = 0; i < 3; i++) {
        CK_SESSION_HANDLE third = router_session(1);

        cr_assert_eq(router_find_key(other, CKO_PRIVATE_KEY, 7), key);
        cr_assert_eq(router_find_key(session, CKO_PRIVATE_KEY, 7), key);
        cr_assert_eq(router_find_key(third, CKO_PRIVATE_KEY, 7), key);
    }
    cr_assert_eq(count_entries(), n_entries);
    cr_assert_eq(sign(other, key), 7);
    cr_assert_eq(sign(session, key), 7);
}

Test(handle_scope, different_keys_stay_different)
{
    CK_OBJECT_HANDLE found[4], again[4];

    toy_add_key(0, CKO_PRIVATE_KEY, 8);
    toy_add_key(0, CKO_PUBLIC_KEY, 7);
    cr_assert_eq(router_find_all(session, found, 4), 3);
    cr_assert_eq(router_find_all(other, again, 4), 3);
    for (size_t i = 0; i < 3; i++)
        cr_assert_eq(again[i], found[i]);
    cr_assert_eq(sign(other, found[1]), 8);
    cr_assert_eq(sign(session, found[1]), 8);
    cr_assert_eq(sign(session, found[0]), 7);
}

/* -- Gone -------------------------------------------------------------------
 */

Test(handle_scope, a_key_destroyed_by_another_session_is_gone_in_all)
{
    struct toy_result result;

    cr_assert_eq(sign(other, key), 7);
    cr_assert_eq(C_DestroyObject(other, key), CKR_OK);
    cr_assert_eq(router_sign_init(session, key), CKR_KEY_HANDLE_INVALID);
    cr_assert_eq(router_sign_init(other, key), CKR_KEY_HANDLE_INVALID);
    cr_assert_eq(router_sign(session, "data", &result),
                 CKR_OPERATION_NOT_INITIALIZED);
}

Test(handle_scope, a_key_that_went_away_meanwhile_is_found_nowhere)
{
    members_key(7)->number = 0;
    cr_assert_eq(router_sign_init(other, key), CKR_KEY_HANDLE_INVALID);
    cr_assert_eq(router_sign_init(session, key), CKR_KEY_HANDLE_INVALID);
}

/* Private objects of before a logout are dead (2.1), wherever they are used
 * next. */
Test(handle_scope, a_private_key_does_not_come_back_after_a_logout)
{
    cr_assert_eq(sign(session, key), 7);
    cr_assert_eq(C_Logout(session), CKR_OK);
    cr_assert_eq(C_Login(session, CKU_USER, NULL, 0), CKR_OK);
    cr_assert_eq(router_sign_init(other, key), CKR_KEY_HANDLE_INVALID);
    cr_assert_eq(router_sign_init(session, key), CKR_KEY_HANDLE_INVALID);
    cr_assert_neq(router_find_key(session, CKO_PRIVATE_KEY, 7), key);
}

/* -- Alike ------------------------------------------------------------------
 */

Test(handle_scope, of_two_alike_none_is_guessed)
{
    CK_OBJECT_HANDLE pair[3], others[3];

    toy_add_key(0, CKO_PRIVATE_KEY, 7);
    cr_assert_eq(router_find_all(session, pair, 3), 2);
    cr_assert_neq(pair[0], pair[1]);
    cr_assert_eq(sign(session, pair[0]), 7);
    cr_assert_eq(sign(session, pair[1]), 7);
    cr_assert_eq(router_sign_init(other, pair[0]), CKR_KEY_HANDLE_INVALID);
    cr_assert_eq(router_sign_init(other, pair[1]), CKR_KEY_HANDLE_INVALID);
    /* Searched for there, both can be used there. */
    cr_assert_eq(router_find_all(other, others, 3), 2);
    cr_assert_neq(others[0], others[1]);
    cr_assert_eq(sign(other, others[0]), 7);
    cr_assert_eq(sign(other, others[1]), 7);
    cr_assert_eq(sign(session, pair[1]), 7, "as before");
}

/* -- Session objects (R3.26) ------------------------------------------------
 */

static CK_OBJECT_HANDLE
create(CK_SESSION_HANDLE its)
{
    CK_OBJECT_CLASS object_class = CKO_DATA;
    CK_BYTE value[] = "value";
    CK_ATTRIBUTE template[] = {
        { CKA_CLASS, &object_class, sizeof(object_class) },
        { CKA_LABEL, name, sizeof(name) },
        { CKA_VALUE, value, sizeof(value) },
        { CKA_TOKEN, &(CK_BBOOL){ CK_FALSE }, sizeof(CK_BBOOL) },
    };
    CK_OBJECT_HANDLE object = 0;

    cr_assert_eq(C_CreateObject(its, template, 4, &object), CKR_OK);
    return object;
}

Test(handle_scope, a_session_object_is_used_by_others_and_ends_with_its_own)
{
    CK_OBJECT_HANDLE object = create(session), found[4];
    size_t n_entries = count_entries();

    cr_assert_eq(C_GetAttributeValue(session, object, &named, 1), CKR_OK);
    cr_assert_eq(C_GetAttributeValue(other, object, &named, 1), CKR_OK);
    cr_assert_eq(C_GetAttributeValue(session, object, &named, 1), CKR_OK);
    cr_assert_eq(router_find_all(other, found, 4), 2);
    cr_assert(found[0] == object || found[1] == object);
    cr_assert_eq(count_entries(), n_entries);
    cr_assert_eq(C_CloseSession(session), CKR_OK);
    cr_assert_eq(C_GetAttributeValue(other, object, &named, 1),
                 CKR_OBJECT_HANDLE_INVALID);
    cr_assert_eq(toy_count_objects(0), 1);
}

Test(handle_scope, it_ends_too_when_another_session_used_it_last)
{
    CK_OBJECT_HANDLE object = create(session);

    cr_assert_eq(C_GetAttributeValue(other, object, &named, 1), CKR_OK);
    cr_assert_eq(C_CloseSession(session), CKR_OK);
    cr_assert_eq(toy_count_objects(0), 1, "the token's own");
    cr_assert_eq(C_DestroyObject(other, object), CKR_OBJECT_HANDLE_INVALID);
}

/* -- In the way -------------------------------------------------------------
 */

Test(handle_scope, a_search_that_goes_on_is_in_the_way_of_finding)
{
    CK_OBJECT_HANDLE found;
    CK_ULONG count;

    toys[0].n_anonymous = 2000;
    cr_assert_eq(C_FindObjectsInit(other, NULL, 0), CKR_OK);
    cr_assert_eq(sign(other, key), 7, "the search has shown it");
    cr_assert_eq(router_find_key(session, CKO_PRIVATE_KEY, 7), key);
    cr_assert_eq(router_sign_init(other, key), CKR_OPERATION_ACTIVE);
    cr_assert_eq(C_FindObjects(other, &found, 1, &count), CKR_OK);
    cr_assert_eq(C_FindObjectsFinal(other), CKR_OK);
    cr_assert_eq(sign(other, key), 7);
}
