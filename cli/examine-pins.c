/* SPDX-License-Identifier: BSD-3-Clause */
/* Whether this user can read the PINs that the configuration names. */
#include "cli/examine.h"

#include "cli/memory.h"
#include "cli/path.h"
#include "common/cleanup.h"
#include "pin/source.h"

/* One of a token's sources, as the file has it. */
struct place {
    const struct config *config;
    const struct config_token *token;
    const char *key;
    unsigned line;
};

/* What only a service or an application has cannot be judged here. */
static void
examine_source(const struct place *place, const struct config_pin *source,
               struct findings *findings)
{
    CLEANUP(freep) char *user = path_user();
    bool is_elsewhere = pin_is_elsewhere(source);
    struct error error;

    if (source->kind == PIN_UNSET || pin_check(source, &error))
        return;
    finding_add(findings, is_elsewhere ? SEVERITY_NOTE : SEVERITY_PROBLEM,
                memory_text("%s:%u: token \"%s\": %s", place->config->file,
                            place->line, place->token->label, place->key),
                memory_copy(error.text),
                is_elsewhere
                    ? memory_text("user %s has it not here; the application's "
                                  "own process needs it",
                                  user)
                    : memory_text("if not %s uses the token, look with "
                                  "p11mux check --as USER",
                                  user));
}

static void
examine_token(const struct config *config, const struct config_token *token,
              struct findings *findings)
{
    struct place place = {
        .config = config, .token = token, .key = "pin", .line = token->line
    };

    examine_source(&place, &token->pin, findings);
    place.key = "so_pin";
    examine_source(&place, &token->so_pin, findings);
    place.key = "the member's pin";
    for (size_t i = 0; i < token->n_members; i++) {
        place.line = token->members[i].line;
        examine_source(&place, &token->members[i].pin, findings);
    }
}

void
examine_pins(const struct config *config, struct findings *findings)
{
    for (size_t i = 0; i < config->n_tokens; i++)
        examine_token(config, &config->tokens[i], findings);
}
