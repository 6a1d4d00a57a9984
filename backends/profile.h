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

struct profile {
    const char *name;
    struct config_profile
        settings; /* nothing in it but max_sessions is unset */
    struct profile_classes classes; /* return values with another meaning */
    /* That objects of a session may have, and those of the token may not. */
    struct profile_attributes session_only;
};

/*
 * The profile of a module: `wanted` by name (NULL: by what C_GetInfo and the
 * file name say), with the configuration's own `settings` laid over it.
 */
void profile_resolve(const char *wanted, const char *path,
                     const char *manufacturer, const char *description,
                     const struct config_profile *settings,
                     struct profile *out);

/* The names a configuration may give; lent, n in *count. */
const char *const *profile_names(size_t *count);

#endif
