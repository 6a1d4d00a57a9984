/* SPDX-License-Identifier: BSD-3-Clause */
/* What is made and changed on a group (R7.20). */
#include "tests/router-fixture.h"

#include <criterion/criterion.h>

static CK_SESSION_HANDLE session;
static CK_OBJECT_CLASS private_key = CKO_PRIVATE_KEY;
static CK_BBOOL yes = CK_TRUE, no = CK_FALSE;
static CK_MECHANISM generate = { CKM_RSA_PKCS_KEY_PAIR_GEN, NULL, 0 };

/* Both have key 7, each has one of its own. */
static void
start(enum config_write write)
{
    struct config *config = router_config();

    router_config_token(config, "two", "A", "B", NULL);
    config->tokens[0].write = write;
    (void)toy_show(1, "B");
    router_start(config);
    for (unsigned i = 0; i < 2; i++) {
        (void)toy_add_key(i, CKO_PRIVATE_KEY, 7);
        (void)toy_add_key(i, CKO_PRIVATE_KEY, 8 + i);
    }
    session = router_session(1);
}

static void
start_refusing(void)
{
    start(WRITE_REFUSE);
}

static void
start_primary(void)
{
    start(WRITE_PRIMARY);
}

static void
finish(void)
{
    C_Finalize(NULL);
}

TestSuite(write_refuse, .init = start_refusing, .fini = finish);
TestSuite(write_primary, .init = start_primary, .fini = finish);

static CK_RV
create(CK_SESSION_HANDLE where, CK_BBOOL *is_token, CK_OBJECT_HANDLE *out)
{
    CK_ATTRIBUTE template[] = {
        { CKA_CLASS, &private_key, sizeof(private_key) },
        { CKA_TOKEN, is_token, sizeof(*is_token) },
    };

    return C_CreateObject(where, template, 2, out);
}

static CK_RV
make_key(CK_BBOOL *is_token)
{
    CK_ATTRIBUTE template[] = { { CKA_TOKEN, is_token, sizeof(*is_token) } };
    CK_OBJECT_HANDLE public_key, its_private_key;

    return C_GenerateKeyPair(session, &generate, template, 1, template, 1,
                             &public_key, &its_private_key);
}

static CK_RV
set_label(CK_OBJECT_HANDLE object)
{
    char text[] = "new";
    CK_ATTRIBUTE label = { CKA_LABEL, text, 3 };

    return C_SetAttributeValue(session, object, &label, 1);
}

static CK_OBJECT_HANDLE
find_key(CK_ULONG number)
{
    return router_find_key(session, CKO_PRIVATE_KEY, number);
}

Test(write_refuse, nothing_is_made_that_stays)
{
    CK_OBJECT_HANDLE object;
    CK_TOKEN_INFO info;

    cr_expect_eq(create(session, &yes, &object), CKR_TOKEN_WRITE_PROTECTED);
    cr_expect_eq(make_key(&yes), CKR_TOKEN_WRITE_PROTECTED);
    cr_expect_eq(set_label(find_key(7)), CKR_TOKEN_WRITE_PROTECTED);
    cr_expect_eq(C_DestroyObject(session, find_key(8)),
                 CKR_TOKEN_WRITE_PROTECTED);
    cr_expect_eq(toy_count_objects(0) + toy_count_objects(1), 4);
    cr_assert_eq(C_GetTokenInfo(1, &info), CKR_OK);
    cr_expect_neq(info.flags & CKF_WRITE_PROTECTED, 0);
}

Test(write_refuse, a_read_only_session_says_so)
{
    CK_SESSION_HANDLE read_only;
    CK_OBJECT_HANDLE object;

    cr_assert_eq(C_OpenSession(1, CKF_SERIAL_SESSION, NULL, NULL, &read_only),
                 CKR_OK);
    cr_expect_eq(create(read_only, &yes, &object), CKR_SESSION_READ_ONLY);
    cr_expect_eq(create(read_only, &no, &object), CKR_OK);
}

Test(write_refuse, session_objects_are_made_changed_and_destroyed)
{
    CK_OBJECT_HANDLE object;

    cr_assert_eq(create(session, &no, &object), CKR_OK);
    cr_expect_eq(set_label(object), CKR_OK);
    cr_expect_eq(C_DestroyObject(session, object), CKR_OK);
    cr_expect_eq(make_key(&no), CKR_OK);
}

Test(write_primary, what_is_made_is_on_the_first_member)
{
    CK_OBJECT_HANDLE object;
    CK_TOKEN_INFO info;

    cr_assert_eq(create(session, &yes, &object), CKR_OK);
    cr_expect_eq(toy_count_objects(0), 3);
    cr_expect_eq(toy_count_objects(1), 2);
    cr_expect_eq(set_label(object), CKR_OK);
    cr_expect_eq(C_DestroyObject(session, object), CKR_OK);
    cr_expect_eq(toy_count_objects(0), 2);
    cr_assert_eq(C_GetTokenInfo(1, &info), CKR_OK);
    cr_expect_eq(info.flags & CKF_WRITE_PROTECTED, 0);
}

Test(write_primary, what_another_member_has_stays_as_it_is)
{
    CK_OBJECT_HANDLE of_both = find_key(7), of_second = find_key(9);

    cr_expect_eq(set_label(of_both), CKR_TOKEN_WRITE_PROTECTED);
    cr_expect_eq(C_DestroyObject(session, of_both), CKR_TOKEN_WRITE_PROTECTED);
    cr_expect_eq(C_DestroyObject(session, of_second),
                 CKR_TOKEN_WRITE_PROTECTED);
    cr_expect_eq(C_DestroyObject(session, find_key(8)), CKR_OK);
    cr_expect_eq(toy_count_objects(0), 1);
    cr_expect_eq(toy_count_objects(1), 2);
}

Test(write_primary, the_first_member_is_whom_an_operator_has_promoted)
{
    atomic_store(&router_token(1)->first, 1);
    cr_expect_eq(C_DestroyObject(session, find_key(9)), CKR_OK);
    cr_expect_eq(C_DestroyObject(session, find_key(7)),
                 CKR_TOKEN_WRITE_PROTECTED);
    cr_expect_eq(C_DestroyObject(session, find_key(8)),
                 CKR_TOKEN_WRITE_PROTECTED);
}

Test(write_primary, nothing_is_made_elsewhere_while_it_is_away)
{
    CK_OBJECT_HANDLE object;
    CK_TOKEN_INFO info;

    router_lose(0);
    cr_expect_eq(create(session, &yes, &object), CKR_TOKEN_WRITE_PROTECTED);
    cr_expect_eq(make_key(&yes), CKR_TOKEN_WRITE_PROTECTED);
    cr_expect_eq(create(session, &no, &object), CKR_OK);
    cr_expect_eq(toy_count_objects(1), 3, "the session object");
    cr_assert_eq(C_GetTokenInfo(1, &info), CKR_OK);
    cr_expect_neq(info.flags & CKF_WRITE_PROTECTED, 0);
}
