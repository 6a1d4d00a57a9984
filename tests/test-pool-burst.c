/* SPDX-License-Identifier: BSD-3-Clause */
/* Many threads at once on a token that opens sessions slowly, or signs
 * slowly: how the pool grows. Time is the timeline's. */
#include "tests/pool-fixture.h"
#include "tests/timeline.h"

#include <criterion/criterion.h>

enum { MOST_CALLS = 64 };

static uint64_t opening_ms, signing_ms;
static _Atomic(unsigned) n_opening, most_opening, n_rash;

/* Never more are being opened than are open: so that each step is a doubling
 * at most. (The keeper is open too, but serves nobody.) */
static void
note_opening(void)
{
    unsigned opening = atomic_fetch_add(&n_opening, 1) + 1;
    size_t open = toy_count_sessions(0);

    if (opening > most_opening)
        atomic_store(&most_opening, opening);
    if (opening > 1 && opening > open)
        atomic_fetch_add(&n_rash, 1);
}

static bool
take_time(enum function function, CK_SLOT_ID slot, struct argument *arguments,
          CK_RV *rv)
{
    (void)slot;
    (void)arguments;
    (void)rv;
    if (function == FUNCTION_C_OpenSession) {
        note_opening();
        timeline_spend(opening_ms);
        atomic_fetch_sub(&n_opening, 1);
    } else if (function == FUNCTION_C_Sign) {
        timeline_spend(signing_ms);
    }
    return false;
}

static struct burst {
    CK_SESSION_HANDLE session;
    CK_ULONG number;
    CK_RV rv;
    bool is_right;
} bursts[MOST_CALLS];
static CK_OBJECT_HANDLE keys[MOST_CALLS];

static void
start(uint64_t its_opening_ms, uint64_t its_signing_ms)
{
    struct config_pool settings = pool_settings(50);
    struct config *config = pool_config(&settings);

    timeline_begin();
    pool_add_keys(MOST_CALLS);
    opening_ms = its_opening_ms;
    signing_ms = its_signing_ms;
    toy_set_hook(take_time);
    router_start(config);
    for (size_t i = 0; i < MOST_CALLS; i++)
        bursts[i].session = pool_session(CKF_RW_SESSION);
    for (CK_ULONG i = 0; i < MOST_CALLS; i++)
        keys[i] = pool_find_key(bursts[0].session, i + 1);
}

/* A token that opens slowly and signs quickly, and one that does not. */
static void
setup(void)
{
    start(150, 2);
}

static void
setup_slow_to_sign(void)
{
    start(1, 100);
}

TestSuite(pool_burst, .init = setup, .fini = pool_finish, .timeout = 120);
TestSuite(pool_burst_of_slow, .init = setup_slow_to_sign, .fini = pool_finish,
          .timeout = 120);

static void
sign(void *argument)
{
    struct burst *burst = argument;

    burst->is_right = pool_signs(burst->session, keys[burst->number - 1],
                                 burst->number, "text", &burst->rv);
}

/* Each signs once, all begin at the same moment; how long they took. */
static uint64_t
run(unsigned n)
{
    uint64_t milliseconds;

    for (unsigned i = 0; i < n; i++) {
        bursts[i].number = i + 1;
        timeline_add(sign, &bursts[i]);
    }
    milliseconds = timeline_run();
    for (unsigned i = 0; i < n; i++) {
        cr_assert_eq(bursts[i].rv, CKR_OK, "thread %u: 0x%lx", i, bursts[i].rv);
        cr_assert(bursts[i].is_right, "thread %u got another's signature", i);
    }
    return milliseconds;
}

static unsigned long
count_opened(void)
{
    return toy_count(TOY_ANY, FUNCTION_C_OpenSession);
}

/* Five are in use at the same time for so long that there must be five. */
static void
make_five(void)
{
    signing_ms = 2000;
    (void)run(5);
    signing_ms = 2;
    cr_assert_eq(toy_count_sessions(0), 6, "five and the keeper, not %zu",
                 toy_count_sessions(0));
}

Test(pool_burst, is_served_by_those_there_are_where_opening_is_slow)
{
    unsigned long before;
    uint64_t took;

    make_five();
    before = count_opened();
    took = run(50);
    cr_assert_leq(took, 30, "50 signatures on 5 sessions took %lu ms",
                  (unsigned long)took);
    cr_assert_leq(count_opened() - before, 5, "%lu sessions were opened",
                  count_opened() - before);
}

static void
find_first_key(void *session)
{
    (void)pool_find_key(*(CK_SESSION_HANDLE *)session, 1);
}

/* What waits is waited for by nobody else, so there is nothing to wait for. */
Test(pool_burst, begins_at_once_where_none_is_in_use)
{
    CK_SESSION_HANDLE first;
    uint64_t took;

    cr_assert_eq(C_CloseAllSessions(1), CKR_OK);
    first = pool_session(CKF_RW_SESSION);
    timeline_add(find_first_key, &first);
    took = timeline_run();
    cr_assert_eq(took, opening_ms, "%lu ms", (unsigned long)took);
    timeline_add(find_first_key, &first);
    took = timeline_run();
    cr_assert_eq(took, 0, "%lu ms", (unsigned long)took);
}

Test(pool_burst_of_slow, grows_where_waiting_would_be_slower)
{
    uint64_t took = run(32);

    cr_assert_leq(took, 130, "32 slow signatures at once took %lu ms",
                  (unsigned long)took);
    cr_assert_gt(most_opening, 1, "several may be opened at once");
    cr_assert_eq(n_rash, 0, "more were being opened than were open");
}

Test(pool_burst_of_slow, never_opens_more_than_its_size)
{
    (void)run(MOST_CALLS);
    cr_assert_eq(toy_count_sessions(0), 51, "%zu sessions are open",
                 toy_count_sessions(0));
    cr_assert_eq(n_rash, 0);
}

/* R3.6: what the token does not say is learned, and nobody is refused. */
Test(pool_burst_of_slow, learns_how_many_the_token_has)
{
    unsigned long before;

    toys[0].most_sessions = 4;
    toys[0].hides_limits = true;
    (void)run(40);
    cr_assert_eq(toy_count_sessions(0), 4);
    before = count_opened();
    (void)run(40);
    cr_assert_leq(count_opened() - before, 5,
                  "it is asked again and again: %lu times",
                  count_opened() - before);
}
