/* SPDX-License-Identifier: BSD-3-Clause */
/* libFuzzer over the configuration: any text gives a config or a sentence. */
#include "config/config.h"

#include <stdlib.h>
#include <string.h>

int LLVMFuzzerTestOneInput(const unsigned char *data, size_t size);

/* What a mistake must be: one line that begins with the file's name. */
static void
check_sentence(const char *text)
{
    if (strncmp(text, "fuzz.conf:", strlen("fuzz.conf:")) != 0)
        abort();
    for (; *text != '\0'; text++)
        if ((unsigned char)*text < ' ')
            abort();
}

/* What every reader of a config relies on (config.h). */
static void
check_config(const struct config *config)
{
    for (size_t i = 0; i < config->n_modules; i++) {
        const struct config_module *module = &config->modules[i];

        if (module->name == NULL || module->p11_kit == (module->path != NULL))
            abort();
    }
    for (size_t i = 0; i < config->n_tokens; i++) {
        const struct config_token *token = &config->tokens[i];

        if (token->label == NULL || token->n_members == 0)
            abort();
        for (size_t j = 0; j < token->n_members; j++) {
            const struct config_member *member = &token->members[j];

            if (member->module < config->modules ||
                member->module >= config->modules + config->n_modules)
                abort();
            (void)config_match_fits(&member->match, token->label, "0", "", "",
                                    token->slot);
        }
    }
}

int
LLVMFuzzerTestOneInput(const unsigned char *data, size_t size)
{
    char *text = malloc(size + 1);
    struct config *config = NULL;
    struct error error = { 0 };

    if (text == NULL)
        return 0;
    if (size > 0)
        memcpy(text, data, size);
    text[size] = '\0';
    if (config_load_text("fuzz.conf", text, size, &config, &error))
        check_config(config);
    else if (config != NULL)
        abort();
    else
        check_sentence(error.text);
    config_free(config);
    free(text);
    return 0;
}
