/* SPDX-License-Identifier: BSD-3-Clause */
/* One file is one library in a process (DESIGN 3), and its environment. */
#include "tests/backend-fixture.h"

#include "backends/environment.h"
#include "backends/image.h"
#include "common/copy.h"

#include <criterion/criterion.h>
#include <dlfcn.h>
#include <pthread.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

static struct config *config;

static void
setup(void)
{
    config = backend_config();
}

TestSuite(backend_instance, .init = setup, .timeout = 60);

static struct config_module *
add(const char *name)
{
    return backend_config_module(config, name, fixture_test_module("start"));
}

Test(backend_instance, two_entries_for_one_file_share_it)
{
    struct start_script *script;
    struct backend_set *set;

    add("a");
    add("b");
    set = backend_make_and_start(config);
    script = backend_script(backend_find(set, "a"));
    cr_assert_eq(script, backend_script(backend_find(set, "b")));
    cr_assert_eq(backend_state(backend_find(set, "a")), BACKEND_UP);
    cr_assert_eq(backend_state(backend_find(set, "b")), BACKEND_UP);
    cr_assert_eq(script->n_initialize, 1);
    backend_set_free(set, 0, false);
    cr_assert_eq(script->n_finalize, 1);
}

Test(backend_instance, a_symbolic_link_leads_to_the_same_file)
{
    const char *link = fixture_path("link.so");
    struct backend_set *set;

    add("a");
    cr_assert_eq(symlink(fixture_test_module("start"), link), 0);
    backend_config_module(config, "b", link);
    set = backend_make_and_start(config);
    cr_assert_eq(backend_script(backend_find(set, "a")),
                 backend_script(backend_find(set, "b")));
    cr_assert_eq(backend_state(backend_find(set, "b")), BACKEND_UP);
    backend_set_free(set, 0, false);
}

Test(backend_instance, own_gives_a_private_copy)
{
    struct backend_set *set;
    struct start_script *shared;
    struct start_script *own;

    add("a");
    add("b")->own_instance = true;
    set = backend_make_and_start(config);
    shared = backend_script(backend_find(set, "a"));
    own = backend_script(backend_find(set, "b"));
    cr_assert_neq(shared, own);
    cr_assert_eq(own->n_initialize, 1);
    cr_assert_str_eq(backend_path(backend_find(set, "b")),
                     fixture_test_module("start"),
                     "it is called by the file that it is a copy of");
    backend_set_free(set, 0, false);
}

Test(backend_instance, a_private_copy_is_used_again)
{
    struct backend_set *set;
    struct start_script *own;

    add("a")->own_instance = true;
    set = backend_make_and_start(config);
    own = backend_script(backend_find(set, "a"));
    backend_set_free(set, 0, false);
    set = backend_make_and_start(config);
    cr_assert_eq(backend_script(backend_find(set, "a")), own);
    cr_assert_eq(own->n_initialize, 2);
    backend_set_free(set, 0, false);
}

Test(backend_instance, other_init_args_give_private_copies)
{
    char one[] = "one";
    char two[] = "two";
    struct backend_set *set;

    add("a")->init_args = one;
    add("b")->init_args = two;
    add("c")->init_args = one;
    set = backend_make_and_start(config);
    cr_assert_str_eq(backend_script(backend_find(set, "a"))->reserved, "one");
    cr_assert_str_eq(backend_script(backend_find(set, "b"))->reserved, "two");
    cr_assert_eq(backend_script(backend_find(set, "a")),
                 backend_script(backend_find(set, "c")));
    backend_set_free(set, 0, false);
}

Test(backend_instance, other_environment_gives_private_copies)
{
    struct backend_set *set;

    backend_config_env(add("a"), "P11MUX_TEST_START", "one");
    backend_config_env(add("b"), "P11MUX_TEST_START", "two");
    set = backend_make_and_start(config);
    for (size_t i = 0; i < 2; i++) {
        struct start_script *script = backend_script(backend_set_get(set, i));
        const char *value = config->modules[i].env[0].value;

        cr_assert_str_eq(script->variable, value);
        cr_assert_str_eq(script->loaded_with, value,
                         "libraries may read it when they are loaded");
    }
    backend_set_free(set, 0, false);
}

Test(backend_instance, the_environment_stays_as_it_was_set)
{
    struct backend_set *set;

    backend_config_env(add("a"), "P11MUX_TEST_START", "value");
    set = backend_make_and_start(config);
    backend_set_free(set, 0, false);
    cr_assert_str_eq(getenv("P11MUX_TEST_START"), "value");
}

Test(backend_instance, one_value_for_two_modules_is_not_contested)
{
    backend_config_env(add("a"), "P11MUX_TEST_START", "value");
    backend_config_env(add("b"), "P11MUX_TEST_START", "value");
    backend_config_env(&config->modules[1], "P11MUX_TEST_OTHER", "other");
    cr_assert_not(environment_is_contested(config, &config->modules[0]));
    backend_config_env(add("c"), "P11MUX_TEST_OTHER", "another");
    cr_assert_not(environment_is_contested(config, &config->modules[0]));
    cr_assert(environment_is_contested(config, &config->modules[1]));
    cr_assert(environment_is_contested(config, &config->modules[2]));
}

