/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * The roster: which modules the configuration and p11-kit ask for, and which
 * of them need a private copy of their library.
 */
#ifndef BACKENDS_ROSTER_H
#define BACKENDS_ROSTER_H

#include "backends/p11-kit.h"
#include "common/error.h"
#include "config/config.h"

#include <stdbool.h>
#include <stddef.h>

struct roster_entry {
    char *name; /* no two entries share one */
    char *path; /* NULL: there is none to load, and `never` says why */
    char *init_args;
    char *instance; /* names its private copy; NULL: the file itself */
    const struct config_module *module;
    const char *never;
    bool is_critical;
    bool is_registered; /* it comes from p11-kit */
    bool is_contested;  /* starts beside none that is, too */
};

struct roster {
    struct roster_entry *entries; /* in the order of the configuration */
    size_t n_entries;
    struct registered registered;
};

/*
 * False for memory, for an unknown profile, and for what p11-kit cannot read.
 * p11-kit's modules stay mapped until roster_free. Of these, whatever is
 * configured by its path is left out.
 */
bool roster_read(const struct config *config, struct roster *out,
                 struct error *error);
void roster_free(struct roster *roster);

#endif
