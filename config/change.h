/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * What differs between two configurations, key by key, and which of it a
 * running process can take over.
 */
#ifndef CONFIG_CHANGE_H
#define CONFIG_CHANGE_H

#include "config/config.h"

struct config_change {
    const char *key;  /* as in config_keys; of a list that has more or fewer
                         entries, the list's own */
    const char *name; /* of the token or module; NULL: of neither */
    bool reloads;     /* else it needs a restart */
};

typedef void config_change_told(void *context,
                                const struct config_change *change);

/* Tells of all but tokens; modules are the same by their names. */
void config_compare(const struct config *used, const struct config *fresh,
                    config_change_told *tell, void *context);

/* Tells of a token; members are the same by their places. */
void config_compare_token(const struct config_token *used,
                          const struct config_token *fresh,
                          config_change_told *tell, void *context);

/* The token with that label, or NULL. */
const struct config_token *config_find_token(const struct config *config,
                                             const char *label);

/* Members of `fresh` lend their modules, as far as they are there, from the
 * configuration that the modules were loaded by. */
void config_lend_modules(const struct config *used, struct config *fresh);

#endif
