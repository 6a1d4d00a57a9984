/* SPDX-License-Identifier: BSD-3-Clause */
/* Finds out which modules are to be loaded, and how. */
#include "backends/roster.h"

#include "backends/environment.h"
#include "backends/library.h"
#include "backends/profile.h"
#include "backends/recursion.h"
#include "common/cleanup.h"
#include "common/text.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* What is known of one entry of the configuration while the roster is read. */
struct candidate {
    const struct config_module *module;
    bool is_found;
    struct library_identity identity;
    char *description; /* of its environment and init_args */
};

static bool
out_of_memory(struct error *error)
{
    return error_set(error, CKR_HOST_MEMORY, "modules: out of memory");
}

static char *print(const char *format, ...)
    __attribute__((format(printf, 1, 2)));

static char *
print(const char *format, ...)
{
    va_list arguments;
    char *text;
    int length;

    va_start(arguments, format);
    length = vasprintf(&text, format, arguments);
    va_end(arguments);
    return length < 0 ? NULL : text;
}

static bool
check_profile(const struct config *config, const struct config_module *module,
              struct error *error)
{
    size_t count;
    const char *const *names = profile_names(&count);
    const char *nearest;

    if (module->profile == NULL)
        return true;
    for (size_t i = 0; i < count; i++)
        if (strcmp(names[i], module->profile) == 0)
            return true;
    nearest = text_nearest(module->profile, names, count);
    return error_set(error, CKR_GENERAL_ERROR,
                     "%s:%u: module \"%s\": there is no profile \"%s\"; %s%s%s",
                     config->file == NULL ? "defaults" : config->file,
                     module->line, module->name, module->profile,
                     nearest == NULL ? "leave it out to have it found "
                                       "automatically"
                                     : "did you mean \"",
                     nearest == NULL ? "" : nearest,
                     nearest == NULL ? "" : "\"?");
}

static void
candidates_free(struct candidate *candidates, size_t count)
{
    for (size_t i = 0; candidates != NULL && i < count; i++)
        free(candidates[i].description);
    free(candidates);
}

static struct candidate *
candidates_new(const struct config *config, struct error *error)
{
    struct candidate *candidates =
        calloc(config->n_modules + 1, sizeof(*candidates));

    if (candidates == NULL) {
        out_of_memory(error);
        return NULL;
    }
    for (size_t i = 0; i < config->n_modules; i++) {
        const struct config_module *module = &config->modules[i];

        candidates[i].module = module;
        candidates[i].description = environment_describe(module);
        if (candidates[i].description == NULL) {
            out_of_memory(error);
            candidates_free(candidates, config->n_modules);
            return NULL;
        }
        /* Why it is not found is said when it is loaded. */
        candidates[i].is_found =
            module->path != NULL &&
            library_identify(module->path, &candidates[i].identity, NULL);
    }
    return candidates;
}

/* Whether another entry uses the same file in another way. */
static bool
is_disputed(const struct candidate *candidates, size_t count, size_t index)
{
    const struct candidate *one = &candidates[index];

    for (size_t i = 0; i < count; i++) {
        const struct candidate *other = &candidates[i];

        if (i != index && one->is_found && other->is_found &&
            !other->module->own_instance &&
            library_identity_equals(&one->identity, &other->identity) &&
            strcmp(one->description, other->description) != 0)
            return true;
    }
    return false;
}

static bool
add_configured(struct roster *roster, const struct candidate *candidates,
               size_t count, size_t index)
{
    const struct config_module *module = candidates[index].module;
    struct roster_entry *entry = &roster->entries[roster->n_entries++];

    entry->module = module;
    entry->is_critical = module->critical;
    entry->name = strdup(module->name);
    entry->path = strdup(module->path);
    if (entry->name == NULL || entry->path == NULL)
        return false;
    if (module->init_args != NULL &&
        (entry->init_args = strdup(module->init_args)) == NULL)
        return false;
    if (module->own_instance)
        entry->instance = print("entry %s", module->name);
    else if (is_disputed(candidates, count, index))
        entry->instance = print("with %s", candidates[index].description);
    else
        return true;
    return entry->instance != NULL;
}

