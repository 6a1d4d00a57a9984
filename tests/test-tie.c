/* SPDX-License-Identifier: BSD-3-Clause */
/* Sessions of a group that one member alone answers. */
#include "router/tie.h"
#include "tests/group-fixture.h"

#include <criterion/criterion.h>

TestSuite(tie, .init = group_start, .fini = group_finish);

static CK_BYTE input[] = "data";
static CK_MECHANISM mechanism = { CKM_RSA_PKCS, NULL, 0 };

static CK_RV
sign(CK_SESSION_HANDLE session, struct toy_result *out)
{
    CK_ULONG length = sizeof(*out);
    CK_RV rv = C_SignInit(session, &mechanism, group_key);

    return rv != CKR_OK
               ? rv
               : C_Sign(session, input, sizeof(input), (CK_BYTE *)out, &length);
}

static CK_SESSION_HANDLE
tied_session(unsigned member)
{
    CK_SESSION_HANDLE session = router_session(1);

    cr_assert(tie_session(session, member));
    return session;
}

Test(tie, its_member_answers_and_no_other)
{
    struct toy_result result;

    cr_assert_eq(sign(tied_session(1), &result), CKR_OK);
    cr_expect_eq(result.slot, TOY_SLOT(1));
    cr_assert_eq(sign(tied_session(0), &result), CKR_OK);
    cr_expect_eq(result.slot, TOY_SLOT(0));
    cr_assert_eq(sign(group_session, &result), CKR_OK);
    cr_expect_eq(result.slot, TOY_SLOT(0));
}

Test(tie, nobody_stands_in_for_it)
{
    CK_SESSION_HANDLE session = tied_session(0);
    struct toy_result result;

    router_lose(0);
    cr_expect_eq(sign(session, &result), CKR_DEVICE_REMOVED);
    cr_expect_eq(sign(group_session, &result), CKR_OK);
}

Test(tie, a_search_shows_what_is_there)
{
    CK_SESSION_HANDLE session = tied_session(0);
    CK_OBJECT_HANDLE found[4];
    CK_ULONG count;

    cr_assert_eq(C_FindObjectsInit(session, NULL, 0), CKR_OK);
    cr_assert_eq(C_FindObjects(session, found, 4, &count), CKR_OK);
    cr_assert_eq(C_FindObjectsFinal(session), CKR_OK);
    cr_assert_eq(count, 1);
    cr_expect_eq(found[0], group_key);
}

Test(tie, it_writes_where_the_group_would_not)
{
    CK_OBJECT_CLASS object_class = CKO_PRIVATE_KEY;
    CK_BBOOL yes = CK_TRUE;
    CK_ATTRIBUTE template[] = {
        { CKA_CLASS, &object_class, sizeof(object_class) },
        { CKA_TOKEN, &yes, sizeof(yes) },
    };
    CK_OBJECT_HANDLE object;

    cr_assert_eq(C_CreateObject(tied_session(1), template, 2, &object), CKR_OK);
    cr_expect_eq(toy_count_objects(0), 1);
    cr_expect_eq(toy_count_objects(1), 3);
}

Test(tie, ends_with_the_session)
{
    CK_SESSION_HANDLE session = tied_session(1);
    struct toy_result result;

    cr_assert_eq(C_CloseSession(session), CKR_OK);
    cr_expect_not(tie_session(session, 1));
    session = router_session(1);
    cr_assert_eq(sign(session, &result), CKR_OK);
    cr_expect_eq(result.slot, TOY_SLOT(0));
}

/* -- Handles -----------------------------------------------------------------
 */

static size_t
find_all(CK_SESSION_HANDLE session, CK_OBJECT_HANDLE found[4])
{
    return router_find_all(session, found, 4);
}

/* Its token was away, and has forgotten its sessions. */
static void
begin_another_life(unsigned member)
{
    toy_sessions_end(member);
    member_begin_life(&router_token(1)->members[member]);
}

static CK_OBJECT_HANDLE
make(CK_SESSION_HANDLE session, CK_ULONG number)
{
    CK_OBJECT_CLASS object_class = CKO_PRIVATE_KEY;
    CK_KEY_TYPE type = CKK_RSA;
    CK_BBOOL yes = CK_TRUE;
    CK_BYTE id = (CK_BYTE)number;
    CK_ATTRIBUTE template[] = {
        { CKA_CLASS, &object_class, sizeof(object_class) },
        { CKA_KEY_TYPE, &type, sizeof(type) },
        { CKA_TOKEN, &yes, sizeof(yes) },
        { CKA_ID, &id, sizeof(id) },
    };
    CK_OBJECT_HANDLE object = 0;

    cr_assert_eq(C_CreateObject(session, template, 4, &object), CKR_OK);
    return object;
}

