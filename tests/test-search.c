/* SPDX-License-Identifier: BSD-3-Clause */
/* Searches: snapshots, streams, errors, and those of two members. */
#include "router/search.h"
#include "tests/router-fixture.h"

#include <criterion/criterion.h>
#include <string.h>

static CK_SESSION_HANDLE session;

static void
setup(void)
{
    router_start_one();
    session = router_session(1);
}

static void
finish(void)
{
    C_Finalize(NULL);
}

TestSuite(search, .init = setup, .fini = finish, .timeout = 60);

static void
add_keys(unsigned index, CK_ULONG first, CK_ULONG end)
{
    for (CK_ULONG number = first; number < end; number++)
        toy_add_key(index, CKO_PRIVATE_KEY, number);
}

/* What is left of the search, read `at_once` at a time; the number of it. */
static size_t
read_all(CK_ULONG at_once)
{
    CK_OBJECT_HANDLE objects[512], seen[4096];
    size_t n_seen = 0;
    CK_ULONG count;

    do {
        cr_assert_eq(C_FindObjects(session, objects, at_once, &count), CKR_OK);
        cr_assert_leq(count, at_once);
        for (CK_ULONG i = 0; i < count; i++) {
            cr_assert_eq(handle_kind(objects[i]), HANDLE_OBJECT);
            for (size_t k = 0; k < n_seen; k++)
                cr_assert_neq(seen[k], objects[i], "given twice");
            seen[n_seen++] = objects[i];
        }
    } while (count > 0);
    return n_seen;
}

static void
begin(void)
{
    cr_assert_eq(C_FindObjectsInit(session, NULL, 0), CKR_OK);
}

static void
end(void)
{
    cr_assert_eq(C_FindObjectsFinal(session), CKR_OK);
    cr_assert_eq(toy_active(0), 0);
}

/* -- Snapshots
 * ------------------------------------------------------------------- */

Test(search, is_a_snapshot_of_when_it_began)
{
    add_keys(0, 1, 6);
    begin();
    cr_assert_eq(toy_active(0), 0, "the module's search is over");
    add_keys(0, 6, 9);
    cr_assert_eq(read_all(2), 5);
    cr_assert_eq(read_all(2), 0);
    end();
    begin();
    cr_assert_eq(read_all(100), 8);
    end();
}

Test(search, gives_the_same_object_the_same_handle)
{
    CK_OBJECT_HANDLE first[5], second[5];

    add_keys(0, 1, 6);
    cr_assert_eq(router_find_all(session, first, 5), 5);
    cr_assert_eq(router_find_all(router_session(1), second, 5), 5);
    cr_assert_arr_eq(first, second, sizeof(first));
}

Test(search, of_nothing_is_empty)
{
    begin();
    cr_assert_eq(read_all(10), 0);
    end();
}

Test(search, asked_for_none_gives_none_and_loses_none)
{
    CK_OBJECT_HANDLE object;
    CK_ULONG count = 7;

    add_keys(0, 1, 4);
    begin();
    cr_assert_eq(C_FindObjects(session, &object, 0, &count), CKR_OK);
    cr_assert_eq(count, 0);
    count = 7;
    cr_assert_eq(C_FindObjects(session, NULL, 0, &count), CKR_OK);
    cr_assert_eq(count, 0);
    cr_assert_eq(read_all(10), 3);
    end();
}

Test(search, short_counts_are_not_the_end)
{
    add_keys(0, 1, 11);
    toys[0].most_at_once = 1;
    begin();
    cr_assert_eq(read_all(100), 10);
    end();
    toys[0].most_at_once = 7;
    toys[0].n_anonymous = 240;
    begin();
    cr_assert_eq(read_all(100), 250);
    end();
}

/* -- Streams
 * ------------------------------------------------------------------------ */

Test(search, beyond_its_limit_reads_on_as_it_is_asked)
{
    static const CK_ULONG numbers[] = { SEARCH_AT_ONCE - 1, SEARCH_AT_ONCE,
                                        SEARCH_AT_ONCE + 1, 513, 2000 };

    for (size_t i = 0; i < sizeof(numbers) / sizeof(numbers[0]); i++) {
        toys[0].n_anonymous = numbers[i];
        begin();
        cr_assert_eq(toy_active(0),
                     numbers[i] >= SEARCH_AT_ONCE ? CKF_FIND_OBJECTS : 0);
        cr_assert_eq(read_all(100), numbers[i]);
        end();
    }
}

Test(search, that_streams_loses_none_when_asked_for_none)
{
    CK_OBJECT_HANDLE objects[SEARCH_AT_ONCE * 2];
    CK_ULONG count, first;

    toys[0].n_anonymous = 1000;
    begin();
    cr_assert_eq(C_FindObjects(session, objects, SEARCH_AT_ONCE * 2, &first),
                 CKR_OK);
    cr_assert_geq(first, SEARCH_AT_ONCE);
    cr_assert_eq(C_FindObjects(session, objects, 0, &count), CKR_OK);
    cr_assert_eq(count, 0);
    cr_assert_eq(first + read_all(50), 1000);
    end();
}

