/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * The environment variables that modules are given. They are the process's
 * own and stay set, so that a module that reads them again finds the same.
 */
#ifndef BACKENDS_ENVIRONMENT_H
#define BACKENDS_ENVIRONMENT_H

#include "common/error.h"
#include "config/config.h"

#include <stdbool.h>

/*
 * Everything that tells one use of a library from another: the variables, in
 * the order of their names, and the init_args. Two entries for one file with
 * unequal texts need a copy each (DESIGN 3). The caller frees it; NULL: no
 * memory.
 */
char *environment_describe(const struct config_module *module);

/* Whether another module gives one of this one's variables another value:
 * those are started one after the other. */
bool environment_is_contested(const struct config *config,
                              const struct config_module *module);

/*
 * Sets every variable of every module. Contested ones get the first value:
 * they are there from now on, and C libraries replace the value of one that
 * is there without moving the others, which modules may be reading.
 */
bool environment_set_all(const struct config *config, struct error *error);

/* Sets one module's, before it is started. */
bool environment_set(const struct config_module *module, struct error *error);

#endif
