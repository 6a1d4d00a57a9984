/* SPDX-License-Identifier: BSD-3-Clause */
/* Session objects over pooled backend sessions: they belong to the virtual
 * session that made them, and pin nothing. */
#include "tests/pool-fixture.h"

#include <criterion/criterion.h>

enum { N_SESSIONS = 12 };

static CK_SESSION_HANDLE one, two;
static CK_OBJECT_HANDLE key;

static void
setup(void)
{
    struct config_pool settings = pool_settings(2);

    settings.wait_ms = 0;
    pool_start(&settings);
    pool_add_keys(2);
    one = pool_session(CKF_RW_SESSION);
    two = pool_session(CKF_RW_SESSION);
    key = pool_find_key(one, 1);
}

TestSuite(pool_objects, .init = setup, .fini = pool_finish, .timeout = 20);
TestSuite(pool_objects_of_one, .fini = pool_finish, .timeout = 20);

static CK_OBJECT_HANDLE
make(CK_SESSION_HANDLE session, const char *label)
{
    CK_OBJECT_HANDLE object;
    CK_BYTE bytes[] = { (CK_BYTE)label[0] };
    CK_ATTRIBUTE template = { CKA_LABEL, bytes, 1 };

    cr_assert_eq(C_CreateObject(session, &template, 1, &object), CKR_OK);
    return object;
}

/* The first letter of its label; 0: there is no such object. */
static char
look(CK_SESSION_HANDLE session, CK_OBJECT_HANDLE object)
{
    CK_BYTE letter = 0;
    CK_ATTRIBUTE wanted = { CKA_LABEL, &letter, 1 };
    CK_RV rv = C_GetAttributeValue(session, object, &wanted, 1);

    cr_assert(rv == CKR_OK || rv == CKR_OBJECT_HANDLE_INVALID, "0x%lx", rv);
    return rv == CKR_OK ? (char)letter : '\0';
}

static void
sign(CK_SESSION_HANDLE session)
{
    CK_RV rv;

    cr_assert(pool_signs(session, key, 1, "text", &rv), "0x%lx", rv);
}

Test(pool_objects, are_seen_and_used_by_every_session)
{
    CK_OBJECT_HANDLE object = make(one, "a"), found[8];
    size_t n_found;

    for (int i = 0; i < 20; i++) {
        sign(i % 2 == 0 ? one : two);
        cr_assert_eq(look(two, object), 'a');
        cr_assert_eq(look(one, object), 'a');
    }
    n_found = router_find_all(two, found, 8);
    cr_assert_eq(n_found, 3, "two keys and the object");
}

/* Conformance 5. */
Test(pool_objects, die_with_the_session_that_made_them)
{
    CK_OBJECT_HANDLE object = make(one, "a"), found[8];

    sign(two);
    cr_assert_eq(C_CloseSession(one), CKR_OK);
    cr_assert_eq(look(two, object), '\0');
    cr_assert_eq(toy_count_objects(0), 2, "the token has it no more");
    cr_assert_eq(router_find_all(two, found, 8), 2);
    /* Nor does it show in whoever has the backend session now. */
    one = pool_session(CKF_RW_SESSION);
    cr_assert_eq(look(one, object), '\0');
    cr_assert_eq(router_find_all(one, found, 8), 2);
}

Test(pool_objects, of_two_sessions_die_each_with_its_own)
{
    CK_OBJECT_HANDLE first = make(one, "a"), second = make(two, "b");

    for (int i = 0; i < 5; i++) {
        sign(one);
        sign(two);
    }
    cr_assert_eq(C_CloseSession(one), CKR_OK);
    cr_assert_eq(look(two, first), '\0');
    cr_assert_eq(look(two, second), 'b');
    one = pool_session(CKF_RW_SESSION);
    cr_assert_eq(C_CloseSession(two), CKR_OK);
    cr_assert_eq(look(one, second), '\0');
}

/* As many as there may be, and more: this would use up any pool if each had
 * its backend session to itself. */