Test(search, that_streams_ends_in_the_module_when_its_session_is_closed)
{
    CK_SESSION_HANDLE other = router_session(1);

    toys[0].n_anonymous = 1000;
    begin();
    cr_assert_eq(toy_active(0), CKF_FIND_OBJECTS);
    cr_assert_eq(C_CloseSession(session), CKR_OK);
    cr_assert_eq(toy_active(0), 0);
    session = other;
    cr_assert_eq(C_FindObjectsFinal(session), CKR_OPERATION_NOT_INITIALIZED);
}

/* -- Errors
 * ---------------------------------------------------------------------------
 */

Test(search, errors_of_reading_appear_at_its_beginning)
{
    CK_SESSION_HANDLE its;
    CK_SESSION_INFO info;

    add_keys(0, 1, 11);
    toys[0].most_at_once = 4;
    cr_assert_eq(C_Login(session, CKU_USER, NULL, 0), CKR_OK);
    its = toy_last(FUNCTION_C_Login).session;
    toy_fail(TOY_ANY, FUNCTION_C_FindObjects, CKR_DEVICE_ERROR, 1);
    cr_assert_eq(C_FindObjectsInit(session, NULL, 0), CKR_DEVICE_ERROR);
    cr_assert_eq(toy_active(0), 0, "the module's search was ended");
    cr_assert_eq(C_FindObjectsFinal(session), CKR_OPERATION_NOT_INITIALIZED);
    cr_assert_eq(C_GetSessionInfo(session, &info), CKR_OK);
    cr_assert_eq(info.state, CKS_RW_USER_FUNCTIONS, "still logged in");
    cr_assert_eq(toy_last(FUNCTION_C_GetSessionInfo).session, its);
    begin();
    cr_assert_eq(read_all(100), 10);
    end();
}

Test(search, errors_of_its_beginning_leave_none_active)
{
    toy_fail(TOY_ANY, FUNCTION_C_FindObjectsInit, CKR_ATTRIBUTE_TYPE_INVALID,
             1);
    cr_assert_eq(C_FindObjectsInit(session, NULL, 0),
                 CKR_ATTRIBUTE_TYPE_INVALID);
    cr_assert_eq(C_FindObjectsFinal(session), CKR_OPERATION_NOT_INITIALIZED);
    cr_assert_eq(toy_count(TOY_ANY, FUNCTION_C_CloseSession), 0);
    begin();
    end();
}

Test(search, errors_of_a_stream_come_when_it_is_read)
{
    CK_OBJECT_HANDLE objects[SEARCH_AT_ONCE * 2];
    CK_ULONG count;

    toys[0].n_anonymous = 1000;
    begin();
    cr_assert_eq(C_FindObjects(session, objects, SEARCH_AT_ONCE * 2, &count),
                 CKR_OK);
    toy_fail(TOY_ANY, FUNCTION_C_FindObjects, CKR_DEVICE_ERROR, 1);
    cr_assert_eq(C_FindObjects(session, objects, 10, &count), CKR_DEVICE_ERROR);
    cr_assert_eq(C_FindObjects(session, objects, 10, &count), CKR_OK);
    cr_assert_eq(count, 10);
    end();
}

Test(search, calls_without_one_and_bad_pointers_are_refused)
{
    CK_OBJECT_HANDLE object;
    CK_ULONG count;

    cr_assert_eq(C_FindObjects(session, &object, 1, &count),
                 CKR_OPERATION_NOT_INITIALIZED);
    cr_assert_eq(C_FindObjectsFinal(session), CKR_OPERATION_NOT_INITIALIZED);
    cr_assert_eq(C_FindObjectsInit(session, NULL, 1), CKR_ARGUMENTS_BAD);
    add_keys(0, 1, 2);
    begin();
    cr_assert_eq(C_FindObjectsInit(session, NULL, 0), CKR_OPERATION_ACTIVE);
    cr_assert_eq(C_FindObjects(session, NULL, 1, &count), CKR_ARGUMENTS_BAD);
    cr_assert_eq(C_FindObjects(session, &object, 1, NULL), CKR_ARGUMENTS_BAD);
    cr_assert_eq(read_all(10), 1, "the search is as it was");
    end();
}

Test(search, goes_on_beside_another_operation)
{
    struct toy_result result;
    CK_OBJECT_HANDLE key;

    add_keys(0, 1, 4);
    key = router_find_key(session, CKO_PRIVATE_KEY, 2);
    begin();
    cr_assert_eq(router_sign_init(session, key), CKR_OK);
    cr_assert_eq(read_all(1), 3);
    cr_assert_eq(router_sign(session, "data", &result), CKR_OK);
    cr_assert_eq(result.number, 2);
    end();
}

/* -- Two members
 * -------------------------------------------------------------------------- */

