/* SPDX-License-Identifier: BSD-3-Clause */
/* Finds out which modules are to be loaded, and how. */
#include "backends/roster.h"

#include "backends/candidate.h"
#include "backends/profile.h"
#include "backends/recursion.h"
#include "common/text.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static const char remote_is_unsupported[] =
    "p11-kit's \"remote:\" modules are not supported; configure "
    "p11-kit-client.so by its path, with P11_KIT_SERVER_ADDRESS in its env";

static bool
out_of_memory(struct error *error)
{
    return error_set(error, CKR_HOST_MEMORY, "modules: out of memory");
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

static bool
copy_text(const char *from, char **out)
{
    if (from == NULL)
        return true;
    *out = strdup(from);
    return *out != NULL;
}

static bool
add_configured(struct roster *roster, const struct candidate *candidate)
{
    const struct config_module *module = candidate->module;
    struct roster_entry *entry = &roster->entries[roster->n_entries++];

    entry->module = module;
    entry->is_critical = module->critical;
    entry->is_contested = candidate->is_contested;
    return copy_text(module->name, &entry->name) &&
           copy_text(module->path, &entry->path) &&
           copy_text(module->init_args, &entry->init_args) &&
           copy_text(candidate->instance, &entry->instance);
}

/* p11mux itself, and what the configuration has by its path. */
static bool
is_left_out(const struct registered_module *registered,
            const struct candidates *candidates)
{
    struct library_identity identity;

    return registered->path != NULL &&
           library_identify(registered->path, &identity, NULL) &&
           (recursion_is_own_file(identity.device, identity.inode) ||
            candidates_have_file(candidates, &identity));
}

/* No two entries share a name: tokens are told apart by it. */
static bool
name_registered(const struct candidates *candidates, const char *name,
                char **out)
{
    if (!candidates_have_name(candidates, name))
        return copy_text(name, out);
    if (asprintf(out, "p11-kit:%s", name) >= 0)
        return true;
    *out = NULL;
    return false;
}

static bool
add_registered(struct roster *roster, const struct candidates *candidates,
               const struct candidate *rest,
               const struct registered_module *registered)
{
    const struct config_module *module = rest->module;
    const char *init_args = registered->init_args != NULL
                                ? registered->init_args
                                : module->init_args;
    struct roster_entry *entry;

    if (is_left_out(registered, candidates))
        return true;
    entry = &roster->entries[roster->n_entries++];
    entry->module = module;
    entry->is_registered = true;
    entry->is_critical = module->critical || registered->is_critical;
    entry->is_contested = rest->is_contested;
    if (registered->path == NULL)
        entry->never = remote_is_unsupported;
    return name_registered(candidates, registered->name, &entry->name) &&
           copy_text(registered->path, &entry->path) &&
           copy_text(init_args, &entry->init_args);
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
fill(const struct candidates *candidates, struct roster *roster)
{
    const struct registered *registered = &roster->registered;
    bool p11_kit_is_done = false;

    roster->entries = calloc(candidates->count + registered->n_modules + 1,
                             sizeof(*roster->entries));
    if (roster->entries == NULL)
        return false;
    for (size_t i = 0; i < candidates->count; i++) {
        const struct candidate *one = &candidates->list[i];

        if (!one->module->p11_kit) {
            if (!add_configured(roster, one))
                return false;
            continue;
        }
        /* "Every other module" is everything for the first such entry. */
        for (size_t j = 0; j < registered->n_modules && !p11_kit_is_done; j++)
            if (!add_registered(roster, candidates, one,
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
    struct candidates candidates;
    bool done;

    memset(out, 0, sizeof(*out));
    for (size_t i = 0; i < config->n_modules; i++)
        if (!check_profile(config, &config->modules[i], error))
            return false;
    if (!candidates_read(config, &candidates))
        return out_of_memory(error);
    done = read_registered(config, out, error);
    if (done && !fill(&candidates, out))
        done = out_of_memory(error);
    candidates_free(&candidates);
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
