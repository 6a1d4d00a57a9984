/* SPDX-License-Identifier: BSD-3-Clause */
/* The sample configuration, and the list of keys it is compared with. */
#include "common/cleanup.h"
#include "config/config.h"
#include "tests/config-expect.h"
#include "tests/fixture.h"

#include <criterion/criterion.h>

#include <stdio.h>
#include <string.h>

static const char *
sample_path(void)
{
    const char *folder = getenv("P11MUX_SRCDIR");

    return fixture_text("%s/etc/p11mux.conf", folder == NULL ? "." : folder);
}

/* The sample's text; with the marks of its settings removed where asked. */
static char *
sample_read(bool without_marks)
{
    FILE *file = fopen(sample_path(), "re");
    char *text = calloc(1, 65536);
    char line[256];
    size_t length = 0;

    cr_assert_not_null(file);
    cr_assert_not_null(text);
    while (fgets(line, sizeof(line), file) != NULL) {
        bool is_setting = line[0] == '#';
        const char *kept = without_marks && is_setting ? line + 1 : line;

        cr_assert_lt(length + strlen(kept), 65536);
        strcpy(text + length, kept);
        length += strlen(kept);
    }
    fclose(file);
    return text;
}

Test(sample, is_the_defaults)
{
    CLEANUP(freep) char *text = sample_read(false);
    CLEANUP(config_freep) struct config *config = config_of(text);
    CLEANUP(config_freep) struct config *defaults = config_of_file(NULL);

    expect_defaults(config);
    cr_expect_str_eq(config->state_dir, defaults->state_dir);
}

Test(sample, loads_with_every_setting_and_changes_none)
{
    CLEANUP(freep) char *text = sample_read(true);
    CLEANUP(config_freep) struct config *config = config_of(text);

    expect_general_defaults(config);
    cr_expect_str_eq(config->state_dir, "/var/lib/p11mux");
    cr_assert_eq(config->n_modules, 1);
    cr_expect_not(config->modules[0].p11_kit);
    cr_expect_not(config->modules[0].own_instance);
    cr_expect_not(config->modules[0].critical);
    cr_expect_eq(config->modules[0].settings.n_mechanisms, 1);
    cr_expect_eq(config->modules[0].settings.n_classes, 1);
    cr_assert_eq(config->n_tokens, 1);
    cr_expect_eq(config->tokens[0].slot, 1);
    cr_expect_not(config->tokens[0].auto_login);
    cr_expect_eq(config->tokens[0].pool.mode, config_pool_default.mode);
    cr_expect_eq(config->tokens[0].pool.wait_ms, config_pool_default.wait_ms);
    cr_expect_eq(config->tokens[0].pool.idle_ms, config_pool_default.idle_ms);
    cr_expect_eq(config->tokens[0].pool.lifetime_ms,
                 config_pool_default.lifetime_ms);
    cr_expect_eq(config->tokens[0].pool.check_after_ms,
                 config_pool_default.check_after_ms);
}

/* Whether only blanks stand before `at` in its line. */
static bool
begins_line(const char *text, const char *at)
{
    while (at > text && at[-1] == ' ')
        at--;
    return at == text || at[-1] == '\n';
}

Test(sample, has_the_keys_in_the_order_of_the_table)
{
    CLEANUP(freep) char *text = sample_read(true);
    const char *at = text;

    for (size_t i = 0; i < n_config_keys; i++) {
        const char *dot = strrchr(config_keys[i], '.');
        const char *name = dot == NULL ? config_keys[i] : dot + 1;
        const char *setting = fixture_text("%s = ", name);

        do {
            at = strstr(at, setting);
            cr_assert_not_null(at, "%s is not there", config_keys[i]);
            at++;
        } while (!begins_line(text, at - 1));
    }
}

Test(keys, have_names_of_their_own)
{
    cr_assert_gt(n_config_keys, 40);
    for (size_t i = 0; i < n_config_keys; i++)
        for (size_t j = 0; j < i; j++)
            cr_expect_str_neq(config_keys[i], config_keys[j]);
}