static void
setup_two(void)
{
    router_start_two();
    session = router_session(1);
}

TestSuite(search_group, .init = setup_two, .fini = finish, .timeout = 60);

Test(search_group, shows_what_both_have_once)
{
    CK_OBJECT_HANDLE objects[20];

    add_keys(0, 1, 6);
    add_keys(1, 4, 9);
    cr_assert_eq(router_find_all(session, objects, 20), 8);
    cr_assert_eq(toy_active(0) | toy_active(1), 0);
    cr_assert_eq(router_find_all(session, objects, 20), 8);
    cr_assert_eq(object_space_count(router_token(1)->objects), 8);
}

Test(search_group, same_id_and_label_do_not_make_two_keys_one)
{
    CK_OBJECT_HANDLE objects[20];
    struct toy_object *other;

    toy_add_key(0, CKO_PRIVATE_KEY, 1);
    other = toy_object(1, toy_add_key(1, CKO_PRIVATE_KEY, 2));
    toy_set(other, CKA_ID, "\0\1", 2);
    toy_set(other, CKA_LABEL, "\0\1", 2);
    cr_assert_eq(router_find_all(session, objects, 20), 2);
}

Test(search_group, a_public_key_is_not_its_private_key)
{
    CK_OBJECT_HANDLE objects[20];

    toy_add_key(0, CKO_PRIVATE_KEY, 1);
    toy_add_key(1, CKO_PUBLIC_KEY, 1);
    cr_assert_eq(router_find_all(session, objects, 20), 2);
}

Test(search_group, the_first_members_handle_is_the_one_that_stays)
{
    CK_OBJECT_HANDLE first[20], second[20];

    add_keys(0, 1, 4);
    cr_assert_eq(router_find_all(session, first, 20), 3);
    add_keys(1, 1, 5);
    cr_assert_eq(router_find_all(session, second, 20), 4);
    cr_assert_arr_eq(first, second, 3 * sizeof(first[0]));
}

static void
heal(unsigned member)
{
    atomic_store(&router_token(1)->members[member].health.state, MEMBER_UP);
}

Test(search_group, one_member_is_enough)
{
    CK_OBJECT_HANDLE objects[20];

    add_keys(0, 1, 3);
    add_keys(1, 2, 5);
    toy_fail(TOY_SLOT(0), FUNCTION_C_FindObjectsInit, CKR_DEVICE_REMOVED, 1);
    cr_assert_eq(router_find_all(session, objects, 20), 3);
    heal(0);
    toy_fail(TOY_SLOT(1), FUNCTION_C_FindObjectsInit, CKR_DEVICE_REMOVED, 1);
    cr_assert_eq(router_find_all(session, objects, 20), 2);
    heal(1);
    toy_fail(TOY_SLOT(1), FUNCTION_C_FindObjects, CKR_DEVICE_REMOVED, 1);
    cr_assert_eq(router_find_all(session, objects, 20), 2);
    heal(1);
    member_fail(&router_token(1)->members[1], NULL, CKR_DEVICE_REMOVED);
    cr_assert_eq(router_find_all(session, objects, 20), 2);
}

Test(search_group, when_all_fail_the_first_error_is_the_answer)
{
    toy_fail(TOY_SLOT(0), FUNCTION_C_FindObjectsInit, CKR_DEVICE_ERROR, 1);
    toy_fail(TOY_SLOT(1), FUNCTION_C_FindObjectsInit, CKR_DEVICE_REMOVED, 1);
    cr_assert_eq(C_FindObjectsInit(session, NULL, 0), CKR_DEVICE_ERROR);
    cr_assert_eq(C_FindObjectsFinal(session), CKR_OPERATION_NOT_INITIALIZED);
}

static bool
fail_second_part(enum function function, CK_SLOT_ID slot,
                 struct argument *arguments, CK_RV *rv)
{
    (void)arguments;
    if (function != FUNCTION_C_FindObjects || slot != TOY_SLOT(1) ||
        toy_count(slot, function) != 2)
        return false;
    *rv = CKR_DEVICE_ERROR;
    return true;
}

Test(search_group, what_a_member_gave_before_it_failed_is_not_shown)
{
    CK_OBJECT_HANDLE objects[20];

    add_keys(0, 1, 3);
    add_keys(1, 3, 10);
    toys[1].most_at_once = 2;
    toy_set_hook(fail_second_part);
    cr_assert_eq(router_find_all(session, objects, 20), 2);
    for (size_t i = 0; i < 2; i++)
        cr_assert_eq(handle_kind(objects[i]), HANDLE_OBJECT);
    cr_assert_eq(toy_active(1), 0);
}

Test(search_group, has_no_limit_but_memory)
{
    toys[0].n_anonymous = 700;
    add_keys(0, 1, 10);
    add_keys(1, 5, 15);
    begin();
    cr_assert_eq(toy_active(0), 0, "groups do not stream");
    cr_assert_eq(read_all(100), 714);
    end();
}
