/* SPDX-License-Identifier: BSD-3-Clause */
/* A forked child goes on with its parent's objects (fork = "follow"). */
#include "tests/child.h"
#include "tests/router-fixture.h"

#include <criterion/criterion.h>

static CK_SESSION_HANDLE session;
static CK_OBJECT_HANDLE key;

static void
start_toys(bool follows)
{
    struct config *config = router_config();

    config->follows_forks = follows;
    router_config_token(config, "one", "A", NULL);
    toy_add_key(0, CKO_PRIVATE_KEY, 7);
    router_start(config);
    session = router_session(1);
}

static void
start(void)
{
    start_toys(true);
    key = router_find_key(session, CKO_PRIVATE_KEY, 7);
}

static void
finish(void)
{
    C_Finalize(NULL);
}

TestSuite(follow_object, .init = start, .fini = finish, .timeout = 60);

static CK_ULONG
number_of(CK_OBJECT_HANDLE object)
{
    struct toy_result result = { 0 };

    return router_sign_init(session, object) == CKR_OK &&
                   router_sign(session, "data", &result) == CKR_OK
               ? result.number
               : 0;
}

/* The child's life of the module: the same objects under other handles, and
 * another object under the handle that one had. */
static void
renumber(void)
{
    toy_fork();
    toys[0].shift = 1000;
}

/* -- Known again ---------------------------------------------------------- */

static void
use_key(void)
{
    unsigned long n_searches;

    renumber();
    CHILD_EXPECT(number_of(key) == 7);
    /* Once found it is found without a search. */
    n_searches = toy_count(TOY_ANY, FUNCTION_C_FindObjectsInit);
    CHILD_EXPECT(number_of(key) == 7);
    CHILD_EXPECT(toy_count(TOY_ANY, FUNCTION_C_FindObjectsInit) == n_searches);
    CHILD_EXPECT(router_find_key(session, CKO_PRIVATE_KEY, 7) == key);
}

Test(follow_object, is_found_again_by_what_it_is)
{
    cr_assert(child_run(use_key));
    cr_assert_eq(number_of(key), 7);
}

static CK_OBJECT_HANDLE members_handle;

static void
use_recycled(void)
{
    toy_fork();
    *toy_object(0, members_handle) = (struct toy_object){ 0 };
    CHILD_EXPECT(toy_add_key(0, CKO_PRIVATE_KEY, 8) == members_handle);
    toys[0].user = CKU_USER; /* so that it is gone, not hidden */
    CHILD_EXPECT(router_sign_init(session, key) == CKR_KEY_HANDLE_INVALID);
    CHILD_EXPECT(router_find_key(session, CKO_PRIVATE_KEY, 8) != key);
}

Test(follow_object, is_not_another_one_that_has_its_handle_now)
{
    cr_assert_eq(number_of(key), 7);
    members_handle = toy_last(FUNCTION_C_SignInit).objects[0];
    cr_assert(child_run(use_recycled));
    cr_assert_eq(number_of(key), 7);
}

static CK_OBJECT_HANDLE all[3];

static void
search_first(void)
{
    CK_OBJECT_HANDLE found[4];

    renumber();
    CHILD_EXPECT(router_find_all(session, found, 4) == 3);
    for (size_t i = 0; i < 3; i++)
        CHILD_EXPECT(found[i] == all[i]);
    /* And what is new has a handle of its own. */
    toy_add_key(0, CKO_PRIVATE_KEY, 10);
    CHILD_EXPECT(router_find_all(session, found, 4) == 4);
    for (size_t i = 0; i < 3; i++)
        CHILD_EXPECT(found[i] == all[i] && found[3] != all[i]);
    CHILD_EXPECT(number_of(found[3]) == 10);
    CHILD_EXPECT(number_of(all[1]) == 8);
}

Test(follow_object, that_a_childs_search_shows_has_the_handle_it_had)
{
    toy_add_key(0, CKO_PRIVATE_KEY, 8);
    toy_add_key(0, CKO_PUBLIC_KEY, 9);
    cr_assert_eq(router_find_all(session, all, 3), 3);
    cr_assert(child_run(search_first));
}

static void
use_in_grandchild(void)
{
    renumber();
    CHILD_EXPECT(number_of(key) == 7);
    CHILD_EXPECT(child_run(use_key));
    toys[0].shift = 2000;
    CHILD_EXPECT(child_run(use_key));
}

Test(follow_object, is_found_again_by_a_childs_child)
{
    cr_assert(child_run(use_in_grandchild));
}

/* -- Made and changed ----------------------------------------------------- */

static CK_OBJECT_HANDLE
make(bool is_token, CK_ULONG number)
{
    CK_OBJECT_CLASS class = CKO_PRIVATE_KEY;
    CK_KEY_TYPE type = CKK_RSA;
    CK_BYTE id[] = { 0, (CK_BYTE)number };
    CK_BBOOL token = is_token ? CK_TRUE : CK_FALSE;
    CK_ATTRIBUTE template[] = {
        { CKA_CLASS, &class, sizeof(class) },
        { CKA_KEY_TYPE, &type, sizeof(type) },
        { CKA_TOKEN, &token, sizeof(token) },
        { CKA_ID, id, sizeof(id) },
    };
    CK_OBJECT_HANDLE made = 0;

    cr_assert_eq(C_CreateObject(session, template, 4, &made), CKR_OK);
    return made;
}

