/* SPDX-License-Identifier: BSD-3-Clause */
/* Reads and checks the list `modules`. */
#include "config/module.h"

#include "config/class.h"
#include "config/letters.h"
#include "config/mechanism.h"
#include "config/repeat.h"
#include "config/value.h"

#include <stdlib.h>
#include <string.h>

/* How many modules a message names. */
enum { MOST_NAMED = 16 };

static void
module_report_unknown(struct config_reader *reader, unsigned line,
                      const char *name)
{
    const struct config *config = reader->config;
    char quoted[QUOTE_LENGTH];
    char list[512] = "";
    size_t n_named = 0;

    for (size_t i = 0; i < config->n_modules && n_named < MOST_NAMED; i++) {
        size_t length = strlen(list);

        if (config->modules[i].name == NULL ||
            length + strlen(config->modules[i].name) + 16 > sizeof(list))
            continue;
        snprintf(list + length, sizeof(list) - length, "%s%s",
                 n_named == 0 ? "" : ", ", config->modules[i].name);
        n_named++;
    }
    mistake_quote(name, quoted);
    if (n_named == 0)
        config_reader_mistake(reader, line,
                              "module %s is not defined; add it to modules",
                              quoted);
    else
        config_reader_mistake(
            reader, line,
            "module %s is not defined; use one that is (%s%s) or "
            "add it to modules",
            quoted, list, n_named < config->n_modules ? ", ..." : "");
}

void
config_module_store(struct config_reader *reader,
                    const config_setting_t *setting,
                    const struct config_key *key, void *base)
{
    const struct config *config = reader->config;
    struct config_member *member = base;
    const char *name = config_setting_get_string(setting);

    (void)key;
    for (size_t i = 0; i < config->n_modules; i++) {
        const struct config_module *module = &config->modules[i];

        if (module->name != NULL && strcmp(module->name, name) == 0) {
            member->module = module;
            return;
        }
    }
    module_report_unknown(reader, config_reader_line(setting), name);
}

/* The name is one that a shell could set: libconfig also allows "-", "*". */
static bool
variable_read(struct config_reader *reader, const config_setting_t *setting,
              struct config_variable *out)
{
    const char *name = config_setting_name(setting);
    const char *value = config_setting_get_string(setting);
    char quoted[QUOTE_LENGTH];

    mistake_quote(name, quoted);
    if (strpbrk(name, "-*") != NULL) {
        config_reader_mistake(
            reader, config_reader_line(setting),
            "env: %s is no name of a variable; use letters, digits "
            "and \"_\"",
            quoted);
        return false;
    }
    if (value == NULL) {
        config_reader_mistake(reader, config_reader_line(setting),
                              "env: %s is %s; give a text in quotes", quoted,
                              config_value_kind(setting));
        return false;
    }
    out->name = strdup(name);
    out->value = strdup(value);
    if (out->name == NULL || out->value == NULL)
        config_reader_no_memory(reader);
    return true;
}

void
config_module_store_variables(struct config_reader *reader,
                              const config_setting_t *setting,
                              const struct config_key *key, void *base)
{
    struct config_module *module = base;
    int n_variables = config_setting_length(setting);

    (void)key;
    if (n_variables == 0)
        return;
    module->env = calloc((size_t)n_variables, sizeof(*module->env));
    if (module->env == NULL) {
        config_reader_no_memory(reader);
        return;
    }
    for (int i = 0; i < n_variables; i++)
        if (variable_read(reader, config_setting_get_elem(setting, (unsigned)i),
                          &module->env[module->n_env]))
            module->n_env++;
}

static int
mechanism_compare(const void *a, const void *b)
{
    const struct config_mechanism *left = a;
    const struct config_mechanism *right = b;

    return (left->type > right->type) - (left->type < right->type);
}

static void
mechanism_report(struct config_reader *reader, const struct repeat_item *first,
                 const struct repeat_item *again)
{
    const struct config_mechanism *mechanism = again->thing;
    const struct config_module *module = again->owner;

    config_reader_mistake(
        reader, module->line,
        "mechanisms %zu and %zu are both 0x%lx; make one of them",
        first->position + 1, again->position + 1, mechanism->type);
}

