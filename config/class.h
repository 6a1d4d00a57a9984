/* SPDX-License-Identifier: BSD-3-Clause */
/* Return values that mean something else to a module (SEMANTICS 7.1). */
#ifndef CONFIG_CLASS_H
#define CONFIG_CLASS_H

#include "config/reader.h"

/* For the table of types: the keys `code` and `function`. */
void config_class_store_code(struct config_reader *reader,
                             const config_setting_t *setting,
                             const struct config_key *key, void *base);
void config_class_store_function(struct config_reader *reader,
                                 const config_setting_t *setting,
                                 const struct config_key *key, void *base);

/* Whether a value has two meanings. */
void config_classes_check(struct config_reader *reader,
                          const struct config_module *module);

#endif
