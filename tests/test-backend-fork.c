/* SPDX-License-Identifier: BSD-3-Clause */
/* Modules in a forked child: each by its fork_mode (R5.5). */
#include "tests/backend-fixture.h"

#include "backends/library-registry.h"

#include <criterion/criterion.h>
#include <pthread.h>
#include <string.h>

static struct config *config;
static struct config_module *module;
static struct backend_set *parents;
static struct start_script *script;

static void
setup(void)
{
    config = backend_config();
    module = backend_config_module(config, "a", fixture_test_module("start"));
}

TestSuite(backend_fork, .init = setup, .timeout = 60);

static void
start_parent(enum config_fork_mode mode)
{
    module->settings.fork_mode = mode;
    parents = backend_make_and_start(config);
    script = backend_script(backend_set_get(parents, 0));
}

/* In a child cr_assert would go unseen: what fails ends it. */
#define CHECK(condition)                                                       \
    ((condition) ? (void)0 : fixture_fail("in the child: %s", #condition))

static struct backend *
start_child(struct backend_set **out)
{
    backend_set_forget(parents);
    *out = backend_make_and_start(config);
    return backend_set_get(*out, 0);
}

static void
check_started_afresh(void)
{
    struct backend_set *set;
    struct backend *backend = start_child(&set);

    CHECK(backend_state(backend) == BACKEND_UP);
    CHECK(backend_script(backend) == script);
    CHECK(script->n_finalize == 1);
    CHECK(script->n_initialize == 2);
    backend_set_free(set, 0, false);
    CHECK(script->n_finalize == 2);
}

Test(backend_fork, finalize_reinit_ends_what_was_inherited)
{
    start_parent(FORK_FINALIZE_REINIT);
    backend_in_child(check_started_afresh);
    cr_assert_eq(script->n_finalize, 0);
    backend_set_free(parents, 0, false);
    cr_assert_eq(script->n_finalize, 1);
}

Test(backend_fork, finalize_reinit_is_the_default)
{
    start_parent(FORK_UNSET);
    backend_in_child(check_started_afresh);
    backend_set_free(parents, 0, false);
}

static void
check_reinit(void)
{
    struct backend_set *set;
    struct backend *backend;

    script->is_initialized = false; /* a module that notices the fork */
    backend = start_child(&set);
    CHECK(backend_state(backend) == BACKEND_UP);
    CHECK(script->n_finalize == 0);
    CHECK(script->n_initialize == 2);
    backend_set_free(set, 0, false);
    CHECK(script->n_finalize == 1);
}

Test(backend_fork, reinit_only_initialises)
{
    start_parent(FORK_REINIT);
    backend_in_child(check_reinit);
    backend_set_free(parents, 0, false);
}

static void
check_escalated(void)
{
    struct backend_set *set;
    struct backend *backend = start_child(&set);

    CHECK(backend_state(backend) == BACKEND_UP);
    CHECK(script->n_initialize == 3);
    CHECK(script->n_finalize == 1);
    backend_set_free(set, 0, false);
    CHECK(script->n_finalize == 2);
}

Test(backend_fork, reinit_that_finds_it_initialised_escalates)
{
    start_parent(FORK_REINIT);
    backend_in_child(check_escalated);
    backend_set_free(parents, 0, false);
}

static void
check_not_foreign(void)
{
    struct backend_set *set;
    struct backend *backend = start_child(&set);

    CHECK(backend_state(backend) == BACKEND_DOWN);
    CHECK(strstr(backend_why(backend), "second-instance") != NULL);
    backend_set_free(set, 0, false);
}

Test(backend_fork, what_stays_initialised_is_not_taken_for_somebody_elses)
{
    start_parent(FORK_FINALIZE_REINIT);
    script->n_answers = 2;
    script->answers[0] = START_AS_USUAL;
    script->answers[1] = CKR_CRYPTOKI_ALREADY_INITIALIZED;
    backend_in_child(check_not_foreign);
    backend_set_free(parents, 0, false);
}

static void
check_second_instance(void)
{
    struct backend_set *set;
    struct backend *backend = start_child(&set);
    struct start_script *second = backend_script(backend);

    CHECK(backend_state(backend) == BACKEND_UP);
    CHECK(second != script);
    CHECK(second->n_initialize == 1);
    backend_set_free(set, 0, false);
    CHECK(second->n_finalize == 1);
    CHECK(script->n_initialize == 1);
    CHECK(script->n_finalize == 0);
    set = backend_make_and_start(config);
    CHECK(backend_script(backend_set_get(set, 0)) == second);
    backend_set_free(set, 0, false);
}

Test(backend_fork, second_instance_never_touches_what_was_inherited)
{
    start_parent(FORK_SECOND_INSTANCE);
    backend_in_child(check_second_instance);
    backend_set_free(parents, 0, false);
}

static void
check_grandchild(void)
{
    start_child(&parents);
    script = backend_script(backend_set_get(parents, 0));
    backend_in_child(check_second_instance);
    backend_set_free(parents, 0, false);
}

Test(backend_fork, second_instance_goes_on_in_grandchildren)
{
    start_parent(FORK_SECOND_INSTANCE);
    backend_in_child(check_grandchild);
    backend_set_free(parents, 0, false);
}

static void
check_unsupported(void)
{
    struct backend_set *set;
    struct backend *backend = start_child(&set);

    CHECK(backend_state(backend) == BACKEND_REFUSED);
    CHECK(strstr(backend_why(backend), "fork_mode") != NULL);
    CHECK(script->n_initialize == 1);
    backend_set_free(set, 0, false);
    CHECK(script->n_finalize == 0);
}

Test(backend_fork, unsupported_is_refused_in_the_child)
{
    start_parent(FORK_UNSUPPORTED);
    backend_in_child(check_unsupported);
    backend_set_free(parents, 0, false);
}

static void
check_plain_start(void)
{
    struct backend_set *set;
    struct backend *backend = start_child(&set);

    CHECK(backend_state(backend) == BACKEND_UP);
    CHECK(backend_script(backend) == script);
    CHECK(script->n_initialize == 1);
    backend_set_free(set, 0, false);
}

Test(backend_fork, what_the_parent_had_not_started_is_started_plainly)
{
    module->settings.fork_mode = FORK_UNSUPPORTED;
    parents = backend_make(config);
    script = backend_script(backend_set_get(parents, 0));
    backend_in_child(check_plain_start);
    backend_set_free(parents, 0, false);
}

static void
check_foreign(void)
{
    struct backend_set *set;
    struct backend *backend = start_child(&set);

    CHECK(backend_state(backend) == BACKEND_UP);
    backend_set_free(set, 0, false);
    CHECK(script->n_finalize == 0);
}

Test(backend_fork, what_somebody_else_initialised_is_not_finalised)
{
    parents = backend_make(config);
    script = backend_script(backend_set_get(parents, 0));
    script->is_initialized = true;
    cr_assert(backend_set_start(parents, NULL));
    backend_in_child(check_foreign);
    backend_set_free(parents, 0, false);
}

/* The profile that only C_GetInfo could tell is still known in the child. */
static void
check_known_profile(void)
{
    struct backend_set *set;
    struct backend *backend = start_child(&set);

    CHECK(strcmp(backend_profile(backend)->name, "luna") == 0);
    CHECK(backend_script(backend) != script);
    backend_set_free(set, 0, false);
}

Test(backend_fork, the_profile_found_by_the_parent_counts)
{
    parents = backend_make(config);
    script = backend_script(backend_set_get(parents, 0));
    script->description = "Chrystoki";
    cr_assert(backend_set_start(parents, NULL));
    backend_in_child(check_known_profile);
    backend_set_free(parents, 0, false);
}

static void
check_torn(void)
{
    struct backend_set *set;
    struct backend *backend = start_child(&set);

    CHECK(backend_state(backend) == BACKEND_UP);
    CHECK(backend_script(backend) != script);
    CHECK(script->n_initialize == 1);
    CHECK(script->n_finalize == 0);
    backend_set_free(set, 0, false);
}

Test(backend_fork, a_fork_amid_a_start_needs_a_new_copy)
{
    parents = backend_make(config);
    script = backend_script(backend_set_get(parents, 0));
    script->is_held = true;
    backend_clock_tick();
    cr_assert(backend_set_start(parents, NULL));
    sem_wait(&script->entered);
    backend_in_child(check_torn);
    script->is_held = false;
    sem_post(&script->go_on);
    backend_set_free(parents, 60 * 1000, false);
}

static void *
hold_the_lock(void *unused)
{
    (void)unused;
    mutex_lock(&registry.lock);
    sem_post(&script->entered);
    while (sem_wait(&script->go_on) != 0)
        continue;
    mutex_unlock(&registry.lock);
    return NULL;
}

Test(backend_fork, a_lock_that_another_thread_held_does_not_matter)
{
    pthread_t thread;

    start_parent(FORK_FINALIZE_REINIT);
    pthread_create(&thread, NULL, hold_the_lock, NULL);
    sem_wait(&script->entered);
    backend_in_child(check_started_afresh);
    sem_post(&script->go_on);
    pthread_join(thread, NULL);
    backend_set_free(parents, 0, false);
}
