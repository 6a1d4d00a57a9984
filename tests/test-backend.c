/* SPDX-License-Identifier: BSD-3-Clause */
/* Starting and ending modules: what they are told and what is made of it. */
#include "tests/backend-fixture.h"

#include "common/clock.h"

#include <criterion/criterion.h>
#include <dlfcn.h>
#include <pthread.h>
#include <signal.h>
#include <string.h>

static struct config *config;
static struct config_module *module;

static void
setup(void)
{
    config = backend_config();
    module = backend_config_module(config, "a", fixture_test_module("start"));
}

TestSuite(backend, .init = setup);

static struct backend *
start(struct backend_set **set)
{
    *set = backend_make_and_start(config);
    return backend_set_get(*set, 0);
}

Test(backend, is_loaded_before_it_is_started)
{
    struct backend_set *set = backend_make(config);
    struct backend *backend = backend_set_get(set, 0);

    cr_assert_eq(backend_set_count(set), 1);
    cr_assert_eq(backend_state(backend), BACKEND_DOWN);
    cr_assert_eq(backend_epoch(backend), 0);
    cr_assert_not_null(backend_functions(backend));
    cr_assert_eq(backend_version(backend).minor, 40);
    cr_assert_eq(backend_script(backend)->n_initialize, 0);
    cr_assert_str_eq(backend_name(backend), "a");
    cr_assert_eq(backend_module(backend), module);
    cr_assert_str_eq(backend_path(backend), module->path);
    backend_set_free(set, 0, false);
}

Test(backend, is_up_when_c_initialize_says_so)
{
    struct backend_set *set;
    struct backend *backend = start(&set);
    struct backend_status status;

    cr_assert_eq(backend_state(backend), BACKEND_UP);
    cr_assert_eq(backend_epoch(backend), 1);
    backend_get_status(backend, &status);
    cr_assert_eq(status.state, BACKEND_UP);
    cr_assert_eq(status.tries, 1);
    cr_assert_str_eq(status.why, "");
    cr_assert_eq(memcmp(status.info.manufacturerID, "p11mux  ", 8), 0);
    cr_assert_eq(status.interface_version.major, 2);
    backend_set_free(set, 0, false);
}

Test(backend, is_told_to_lock_by_itself_and_gets_no_callbacks)
{
    struct backend_set *set;
    struct start_script *script = backend_script(start(&set));

    cr_assert(script->had_args);
    cr_assert_not(script->had_callbacks);
    cr_assert_eq(script->flags[0], CKF_OS_LOCKING_OK);
    cr_assert_not(script->had_reserved);
    backend_set_free(set, 0, false);
}

Test(backend, gets_its_own_init_args)
{
    char init_args[] = "configdir='sql:/somewhere'";
    struct backend_set *set;

    module->init_args = init_args;
    cr_assert_str_eq(backend_script(start(&set))->reserved, init_args);
    backend_set_free(set, 0, false);
}

Test(backend, starts_in_a_named_thread_without_signals)
{
    struct backend_set *set;
    struct start_script *script = backend_script(start(&set));

    cr_assert_str_eq(script->thread, "p11mux-start");
    cr_assert(sigismember(&script->mask, SIGTERM));
    cr_assert(sigismember(&script->mask, SIGUSR1));
    cr_assert_not(sigismember(&script->mask, SIGSEGV));
    backend_set_free(set, 0, false);
}

/* A fork amid a thread's end would leave the libraries' locks taken. */
Test(backend, has_no_thread_left_when_it_is_up)
{
    struct backend_set *set;
    struct start_script *script = backend_script(start(&set));

    cr_assert_eq(script->n_threads_ended, 1);
    backend_set_free(set, 0, false);
}

Test(backend, leaves_the_callers_signals_alone)
{
    struct backend_set *set;
    sigset_t before;
    sigset_t after;

    pthread_sigmask(SIG_BLOCK, NULL, &before);
    start(&set);
    pthread_sigmask(SIG_BLOCK, NULL, &after);
    for (int i = 1; i < SIGRTMAX; i++)
        cr_assert_eq(sigismember(&before, i), sigismember(&after, i));
    backend_set_free(set, 0, false);
}

Test(backend, starts_in_the_callers_thread_where_threads_are_forbidden)
{
    struct error error = { 0 };
    struct start_script *script;
    struct backend_set *set;
    char own[16];

    pthread_getname_np(pthread_self(), own, sizeof(own));
    cr_assert(backend_set_new(config, false, &set, &error));
    script = backend_script(backend_set_get(set, 0));
    cr_assert(backend_set_start(set, &error));
    cr_assert_str_eq(script->thread, own);
    cr_assert_eq(script->flags[0],
                 CKF_OS_LOCKING_OK | CKF_LIBRARY_CANT_CREATE_OS_THREADS);
    backend_set_free(set, 0, false);
}

