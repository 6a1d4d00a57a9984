/* SPDX-License-Identifier: BSD-3-Clause */
/* Which of the modules crash the process that starts them. */
#include "cli/crash.h"

#include "backends/start-turn.h"
#include "cli/memory.h"
#include "cli/survey.h"
#include "cli/trial.h"
#include "config/module.h"
#include "config/token.h"

#include <stdlib.h>
#include <string.h>

/* For what is not the modules' C_Initialize. */
enum { SPARE_SECONDS = 30 };

/* One module of a file. */
struct suspect {
    const char *file;
    size_t index;
};

void
crashes_clear(struct crashes *crashes)
{
    free(crashes->signals);
    memset(crashes, 0, sizeof(*crashes));
}

int
crashes_signal(const struct crashes *crashes, size_t index)
{
    return crashes != NULL && index < crashes->n_signals
               ? crashes->signals[index]
               : 0;
}

unsigned
crashes_limit(const char *file)
{
    struct config *config;
    uint64_t limit_ms = 0;

    if (config_load(file, &config, NULL)) {
        /* Modules start one after the other, and those that share a variable
         * wait for as long as the one before may take. */
        limit_ms = (config->start_timeout_ms + start_turn_ms) *
                       (config->n_modules + 2) +
                   config->finalize_wait_ms;
        config_free(config);
    }
    return SPARE_SECONDS + (unsigned)(limit_ms / 1000);
}

/* -- One alone --------------------------------------------------------------
 */

static void
keep_one(struct config *config, size_t index)
{
    struct config_module kept = config->modules[index];

    for (size_t i = 0; i < config->n_modules; i++)
        if (i != index)
            config_module_clear(&config->modules[i]);
    for (size_t i = 0; i < config->n_tokens; i++)
        config_token_clear(&config->tokens[i]);
    config->modules[0] = kept;
    config->n_modules = 1;
    config->n_tokens = 0;
}

static int
start_one(const void *context)
{
    const struct suspect *suspect = context;
    struct config *config;
    struct survey survey;

    if (!config_load(suspect->file, &config, NULL))
        return 0;
    keep_one(config, suspect->index);
    if (survey_begin(config, &survey, NULL))
        survey_end(&survey);
    return 0;
}

/* -- All of them ------------------------------------------------------------
 */

static bool
try_each(const char *file, struct crashes *crashes)
{
    unsigned limit_s = crashes_limit(file);
    bool is_any_found = false;

    for (size_t i = 0; i < crashes->n_signals; i++) {
        struct suspect suspect = { file, i };
        struct trial trial;

        if (crashes->signals[i] != 0 ||
            !trial_run(start_one, &suspect, limit_s, &trial, NULL))
            continue;
        crashes->signals[i] = trial.signal;
        is_any_found = is_any_found || trial.signal != 0;
    }
    return is_any_found;
}

bool
crashes_find(const char *file, int signal, struct crashes *crashes,
             struct error *error)
{
    struct config *config;

    if (!config_load(file, &config, error))
        return false;
    if (crashes->signals == NULL) {
        crashes->n_signals = config->n_modules;
        crashes->signals =
            memory_new(config->n_modules, sizeof(*crashes->signals));
    }
    config_free(config);
    return try_each(file, crashes) ||
           error_set(error, CKR_GENERAL_ERROR,
                     "the modules end the process that starts them together "
                     "(%s), though none does so alone; give those that use "
                     "the same library instance = \"own\", or leave them out "
                     "one after the other",
                     sigdescr_np(signal));
}

void
crashes_leave_out(const struct crashes *crashes, struct config *config)
{
    for (size_t i = 0; i < config->n_modules; i++) {
        struct config_module *module = &config->modules[i];

        if (crashes_signal(crashes, i) == 0)
            continue;
        free(module->path);
        module->path = memory_copy("/nonexistent");
        module->p11_kit = false;
    }
}
