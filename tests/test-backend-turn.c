/* SPDX-License-Identifier: BSD-3-Clause */
/* Modules that start and end one after the other, and one that hangs. */
#include "tests/backend-fixture.h"

#include "backends/start-turn.h"
#include "tests/heard.h"

#include <criterion/criterion.h>
#include <pthread.h>
#include <sched.h>
#include <string.h>

static struct config *config;
static struct backend_set *set;
static struct start_census census;

static void
setup(void)
{
    config = backend_config();
}

TestSuite(backend_turn, .init = setup, .timeout = 60);

/* A file of its own, so that nothing else keeps it from starting at once. */
static struct config_module *
add(const char *name)
{
    return backend_config_module(config, name,
                                 fixture_copy(fixture_test_module("start"),
                                              fixture_text("%s.so", name)));
}

static struct start_script *
script(const char *name)
{
    return backend_script(backend_find(set, name));
}

static enum backend_state
state(const char *name)
{
    return backend_state(backend_find(set, name));
}

/* With the clock at rest: a turn passes when a test says so. */
static void
make(void)
{
    set = backend_make(config);
    for (size_t i = 0; i < backend_set_count(set); i++)
        backend_script(backend_set_get(set, i))->census = &census;
    backend_clock_stop();
}

/* Returns when the module is inside its C_Initialize, and stays there. */
static pthread_t
start_held(const char *name)
{
    pthread_t thread;

    script(name)->is_held = true;
    cr_assert_eq(pthread_create(&thread, NULL, backend_start_set, set), 0);
    sem_wait(&script(name)->entered);
    return thread;
}

static void
let_end(const char *name)
{
    script(name)->is_held = false;
    sem_post(&script(name)->go_on);
}

static void
wait_for(const char *name, enum backend_state wanted)
{
    while (state(name) != wanted)
        sched_yield();
}

static void
let_others_run(void)
{
    for (int i = 0; i < 1000; i++)
        sched_yield();
}

Test(backend_turn, no_two_are_inside_their_c_initialize)
{
    for (int i = 0; i < 6; i++)
        add(fixture_text("m%d", i));
    make();
    cr_assert(backend_set_start(set, NULL));
    for (size_t i = 0; i < 6; i++)
        cr_assert_eq(backend_state(backend_set_get(set, i)), BACKEND_UP);
    cr_assert_eq(census.most, 1);
    backend_set_free(set, 0, false);
    cr_assert_eq(census.most, 1);
}

Test(backend_turn, no_two_are_inside_when_they_are_tried_again)
{
    for (int i = 0; i < 6; i++)
        add(fixture_text("m%d", i));
    make();
    for (size_t i = 0; i < 6; i++) {
        backend_script(backend_set_get(set, i))->answers[0] = CKR_DEVICE_ERROR;
        backend_script(backend_set_get(set, i))->n_answers = 1;
    }
    cr_assert(backend_set_start(set, NULL));
    backend_clock_move(2000);
    backend_set_retry(set);
    for (size_t i = 0; i < 6; i++)
        wait_for(backend_name(backend_set_get(set, i)), BACKEND_UP);
    cr_assert_eq(census.most, 1);
    backend_set_free(set, 0, false);
}

Test(backend_turn, comes_in_the_order_of_the_configuration)
{
    pthread_t thread;

    add("a");
    add("b");
    add("c");
    make();
    script("b")->is_held = true;
    thread = start_held("a");
    let_others_run();
    cr_assert_eq(script("b")->n_initialize, 0);
    let_end("a");
    sem_wait(&script("b")->entered);
    cr_assert_eq(state("a"), BACKEND_UP);
    let_others_run();
    cr_assert_eq(script("c")->n_initialize, 0);
    let_end("b");
    pthread_join(thread, NULL);
    cr_assert_eq(state("c"), BACKEND_UP);
    backend_set_free(set, 0, false);
}

Test(backend_turn, one_that_hangs_keeps_the_next_one_for_its_turn_only)
{
    pthread_t thread;

    add("a");
    add("b");
    make();
    thread = start_held("a");
    backend_clock_move(start_turn_ms - 1);
    let_others_run();
    cr_assert_eq(script("b")->n_initialize, 0);
    cr_assert_eq(state("b"), BACKEND_STARTING);
    backend_clock_move(1);
    wait_for("b", BACKEND_UP);
    cr_assert_eq(state("a"), BACKEND_STARTING);
    cr_assert_eq(census.most, 2);
    let_end("a");
    pthread_join(thread, NULL);
    backend_set_free(set, 0, false);
}