Test(backend, that_cannot_lock_is_called_by_one_thread_at_a_time)
{
    struct backend_set *set = backend_make(config);
    struct backend *backend = backend_set_get(set, 0);
    struct start_script *script = backend_script(backend);

    cr_assert_not(backend_is_guarded(backend));
    script->answers[0] = CKR_CANT_LOCK;
    script->n_answers = 1;
    cr_assert(backend_set_start(set, NULL));
    cr_assert_eq(backend_state(backend), BACKEND_UP);
    cr_assert_eq(script->n_initialize, 2);
    cr_assert_eq(script->flags[1], 0);
    cr_assert(backend_is_guarded(backend));
    cr_assert_eq(backend_profile(backend)->settings.serialise,
                 SERIALISE_BACKEND);
    backend_set_free(set, 0, false);
}

Test(backend, of_an_old_library_is_called_by_one_thread_at_a_time)
{
    struct backend_set *set;

    config->modules[0].profile = strdup("opencryptoki");
    set = backend_make(config);
    cr_assert_not(backend_is_serialised(backend_set_get(set, 0)));
    cr_assert(backend_set_start(set, NULL));
    cr_assert(backend_is_serialised(backend_set_get(set, 0)),
              "its version is 0.0");
    backend_set_free(set, 0, false);
}

Test(backend, is_down_with_the_reason_when_c_initialize_fails)
{
    struct backend_set *set = backend_make(config);
    struct backend *backend = backend_set_get(set, 0);
    struct start_script *script = backend_script(backend);

    script->answers[0] = CKR_DEVICE_ERROR;
    script->n_answers = 1;
    cr_assert(backend_set_start(set, NULL), "it is not critical (R3.40)");
    cr_assert_eq(backend_state(backend), BACKEND_DOWN);
    cr_assert_not_null(
        strstr(backend_why(backend), "C_Initialize: CKR_DEVICE_ERROR"));
    backend_set_free(set, 0, false);
    cr_assert_eq(script->n_finalize, 0);
}

Test(backend, says_what_helps_where_that_is_known)
{
    struct backend_set *set = backend_make(config);
    struct start_script *script = backend_script(backend_set_get(set, 0));

    script->answers[0] = CKR_ARGUMENTS_BAD;
    script->n_answers = 1;
    cr_assert(backend_set_start(set, NULL));
    cr_assert_not_null(
        strstr(backend_why(backend_set_get(set, 0)), "init_args"));
    backend_set_free(set, 0, false);
}

Test(backend, that_is_critical_fails_the_start)
{
    struct error error = { 0 };
    struct backend_set *set;
    struct start_script *script;

    module->critical = true;
    module->line = 7;
    config->file = module->path;
    set = backend_make(config);
    script = backend_script(backend_set_get(set, 0));
    script->answers[0] = CKR_DEVICE_ERROR;
    script->n_answers = 1;
    cr_assert_not(backend_set_start(set, &error));
    cr_assert_eq(error.rv, CKR_GENERAL_ERROR);
    cr_assert_not_null(strstr(error.text, ":7: module \"a\" is critical"));
    cr_assert_not_null(strstr(error.text, "CKR_DEVICE_ERROR"));
    backend_set_free(set, 0, false);
}

Test(backend, that_is_critical_and_cannot_be_loaded_fails_the_set)
{
    struct config_module *missing =
        backend_config_module(config, "b", "/nonexistent/b.so");
    struct error error = { 0 };
    struct backend_set *set;

    missing->critical = true;
    cr_assert_not(backend_set_new(config, true, &set, &error));
    cr_assert_eq(error.rv, CKR_GENERAL_ERROR);
    cr_assert_not_null(strstr(error.text, "/nonexistent/b.so"));
}

Test(backend, of_an_unknown_profile_is_a_mistake)
{
    char profile[] = "sofhsm";
    struct error error = { 0 };
    struct backend_set *set;

    module->profile = profile;
    cr_assert_not(backend_set_new(config, true, &set, &error));
    cr_assert_not_null(strstr(error.text, "did you mean \"softhsm\"?"));
}

Test(backend, is_finalised_once_and_in_reverse_order)
{
    struct backend_set *set;
    struct start_script *first;
    struct start_script *second;

    module->own_instance = true;
    backend_config_module(config, "b", module->path);
    set = backend_make_and_start(config);
    first = backend_script(backend_find(set, "a"));
    second = backend_script(backend_find(set, "b"));
    cr_assert_neq(first, second);
    backend_set_free(set, 0, false);
    cr_assert_eq(first->n_finalize, 1);
    cr_assert_eq(second->n_finalize, 1);
    cr_assert_eq(second->order, 1);
    cr_assert_eq(first->order, 2);
}

