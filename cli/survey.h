/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * A survey: all modules of a configuration started once and looked at, also
 * where an application would not start, so that it can be said why.
 */
#ifndef CLI_SURVEY_H
#define CLI_SURVEY_H

#include "backends/backend.h"
#include "config/config.h"
#include "router/scan.h"
#include "router/slot-list.h"

struct crashes;

struct survey {
    struct config *config;
    struct backend_set *backends;
    struct slot_list *slots;
    struct seen_token *seen; /* every token of every module */
    size_t n_seen;
    struct error refusal;          /* why C_Initialize would fail, or CKR_OK */
    bool *is_critical;             /* of the configuration's modules */
    const struct crashes *crashes; /* modules that were left out, or NULL */
    bool has_crypto;
};

/* Takes `config` over, also when it fails, which is when not even the modules
 * can be listed. */
bool survey_begin(struct config *config, struct survey *out,
                  struct error *error);

/* Ends the modules; one that hangs is left behind (cli/ending.h). */
void survey_end(struct survey *survey);

/* The tokens that a module shows. */
size_t survey_count(const struct survey *survey, const struct backend *backend);

/* Whether some module of this entry is up. */
bool survey_is_up(const struct survey *survey,
                  const struct config_module *module);

/*
 * The labels that the modules of an entry show (NULL: all modules), as
 * `"a", "b"`; "" for none. The caller frees it.
 */
char *survey_labels(const struct survey *survey,
                    const struct config_module *module);

/* The one of them that is nearest to a misspelt one, or NULL; the caller frees
 * it. */
char *survey_nearest(const struct survey *survey,
                     const struct config_module *module, const char *label);

#endif
