/* SPDX-License-Identifier: BSD-3-Clause */
/* p11mux with an audit log whose checkpoints the process makes itself. */
#include "tests/clerked.h"

#include "common/cleanup.h"
#include "tests/audited.h"

#include <criterion/criterion.h>
#include <string.h>

struct config *
clerked_configure(void)
{
    struct config *config = audited_configure();

    free(config->log_target);
    config->log_target =
        strdup(fixture_text("file:%s", fixture_path("p11mux.log")));
    config->log_level = LOG_LEVEL_DEBUG;
    router_clock_stop();
    return config;
}

struct note_key *
clerked_make_key(struct config *config)
{
    struct error error = { .rv = CKR_OK };
    char text[NOTE_KEY_TEXT_LENGTH];
    struct note_key *key = NULL;

    cr_assert(crypto_open(&error), "%s", error.text);
    cr_assert(note_key_make("host/log", &key, &error), "%s", error.text);
    cr_assert(note_key_write_secret(key, text));
    config->audit.key = strdup(fixture_write("audit.key", 0600, "%s\n", text));
    return key;
}

struct verify_result
clerked_verify(const struct note_key *key)
{
    struct verify_request request = { .paths = &audited_path,
                                      .n_paths = 1,
                                      .key = key };
    struct error error = { .rv = CKR_OK };
    struct verify_result result;

    cr_assert(crypto_open(&error), "%s", error.text);
    cr_assert(verify_run(&request, &result, &error), "%s", error.text);
    crypto_close();
    cr_assert_eq(result.n_findings, 0, "%s", result.findings[0].text);
    return result;
}

size_t
clerked_count_messages(const char *text)
{
    return audit_count(fixture_path("p11mux.log"), text);
}