Test(pool_objects, pin_nothing)
{
    CK_SESSION_HANDLE sessions[N_SESSIONS];
    CK_OBJECT_HANDLE objects[N_SESSIONS];

    for (size_t i = 0; i < N_SESSIONS; i++) {
        sessions[i] = pool_session(CKF_RW_SESSION);
        objects[i] = make(sessions[i], &"abcdefghijklmnop"[i]);
    }
    for (size_t i = 0; i < N_SESSIONS; i++) {
        sign(sessions[i]);
        cr_assert_eq(look(sessions[(i + 5) % N_SESSIONS], objects[i]),
                     "abcdefghijklmnop"[i]);
    }
    cr_assert_leq(toy_count_sessions(0), 3);
    for (size_t i = 0; i < N_SESSIONS; i++)
        cr_assert_eq(C_CloseSession(sessions[i]), CKR_OK);
    cr_assert_eq(toy_count_objects(0), 2);
}

Test(pool_objects, that_are_destroyed_are_gone_once)
{
    CK_OBJECT_HANDLE object = make(one, "a");
    unsigned long before;

    cr_assert_eq(C_DestroyObject(two, object), CKR_OK);
    cr_assert_eq(look(one, object), '\0');
    before = toy_count(TOY_ANY, FUNCTION_C_DestroyObject);
    cr_assert_eq(C_CloseSession(one), CKR_OK);
    cr_assert_eq(toy_count(TOY_ANY, FUNCTION_C_DestroyObject), before);
    one = pool_session(CKF_RW_SESSION);
}

/* The handle of a destroyed object is another's now: that one lives on. */
Test(pool_objects, give_their_numbers_to_others_that_are_left_alone)
{
    CK_OBJECT_HANDLE object = make(one, "a"), another;

    cr_assert_eq(C_DestroyObject(one, object), CKR_OK);
    another = make(two, "b");
    cr_assert_neq(another, object);
    cr_assert_eq(C_CloseSession(one), CKR_OK);
    cr_assert_eq(look(two, another), 'b');
    one = pool_session(CKF_RW_SESSION);
}

/* The backend session that made it is not fit for anybody any more; the
 * object is. */
Test(pool_objects, outlive_an_error_in_their_backend_session)
{
    CK_OBJECT_HANDLE object = make(one, "a");
    struct toy_result result;

    for (int i = 0; i < 4; i++) {
        cr_assert_eq(router_sign_init(one, key), CKR_OK);
        toy_fail_after(TOY_ANY, FUNCTION_C_Sign, CKR_GENERAL_ERROR, 1);
        cr_assert_eq(router_sign(one, "data", &result), CKR_GENERAL_ERROR);
        cr_assert_eq(look(two, object), 'a', "after %d errors", i + 1);
    }
    cr_assert_eq(C_CloseSession(one), CKR_OK);
    cr_assert_eq(look(two, object), '\0');
    one = pool_session(CKF_RW_SESSION);
    sign(one);
    cr_assert_leq(toy_count_sessions(0), 3);
}

Test(pool_objects, are_made_beside_an_operation)
{
    struct toy_result result;
    CK_OBJECT_HANDLE object;

    cr_assert_eq(router_sign_init(one, key), CKR_OK);
    object = make(one, "a");
    cr_assert_eq(look(two, object), 'a');
    cr_assert_eq(router_sign(one, "data", &result), CKR_OK);
    cr_assert_eq(result.number, 1);
    cr_assert_eq(look(two, object), 'a');
}

Test(pool_objects, may_be_made_by_sessions_that_may_not_write)
{
    CK_SESSION_HANDLE read_only = pool_session(0);
    CK_OBJECT_HANDLE object = make(read_only, "a");

    cr_assert_eq(look(one, object), 'a');
    cr_assert_eq(C_CloseSession(read_only), CKR_OK);
    cr_assert_eq(look(one, object), '\0');
}