Test(backend, can_be_made_again_after_it_was_freed)
{
    struct backend_set *set;
    struct start_script *script = backend_script(start(&set));

    backend_set_free(set, 0, false);
    cr_assert_not(script->is_initialized);
    cr_assert_eq(backend_script(start(&set)), script, "it stays loaded");
    cr_assert(script->is_initialized);
    cr_assert_eq(script->n_initialize, 2);
    backend_set_free(set, 0, false);
}

Test(backend, is_not_taken_for_foreign_after_a_finalize_that_failed)
{
    struct backend_set *set;
    struct start_script *script = backend_script(start(&set));

    script->finalize_answer = CKR_FUNCTION_FAILED;
    backend_set_free(set, 0, false);
    script->finalize_answer = CKR_OK;
    start(&set);
    backend_set_free(set, 0, false);
    cr_assert_not(script->is_initialized);
}

Test(backend, without_a_sane_c_get_info_is_used_all_the_same)
{
    struct backend_set *set = backend_make(config);
    struct backend *backend = backend_set_get(set, 0);
    struct backend_status status;
    static const CK_INFO none;

    backend_script(backend)->info_answer = CKR_FUNCTION_NOT_SUPPORTED;
    cr_assert(backend_set_start(set, NULL));
    backend_get_status(backend, &status);
    cr_assert_eq(status.state, BACKEND_UP);
    cr_assert_eq(memcmp(&status.info, &none, sizeof(none)), 0);
    backend_set_free(set, 0, false);
}

Test(backend, measures_how_long_its_start_takes)
{
    struct backend_set *set = backend_make(config);
    struct backend_status status;

    backend_clock_tick();
    cr_assert(backend_set_start(set, NULL));
    clock_set_source(NULL);
    backend_get_status(backend_set_get(set, 0), &status);
    cr_assert_geq(status.start_us, 1000);
    cr_assert_gt(status.load_us, 0);
    backend_set_free(set, 0, false);
}

Test(backend, takes_the_profile_that_its_c_get_info_names)
{
    struct backend_set *set = backend_make(config);
    struct backend *backend = backend_set_get(set, 0);

    backend_script(backend)->manufacturer = "SoftHSM";
    cr_assert_str_eq(backend_profile(backend)->name, "generic");
    cr_assert(backend_set_start(set, NULL));
    cr_assert_str_eq(backend_profile(backend)->name, "softhsm");
    backend_set_free(set, 0, false);
}

Test(backend, keeps_the_profile_that_was_configured)
{
    char profile[] = "luna";
    struct backend_set *set;
    struct backend *backend;

    module->profile = profile;
    set = backend_make(config);
    backend = backend_set_get(set, 0);
    backend_script(backend)->manufacturer = "SoftHSM";
    cr_assert(backend_set_start(set, NULL));
    cr_assert_str_eq(backend_profile(backend)->name, "luna");
    backend_set_free(set, 0, false);
}

Test(backend, is_unloaded_only_where_the_profile_says_so)
{
    const char *path = fixture_copy(module->path, "closes.so");
    struct config_module *closes = backend_config_module(config, "b", path);
    struct backend_set *set;

    closes->settings.dlclose = ANSWER_YES;
    set = backend_make_and_start(config);
    backend_set_free(set, 0, false);
    cr_assert_null(dlopen(path, RTLD_NOW | RTLD_NOLOAD));
    cr_assert_not_null(dlopen(module->path, RTLD_NOW | RTLD_NOLOAD));
}

Test(backend, can_be_a_list_without_a_library)
{
    static CK_FUNCTION_LIST_3_2 list = { .version = { 3, 2 } };
    struct backend_set *set = backend_make(config);
    struct profile profile;
    struct backend *backend;

    profile_resolve("generic", NULL, NULL, NULL, NULL, &profile);
    backend = backend_new_list("store", &list, &profile);
    cr_assert(backend_set_add(set, backend));
    cr_assert(backend_set_start(set, NULL));
    cr_assert_eq(backend_find(set, "store"), backend);
    cr_assert_eq(backend_state(backend), BACKEND_UP);
    cr_assert_eq(backend_epoch(backend), 1);
    cr_assert_eq(backend_functions(backend), &list);
    cr_assert_null(backend_path(backend));
    cr_assert_null(backend_module(backend));
    backend_set_free(set, 0, false);
}
