/* SPDX-License-Identifier: BSD-3-Clause */
/* Walks through a parsed file by the table of keys; inside config/ only. */
#ifndef CONFIG_READER_H
#define CONFIG_READER_H

#include "config/config.h"
#include "config/key.h"
#include "config/mistake.h"

#include <libconfig.h>

enum { READER_PLACE_LENGTH = 256 };

struct config_reader {
    const char *file;
    struct mistake_list *mistakes;
    struct config *config;           /* what is being filled */
    char place[READER_PLACE_LENGTH]; /* `token "ca": `, for messages */
};

/* A mistake in the place where the reader is. */
void config_reader_mistake(struct config_reader *reader, unsigned line,
                           const char *format, ...)
    __attribute__((format(printf, 3, 4)));
void config_reader_no_memory(struct config_reader *reader);

/* Fills `base`, the struct of that scope, from a group: first the defaults,
 * then what the group holds, in the order of the table. */
void config_reader_read_group(struct config_reader *reader,
                              const config_setting_t *group,
                              enum key_scope scope, void *base);

/* Only the defaults. */
void config_reader_read_defaults(struct config_reader *reader,
                                 enum key_scope scope, void *base);

/* For the table of types: a group whose fields are in the same struct, and a
 * list of groups, for which an array of structs is made. */
void config_reader_read_nested(struct config_reader *reader,
                               const config_setting_t *group,
                               const struct config_key *key, void *base);
void config_reader_read_list(struct config_reader *reader,
                             const config_setting_t *list,
                             const struct config_key *key, void *base);

/* The line of a setting. */
unsigned config_reader_line(const config_setting_t *setting);

#endif