/* p11mux itself, and what the configuration has by its path. */
static bool
is_left_out(const struct registered_module *registered,
            const struct candidate *candidates, size_t count)
{
    struct library_identity identity;

    if (registered->path == NULL ||
        !library_identify(registered->path, &identity, NULL))
        return false;
    if (recursion_is_own_file(identity.device, identity.inode))
        return true;
    for (size_t i = 0; i < count; i++)
        if (candidates[i].is_found &&
            library_identity_equals(&candidates[i].identity, &identity))
            return true;
    return false;
}

static bool
name_is_configured(const char *name, const struct candidate *candidates,
                   size_t count)
{
    for (size_t i = 0; i < count; i++)
        if (strcmp(candidates[i].module->name, name) == 0)
            return true;
    return false;
}

static bool
add_registered(struct roster *roster, const struct candidate *candidates,
               size_t count, const struct config_module *module,
               const struct registered_module *registered)
{
    struct roster_entry *entry;
    const char *init_args = registered->init_args != NULL
                                ? registered->init_args
                                : module->init_args;

    if (is_left_out(registered, candidates, count))
        return true;
    entry = &roster->entries[roster->n_entries++];
    entry->module = module;
    entry->is_registered = true;
    entry->is_critical = module->critical || registered->is_critical;
    entry->name = print(name_is_configured(registered->name, candidates, count)
                            ? "p11-kit:%s"
                            : "%s",
                        registered->name);
    if (entry->name == NULL ||
        (init_args != NULL && (entry->init_args = strdup(init_args)) == NULL))
        return false;
    if (registered->path == NULL)
        entry->never = "p11-kit's \"remote:\" modules are not supported; "
                       "configure p11-kit-client.so by its path, with "
                       "P11_KIT_SERVER_ADDRESS in its env";
    else if ((entry->path = strdup(registered->path)) == NULL)
        return false;
    return true;
}

static bool
read_registered(const struct config *config, struct roster *roster,
                struct error *error)
{
    char why[ERROR_TEXT_LENGTH / 2];

    for (size_t i = 0; i < config->n_modules; i++) {
        if (!config->modules[i].p11_kit)
            continue;
        if (registered_read(&roster->registered, why, sizeof(why)))
            return true;
        return error_set(error, CKR_GENERAL_ERROR,
                         "module \"%s\": p11-kit does not load its modules: "
                         "%s; correct p11-kit's configuration or remove this "
                         "entry",
                         config->modules[i].name, why);
    }
    return true;
}

static bool
fill(const struct config *config, const struct candidate *candidates,
     struct roster *roster)
{
    const struct registered *registered = &roster->registered;
    bool p11_kit_is_done = false;

    roster->entries = calloc(config->n_modules + registered->n_modules + 1,
                             sizeof(*roster->entries));
    if (roster->entries == NULL)
        return false;
    for (size_t i = 0; i < config->n_modules; i++) {
        const struct config_module *module = &config->modules[i];

        if (!module->p11_kit) {
            if (!add_configured(roster, candidates, config->n_modules, i))
                return false;
            continue;
        }
        /* "Every other module" is everything for the first such entry. */
        for (size_t j = 0; j < registered->n_modules && !p11_kit_is_done; j++)
            if (!add_registered(roster, candidates, config->n_modules, module,
                                &registered->modules[j]))
                return false;
        p11_kit_is_done = true;
    }
    return true;
}

bool
roster_read(const struct config *config, struct roster *out,
            struct error *error)
{
    struct candidate *candidates;
    bool done;

    memset(out, 0, sizeof(*out));
    for (size_t i = 0; i < config->n_modules; i++)
        if (!check_profile(config, &config->modules[i], error))
            return false;
    candidates = candidates_new(config, error);
    if (candidates == NULL)
        return false;
    done = read_registered(config, out, error);
    if (done && !fill(config, candidates, out))
        done = out_of_memory(error);
    candidates_free(candidates, config->n_modules);
    if (!done)
        roster_free(out);
    return done;
}

void
roster_free(struct roster *roster)
{
    for (size_t i = 0; i < roster->n_entries; i++) {
        free(roster->entries[i].name);
        free(roster->entries[i].path);
        free(roster->entries[i].init_args);
        free(roster->entries[i].instance);
    }
    free(roster->entries);
    registered_free(&roster->registered);
    memset(roster, 0, sizeof(*roster));
}
