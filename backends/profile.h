/* SPDX-License-Identifier: BSD-3-Clause */
/* How a vendor's module behaves: SEMANTICS 12, as a table. */
#ifndef BACKENDS_PROFILE_H
#define BACKENDS_PROFILE_H

#include "config/config.h"

struct profile_classes {
    const struct config_class *rows;
    size_t count;
};

struct profile_attributes {
    const CK_ATTRIBUTE_TYPE *types;
    size_t count;
};

struct profile_objects {
    const CK_OBJECT_CLASS *classes;
    size_t count;
};

struct profile {
    const char *name;
    struct config_profile
        settings; /* nothing in it but max_sessions is unset */
    struct profile_classes classes; /* return values with another meaning */
    /* That objects of a session may have, and those of the token may not. */
    struct profile_attributes session_only;
    /* That a session may have, and the token may not. */
    struct profile_objects session_objects;
    /* A library older than that may crash where threads call it beside each
     * other. */
    CK_VERSION safe_since;
};

/*
 * The profile of a module: `wanted` by name (NULL: by what C_GetInfo and the
 * file name say), with the configuration's own `settings` laid over it.
 */
void profile_resolve(const char *wanted, const char *path,
                     const char *manufacturer, const char *description,
                     const struct config_profile *settings,
                     struct profile *out);

/* Adds what a library of that version needs, where the configuration's own
 * settings do not say otherwise. */
void profile_heed_version(CK_VERSION library,
                          const struct config_profile *settings,
                          struct profile *profile);

/* The names a configuration may give; lent, n in *count. */
const char *const *profile_names(size_t *count);

#endif