/* R3.3: whatever their backend session may. */
static void
expect_refusals(CK_SESSION_HANDLE read_only, CK_OBJECT_HANDLE its_key)
{
    CK_BBOOL yes = CK_TRUE;
    CK_BYTE label[] = "label";
    CK_ATTRIBUTE template[] = { { CKA_TOKEN, &yes, sizeof(yes) },
                                { CKA_LABEL, label, sizeof(label) } };
    CK_MECHANISM generation = { CKM_AES_KEY_GEN, NULL, 0 };
    CK_OBJECT_HANDLE object;

    cr_assert_eq(C_CreateObject(read_only, template, 2, &object),
                 CKR_SESSION_READ_ONLY);
    cr_assert_eq(C_CopyObject(read_only, its_key, template, 2, &object),
                 CKR_SESSION_READ_ONLY);
    cr_assert_eq(C_GenerateKey(read_only, &generation, template, 2, &object),
                 CKR_SESSION_READ_ONLY);
    cr_assert_eq(C_SetAttributeValue(read_only, its_key, template + 1, 1),
                 CKR_SESSION_READ_ONLY);
    cr_assert_eq(C_DestroyObject(read_only, its_key), CKR_SESSION_READ_ONLY);
    cr_assert_eq(toy_count_objects(0), 2);
}

Test(pool_objects, of_the_token_are_not_touched_by_sessions_that_may_not_write)
{
    CK_SESSION_HANDLE read_only = pool_session(0);

    sign(one); /* so that one that may write is idle */
    expect_refusals(read_only, key);
    sign(read_only);
}

/* The token would let it: the one session that there is may write. */
Test(pool_objects_of_one, of_the_token_are_not_touched_either)
{
    struct config_pool settings = pool_settings(0);
    struct config *config = pool_config(&settings);
    CK_SESSION_HANDLE read_only;

    toys[0].most_sessions = 1;
    pool_add_keys(2);
    router_start(config);
    read_only = pool_session(0);
    key = pool_find_key(read_only, 1);
    expect_refusals(read_only, key);
    sign(read_only);
}

/* What the module does not say is not taken for a yes. */
Test(pool_objects_of_one, that_may_be_the_tokens_are_not_touched)
{
    struct config_pool settings = pool_settings(0);
    struct config *config = pool_config(&settings);
    CK_SESSION_HANDLE read_only;

    toys[0].most_sessions = 1;
    pool_add_keys(1);
    router_start(config);
    read_only = pool_session(0);
    key = pool_find_key(read_only, 1);
    toy_fail(TOY_ANY, FUNCTION_C_GetAttributeValue, CKR_GENERAL_ERROR, 1);
    cr_assert_eq(C_DestroyObject(read_only, key), CKR_SESSION_READ_ONLY);
    cr_assert_eq(toy_count_objects(0), 1);
}

/* -- In the only backend session ---------------------------------------------
 */

static void
setup_small(void)
{
    struct config_pool settings = pool_settings(1);

    settings.wait_ms = 0;
    router_start(pool_config(&settings));
    one = pool_session(CKF_RW_SESSION);
    two = pool_session(CKF_RW_SESSION);
}

TestSuite(pool_objects_small, .init = setup_small, .fini = pool_finish,
          .timeout = 20);

/* It was put aside after an error, for their sake; there is no other. */
Test(pool_objects_small, do_not_keep_everybody_out)
{
    CK_OBJECT_HANDLE object = make(one, "a");
    CK_BYTE byte;

    toy_fail(TOY_ANY, FUNCTION_C_GenerateRandom, CKR_GENERAL_ERROR, 1);
    cr_assert_eq(C_GenerateRandom(one, &byte, 1), CKR_GENERAL_ERROR);
    cr_assert_eq(C_GenerateRandom(two, &byte, 1), CKR_OK);
    cr_assert_eq(look(two, object), 'a');
    cr_assert_eq(C_DestroyObject(one, object), CKR_OK);
    cr_assert_eq(toy_count_objects(0), 0);
}

/* They die with their session, also where it is in use at that moment. */
Test(pool_objects_small, do_not_outlive_their_session_in_use)
{
    CK_MECHANISM mechanism = { CKM_SHA256, NULL, 0 };
    struct toy_result result;
    CK_ULONG length = sizeof(result);
    CK_BYTE data[] = "data", byte;

    (void)make(one, "a");
    (void)make(one, "b");
    cr_assert_eq(C_DigestInit(two, &mechanism), CKR_OK);
    cr_assert_eq(C_CloseSession(one), CKR_OK);
    cr_assert_eq(C_Digest(two, data, 4, (CK_BYTE *)&result, &length), CKR_OK);
    cr_assert_eq(C_GenerateRandom(two, &byte, 1), CKR_OK);
    cr_assert_eq(toy_count_objects(0), 0);
}
