/* SPDX-License-Identifier: BSD-3-Clause */
/* Backend sessions: who has which, and what becomes of it. */
#include "router/pool.h"
#include "tests/router-fixture.h"

#include <criterion/criterion.h>

static struct member *member;
static struct session *one, *two;

static struct session *
new_session(CK_FLAGS flags)
{
    return session_new(member->token, CKF_SERIAL_SESSION | flags);
}

static void
setup(void)
{
    router_start_one();
    member = &router_token(1)->members[0];
    one = new_session(CKF_RW_SESSION);
    two = new_session(CKF_RW_SESSION);
    toy_forget_calls();
}

static void
setup_rotating(void)
{
    setup();
    router_rotate(1);
    /* As if they had been opened. */
    atomic_store(&member->token->sessions, 2);
}

static void
end(struct session *session)
{
    (void)session_close(session_handle(session));
    session_give(session);
}

static void
finish(void)
{
    end(one);
    end(two);
    atomic_store(&member->token->sessions, 0);
    C_Finalize(NULL);
}

static struct pool_session *
take(struct session *session)
{
    struct pool_session *pooled = NULL;

    cr_assert_eq(pool_take(member->pool, session, false, &pooled), CKR_OK);
    cr_assert_not_null(pooled);
    cr_assert_eq(atomic_load(&pooled->owner), (uintptr_t)session);
    return pooled;
}

/* -- One for each (mode none)
 * ------------------------------------------------------ */

TestSuite(pool, .init = setup, .fini = finish, .timeout = 60);

Test(pool, a_session_has_one_backend_session_and_keeps_it)
{
    struct pool_session *first = take(one);

    pool_give(first, one, POOL_CLEAN);
    for (int i = 0; i < 100; i++) {
        cr_assert_eq(take(one), first);
        pool_give(first, one, POOL_CLEAN);
    }
    cr_assert_neq(take(two), first);
    cr_assert_eq(toy_count_sessions(0), 2);
    cr_assert_eq(pool_count(member->pool), 2);
}

Test(pool, the_flags_are_the_sessions)
{
    struct session *read_only = new_session(0);
    struct pool_session *pooled = take(read_only);
    CK_SESSION_INFO info;

    cr_assert_eq(toy_functions.C_GetSessionInfo(pooled->handle, &info), CKR_OK);
    cr_assert_eq(info.flags, CKF_SERIAL_SESSION);
    cr_assert_eq(toy_functions.C_GetSessionInfo(take(one)->handle, &info),
                 CKR_OK);
    cr_assert_eq(info.flags, CKF_SERIAL_SESSION | CKF_RW_SESSION);
    end(read_only);
}

Test(pool, the_vendors_code_comes_out_when_none_can_be_opened)
{
    struct pool_session *pooled;

    toy_fail(TOY_ANY, FUNCTION_C_OpenSession, CKR_SESSION_COUNT, 1);
    cr_assert_eq(pool_take(member->pool, one, false, &pooled),
                 CKR_SESSION_COUNT);
    cr_assert_eq(pool_count(member->pool), 0);
    cr_assert_null(one->held);
    (void)take(one);
}

Test(pool, one_that_is_not_clean_is_closed)
{
    CK_SESSION_HANDLE before = take(one)->handle;
    struct pool_session *pooled = take(one);

    pool_give(pooled, one, POOL_DIRTY);
    cr_assert_eq(toy_last(FUNCTION_C_CloseSession).session, before);
    cr_assert_eq(pool_count(member->pool), 0);
    cr_assert_neq(take(one)->handle, before);
}

Test(pool, a_session_that_ends_closes_what_it_holds)
{
    CK_SESSION_HANDLE its = take(one)->handle;

    (void)take(two);
    pool_close_session(one);
    cr_assert_eq(toy_last(FUNCTION_C_CloseSession).session, its);
    cr_assert_eq(toy_count_sessions(0), 1);
    cr_assert_null(one->held);
}

Test(pool, a_close_that_fails_is_a_close)
{
    (void)take(one);
    toy_fail_after(TOY_ANY, FUNCTION_C_CloseSession, CKR_DEVICE_ERROR, 1);
    pool_close_session(one);
    cr_assert_eq(pool_count(member->pool), 0);
    pool_close_session(one);
}

