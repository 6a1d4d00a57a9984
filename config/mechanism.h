/* SPDX-License-Identifier: BSD-3-Clause */
/* Vendors' mechanisms whose parameters hold handles (R1.17). */
#ifndef CONFIG_MECHANISM_H
#define CONFIG_MECHANISM_H

#include "config/reader.h"

/* For the table of types: the key `id`, and lists of offsets. */
void config_mechanism_store_id(struct config_reader *reader,
                               const config_setting_t *setting,
                               const struct config_key *key, void *base);
void config_mechanism_store_offsets(struct config_reader *reader,
                                    const config_setting_t *setting,
                                    const struct config_key *key, void *base);

/* What the keys of one mechanism say together. */
void config_mechanism_check(struct config_reader *reader,
                            const config_setting_t *group, const void *element);

void config_mechanisms_free(const struct config_mechanism *mechanisms,
                            size_t n_mechanisms);

#endif