static void
module_check_mechanisms(struct config_reader *reader,
                        const struct config_module *module)
{
    size_t n_items = module->settings.n_mechanisms;
    struct repeat_item *items = calloc(n_items + 1, sizeof(*items));

    if (items == NULL) {
        config_reader_no_memory(reader);
        return;
    }
    for (size_t i = 0; i < n_items; i++)
        items[i] =
            (struct repeat_item){ .thing = &module->settings.mechanisms[i],
                                  .owner = module };
    repeat_find(reader, items, n_items, mechanism_compare, mechanism_report);
    free(items);
}

void
config_module_check(struct config_reader *reader, const config_setting_t *group,
                    const void *element)
{
    const struct config_module *module = element;
    unsigned line = config_reader_line(group);

    if (module->path == NULL && !module->p11_kit)
        config_reader_mistake(
            reader, line,
            "path is missing; add path = \"...\", or p11_kit = "
            "true for all that p11-kit knows");
    if (module->path != NULL && module->p11_kit)
        config_reader_mistake(
            reader, line,
            "both path and p11_kit are given; remove one of them");
    /* These belong to one library, and this entry has many. */
    if (module->p11_kit && module->init_args != NULL)
        config_reader_mistake(
            reader, line,
            "init_args cannot be given with p11_kit; use p11-kit's "
            "x-init-reserved, or give the module by path");
    if (module->p11_kit && module->own_instance)
        config_reader_mistake(
            reader, line,
            "instance cannot be \"own\" with p11_kit; give the "
            "module by path");
    module_check_mechanisms(reader, module);
    config_classes_check(reader, module);
}

static int
name_compare(const void *a, const void *b)
{
    const struct config_module *left = a;
    const struct config_module *right = b;

    return strcmp(left->name, right->name);
}

static void
name_report(struct config_reader *reader, const struct repeat_item *first,
            const struct repeat_item *again)
{
    const struct config_module *earlier = first->thing;
    const struct config_module *module = again->thing;

    config_reader_mistake(
        reader, module->line,
        "module \"%s\": line %u defines a module of that name; "
        "choose another name",
        module->name, earlier->line);
}

/* A module whose name is missing or wrong is still reported on. */
static const char *
module_title(const struct config_module *module)
{
    return module->name == NULL ? "" : module->name;
}

static void
modules_check_p11_kit(struct config_reader *reader)
{
    const struct config *config = reader->config;
    const struct config_module *first = NULL;

    for (size_t i = 0; i < config->n_modules; i++) {
        const struct config_module *module = &config->modules[i];

        if (!module->p11_kit)
            continue;
        if (first != NULL)
            config_reader_mistake(
                reader, module->line,
                "module \"%s\": p11_kit is true here and for "
                "module \"%s\" in line %u; keep one of them, it "
                "stands for all that p11-kit knows",
                module_title(module), module_title(first), first->line);
        else
            first = module;
    }
}

void
config_modules_check(struct config_reader *reader)
{
    const struct config *config = reader->config;
    struct repeat_item *items = calloc(config->n_modules + 1, sizeof(*items));
    size_t n_items = 0;

    if (items == NULL) {
        config_reader_no_memory(reader);
        return;
    }
    for (size_t i = 0; i < config->n_modules; i++)
        if (config->modules[i].name != NULL)
            items[n_items++].thing = &config->modules[i];
    repeat_find(reader, items, n_items, name_compare, name_report);
    free(items);
    modules_check_p11_kit(reader);
}

bool
config_modules_add_default(struct config_reader *reader)
{
    struct config *config = reader->config;

    config->modules = calloc(1, sizeof(*config->modules));
    if (config->modules == NULL)
        return false;
    config->n_modules = 1;
    config_reader_read_defaults(reader, SCOPE_MODULE, &config->modules[0]);
    config->modules[0].name = strdup("p11-kit");
    config->modules[0].p11_kit = true;
    return config->modules[0].name != NULL;
}

void
config_module_clear(struct config_module *module)
{
    free(module->name);
    free(module->path);
    for (size_t i = 0; i < module->n_env; i++) {
        free(module->env[i].name);
        free(module->env[i].value);
    }
    free(module->env);
    free(module->init_args);
    free(module->profile);
    /* Const for whoever reads them: a vendor's are static. */
    free((void *)(uintptr_t)module->settings.classes);
    config_mechanisms_free(module->settings.mechanisms,
                           module->settings.n_mechanisms);
}
