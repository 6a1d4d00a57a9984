/* SPDX-License-Identifier: BSD-3-Clause */
/* Finds out which entries need a private copy, and which start alone. */
#include "backends/candidate.h"

#include "backends/environment.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static bool
is_same_file(const struct candidate *one, const struct candidate *other)
{
    return one != other && one->is_found && other->is_found &&
           library_identity_equals(&one->identity, &other->identity);
}

/* Whether another entry uses the same file in another way. */
static bool
is_disputed(const struct candidates *candidates, const struct candidate *one)
{
    for (size_t i = 0; i < candidates->count; i++) {
        const struct candidate *other = &candidates->list[i];

        if (is_same_file(one, other) && !other->module->own_instance &&
            strcmp(one->description, other->description) != 0)
            return true;
    }
    return false;
}

/*
 * Copies of one file share the libraries that it is linked with, and those
 * need not bear two beginnings at a time: two of NSS softoken crash in NSPR.
 */
static bool
has_twin(const struct candidates *candidates, const struct candidate *one)
{
    for (size_t i = 0; i < candidates->count; i++) {
        const struct candidate *other = &candidates->list[i];

        if (is_same_file(one, other) &&
            (one->instance != NULL || other->instance != NULL))
            return true;
    }
    return false;
}

static bool
name_instance(const struct candidates *candidates, struct candidate *one)
{
    int length = 0;

    if (one->module->own_instance)
        length = asprintf(&one->instance, "entry %s", one->module->name);
    else if (is_disputed(candidates, one))
        length = asprintf(&one->instance, "with %s", one->description);
    if (length < 0)
        one->instance = NULL;
    return length >= 0;
}

static bool
look_at(const struct config_module *module, struct candidate *out)
{
    out->module = module;
    out->description = environment_describe(module);
    out->is_found = module->path != NULL &&
                    library_identify(module->path, &out->identity, NULL);
    return out->description != NULL;
}

static bool
fill(const struct config *config, struct candidates *out)
{
    for (size_t i = 0; i < out->count; i++)
        if (!look_at(&config->modules[i], &out->list[i]))
            return false;
    for (size_t i = 0; i < out->count; i++)
        if (!name_instance(out, &out->list[i]))
            return false;
    for (size_t i = 0; i < out->count; i++)
        out->list[i].is_contested =
            environment_is_contested(config, out->list[i].module) ||
            has_twin(out, &out->list[i]);
    return true;
}

bool
candidates_read(const struct config *config, struct candidates *out)
{
    out->count = config->n_modules;
    out->list = calloc(config->n_modules + 1, sizeof(*out->list));
    if (out->list != NULL && fill(config, out))
        return true;
    candidates_free(out);
    return false;
}

void
candidates_free(struct candidates *candidates)
{
    for (size_t i = 0; candidates->list != NULL && i < candidates->count; i++) {
        free(candidates->list[i].description);
        free(candidates->list[i].instance);
    }
    free(candidates->list);
    candidates->list = NULL;
}

bool
candidates_have_file(const struct candidates *candidates,
                     const struct library_identity *identity)
{
    for (size_t i = 0; i < candidates->count; i++)
        if (candidates->list[i].is_found &&
            library_identity_equals(&candidates->list[i].identity, identity))
            return true;
    return false;
}

bool
candidates_have_name(const struct candidates *candidates, const char *name)
{
    for (size_t i = 0; i < candidates->count; i++)
        if (strcmp(candidates->list[i].module->name, name) == 0)
            return true;
    return false;
}
