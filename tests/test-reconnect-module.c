/* SPDX-License-Identifier: BSD-3-Clause */
/* A module that finds back to its device only when it is initialised again
 * (R7.3): over the fault module, without threads, on the test's clock. */
#include "tests/modules/fault.h"
#include "tests/modules/record.h"
#include "tests/router-fixture.h"

#include <criterion/criterion.h>

static __typeof__(&fault_add) add;
static __typeof__(&fault_load) load;
static __typeof__(&fault_count) count;
static CK_SESSION_HANDLE session, other;

/* Two tokens of one module. */
static void
setup(void)
{
    struct config *config = router_config();
    struct error error = { .rv = CKR_OK };
    struct module *fault;

    fixture_setenv("P11MUX_FAULT_MODULE", "%s", fixture_test_module("record"));
    fixture_setenv("P11MUX_RECORD_TOKENS", "2");
    fault = module_open(fixture_test_module("fault"));
    add = module_symbol(fault, "fault_add");
    load = module_symbol(fault, "fault_load");
    count = module_symbol(fault, "fault_count");
    router_config_module(config, "weak", fixture_test_module("fault"));
    router_config_token(config, "one", "weak:record-1", NULL);
    router_config_token(config, "two", "weak:record-2", NULL);
    router_clock_stop();
    if (router_try_start(config, false, &error) != CKR_OK)
        fixture_fail("%s", error.text);
    session = router_session(1);
}

static void
finish(void)
{
    C_Finalize(NULL);
    clock_set_source(NULL);
}

TestSuite(reconnect_module, .init = setup, .fini = finish, .timeout = 60);

static CK_RV
get_random(CK_SESSION_HANDLE its)
{
    CK_BYTE byte;

    return C_GenerateRandom(its, &byte, 1);
}

/* Its connection is dead, whatever is asked for. */
static void
cut_off(void)
{
    cr_assert(add("C_GenerateRandom * return CKR_DEVICE_ERROR"));
    cr_assert(add("C_OpenSession * return CKR_DEVICE_ERROR"));
    cr_assert(add("C_GetTokenInfo * return CKR_DEVICE_ERROR"));
}

static void
try_for(unsigned seconds)
{
    for (unsigned i = 0; i < seconds; i++) {
        router_clock_move(1000);
        cr_assert_eq(get_random(session), CKR_DEVICE_REMOVED);
    }
}

Test(reconnect_module, is_initialised_again_when_its_tokens_are_down)
{
    cut_off();
    cr_assert_eq(get_random(session), CKR_DEVICE_REMOVED);
    cr_assert_eq(count("C_Finalize"), 0);
    try_for(3);
    cr_assert_geq(count("C_Finalize"), 1);
    cr_assert(load("reset"));
    router_clock_move(member_longest_wait_ms);
    cr_assert_eq(get_random(session), CKR_OK);
}

static unsigned long
count_ends(unsigned seconds)
{
    enum { STEP_MS = 100 };
    unsigned long before = count("C_Finalize");

    for (unsigned i = 0; i < seconds * 1000 / STEP_MS; i++) {
        router_clock_move(STEP_MS);
        cr_assert_eq(get_random(session), CKR_DEVICE_REMOVED);
    }
    return count("C_Finalize") - before;
}

/* Where C_Initialize succeeds and the device is away all the same: at most once
 * a second, and at least every two. */
Test(reconnect_module, is_initialised_anew_every_other_second)
{
    unsigned long n_ends;

    cut_off();
    cr_assert_eq(get_random(session), CKR_DEVICE_REMOVED);
    (void)count_ends(3);
    n_ends = count_ends(20);
    cr_assert_geq(n_ends, 10);
    cr_assert_leq(n_ends, 20);
}

/* While the device stays away that is tried less and less. */
Test(reconnect_module, is_not_initialised_on_and_on)
{
    cut_off();
    cr_assert_eq(get_random(session), CKR_DEVICE_REMOVED);
    try_for(1200);
    cr_assert_gt(count("C_Finalize"), 300);
    cr_assert_leq(count_ends(120), 15);
}

/* Its C_Initialize fails as long as the device is away, and the pauses between
 * its tries do not grow while somebody waits for the token. */
Test(reconnect_module, is_tried_in_time_however_long_it_was_away)
{
    cut_off();
    cr_assert(add("C_Initialize * return CKR_DEVICE_ERROR"));
    cr_assert_eq(get_random(session), CKR_DEVICE_REMOVED);
    try_for(300);
    cr_assert(load("reset"));
    for (int i = 0; i < 2; i++) {
        router_clock_move(member_longest_wait_ms / 2);
        (void)get_random(session);
    }
    cr_assert_eq(get_random(session), CKR_OK);
}

Test(reconnect_module, is_left_to_others_that_use_it)
{
    other = router_session(2);
    cr_assert(add(fixture_text("vanish %lu", RECORD_SLOT)));
    cr_assert_eq(get_random(session), CKR_DEVICE_REMOVED);
    try_for(10);
    cr_assert_eq(get_random(other), CKR_OK);
    cr_assert_eq(count("C_Finalize"), 0);
    cr_assert_eq(C_CloseSession(other), CKR_OK);
    try_for(20);
    cr_assert_gt(count("C_Finalize"), 0, "nobody minds any more");
}

/* A clock by which nothing goes quickly: what is due again when all have been
 * tried is not slept through. */
static uint64_t
read_slow_machine(void)
{
    static uint64_t now = UINT64_C(1) << 60;

    return now += UINT64_C(40) * 1000 * 1000;
}

Test(reconnect_module, is_tried_again_however_long_a_try_takes)
{
    enum { ENOUGH = 1000 };
    CK_RV rv = CKR_DEVICE_REMOVED;

    cut_off();
    clock_set_source(read_slow_machine);
    for (int i = 0; i < ENOUGH && count("C_Finalize") == 0; i++)
        cr_assert_eq(get_random(session), CKR_DEVICE_REMOVED);
    cr_assert_geq(count("C_Finalize"), 1);
    cr_assert(load("reset"));
    for (int i = 0; i < ENOUGH && rv == CKR_DEVICE_REMOVED; i++)
        rv = get_random(session);
    cr_assert_eq(rv, CKR_OK);
}
