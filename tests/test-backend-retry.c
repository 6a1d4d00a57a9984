/* SPDX-License-Identifier: BSD-3-Clause */
/* Modules that hang, fail, vanish, or belong to somebody else. */
#include "tests/backend-fixture.h"

#include "backends/start.h"
#include "common/clock.h"

#include <criterion/criterion.h>
#include <pthread.h>
#include <string.h>
#include <unistd.h>

static struct config *config;
static struct config_module *module;

static void
setup(void)
{
    config = backend_config();
    module = backend_config_module(config, "a", fixture_test_module("start"));
}

TestSuite(backend_retry, .init = setup, .timeout = 60);

static void
let_end(struct start_script *script)
{
    script->is_held = false;
    sem_post(&script->go_on);
}

/* Waits for a state that another thread is about to bring. */
static void
wait_for(struct backend *backend, enum backend_state state)
{
    while (backend_state(backend) != state)
        sched_yield();
}

/* A set whose only module is inside its C_Initialize. */
static struct backend_set *
make_held(struct start_script **script)
{
    struct backend_set *set = backend_make(config);

    *script = backend_script(backend_set_get(set, 0));
    (*script)->is_held = true;
    backend_clock_tick();
    cr_assert(backend_set_start(set, NULL), "it is not critical");
    sem_wait(&(*script)->entered);
    return set;
}

Test(backend_retry, a_start_that_hangs_is_not_waited_for_beyond_its_time)
{
    struct start_script *script;
    struct backend_set *set = make_held(&script);
    struct backend *backend = backend_set_get(set, 0);

    cr_assert_eq(backend_state(backend), BACKEND_STARTING);
    cr_assert_not_null(backend_functions(backend));
    let_end(script);
    backend_set_free(set, 60 * 1000, false);
}

Test(backend_retry, a_late_start_is_taken_in_when_it_returns)
{
    struct start_script *script;
    struct backend_set *set = make_held(&script);

    let_end(script);
    wait_for(backend_set_get(set, 0), BACKEND_UP);
    cr_assert_eq(backend_epoch(backend_set_get(set, 0)), 1);
    backend_set_free(set, 0, false);
    cr_assert_eq(script->n_finalize, 1);
}

Test(backend_retry, a_start_that_hangs_is_not_begun_again)
{
    struct start_script *script;
    struct backend_set *set = make_held(&script);

    backend_clock_move(120 * 1000);
    backend_set_retry(set);
    backend_set_retry(set);
    cr_assert_eq(script->n_initialize, 1);
    let_end(script);
    backend_set_free(set, 60 * 1000, false);
}

Test(backend_retry, a_critical_start_that_hangs_fails)
{
    struct error error = { 0 };
    struct start_script *script;
    struct backend_set *set;

    module->critical = true;
    set = backend_make(config);
    script = backend_script(backend_set_get(set, 0));
    script->is_held = true;
    backend_clock_tick();
    cr_assert_not(backend_set_start(set, &error));
    cr_assert_not_null(strstr(error.text, "start_timeout"));
    sem_wait(&script->entered);
    let_end(script);
    backend_set_free(set, 60 * 1000, false);
}

Test(backend_retry, one_that_hangs_does_not_delay_the_others)
{
    struct config_module *other =
        backend_config_module(config, "b",
                              fixture_copy(module->path, "other.so"));
    struct start_script *script;
    struct backend_set *set = make_held(&script);

    cr_assert_str_eq(backend_name(backend_set_get(set, 1)), other->name);
    wait_for(backend_set_get(set, 1), BACKEND_UP);
    cr_assert_eq(backend_state(backend_set_get(set, 0)), BACKEND_STARTING);
    let_end(script);
    backend_set_free(set, 60 * 1000, false);
}

Test(backend_retry, a_start_that_never_returns_is_left_behind)
{
    struct start_script *script;
    struct backend_set *set = make_held(&script);

    backend_set_free(set, 100, false);
    cr_assert_eq(script->n_finalize, 0);
    /* Its thread touches nothing that is freed when it comes back. */
    let_end(script);
    while (!script->is_initialized)
        sched_yield();
}

Test(backend_retry, what_came_too_late_is_started_afresh_the_next_time)
{
    struct start_script *script;
    struct backend_set *set = make_held(&script);

    backend_set_free(set, 100, false);
    clock_set_source(NULL);
    set = backend_make(config);
    let_end(script);
    cr_assert(backend_set_start(set, NULL));
    cr_assert_eq(backend_state(backend_set_get(set, 0)), BACKEND_UP);
    backend_set_free(set, 0, false);
    cr_assert_not(script->is_initialized);
}

Test(backend_retry, nothing_is_finalised_with_leak)
{
    struct backend_set *set = backend_make_and_start(config);
    struct start_script *script = backend_script(backend_set_get(set, 0));

    backend_set_free(set, 0, true);
    cr_assert_eq(script->n_finalize, 0);
    set = backend_make_and_start(config);
    cr_assert_eq(backend_state(backend_set_get(set, 0)), BACKEND_UP,
                 "what is initialised can be used again");
    cr_assert_eq(script->n_initialize, 1);
    backend_set_free(set, 0, false);
    cr_assert_eq(script->n_finalize, 0, "calls of before may be inside");
}

static struct backend_set *
make_failed(struct start_script **script, unsigned n_failures)
{
    struct backend_set *set = backend_make(config);

    *script = backend_script(backend_set_get(set, 0));
    (*script)->n_answers = n_failures;
    for (unsigned i = 0; i < n_failures; i++)
        (*script)->answers[i] = CKR_DEVICE_ERROR;
    backend_clock_stop();
    cr_assert(backend_set_start(set, NULL));
    return set;
}

