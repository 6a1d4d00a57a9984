/* SPDX-License-Identifier: BSD-3-Clause */
/* Operations that end because what they were on is gone: each leaves one
 * record, whoever finds it out. */
#include "audit/event.h"
#include "tests/group-fixture.h"

#include <criterion/criterion.h>

enum { MOST_EVENTS = 32 };

static struct audit_event events[MOST_EVENTS];
static size_t n_events;

static bool
write_event(void *context, const struct audit_event *event)
{
    (void)context;
    if (event->kind == AUDIT_RECONNECT || event->kind == AUDIT_FAILOVER)
        return true; /* of a member, not of a call */
    cr_assert_lt(n_events, MOST_EVENTS);
    events[n_events++] = *event;
    return true;
}

static const struct audit_sink sink = { .write = write_event };

static CK_BYTE data[] = "some data";
static CK_MECHANISM mechanism = { CKM_RSA_PKCS, NULL, 0 };

static void
setup(void)
{
    group_start();
    instance_set_sink(&sink);
}

static void
finish(void)
{
    instance_set_sink(NULL);
    group_finish();
}

static void
setup_rotating(void)
{
    group_start_rotating();
    instance_set_sink(&sink);
}

TestSuite(call_lost, .init = setup, .fini = finish, .timeout = 60);
TestSuite(call_lost_rotating, .init = setup_rotating, .fini = finish,
          .timeout = 60);

/* The only one with that function is a failure with this code. */
static const struct audit_event *
find(const char *function, CK_RV rv)
{
    const struct audit_event *found = NULL;

    for (size_t i = 0; i < n_events; i++)
        if (strcmp(events[i].function, function) == 0) {
            cr_assert_null(found, "%s is there twice", function);
            found = &events[i];
        }
    cr_assert_not_null(found, "%s is not there", function);
    cr_assert_eq(found->rv, rv);
    return found;
}

/* All of an operation of the group's key. */
static void
check_operation(const struct audit_event *event, uint64_t in)
{
    cr_assert_eq(event->kind, AUDIT_SIGN);
    cr_assert(event->has_mechanism);
    cr_assert_eq(event->mechanism, CKM_RSA_PKCS);
    cr_assert_eq(event->key, group_key);
    cr_assert_eq(event->bytes_in, in);
}

/* A goes in the middle, and B cannot go on. */
static void
lose_both(enum function function)
{
    group_lose(function);
    toy_fail(TOY_SLOT(1), FUNCTION_C_SignInit, CKR_DEVICE_ERROR, 1);
}

Test(call_lost, an_operation_that_no_member_goes_on_with)
{
    struct toy_result result;

    cr_assert_eq(router_sign_init(group_session, group_key), CKR_OK);
    lose_both(FUNCTION_C_Sign);
    cr_assert_neq(router_sign(group_session, "data", &result), CKR_OK);
    check_operation(find("C_Sign", events[0].rv), 4);
    cr_assert_eq(n_events, 1);
    cr_assert_eq(C_CloseSession(group_session), CKR_OK);
    cr_assert_eq(n_events, 2, "and the session's end");
}

Test(call_lost, a_part_that_no_member_goes_on_with)
{
    cr_assert_eq(router_sign_init(group_session, group_key), CKR_OK);
    cr_assert_eq(C_SignUpdate(group_session, data, 3), CKR_OK);
    lose_both(FUNCTION_C_SignUpdate);
    cr_assert_neq(C_SignUpdate(group_session, data, 4), CKR_OK);
    check_operation(find("C_SignUpdate", events[0].rv), 7);
    (void)group_sign_final(CKR_OPERATION_NOT_INITIALIZED);
    cr_assert_eq(n_events, 2, "and what came too late");
}

Test(call_lost, the_other_operation_of_the_session)
{
    CK_MECHANISM digest = { CKM_SHA256, NULL, 0 };
    struct toy_result result;

    cr_assert_eq(C_DigestInit(group_session, &digest), CKR_OK);
    cr_assert_eq(C_DigestUpdate(group_session, data, 5), CKR_OK);
    cr_assert_eq(router_sign_init(group_session, group_key), CKR_OK);
    group_lose(FUNCTION_C_Sign);
    cr_assert_eq(router_sign(group_session, "data", &result), CKR_OK);
    check_operation(find("C_Sign", CKR_OK), 4);
    cr_assert_str_eq(find("C_DigestInit", CKR_FUNCTION_CANCELED)->detail,
                     "\"abandoned\"");
    cr_assert_eq(find("C_DigestInit", CKR_FUNCTION_CANCELED)->bytes_in, 5);
    cr_assert_eq(n_events, 2);
}

Test(call_lost_rotating, what_was_on_a_session_that_is_gone)
{
    static CK_BYTE much[ROUTER_REPLAY_BYTES + 1];

    cr_assert_eq(router_sign_init(group_session, group_key), CKR_OK);
    cr_assert_eq(C_SignUpdate(group_session, much, sizeof(much)), CKR_OK);
    toy_sessions_end(0);
    (void)group_sign_final(CKR_DEVICE_REMOVED);
    check_operation(find("C_SignFinal", CKR_DEVICE_REMOVED), sizeof(much));
    cr_assert_eq(n_events, 1);
}

Test(call_lost_rotating, what_was_on_a_token_that_is_gone)
{
    CK_SESSION_INFO info;

    cr_assert_eq(router_sign_init(group_session, group_key), CKR_OK);
    cr_assert_eq(C_SignUpdate(group_session, data, 3), CKR_OK);
    toys[0].has_token = toys[1].has_token = false;
    toy_sessions_end(0);
    toy_sessions_end(1);
    (void)C_GetSessionInfo(group_session, &info);
    cr_assert_eq(n_events, 0);
    cr_assert_eq(C_CloseSession(group_session), CKR_OK);
    check_operation(find("C_SignInit", CKR_FUNCTION_CANCELED), 3);
    cr_assert_eq(n_events, 2);
}

Test(call_lost_rotating, an_object_that_is_gone_is_the_same_operation)
{
    struct toy_result result;
    CK_OBJECT_HANDLE key;

    (void)toy_add_key(0, CKO_PRIVATE_KEY, 9);
    key = router_find_key(group_session, CKO_PRIVATE_KEY, 9);
    n_events = 0;
    cr_assert_eq(C_SignInit(group_session, &mechanism, key), CKR_OK);
    cr_assert_eq(C_DestroyObject(group_session, key), CKR_OK);
    cr_assert_eq(router_sign(group_session, "data", &result), CKR_OK);
    cr_assert_eq(find("C_Sign", CKR_OK)->key, key);
    cr_assert_eq(n_events, 2);
}