Test(pool, replacing_keeps_the_tokens_login)
{
    struct pool_session *pooled = take(one), *fresh;
    CK_SESSION_HANDLE before = pooled->handle;

    cr_assert_eq(toy_functions.C_Login(before, CKU_USER, NULL, 0), CKR_OK);
    cr_assert_eq(pool_replace(pooled, one, &fresh), CKR_OK);
    cr_assert_neq(fresh->handle, before);
    cr_assert_eq(toy_last(FUNCTION_C_CloseSession).session, before);
    cr_assert_eq(toys[0].user, CKU_USER);
    cr_assert_eq(take(one), fresh);
    cr_assert_eq(pool_count(member->pool), 1);
}

Test(pool, what_cannot_be_replaced_stays)
{
    struct pool_session *pooled = take(one), *fresh;

    toy_fail(TOY_ANY, FUNCTION_C_OpenSession, CKR_SESSION_COUNT, 1);
    cr_assert_eq(pool_replace(pooled, one, &fresh), CKR_SESSION_COUNT);
    cr_assert_eq(take(one), pooled);
    cr_assert_eq(toy_count(TOY_ANY, FUNCTION_C_CloseSession), 0);
}

Test(pool, in_another_life_of_the_member_it_is_another_and_not_closed_there)
{
    struct pool_session *pooled = take(one);
    CK_SESSION_HANDLE before = pooled->handle;

    atomic_fetch_add(&member->epoch, 1);
    cr_assert_neq(take(one)->handle, before);
    cr_assert_eq(toy_count(TOY_ANY, FUNCTION_C_CloseSession), 0,
                 "its number may be another's now");
    cr_assert_eq(pool_count(member->pool), 1);
    pool_close_session(one);
    cr_assert_eq(pool_count(member->pool), 0);
}

Test(pool, draining_leaves_what_somebody_has)
{
    (void)take(one);
    pool_drain(member->pool, true);
    cr_assert_eq(pool_count(member->pool), 1);
}

/* -- Another for each operation (mode operation)
 * ----------------------------------------- */

TestSuite(pool_rotate, .init = setup_rotating, .fini = finish, .timeout = 60);

Test(pool_rotate, one_that_is_given_is_parked_and_the_next_is_another)
{
    struct pool_session *first = take(one), *second;

    pool_give(first, one, POOL_CLEAN);
    cr_assert_eq(atomic_load(&first->owner), (uintptr_t)one | POOL_PARKED);
    cr_assert_eq(one->parked, first);
    second = take(one);
    cr_assert_neq(second, first);
    pool_give(second, one, POOL_CLEAN);
    cr_assert_eq(one->parked, second);
    cr_assert_eq(atomic_load(&first->owner), 0, "anybody's now");
    cr_assert_eq(take(one), first);
}

Test(pool_rotate, a_parked_one_can_be_taken_by_another)
{
    struct pool_session *parked = take(one), *its;

    pool_give(parked, one, POOL_CLEAN);
    cr_assert_eq(take(two), parked);
    cr_assert_eq(one->parked, parked, "it does not know yet");
    its = take(one);
    cr_assert_neq(its, parked);
    cr_assert_eq(atomic_load(&parked->owner), (uintptr_t)two);
    pool_give(its, one, POOL_CLEAN);
    cr_assert_eq(atomic_load(&parked->owner), (uintptr_t)two,
                 "parking another does not free what was stolen");
    pool_give(parked, two, POOL_CLEAN);
}

Test(pool_rotate, one_in_use_is_never_taken)
{
    struct pool_session *first = take(one), *second = take(one),
                        *third = take(two);

    cr_assert_neq(first, second);
    cr_assert_neq(first, third);
    cr_assert_neq(second, third);
    pool_give(first, one, POOL_CLEAN);
    pool_give(second, one, POOL_CLEAN);
    pool_give(third, two, POOL_CLEAN);
}

Test(pool_rotate, in_the_steady_state_none_is_opened)
{
    unsigned long n_opened;

    for (int i = 0; i < 10; i++) {
        pool_give(take(one), one, POOL_CLEAN);
        pool_give(take(two), two, POOL_CLEAN);
    }
    n_opened = toy_count(TOY_ANY, FUNCTION_C_OpenSession);
    cr_assert_leq(n_opened, 4);
    for (int i = 0; i < 1000; i++) {
        pool_give(take(one), one, POOL_CLEAN);
        pool_give(take(two), two, POOL_CLEAN);
    }
    cr_assert_eq(toy_count(TOY_ANY, FUNCTION_C_OpenSession), n_opened);
}

