/* SPDX-License-Identifier: BSD-3-Clause */
/* Modules that are down, modules that show nothing, and their settings. */
#include "cli/examine.h"

#include "cli/crash.h"
#include "cli/diagnosis.h"
#include "cli/memory.h"
#include "cli/need.h"
#include "cli/path.h"
#include "common/cleanup.h"
#include "common/file.h"

#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

/* -- Down -------------------------------------------------------------------
 */

/* The configured tokens that are away with a module, as `, and with it tokens
 * "a", "b"`; the caller frees it. */
static char *
list_away(const struct survey *survey, const struct config_module *module)
{
    CLEANUP(freep) char *list = memory_copy("");
    size_t n_away = 0;

    for (size_t i = 0; i < survey->config->n_tokens; i++) {
        const struct config_token *token = &survey->config->tokens[i];
        char *longer;

        if (token->n_members == 0 || token->members[0].module != module)
            continue;
        longer = memory_text("%s%s\"%s\"", list, n_away == 0 ? "" : ", ",
                             token->label);
        free(list);
        list = longer;
        n_away++;
    }
    if (n_away == 0)
        return memory_copy("");
    return memory_text(", and with it token%s %s", n_away == 1 ? "" : "s",
                       list);
}

/* Nobody asked by name for what p11-kit lists. */
static enum severity
severity_of(const struct survey *survey, const struct config_module *module,
            enum severity severity)
{
    if (survey->is_critical[module - survey->config->modules])
        return SEVERITY_PROBLEM;
    if (module->p11_kit && severity == SEVERITY_PROBLEM)
        return SEVERITY_WARNING;
    return severity;
}

/* It was left out because it ends the process. */
static void
add_crash(const struct backend *backend, const char *away, int signal_number,
          struct findings *findings)
{
    bool is_hang = signal_number == SIGALRM;

    finding_add(findings, SEVERITY_PROBLEM,
                memory_text("module \"%s\" %s%s", backend_name(backend),
                            is_hang ? "hangs while it is loaded" : "crashes",
                            away),
                is_hang ? memory_copy("it does not return from what it does "
                                      "when it is loaded, and applications "
                                      "would hang with it")
                        : memory_text("it ended the process that started it "
                                      "(%s), and would end applications",
                                      sigdescr_np(signal_number)),
                memory_copy("take it out of the configuration until it is "
                            "mended; what it wrote above, or the vendor, may "
                            "say more"));
}

static const char *
state_words(enum backend_state state)
{
    if (state == BACKEND_REFUSED)
        return "not used";
    return state == BACKEND_STARTING ? "still starting" : "down";
}

static void
examine_down(const struct survey *survey, struct backend *backend,
             enum severity severity, struct findings *findings)
{
    const struct config_module *module = backend_module(backend);
    size_t index = (size_t)(module - survey->config->modules);
    CLEANUP(freep) char *away = list_away(survey, module);
    int signal_number = crashes_signal(survey->crashes, index);
    struct backend_status status;
    struct diagnosis diagnosis;

    if (signal_number != 0) {
        add_crash(backend, away, signal_number, findings);
        return;
    }
    backend_get_status(backend, &status);
    diagnosis_of_down(backend, &status, &diagnosis);
    finding_add(findings, severity_of(survey, module, severity),
                memory_text("module \"%s\" is %s%s%s", backend_name(backend),
                            state_words(status.state), away,
                            survey->is_critical[index]
                                ? "; it is critical, so that applications do "
                                  "not start"
                                : ""),
                diagnosis.why, diagnosis.todo);
}

void
examine_modules(const struct survey *survey, enum severity severity,
                struct findings *findings)
{
    for (size_t i = 0; i < backend_set_count(survey->backends); i++) {
        struct backend *backend = backend_set_get(survey->backends, i);

        if (backend_state(backend) != BACKEND_UP)
            examine_down(survey, backend, severity, findings);
    }
}

/* -- Up, and nothing there --------------------------------------------------
 */

static void
examine_empty(const struct backend *backend, struct findings *findings)
{
    struct diagnosis diagnosis = { 0 };
    bool is_registered =
        backend_module(backend) != NULL && backend_module(backend)->p11_kit;

    if (!need_is_unmet(backend, &diagnosis)) {
        diagnosis.why = memory_copy("it has started, and all that is known to "
                                    "be needed for it is there");
        diagnosis.todo = memory_copy("connect the device or insert the card; "
                                     "see the vendor's own tools");
    }
    finding_add(findings, is_registered ? SEVERITY_NOTE : SEVERITY_WARNING,
                memory_text("module \"%s\" shows no token",
                            backend_name(backend)),
                diagnosis.why, diagnosis.todo);
}

void
examine_services(const struct survey *survey, struct findings *findings)
{
    for (size_t i = 0; i < backend_set_count(survey->backends); i++) {
        struct backend *backend = backend_set_get(survey->backends, i);

        if (backend_state(backend) == BACKEND_UP &&
            survey_count(survey, backend) == 0)
            examine_empty(backend, findings);
    }
}

/* -- Settings ---------------------------------------------------------------
 */

/* Whoever can change a module gets every PIN. */
static void
examine_trust(const struct backend *backend, struct findings *findings)
{
    const char *path = backend_path(backend);
    struct error error;

    if (path == NULL || path[0] != '/' || access(path, F_OK) != 0 ||
        file_is_trusted(path, (gid_t)-1, &error))
        return;
    finding_add(findings, SEVERITY_WARNING,
                memory_text("others may put something else in the place of "
                            "module \"%s\", which would get every PIN",
                            backend_name(backend)),
                memory_copy(error.text), NULL);
}

/* A variable whose value is a full path, which nearly always is one that the
 * module reads. */
static void
examine_variable(const struct config *config,
                 const struct config_module *module,
                 const struct config_variable *setting,
                 struct findings *findings)
{
    struct path_trouble trouble;

    if (setting->value[0] != '/')
        return;
    if (path_look(setting->value, R_OK, &trouble) != PATH_FINE) {
        finding_add(findings, SEVERITY_WARNING,
                    memory_text("%s:%u: module \"%s\": %s = \"%s\" cannot be "
                                "read",
                                config->file, module->line, module->name,
                                setting->name, setting->value),
                    trouble.why,
                    trouble.todo != NULL
                        ? trouble.todo
                        : memory_copy("correct the setting, or make what it "
                                      "names"));
        trouble.why = trouble.todo = NULL;
    }
    path_trouble_clear(&trouble);
}

void
examine_settings(const struct survey *survey, struct findings *findings)
{
    const struct config *config = survey->config;

    for (size_t i = 0; i < backend_set_count(survey->backends); i++)
        examine_trust(backend_set_get(survey->backends, i), findings);
    for (size_t i = 0; i < config->n_modules; i++)
        for (size_t k = 0; k < config->modules[i].n_env; k++)
            examine_variable(config, &config->modules[i],
                             &config->modules[i].env[k], findings);
}