Test(backend_instance, the_order_of_variables_does_not_matter)
{
    char *one;
    char *other;

    backend_config_env(add("a"), "A", "1");
    backend_config_env(&config->modules[0], "B", "2");
    backend_config_env(add("b"), "B", "2");
    backend_config_env(&config->modules[1], "A", "1");
    one = environment_describe(&config->modules[0]);
    other = environment_describe(&config->modules[1]);
    cr_assert_str_eq(one, other);
    free(one);
    free(other);
}

Test(backend_instance, a_contested_start_waits_for_the_one_that_is_on_its_way)
{
    struct start_script *a;
    struct start_script *b;
    struct backend_set *set;

    backend_config_env(add("a"), "P11MUX_TEST_START", "one");
    backend_config_env(add("b"), "P11MUX_TEST_START", "two");
    set = backend_make(config);
    a = backend_script(backend_find(set, "a"));
    b = backend_script(backend_find(set, "b"));
    a->n_answers = b->n_answers = 1;
    a->answers[0] = b->answers[0] = CKR_DEVICE_ERROR;
    backend_clock_stop();
    cr_assert(backend_set_start(set, NULL));
    a->is_held = true;
    backend_clock_move(2000);
    backend_set_retry(set);
    sem_wait(&a->entered);
    backend_set_retry(set);
    cr_assert_eq(b->n_initialize, 1);
    /* But not for longer than it may take. */
    backend_clock_move(61 * 1000);
    backend_set_retry(set);
    while (backend_state(backend_find(set, "b")) != BACKEND_UP)
        sched_yield();
    cr_assert_str_eq(b->variable, "two");
    a->is_held = false;
    sem_post(&a->go_on);
    backend_set_free(set, 60 * 1000, false);
}

/* Two copies of NSS softoken that begin together crash in what they share. */
Test(backend_instance, copies_of_one_file_do_not_start_side_by_side)
{
    struct backend_set *set;
    struct start_script *a;
    struct start_script *b;

    add("a");
    add("b")->own_instance = true;
    set = backend_make(config);
    a = backend_script(backend_find(set, "a"));
    b = backend_script(backend_find(set, "b"));
    a->n_answers = b->n_answers = 1;
    a->answers[0] = b->answers[0] = CKR_DEVICE_ERROR;
    backend_clock_stop();
    cr_assert(backend_set_start(set, NULL));
    a->is_held = true;
    backend_clock_move(2000);
    backend_set_retry(set);
    sem_wait(&a->entered);
    backend_set_retry(set);
    cr_assert_eq(backend_state(backend_find(set, "b")), BACKEND_DOWN);
    a->is_held = false;
    sem_post(&a->go_on);
    while (backend_state(backend_find(set, "a")) != BACKEND_UP)
        sched_yield();
    backend_set_retry(set);
    while (backend_state(backend_find(set, "b")) != BACKEND_UP)
        sched_yield();
    cr_assert_eq(b->n_initialize, 2);
    backend_set_free(set, 0, false);
}

/* Lets "b" go on when "a" is up. */
static void *
let_follow(void *set)
{
    struct start_script *b = backend_script(backend_find(set, "b"));

    sem_wait(&b->entered);
    while (backend_state(backend_find(set, "a")) != BACKEND_UP)
        sched_yield();
    sem_post(&b->go_on);
    return NULL;
}

Test(backend_instance, a_copy_that_is_not_independent_is_refused)
{
    struct backend_set *set;
    struct start_script *b;
    pthread_t thread;

    add("a")->own_instance = true;
    add("b")->own_instance = true;
    set = backend_make(config);
    b = backend_script(backend_find(set, "b"));
    /* As if its state were in a library that both copies share. */
    b->answers[0] = CKR_CRYPTOKI_ALREADY_INITIALIZED;
    b->n_answers = 1;
    b->is_held = true;
    pthread_create(&thread, NULL, let_follow, set);
    cr_assert(backend_set_start(set, NULL));
    pthread_join(thread, NULL);
    cr_assert_eq(backend_state(backend_find(set, "a")), BACKEND_UP);
    cr_assert_eq(backend_state(backend_find(set, "b")), BACKEND_REFUSED);
    cr_assert_not_null(
        strstr(backend_why(backend_find(set, "b")), "module \"a\""));
    backend_set_free(set, 0, false);
    cr_assert_eq(b->n_finalize, 0);
}

Test(backend_instance, a_descriptor_that_the_host_closed_is_not_used_again)
{
    struct start_script *a;
    struct backend_set *set;

    add("a")->own_instance = true;
    set = backend_make(config);
    a = backend_script(backend_find(set, "a"));
    closefrom(100);
    add("b")->own_instance = true;
    backend_set_free(set, 0, false);
    set = backend_make_and_start(config);
    cr_assert_eq(backend_script(backend_find(set, "a")), a);
    cr_assert_neq(backend_script(backend_find(set, "b")), a,
                  "the loader took it for the first copy");
    backend_set_free(set, 0, false);
}

Test(backend_instance, a_copy_on_disk_is_as_good_and_goes_away)
{
    const char *folder = fixture_make_folder("state");
    struct image image = { 0 };
    struct copy copy;
    struct error error = { 0 };

    cr_assert(copy_in_folder(fixture_test_module("start"), folder, &copy,
                             &error),
              "%s", error.text);
    cr_assert(image_open(copy.path, "start.so", &image, &error), "%s",
              error.text);
    copy_finish(&copy, true);
    cr_assert_eq(rmdir(folder), 0, "the file is still there");
    cr_assert_not_null(dlsym(image.handle, "start_script"));
    image_close(&image, false);
}