Test(pool_rotate, one_that_is_not_clean_is_closed_and_not_parked)
{
    struct pool_session *pooled = take(one);
    CK_SESSION_HANDLE its = pooled->handle;

    pool_give(pooled, one, POOL_DIRTY);
    cr_assert_null(one->parked);
    cr_assert_eq(toy_last(FUNCTION_C_CloseSession).session, its);
    cr_assert_eq(pool_count(member->pool), 1, "the keeper is left");
    cr_assert_neq(take(two)->handle, its);
    pool_give(take(one), one, POOL_CLEAN);
    pool_give(take(two), two, POOL_CLEAN);
}

Test(pool_rotate, one_that_is_parked_and_then_not_clean_is_forgotten)
{
    struct pool_session *pooled = take(one);

    pool_give(pooled, one, POOL_CLEAN);
    atomic_store(&member->token->sessions, 0); /* none is opened any more */
    cr_assert_eq(take(one), pooled);
    pool_give(pooled, one, POOL_DIRTY);
    cr_assert_null(one->parked);
    cr_assert_eq(pool_count(member->pool), 1);
}

Test(pool_rotate, a_call_that_may_write_gets_a_read_only_one_for_such_a_session)
{
    struct session *read_only = new_session(0);
    struct pool_session *pooled = take(one), *its;

    pool_give(pooled, one, POOL_CLEAN);
    cr_assert_eq(take(read_only), pooled, "reading can be done with any");
    pool_give(pooled, read_only, POOL_CLEAN);
    cr_assert_eq(pool_take(member->pool, read_only, true, &its), CKR_OK);
    cr_assert_eq(its->flags, CKF_SERIAL_SESSION);
    pool_give(its, read_only, POOL_CLEAN);
    end(read_only);
}

Test(pool_rotate, one_of_an_earlier_life_is_not_taken)
{
    struct pool_session *pooled = take(one), *fresh;
    CK_SESSION_HANDLE before = pooled->handle;

    pool_give(pooled, one, POOL_CLEAN);
    atomic_fetch_add(&member->epoch, 1);
    fresh = take(one);
    cr_assert_neq(fresh->handle, before);
    pool_give(fresh, one, POOL_CLEAN);
    pool_drain(member->pool, true);
    cr_assert_eq(toy_count_sessions(0), 2, "the dead ones are not closed");
    cr_assert_eq(pool_count(member->pool), 0);
}

Test(pool_rotate, what_is_parked_for_a_session_that_ends_is_anybodys)
{
    struct pool_session *pooled = take(one);

    pool_give(pooled, one, POOL_CLEAN);
    pool_close_session(one);
    cr_assert_eq(toy_count_sessions(0), 2, "and the keeper");
    cr_assert_eq(take(two), pooled);
    pool_give(pooled, two, POOL_CLEAN);
}

Test(pool_rotate, draining_closes_what_is_free_or_parked)
{
    struct pool_session *used = take(two);

    pool_give(take(one), one, POOL_CLEAN);
    pool_give(take(one), one, POOL_CLEAN);
    cr_assert_eq(pool_count(member->pool), 4, "with the keeper");
    pool_drain(member->pool, true);
    cr_assert_eq(pool_count(member->pool), 1);
    cr_assert_eq(toy_count_sessions(0), 1);
    pool_give(used, two, POOL_CLEAN);
    /* What was parked for it is gone, and it finds that out. */
    pool_give(take(one), one, POOL_CLEAN);
}

/* -- Lost ----------------------------------------------------------------- */

static bool
take_token_away(enum function function, CK_SLOT_ID slot,
                struct argument *arguments, CK_RV *rv)
{
    (void)slot;
    (void)arguments;
    (void)rv;
    if (function == FUNCTION_C_CloseSession)
        member_displace(member);
    return false;
}

Test(pool, one_that_is_closed_while_its_token_goes_is_nobodys)
{
    static const struct config_pool settings = { .mode = POOL_OPERATION,
                                                 .wait_ms = 1000 };
    struct pool_session *pooled;

    router_pool(1, &settings);
    atomic_store(&member->token->sessions, 2);
    pooled = take(one);
    pool_give(pooled, one, POOL_CLEAN);
    atomic_fetch_or(&pooled->doubts, POOL_OUTLIVED);
    toy_set_hook(take_token_away);
    cr_assert_eq(pool_take(member->pool, one, false, &pooled),
                 CKR_DEVICE_REMOVED);
    cr_assert_null(pooled);
    toy_set_hook(NULL);
}
