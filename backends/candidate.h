/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * A candidate: an entry of the configuration with what its file and the other
 * entries say about how it must be loaded and started.
 */
#ifndef BACKENDS_CANDIDATE_H
#define BACKENDS_CANDIDATE_H

#include "backends/library.h"
#include "config/config.h"

#include <stdbool.h>
#include <stddef.h>

struct candidate {
    const struct config_module *module;
    bool is_found; /* else why is said when it is loaded */
    struct library_identity identity;
    char *description; /* of its environment and init_args */
    char *instance;    /* names its private copy; NULL: the file itself */
    bool is_contested; /* starts beside no other that is */
};

struct candidates {
    struct candidate *list; /* one for each entry, in its order */
    size_t count;
};

/* False: no memory. */
bool candidates_read(const struct config *config, struct candidates *out);
void candidates_free(struct candidates *candidates);

/* Whether an entry is configured by the path of this file. */
bool candidates_have_file(const struct candidates *candidates,
                          const struct library_identity *identity);
bool candidates_have_name(const struct candidates *candidates,
                          const char *name);

#endif
