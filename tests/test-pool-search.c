/* SPDX-License-Identifier: BSD-3-Clause */
/* Searches over pooled backend sessions: they hold none, but for those that
 * are too long to be taken at once (R3.16). */
#include "tests/pool-fixture.h"

#include <criterion/criterion.h>

enum { N_SEARCHES = 10, MANY = 2000, ROOM = 300 };

static CK_SESSION_HANDLE session, other;
static CK_OBJECT_HANDLE key, found[ROOM];

/* The pool is one backend session, and nobody waits. */
static void
setup(void)
{
    struct config_pool settings = pool_settings(1);

    settings.wait_ms = 0;
    pool_start(&settings);
    pool_add_keys(3);
    session = pool_session(CKF_RW_SESSION);
    other = pool_session(CKF_RW_SESSION);
    key = pool_find_key(session, 1);
}

TestSuite(pool_search, .init = setup, .fini = pool_finish, .timeout = 20);

static void
expect_signing(CK_SESSION_HANDLE its)
{
    CK_RV rv;

    cr_assert(pool_signs(its, key, 1, "text", &rv), "0x%lx", rv);
}

static CK_ULONG
read_some(CK_SESSION_HANDLE its, CK_ULONG room)
{
    CK_ULONG count = 0;

    cr_assert_eq(C_FindObjects(its, found, room, &count), CKR_OK);
    return count;
}

Test(pool_search, holds_no_backend_session)
{
    CK_SESSION_HANDLE searches[N_SEARCHES];

    for (size_t i = 0; i < N_SEARCHES; i++) {
        searches[i] = pool_session(0);
        cr_assert_eq(C_FindObjectsInit(searches[i], NULL, 0), CKR_OK);
        cr_assert_eq(toy_active(0), 0, "the module's own has ended");
    }
    expect_signing(session);
    for (size_t i = 0; i < N_SEARCHES; i++) {
        cr_assert_eq(read_some(searches[i], 2), 2);
        cr_assert_eq(read_some(searches[i], 2), 1);
        cr_assert_eq(read_some(searches[i], 2), 0);
        cr_assert_eq(C_FindObjectsFinal(searches[i]), CKR_OK);
    }
}

Test(pool_search, that_is_abandoned_holds_up_nobody)
{
    cr_assert_eq(C_FindObjectsInit(session, NULL, 0), CKR_OK);
    cr_assert_eq(read_some(session, 1), 1);
    expect_signing(other);
    cr_assert_eq(C_CloseSession(session), CKR_OK);
    expect_signing(other);
}

Test(pool_search, that_fails_gives_its_backend_session_back)
{
    toy_fail(TOY_ANY, FUNCTION_C_FindObjectsInit, CKR_DEVICE_MEMORY, 1);
    cr_assert_eq(C_FindObjectsInit(session, NULL, 0), CKR_DEVICE_MEMORY);
    expect_signing(other);
    toy_fail(TOY_ANY, FUNCTION_C_FindObjects, CKR_DEVICE_MEMORY, 1);
    cr_assert_eq(C_FindObjectsInit(session, NULL, 0), CKR_DEVICE_MEMORY);
    expect_signing(other);
    cr_assert_eq(toy_active(0), 0);
}

Test(pool_search, that_is_the_second_takes_nothing)
{
    cr_assert_eq(C_FindObjectsInit(session, NULL, 0), CKR_OK);
    for (int i = 0; i < 5; i++)
        cr_assert_eq(C_FindObjectsInit(session, NULL, 0), CKR_OPERATION_ACTIVE);
    expect_signing(other);
    cr_assert_eq(read_some(session, ROOM), 3);
}

Test(pool_search, goes_on_beside_an_operation)
{
    struct toy_result result;

    cr_assert_eq(router_sign_init(session, key), CKR_OK);
    cr_assert_eq(C_FindObjectsInit(session, NULL, 0), CKR_OK);
    cr_assert_eq(read_some(session, ROOM), 3);
    cr_assert_eq(C_FindObjectsFinal(session), CKR_OK);
    cr_assert_eq(router_sign(session, "data", &result), CKR_OK);
    cr_assert_eq(result.number, 1);
    expect_signing(other);
}

/* -- Those that are too long ------------------------------------------------
 */

static void
begin_long(void)
{
    toys[0].n_anonymous = MANY;
    cr_assert_eq(C_FindObjectsInit(session, NULL, 0), CKR_OK);
    cr_assert_eq(toy_active(0), CKF_FIND_OBJECTS, "the module's goes on");
}

Test(pool_search, that_is_long_keeps_its_backend_session_until_it_ends)
{
    CK_ULONG count, n_found = 0;

    begin_long();
    do {
        count = read_some(session, ROOM);
        n_found += count;
    } while (count > 0);
    cr_assert_eq(n_found, MANY + 3);
    cr_assert_eq(C_FindObjectsFinal(session), CKR_OK);
    cr_assert_eq(toy_active(0), 0);
    expect_signing(other);
}

Test(pool_search, that_is_long_lets_its_own_session_work)
{
    struct toy_result result;

    begin_long();
    cr_assert_eq(router_sign_init(session, key), CKR_OK);
    cr_assert_eq(router_sign(session, "data", &result), CKR_OK);
    cr_assert_eq(result.number, 1);
    cr_assert_gt(read_some(session, ROOM), 0, "the search goes on");
    cr_assert_eq(C_FindObjectsFinal(session), CKR_OK);
}

/* Conformance 8, as for any operation. */
Test(pool_search, that_is_long_makes_others_wait)
{
    struct toy_result result;

    begin_long();
    cr_assert_eq(router_sign_init(other, key), CKR_FUNCTION_FAILED);
    cr_assert_eq(router_sign(other, "data", &result),
                 CKR_OPERATION_NOT_INITIALIZED);
    cr_assert_eq(C_FindObjectsFinal(session), CKR_OK);
    expect_signing(other);
}

Test(pool_search, that_is_long_ends_with_its_session)
{
    begin_long();
    cr_assert_eq(C_CloseSession(session), CKR_OK);
    cr_assert_eq(toy_active(0), 0);
    expect_signing(other);
}

Test(pool_search, that_is_long_and_fails_gives_its_backend_session_back)
{
    CK_ULONG count;

    begin_long();
    for (int i = 0; i < 2; i++)
        cr_assert_gt(read_some(session, ROOM), 0);
    toy_fail(TOY_ANY, FUNCTION_C_FindObjects, CKR_DEVICE_ERROR, 1);
    cr_assert_eq(C_FindObjects(session, found, ROOM, &count), CKR_DEVICE_ERROR);
    (void)C_FindObjectsFinal(session);
    expect_signing(other);
    cr_assert_eq(toy_active(0), 0);
}
