/* SPDX-License-Identifier: BSD-3-Clause */
/* Modules that are registered with p11-kit. */
#include "tests/backend-fixture.h"
#include "tests/p11-kit-fixture.h"

#include <criterion/criterion.h>
#include <string.h>
#include <unistd.h>

static struct config *config;
static const char *module_path;

static void
setup(void)
{
    p11_kit_use_folder(fixture_make_folder("modules"));
    module_path = fixture_test_module("start");
    config = backend_config();
}

TestSuite(p11_kit, .init = setup, .timeout = 60);

/* A module file of p11-kit. */
#define REGISTER(name, ...)                                                    \
    fixture_write("modules/" name ".module", 0600, __VA_ARGS__)

Test(p11_kit, module_is_a_backend_under_its_own_name)
{
    struct backend_set *set;
    struct backend *backend;

    REGISTER("first", "module: %s\n", module_path);
    backend_config_p11_kit(config);
    set = backend_make_and_start(config);
    cr_assert_eq(backend_set_count(set), 1);
    backend = backend_find(set, "first");
    cr_assert_eq(backend_state(backend), BACKEND_UP);
    cr_assert_eq(backend_module(backend), &config->modules[0]);
    cr_assert_str_eq(backend_path(backend), module_path);
    cr_assert_not(backend_script(backend)->had_callbacks,
                  "it is the module's own list");
    backend_set_free(set, 0, false);
}

Test(p11_kit, modules_are_asked_for_only_by_the_configuration)
{
    struct backend_set *set;

    REGISTER("first", "module: %s\n", module_path);
    set = backend_make_and_start(config);
    cr_assert_eq(backend_set_count(set), 0);
    backend_set_free(set, 0, false);
}

Test(p11_kit, module_gets_its_x_init_reserved)
{
    struct backend_set *set;

    REGISTER("first", "module: %s\nx-init-reserved: words of its own\n",
             module_path);
    backend_config_p11_kit(config);
    set = backend_make_and_start(config);
    cr_assert_str_eq(backend_script(backend_find(set, "first"))->reserved,
                     "words of its own");
    backend_set_free(set, 0, false);
}

Test(p11_kit, module_that_is_critical_fails_the_start)
{
    struct error error = { 0 };
    struct backend_set *set;
    struct start_script *script;

    REGISTER("first", "module: %s\ncritical: yes\n", module_path);
    backend_config_p11_kit(config);
    set = backend_make(config);
    script = backend_script(backend_find(set, "first"));
    script->answers[0] = CKR_DEVICE_ERROR;
    script->n_answers = 1;
    cr_assert_not(backend_set_start(set, &error));
    cr_assert_not_null(strstr(error.text, "\"first\" is critical"));
    backend_set_free(set, 0, false);
}

Test(p11_kit, critical_module_that_it_cannot_load_fails_the_set)
{
    struct error error = { 0 };
    struct backend_set *set;

    REGISTER("first", "module: /nonexistent/m.so\ncritical: yes\n");
    backend_config_p11_kit(config);
    cr_assert_not(backend_set_new(config, true, &set, &error));
    cr_assert_eq(error.rv, CKR_GENERAL_ERROR);
    cr_assert_not_null(strstr(error.text, "p11-kit"));
    cr_assert_not_null(strstr(error.text, "first"));
}

Test(p11_kit, other_module_that_it_cannot_load_is_left_out)
{
    struct backend_set *set;

    REGISTER("first", "module: /nonexistent/m.so\n");
    REGISTER("second", "module: %s\n", module_path);
    backend_config_p11_kit(config);
    set = backend_make_and_start(config);
    cr_assert_eq(backend_set_count(set), 1);
    backend_set_free(set, 0, false);
}

Test(p11_kit, module_may_be_for_other_programs)
{
    struct backend_set *set;

    REGISTER("first", "module: %s\nenable-in: another\n", module_path);
    REGISTER("second", "module: %s\nenable-in: this\n",
             fixture_copy(module_path, "second.so"));
    REGISTER("third", "module: %s\ndisable-in: this\n",
             fixture_copy(module_path, "third.so"));
    p11_kit_use_name("this");
    backend_config_p11_kit(config);
    set = backend_make_and_start(config);
    cr_assert_eq(backend_set_count(set), 1);
    cr_assert_str_eq(backend_name(backend_set_get(set, 0)), "second");
    backend_set_free(set, 0, false);
}

Test(p11_kit, module_that_is_configured_by_path_is_left_out)
{
    const char *link = fixture_path("link.so");
    struct backend_set *set;

    cr_assert_eq(symlink(module_path, link), 0);
    REGISTER("first", "module: %s\n", link);
    REGISTER("second", "module: %s\n", fixture_copy(module_path, "second.so"));
    backend_config_p11_kit(config);
    backend_config_module(config, "configured", module_path);
    set = backend_make_and_start(config);
    cr_assert_eq(backend_set_count(set), 2);
    cr_assert_str_eq(backend_name(backend_set_get(set, 0)), "second");
    cr_assert_str_eq(backend_name(backend_set_get(set, 1)), "configured");
    backend_set_free(set, 0, false);
}

Test(p11_kit, proxy_and_p11mux_are_left_out_without_a_word)
{
    struct backend_set *set;

    REGISTER("proxy", "module: p11-kit-proxy.so\n");
    REGISTER("itself", "module: %s\n",
             backend_forge("renamed.so", "\0start.so", "\0p11mux.so", 10));
    REGISTER("second", "module: %s\n", module_path);
    backend_config_p11_kit(config);
    set = backend_make_and_start(config);
    cr_assert_eq(backend_set_count(set), 1);
    cr_assert_str_eq(backend_name(backend_set_get(set, 0)), "second");
    backend_set_free(set, 0, false);
}

Test(p11_kit, remote_module_is_said_to_be_unsupported)
{
    struct backend_set *set;
    struct backend *backend;

    REGISTER("far", "remote: |ssh host p11-kit remote\n");
    REGISTER("near", "module: %s\n", module_path);
    backend_config_p11_kit(config);
    set = backend_make_and_start(config);
    cr_assert_eq(backend_set_count(set), 2);
    backend = backend_find(set, "far");
    cr_assert_eq(backend_state(backend), BACKEND_REFUSED);
    cr_assert_not_null(strstr(backend_why(backend), "remote:"));
    cr_assert_null(backend_functions(backend));
    cr_assert_null(backend_path(backend));
    backend_set_free(set, 0, false);
}

Test(p11_kit, module_does_not_take_the_name_of_a_configured_one)
{
    struct backend_set *set;

    REGISTER("same", "module: %s\n", module_path);
    backend_config_module(config, "same",
                          fixture_copy(module_path, "configured.so"));
    backend_config_p11_kit(config);
    set = backend_make_and_start(config);
    cr_assert_str_eq(backend_name(backend_set_get(set, 0)), "same");
    cr_assert_str_eq(backend_name(backend_set_get(set, 1)), "p11-kit:same");
    backend_set_free(set, 0, false);
}

Test(p11_kit, modules_stay_loaded_when_p11_kit_lets_them_go)
{
    struct backend_set *set;
    struct start_script *script;

    REGISTER("first", "module: %s\n", module_path);
    backend_config_p11_kit(config);
    set = backend_make_and_start(config);
    script = backend_script(backend_find(set, "first"));
    backend_set_free(set, 0, false);
    set = backend_make_and_start(config);
    cr_assert_eq(backend_script(backend_find(set, "first")), script);
    cr_assert_eq(script->n_initialize, 2);
    backend_set_free(set, 0, false);
}
