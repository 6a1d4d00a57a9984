/* SPDX-License-Identifier: BSD-3-Clause */
/* Where PINs come from, as the file writes it. */
#ifndef CONFIG_PIN_H
#define CONFIG_PIN_H

#include "config/reader.h"

/* What to give, for messages. */
#define PIN_SOURCES                                                            \
    "\"file:/PATH\", \"env:NAME\", \"command:/PROGRAM ARGUMENTS\" or "         \
    "\"credential:NAME\""

/* For the table of types. */
void config_pin_store(struct config_reader *reader,
                      const config_setting_t *setting,
                      const struct config_key *key, void *base);

#endif