static CK_OBJECT_HANDLE made_token, made_session;

static bool
has_label(CK_OBJECT_HANDLE object, CK_BYTE letter)
{
    CK_BYTE label[4];
    CK_ATTRIBUTE attribute = { CKA_LABEL, label, sizeof(label) };

    return C_GetAttributeValue(session, object, &attribute, 1) == CKR_OK &&
           attribute.ulValueLen == 1 && label[0] == letter;
}

static void
use_made(void)
{
    CK_ULONG size;

    renumber();
    CHILD_EXPECT(has_label(made_token, 'x'));
    CHILD_EXPECT(C_GetObjectSize(session, made_session, &size) ==
                 CKR_OBJECT_HANDLE_INVALID);
    CHILD_EXPECT(C_DestroyObject(session, made_session) ==
                 CKR_OBJECT_HANDLE_INVALID);
}

Test(follow_object, that_was_made_goes_on_unless_it_was_a_sessions)
{
    CK_BYTE letter = 'x';
    CK_ATTRIBUTE label = { CKA_LABEL, &letter, 1 };

    made_token = make(true, 20);
    made_session = make(false, 21);
    cr_assert_eq(C_SetAttributeValue(session, made_token, &label, 1), CKR_OK);
    cr_assert(child_run(use_made));
    cr_assert(has_label(made_token, 'x'));
    cr_assert_eq(C_DestroyObject(session, made_session), CKR_OK);
}

static CK_OBJECT_HANDLE destroyed;

static void
use_destroyed(void)
{
    CK_ULONG size;

    renumber();
    CHILD_EXPECT(C_GetObjectSize(session, destroyed, &size) ==
                 CKR_OBJECT_HANDLE_INVALID);
    for (CK_ULONG i = 0; i < 8; i++)
        CHILD_EXPECT(make(true, 30 + i) != destroyed);
}

Test(follow_object, that_was_destroyed_stays_so)
{
    destroyed = make(true, 20);
    cr_assert_eq(C_DestroyObject(session, destroyed), CKR_OK);
    cr_assert(child_run(use_destroyed));
}

/* -- Private ones --------------------------------------------------------- */

static void
log_in_and_use(void)
{
    struct toy_object *object = toy_object(0, members_handle), shown = *object;
    CK_BYTE pin[] = "1234";

    /* Nobody is logged in: the token does not show it. */
    toy_fork();
    *object = (struct toy_object){ 0 };
    CHILD_EXPECT(router_sign_init(session, key) == CKR_USER_NOT_LOGGED_IN);
    CHILD_EXPECT(C_Login(session, CKU_USER, pin, 4) == CKR_OK);
    *object = shown;
    CHILD_EXPECT(number_of(key) == 7);
}

static void
miss_it(void)
{
    toy_fork();
    toys[0].user = CKU_USER;
    *toy_object(0, members_handle) = (struct toy_object){ 0 };
    CHILD_EXPECT(router_sign_init(session, key) == CKR_KEY_HANDLE_INVALID);
}

Test(follow_object, that_is_private_waits_for_the_childs_login)
{
    CK_BYTE pin[] = "1234";

    cr_assert_eq(C_Login(session, CKU_USER, pin, 4), CKR_OK);
    cr_assert_eq(number_of(key), 7);
    members_handle = toy_last(FUNCTION_C_SignInit).objects[0];
    cr_assert(child_run(log_in_and_use));
    /* Somebody is, and it is not there. */
    cr_assert(child_run(miss_it));
    cr_assert_eq(number_of(key), 7);
}

/* -- What it costs -------------------------------------------------------- */

/* More than a search for one of them would show (router/found.c). */
static unsigned long
count_reads(bool follows)
{
    enum { MANY = 5 };
    CK_OBJECT_HANDLE found[MANY];

    cr_assert_eq(C_Finalize(NULL), CKR_OK);
    start_toys(follows);
    for (CK_ULONG number = 8; number < 7 + MANY; number++)
        toy_add_key(0, CKO_PRIVATE_KEY, number);
    toy_forget_calls();
    cr_assert_eq(router_find_all(session, found, MANY), MANY);
    cr_assert_eq(router_find_all(session, found, MANY), MANY);
    return toy_count(TOY_ANY, FUNCTION_C_GetAttributeValue);
}

Test(follow_object, is_read_once_and_only_where_children_follow)
{
    unsigned long n_reads;

    cr_assert_eq(count_reads(false), 0);
    n_reads = count_reads(true);
    cr_assert_gt(n_reads, 0);
    (void)router_find_key(session, CKO_PRIVATE_KEY, 7);
    cr_assert_eq(toy_count(TOY_ANY, FUNCTION_C_GetAttributeValue), n_reads);
}