static uint64_t
next_try(struct backend_set *set)
{
    struct backend_status status;

    backend_get_status(backend_set_get(set, 0), &status);
    return status.next_try_ms;
}

Test(backend_retry, comes_when_the_back_off_has_passed_and_not_before)
{
    struct start_script *script;
    struct backend_set *set = make_failed(&script, 1);
    struct backend *backend = backend_set_get(set, 0);

    cr_assert_geq(next_try(set), 1000);
    cr_assert_leq(next_try(set), 1250);
    backend_clock_move(next_try(set) - 1);
    backend_set_retry(set);
    cr_assert_eq(backend_state(backend), BACKEND_DOWN);
    backend_clock_move(1);
    backend_set_retry(set);
    wait_for(backend, BACKEND_UP);
    cr_assert_eq(script->n_initialize, 2);
    cr_assert_str_eq(backend_why(backend), "");
    backend_set_retry(set);
    cr_assert_eq(script->n_threads_ended, 2);
    backend_set_free(set, 0, false);
}

Test(backend_retry, backs_off_further_with_each_failure)
{
    struct start_script *script;
    struct backend_set *set = make_failed(&script, 3);
    struct backend *backend = backend_set_get(set, 0);

    for (unsigned n = 2; n <= 3; n++) {
        backend_clock_move(next_try(set));
        backend_set_retry(set);
        while (backend_state(backend) == BACKEND_STARTING)
            sched_yield();
        cr_assert_eq(script->n_initialize, n);
        cr_assert_geq(next_try(set), 500u << n);
        cr_assert_leq(next_try(set), 625u << n);
    }
    backend_set_free(set, 0, false);
}

Test(backend_retry, back_off_grows_from_one_second_to_a_minute)
{
    uint64_t before = 0;

    cr_assert_eq(start_backoff_ms(1, UINT32_MAX), 1000);
    cr_assert_eq(start_backoff_ms(1, 0), 1250);
    for (unsigned failures = 1; failures < 100; failures++) {
        uint64_t least = start_backoff_ms(failures, UINT32_MAX);
        uint64_t most = start_backoff_ms(failures, 0);

        cr_assert_geq(least, 1000);
        cr_assert_leq(most, 60 * 1000);
        cr_assert_lt(least, most);
        cr_assert_geq(most, before);
        before = most;
    }
    cr_assert_eq(before, 60 * 1000);
}

Test(backend_retry, is_inline_where_threads_are_forbidden)
{
    struct start_script *script;
    struct backend_set *set;

    cr_assert(backend_set_new(config, false, &set, NULL));
    script = backend_script(backend_set_get(set, 0));
    script->answers[0] = CKR_DEVICE_ERROR;
    script->n_answers = 1;
    backend_clock_stop();
    cr_assert(backend_set_start(set, NULL));
    backend_clock_move(2000);
    backend_set_retry(set);
    cr_assert_eq(backend_state(backend_set_get(set, 0)), BACKEND_UP);
    backend_set_free(set, 0, false);
}

Test(backend_retry, loads_a_module_that_was_not_there_before)
{
    const char *path = fixture_path("later.so");
    struct backend_set *set;
    struct backend *backend;

    module = backend_config_module(config, "later", path);
    set = backend_make(config);
    backend = backend_set_get(set, 1);
    backend_clock_stop();
    cr_assert(backend_set_start(set, NULL));
    cr_assert_null(backend_functions(backend));
    cr_assert_eq(backend_state(backend), BACKEND_DOWN);
    cr_assert_not_null(strstr(backend_why(backend), "No such file"));
    fixture_copy(fixture_test_module("start"), "later.so");
    backend_clock_move(2000);
    backend_set_retry(set);
    wait_for(backend, BACKEND_UP);
    cr_assert_not_null(backend_functions(backend));
    cr_assert_eq(backend_script(backend)->n_initialize, 1);
    backend_set_free(set, 0, false);
}

Test(backend_retry, starts_again_what_somebody_else_finalised)
{
    struct backend_set *set = backend_make_and_start(config);
    struct backend *backend = backend_set_get(set, 0);
    struct start_script *script = backend_script(backend);

    script->is_initialized = false;
    backend_vanish(backend);
    cr_assert_eq(backend_state(backend), BACKEND_DOWN);
    backend_set_retry(set);
    wait_for(backend, BACKEND_UP);
    cr_assert_eq(backend_epoch(backend), 2);
    cr_assert_eq(script->n_initialize, 2);
    backend_set_free(set, 0, false);
    cr_assert_eq(script->n_finalize, 1);
}

Test(backend_retry, what_somebody_else_initialised_is_used_and_not_finalised)
{
    struct backend_set *set = backend_make(config);
    struct backend *backend = backend_set_get(set, 0);
    struct start_script *script = backend_script(backend);

    script->is_initialized = true;
    cr_assert(backend_set_start(set, NULL));
    cr_assert_eq(backend_state(backend), BACKEND_UP);
    backend_set_free(set, 0, false);
    cr_assert_eq(script->n_finalize, 0);
}

Test(backend_retry, a_foreign_module_becomes_ours_when_its_owner_has_gone)
{
    struct backend_set *set = backend_make(config);
    struct backend *backend = backend_set_get(set, 0);
    struct start_script *script = backend_script(backend);

    script->is_initialized = true;
    cr_assert(backend_set_start(set, NULL));
    script->is_initialized = false;
    backend_vanish(backend);
    backend_set_retry(set);
    wait_for(backend, BACKEND_UP);
    backend_set_free(set, 0, false);
    cr_assert_eq(script->n_finalize, 1);
}
