/* SPDX-License-Identifier: BSD-3-Clause */
/* The modules of the file. */
#ifndef CONFIG_MODULE_H
#define CONFIG_MODULE_H

#include "config/reader.h"

/* For the table of types: a member's module by name, and `env`. */
void config_module_store(struct config_reader *reader,
                         const config_setting_t *setting,
                         const struct config_key *key, void *base);
void config_module_store_variables(struct config_reader *reader,
                                   const config_setting_t *setting,
                                   const struct config_key *key, void *base);

/* What the keys of one module say together. */
void config_module_check(struct config_reader *reader,
                         const config_setting_t *group, const void *element);

/* What the modules say together. */
void config_modules_check(struct config_reader *reader);

/* The one of a file that names none: all that p11-kit knows. */
bool config_modules_add_default(struct config_reader *reader);

void config_module_clear(struct config_module *module);

#endif