/* Neither does it keep each of the others, nor does an entry that waits for
 * the same library. */
Test(backend_turn, one_that_hangs_keeps_the_others_once)
{
    pthread_t thread;

    add("a");
    backend_config_module(config, "same", config->modules[0].path);
    add("b");
    add("c");
    make();
    thread = start_held("a");
    backend_clock_move(start_turn_ms);
    wait_for("b", BACKEND_UP);
    wait_for("c", BACKEND_UP);
    cr_assert_eq(state("same"), BACKEND_STARTING);
    let_end("a");
    wait_for("same", BACKEND_UP);
    cr_assert_eq(script("same")->n_initialize, 1);
    pthread_join(thread, NULL);
    backend_set_free(set, 0, false);
}

Test(backend_turn, the_time_of_a_start_counts_from_its_turn_on)
{
    pthread_t thread;

    add("a");
    add("b")->critical = true;
    config->start_timeout_ms = start_turn_ms / 2;
    make();
    script("b")->is_held = true;
    thread = start_held("a");
    backend_clock_move(start_turn_ms);
    sem_wait(&script("b")->entered);
    backend_clock_move(config->start_timeout_ms - 1);
    let_others_run();
    let_end("b");
    pthread_join(thread, NULL);
    cr_assert_eq(state("a"), BACKEND_STARTING);
    cr_assert_eq(state("b"), BACKEND_UP);
    let_end("a");
    backend_set_free(set, 60 * 1000, false);
}

Test(backend_turn, who_is_in_line_when_the_set_ends_is_not_started)
{
    struct start_script *a, *b;
    const char *heard;

    add("a");
    add("b");
    make();
    a = script("a");
    b = script("b");
    a->is_held = true;
    backend_set_retry(set);
    sem_wait(&a->entered);
    cr_assert_eq(state("b"), BACKEND_STARTING);
    heard_begin();
    backend_set_free(set, 0, false);
    heard = heard_end();
    cr_assert_not_null(strstr(heard, "module \"a\" is still inside"));
    cr_assert_null(strstr(heard, "module \"b\""), "%s", heard);
    a->is_held = false;
    sem_post(&a->go_on);
    while (!a->is_initialized)
        sched_yield();
    cr_assert_eq(b->n_initialize, 0);
}

static void *
end_a(void *unused)
{
    (void)unused;
    return backend_end(backend_find(set, "a")) ? set : NULL;
}

Test(backend_turn, none_is_ended_while_another_one_starts)
{
    pthread_t thread;
    void *ended;

    add("a");
    add("b");
    make();
    script("b")->answers[0] = CKR_DEVICE_ERROR;
    script("b")->n_answers = 1;
    cr_assert(backend_set_start(set, NULL));
    script("b")->is_held = true;
    backend_clock_move(2000);
    backend_set_retry(set);
    sem_wait(&script("b")->entered);
    cr_assert_eq(pthread_create(&thread, NULL, end_a, NULL), 0);
    let_others_run();
    cr_assert_eq(script("a")->n_finalize, 0);
    let_end("b");
    cr_assert_eq(pthread_join(thread, &ended), 0);
    cr_assert_not_null(ended);
    cr_assert_eq(script("a")->n_finalize, 1);
    cr_assert_eq(census.most, 1);
    backend_set_free(set, 60 * 1000, false);
}

/* In a child cr_assert would go unseen: what fails ends it. */
#define CHECK(condition)                                                       \
    ((condition) ? (void)0 : fixture_fail("in the child: %s", #condition))

static struct backend_set *parents;

/* The clock rests: whoever waits for the parent's turn waits for ever. */
static void
check_child(void)
{
    backend_set_forget(parents);
    set = backend_make_and_start(config);
    CHECK(state("a") == BACKEND_UP);
    CHECK(state("b") == BACKEND_UP);
    CHECK(script("b") == backend_script(backend_find(parents, "b")));
    CHECK(script("b")->n_initialize == 1);
    backend_set_free(set, 0, false);
}

Test(backend_turn, a_fork_finds_who_is_in_line_as_if_it_had_not_been)
{
    pthread_t thread;

    add("a");
    /* It must not be touched once an ancestor has: it has not. */
    add("b")->settings.fork_mode = FORK_UNSUPPORTED;
    make();
    parents = set;
    thread = start_held("a");
    backend_in_child(check_child);
    let_end("a");
    pthread_join(thread, NULL);
    cr_assert_eq(state("b"), BACKEND_UP);
    backend_set_free(set, 0, false);
}
