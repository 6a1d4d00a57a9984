/* SPDX-License-Identifier: BSD-3-Clause */
/* Sets the environment variables of modules. */
#include "backends/environment.h"

#include "common/cleanup.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static int
compare_names(const void *one, const void *other)
{
    const struct config_variable *const *a = one;
    const struct config_variable *const *b = other;

    return strcmp((*a)->name, (*b)->name);
}

static bool
write_description(FILE *to, const struct config_module *module)
{
    CLEANUP(freep)
    const struct config_variable **sorted =
        calloc(module->n_env + 1, sizeof(*sorted));

    if (sorted == NULL)
        return false;
    for (size_t i = 0; i < module->n_env; i++)
        sorted[i] = &module->env[i];
    qsort(sorted, module->n_env, sizeof(*sorted), compare_names);
    for (size_t i = 0; i < module->n_env; i++)
        fprintf(to, "%s=%zu:%s\n", sorted[i]->name, strlen(sorted[i]->value),
                sorted[i]->value);
    if (module->init_args != NULL)
        fprintf(to, "=%s\n", module->init_args); /* no variable's name */
    return true;
}

char *
environment_describe(const struct config_module *module)
{
    char *text = NULL;
    size_t length = 0;
    FILE *to = open_memstream(&text, &length);
    bool written = to != NULL && write_description(to, module);

    if ((to == NULL || fclose(to) == 0) && written)
        return text;
    free(text);
    return NULL;
}

static bool
gives_other_value(const struct config_module *module,
                  const struct config_variable *variable)
{
    for (size_t i = 0; i < module->n_env; i++)
        if (strcmp(module->env[i].name, variable->name) == 0 &&
            strcmp(module->env[i].value, variable->value) != 0)
            return true;
    return false;
}

bool
environment_is_contested(const struct config *config,
                         const struct config_module *module)
{
    for (size_t i = 0; i < config->n_modules; i++)
        for (size_t j = 0; j < module->n_env; j++)
            if (gives_other_value(&config->modules[i], &module->env[j]))
                return true;
    return false;
}

static bool
set_variable(const struct config_module *module,
             const struct config_variable *variable, struct error *error)
{
    const char *now = getenv(variable->name);

    if (now != NULL && strcmp(now, variable->value) == 0)
        return true;
    if (setenv(variable->name, variable->value, 1) == 0)
        return true;
    return error_set(error,
                     errno == ENOMEM ? CKR_HOST_MEMORY : CKR_GENERAL_ERROR,
                     "module \"%s\": environment variable \"%s\" cannot be "
                     "set: %s",
                     module->name, variable->name, error_reason(errno));
}

bool
environment_set(const struct config_module *module, struct error *error)
{
    for (size_t i = 0; i < module->n_env; i++)
        if (!set_variable(module, &module->env[i], error))
            return false;
    return true;
}

/* Backwards, so that the first value is the last to be set. */
bool
environment_set_all(const struct config *config, struct error *error)
{
    for (size_t i = config->n_modules; i > 0; i--)
        if (!environment_set(&config->modules[i - 1], error))
            return false;
    return true;
}
