/* SPDX-License-Identifier: BSD-3-Clause */
/* What is remembered of a login, and how often one may be wrong. */
#include "router/login-memory.h"

#include <criterion/criterion.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

static struct login_memory memory;
static uint64_t test_time = UINT64_C(1) << 40;

static uint64_t
test_source(void)
{
    return test_time;
}

static void
pass(uint64_t milliseconds)
{
    test_time += milliseconds * 1000 * 1000;
}

static void
setup(void)
{
    struct error error = { .rv = CKR_OK };

    clock_set_source(test_source);
    cr_assert(crypto_open(&error));
    login_memory_init(&memory);
}

static void
teardown(void)
{
    login_memory_destroy(&memory);
    crypto_close();
    clock_set_source(NULL);
}

TestSuite(login_memory, .init = setup, .fini = teardown, .timeout = 60);

static enum login_answer
check(const char *pin)
{
    return login_memory_check(&memory, pin, strlen(pin));
}

static void
keep(const char *pin, bool is_kept)
{
    cr_assert(login_memory_keep(&memory, is_kept, pin, strlen(pin)));
}

Test(login_memory, nothing_is_known_before_a_login)
{
    cr_assert_eq(check("1234"), LOGIN_UNKNOWN);
    cr_assert(!login_memory_has_pin(&memory));
}

Test(login_memory, the_pin_that_was_taken_is_right_and_another_wrong)
{
    keep("1234", true);
    cr_assert_eq(check("1234"), LOGIN_RIGHT);
    cr_assert_eq(check("1235"), LOGIN_WRONG);
    cr_assert_eq(check("123"), LOGIN_WRONG);
    cr_assert_eq(check(""), LOGIN_WRONG);
    cr_assert_eq(login_memory_check(&memory, NULL, 0), LOGIN_WRONG);
}

/* R7.12: of the SO only that can be said. */
Test(login_memory, a_proof_tells_as_well_and_gives_no_pin)
{
    struct secret copy = { 0 };

    keep("so-pin", false);
    cr_assert_eq(check("so-pin"), LOGIN_RIGHT);
    cr_assert_eq(check("so-pim"), LOGIN_WRONG);
    cr_assert(!login_memory_has_pin(&memory));
    cr_assert(!login_memory_get(&memory, &copy));
}

Test(login_memory, an_empty_pin_is_a_pin)
{
    struct secret copy = { 0 };

    keep("", true);
    cr_assert_eq(check(""), LOGIN_RIGHT);
    cr_assert_eq(check("0"), LOGIN_WRONG);
    cr_assert(login_memory_get(&memory, &copy));
    secret_wipe(&copy);
}

/* Five, then one a second; also the right one is not looked at. */
Test(login_memory, guessing_is_slow)
{
    keep("1234", true);
    for (int i = 0; i < 5; i++)
        cr_assert_eq(check("wrong"), LOGIN_WRONG);
    cr_assert_eq(check("wrong"), LOGIN_TOO_SOON);
    cr_assert_eq(check("1234"), LOGIN_TOO_SOON);
    pass(999);
    cr_assert_eq(check("wrong"), LOGIN_TOO_SOON);
    pass(1);
    cr_assert_eq(check("wrong"), LOGIN_WRONG);
    cr_assert_eq(check("wrong"), LOGIN_TOO_SOON);
    pass(60 * 1000);
    for (int i = 0; i < 5; i++)
        cr_assert_eq(check("wrong"), LOGIN_WRONG);
    cr_assert_eq(check("wrong"), LOGIN_TOO_SOON);
}

Test(login_memory, the_right_pin_costs_nothing)
{
    keep("1234", true);
    for (int i = 0; i < 100; i++)
        cr_assert_eq(check("1234"), LOGIN_RIGHT);
}

Test(login_memory, a_new_login_does_not_buy_new_guesses)
{
    keep("1234", true);
    for (int i = 0; i < 5; i++)
        (void)check("wrong");
    login_memory_wipe(&memory);
    keep("1234", true);
    cr_assert_eq(check("wrong"), LOGIN_TOO_SOON);
}

Test(login_memory, a_logout_leaves_nothing)
{
    keep("1234", true);
    login_memory_name(&memory, "op", 2);
    login_memory_wipe(&memory);
    cr_assert_eq(check("1234"), LOGIN_UNKNOWN);
    cr_assert(!login_memory_is_named(&memory, "op", 2));
}

/* R6.21: what was right before must not be tried or taken for right. */
Test(login_memory, a_pin_that_cannot_be_kept_leaves_none)
{
    static const char longer[SECRET_MAX_LENGTH + 1];

    keep("1234", true);
    cr_assert_not(login_memory_keep(&memory, true, longer, sizeof(longer)));
    cr_assert_eq(check("1234"), LOGIN_UNKNOWN);
    keep("so-pin", false);
    crypto_close();
    cr_assert_not(login_memory_keep(&memory, false, "other", 5));
    cr_assert_eq(check("so-pin"), LOGIN_UNKNOWN);
    cr_assert(crypto_open(&(struct error){ .rv = CKR_OK }));
}

/* R3.24. */
Test(login_memory, the_name_is_part_of_who_it_is)
{
    cr_assert(!login_memory_is_named(&memory, "op", 2));
    login_memory_name(&memory, "op", 2);
    cr_assert(login_memory_is_named(&memory, "op", 2));
    cr_assert(!login_memory_is_named(&memory, "opa", 3));
    cr_assert(!login_memory_is_named(&memory, "", 0));
}

/* R7.13: also over a logout, until it is another PIN. */
Test(login_memory, what_the_token_refused_is_known_and_no_more_kept)
{
    struct secret pin = { 0 }, other = { 0 };

    cr_assert(secret_set(&pin, "1234", 4));
    cr_assert(secret_set(&other, "4321", 4));
    keep("1234", true);
    cr_assert(!login_memory_is_refused(&memory, &pin));
    login_memory_refuse(&memory, &pin);
    cr_assert(!login_memory_has_pin(&memory));
    login_memory_wipe(&memory);
    cr_assert(login_memory_is_refused(&memory, &pin));
    cr_assert(!login_memory_is_refused(&memory, &other));
    secret_wipe(&pin);
    secret_wipe(&other);
}

static int
look_in_child(void)
{
    /* The page is wiped, and that is no empty PIN. */
    return !login_memory_has_pin(&memory) && check("") != LOGIN_RIGHT ? 0 : 1;
}

Test(login_memory, a_child_has_no_pin)
{
    pid_t child;
    int status;

    keep("1234", true);
    child = fork();
    if (child == 0)
        _exit(look_in_child());
    cr_assert_eq(waitpid(child, &status, 0), child);
    cr_assert_eq(status, 0);
    cr_assert_eq(check("1234"), LOGIN_RIGHT);
}
