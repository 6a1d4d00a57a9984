/* SPDX-License-Identifier: BSD-3-Clause */
/* Values of the file: what type each may have, and where it is put. */
#ifndef CONFIG_VALUE_H
#define CONFIG_VALUE_H

#include "config/reader.h"

/* Puts the value into its field of `base`, or says why not. */
void config_value_read(struct config_reader *reader,
                       const config_setting_t *setting,
                       const struct config_key *key, void *base);

/* Puts the key's default there. */
void config_value_read_default(struct config_reader *reader,
                               const struct config_key *key, void *base);

/* A whole number of any size; the setting is one. */
long long config_value_number(const config_setting_t *setting);

/* What a setting is, for a message: "a number". */
const char *config_value_kind(const config_setting_t *setting);

#endif
