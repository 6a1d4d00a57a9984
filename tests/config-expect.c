/* SPDX-License-Identifier: BSD-3-Clause */
/* Loads configuration files and compares what comes of them. */
#include "tests/config-expect.h"

#include "common/cleanup.h"
#include "tests/fixture.h"

#include <criterion/criterion.h>

#include <stdarg.h>

struct config *
config_of_file(const char *file)
{
    struct config *config = NULL;
    struct error error = { 0 };

    cr_assert(config_load(file, &config, &error), "%s", error.text);
    cr_assert_not_null(config);
    return config;
}

struct config *
config_of(const char *text)
{
    return config_of_file(fixture_write("p11mux.conf", 0600, "%s", text));
}

void
expect_general_defaults(const struct config *config)
{
    cr_expect(config->show_others);
    cr_expect_str_eq(config->group, "p11mux");
    cr_expect_not(config->counts_consumers);
    cr_expect_not(config->follows_forks);
    cr_expect_eq(config->log_level, LOG_LEVEL_WARNING);
    cr_expect_str_eq(config->log_target, "stderr");
    cr_expect_eq(config->slot_refresh_ms, 1000);
    cr_expect_eq(config->start_timeout_ms, 3000);
    cr_expect_eq(config->finalize_wait_ms, 2000);
}

void
expect_no_settings(const struct config_profile *settings)
{
    cr_expect_eq(settings->serialise, SERIALISE_UNSET);
    cr_expect_eq(settings->fork_mode, FORK_UNSET);
    cr_expect_eq(settings->cancel, CANCEL_UNSET);
    cr_expect_eq(settings->slot_events, SLOT_EVENTS_UNSET);
    cr_expect_eq(settings->serial, SERIAL_UNSET);
    cr_expect_eq(settings->rw_policy, RW_POLICY_UNSET);
    cr_expect_eq(settings->login_scope, SCOPED_UNSET);
    cr_expect_eq(settings->handle_scope, SCOPED_UNSET);
    cr_expect_eq(settings->max_sessions, 0);
    cr_expect_eq(settings->keepalive_ms, 0);
    cr_expect_eq(settings->call_timeout_ms, 0);
    cr_expect_eq(settings->handle_reuse, ANSWER_UNSET);
    cr_expect_eq(settings->dlclose, ANSWER_UNSET);
    cr_expect_eq(settings->wrap_auth, ANSWER_UNSET);
    cr_expect_eq(settings->token_default, ANSWER_UNSET);
    cr_expect_eq(settings->sigpipe, ANSWER_UNSET);
    cr_expect_null(settings->mechanisms);
    cr_expect_eq(settings->n_mechanisms, 0);
}

void
expect_defaults(const struct config *config)
{
    const struct config_module *module = &config->modules[0];

    expect_general_defaults(config);
    cr_assert_eq(config->n_modules, 1);
    cr_expect_str_eq(module->name, "p11-kit");
    cr_expect(module->p11_kit);
    cr_expect_null(module->path);
    cr_expect_eq(module->n_env, 0);
    cr_expect_null(module->init_args);
    cr_expect_not(module->own_instance);
    cr_expect_not(module->critical);
    cr_expect_null(module->profile);
    cr_expect_eq(module->line, 0);
    expect_no_settings(&module->settings);
    cr_expect_eq(config->n_tokens, 0);
}

void
expect_mistakes(const char *text, ...)
{
    const char *file = fixture_write("p11mux.conf", 0600, "%s", text);
    struct config_mistakes mistakes;
    CLEANUP(config_freep) struct config *config = NULL;
    struct error error = { 0 };
    const char *expected;
    va_list lines;
    size_t n = 0;

    cr_expect_not(config_check(file, &mistakes));
    cr_expect_not(config_load(file, &config, &error));
    cr_expect_null(config);
    cr_expect_eq(error.rv, CKR_GENERAL_ERROR);
    va_start(lines, text);
    while ((expected = va_arg(lines, const char *)) != NULL) {
        expected = fixture_text("%s%s", file, expected);
        cr_assert_lt(n, mistakes.n_texts, "not found: %s", expected);
        cr_expect_str_eq(mistakes.texts[n], expected);
        if (n == 0)
            cr_expect_str_eq(error.text, expected);
        n++;
    }
    va_end(lines);
    cr_expect_eq(n, mistakes.n_texts, "one too many: %s",
                 n < mistakes.n_texts ? mistakes.texts[n] : "");
    config_mistakes_free(&mistakes);
}

void
expect_mistake(const char *text, const char *line)
{
    expect_mistakes(text, line, NULL);
}

void
expect_module_mistake(const char *setting, const char *line)
{
    expect_mistake(fixture_text("modules = ( { name = \"a\"; path = \"a.so\";\n"
                                "%s } );",
                                setting),
                   fixture_text(":2: module \"a\": %s", line));
}

void
expect_token_mistake(const char *setting, const char *line)
{
    expect_mistake(fixture_text("tokens = ( { label = \"a\"; " MEMBERS "\n"
                                "%s } );",
                                setting),
                   fixture_text(":2: token \"a\": %s", line));
}