static CK_RV
read_class(CK_SESSION_HANDLE session, CK_OBJECT_HANDLE object)
{
    CK_OBJECT_CLASS object_class;
    CK_ATTRIBUTE template = { CKA_CLASS, &object_class, sizeof(object_class) };

    return C_GetAttributeValue(session, object, &template, 1);
}

/* R2.8: also of what nobody but this session has looked for. */
Test(tie, what_it_has_found_outlives_its_member)
{
    CK_SESSION_HANDLE session = tied_session(1);
    CK_OBJECT_HANDLE found[4];

    cr_assert_eq(find_all(session, found), 2);
    begin_another_life(1);
    session = tied_session(1);
    cr_expect_eq(read_class(session, found[0]), CKR_OK);
    cr_expect_eq(read_class(session, found[1]), CKR_OK);
}

Test(tie, what_it_has_found_outlives_a_session)
{
    CK_SESSION_HANDLE session = tied_session(1);
    CK_OBJECT_HANDLE found[4];

    cr_assert_eq(find_all(session, found), 2);
    object_space_unconfirm(router_token(1)->objects, 1);
    cr_expect_eq(read_class(session, found[0]), CKR_OK);
    cr_expect_eq(read_class(session, found[1]), CKR_OK);
}

Test(tie, what_it_has_made_outlives_its_member)
{
    CK_OBJECT_HANDLE made = make(tied_session(1), 9);

    begin_another_life(1);
    cr_expect_eq(read_class(tied_session(1), made), CKR_OK);
}

/* Else a copy would be taken for another object of its name. */
Test(tie, a_search_in_another_life_shows_it_under_its_handle)
{
    CK_OBJECT_HANDLE found[4], again[4];
    CK_OBJECT_HANDLE made = make(tied_session(1), 9);

    cr_assert_eq(find_all(tied_session(1), found), 3);
    begin_another_life(1);
    cr_assert_eq(find_all(tied_session(1), again), 3);
    cr_expect_eq(again[0], found[0]);
    cr_expect_eq(again[2], found[2]);
    cr_expect_eq(again[2], made);
}

Test(tie, a_search_right_in_another_life_shows_what_was_made)
{
    CK_OBJECT_HANDLE made = make(tied_session(1), 9), again[4];

    begin_another_life(1);
    cr_assert_eq(find_all(tied_session(1), again), 3);
    cr_expect_eq(again[2], made);
}

/* R2.13: the same key under another name would be found in its place. */
Test(tie, destroys_nothing_that_is_called_otherwise)
{
    CK_OBJECT_HANDLE key = toy_add_key(1, CKO_PRIVATE_KEY, 9);
    CK_SESSION_HANDLE session = tied_session(1);
    CK_OBJECT_HANDLE found = router_find_key(session, CKO_PRIVATE_KEY, 9);
    CK_OBJECT_HANDLE other = toy_add_key(1, CKO_PRIVATE_KEY, 9);

    toy_set(toy_object(1, other), CKA_ID, "other", 5);
    toy_object(1, key)->number = 0;
    cr_expect_eq(C_DestroyObject(session, found), CKR_OBJECT_HANDLE_INVALID);
    cr_expect_eq(toy_count_objects(1), 3);
}

Test(tie, needs_a_member)
{
    cr_expect_not(tie_session(router_session(1), 2));
}

/* -- What the log says --------------------------------------------------------
 */

Test(tie, which_key_it_is_is_known_from_who_has_read_it)
{
    CK_SESSION_HANDLE session = tied_session(1);
    CK_OBJECT_HANDLE made = make(session, 9);
    struct object_space *objects = router_token(1)->objects;
    struct identity told = { .has_fingerprint = true, .fingerprint = { 7 } };
    struct identity *known;

    tie_tell(session, made, &told);
    known = object_space_identity(objects, made);
    cr_assert_not_null(known);
    cr_expect(known->has_fingerprint);
    cr_expect_eq(known->fingerprint[0], 7);
    cr_expect_eq(known->id[0], 9, "and what its member calls it");
    cr_expect(object_space_was_read(objects, made, 1));
    identity_free(known);
}
