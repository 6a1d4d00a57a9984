/* SPDX-License-Identifier: BSD-3-Clause */
/* Objects of several members, while two searches show them at the same time:
 * the first one is inside a member, looking at the twin of a key, when the
 * other one runs. */
#include "tests/group-fixture.h"

#include <criterion/criterion.h>
#include <pthread.h>
#include <semaphore.h>

static sem_t begun, released;
static _Atomic(bool) is_held;

/* The first call that reads on B. */
static bool
hold_first(enum function function, CK_SLOT_ID slot, struct argument *arguments,
           CK_RV *rv)
{
    (void)arguments;
    (void)rv;
    if (function == FUNCTION_C_GetAttributeValue && slot == TOY_SLOT(1) &&
        !atomic_exchange(&is_held, true)) {
        (void)sem_post(&begun);
        (void)sem_wait(&released);
    }
    return false;
}

struct finding {
    CK_SESSION_HANDLE session;
    CK_OBJECT_HANDLE objects[4];
    size_t count;
    pthread_t thread;
};

static void *
find_in_thread(void *argument)
{
    struct finding *finding = argument;

    finding->count = router_find_all(finding->session, finding->objects, 4);
    return NULL;
}

static struct finding held, other;

/* Both have key 7, which nobody has looked for. */
static void
start(void)
{
    router_start_two();
    toy_add_key(0, CKO_PRIVATE_KEY, 7);
    toy_add_key(1, CKO_PRIVATE_KEY, 7);
    (void)sem_init(&begun, 0, 0);
    (void)sem_init(&released, 0, 0);
    held.session = router_session(1);
    other.session = router_session(1);
    toy_set_hook(hold_first);
}

TestSuite(merge, .init = start, .fini = group_finish, .timeout = 60);

static void
begin(void)
{
    cr_assert_eq(pthread_create(&held.thread, NULL, find_in_thread, &held), 0);
    (void)sem_wait(&begun);
}

static void
end(void)
{
    (void)sem_post(&released);
    (void)pthread_join(held.thread, NULL);
}

static void
leave_out(unsigned member)
{
    atomic_store(&router_token(1)->members[member].health.state, MEMBER_DOWN);
    atomic_store(&router_token(1)->members[member].health.next_try, UINT64_MAX);
}

/* Exactly one, which can be used. */
static void
expect_one(const struct finding *finding)
{
    struct toy_result result = { .slot = 0 };

    cr_assert_eq(finding->count, 1);
    cr_expect_eq(router_sign_init(finding->session, finding->objects[0]),
                 CKR_OK);
    cr_expect_eq(router_sign(finding->session, "data", &result), CKR_OK);
    cr_expect_eq(result.number, 7);
}

Test(merge, of_two_searches_shows_what_both_found_once)
{
    begin();
    (void)find_in_thread(&other);
    end();
    expect_one(&other);
    expect_one(&held);
    cr_expect_eq(held.objects[0], other.objects[0]);
}

/* What the other one has made a twin's is shown as that. */
Test(merge, of_one_that_has_not_asked_the_first_member_shows_what_is_there)
{
    leave_out(0);
    begin();
    group_heal(0);
    (void)find_in_thread(&other);
    end();
    expect_one(&other);
    expect_one(&held);
    cr_expect_eq(held.objects[0], other.objects[0]);
}

/* The application may use it already. */
Test(merge, takes_away_nothing_that_another_search_has_shown)
{
    begin();
    leave_out(0);
    (void)find_in_thread(&other);
    group_heal(0);
    end();
    expect_one(&held);
    expect_one(&other);
}
