/* SPDX-License-Identifier: BSD-3-Clause */
/* Things of the configuration that are there twice. */
#ifndef CONFIG_REPEAT_H
#define CONFIG_REPEAT_H

#include "config/reader.h"

/* One thing; `owner` is for whoever reports. */
struct repeat_item {
    const void *thing;
    const void *owner;
    size_t position; /* set by repeat_find */
};

/*
 * Sorts the items, which are in the order of the file, by `compare` (of two
 * things), and reports each that equals an earlier one together with the
 * first of its kind.
 */
void repeat_find(struct config_reader *reader, struct repeat_item *items,
                 size_t n_items, int (*compare)(const void *a, const void *b),
                 void (*report)(struct config_reader *reader,
                                const struct repeat_item *first,
                                const struct repeat_item *again));

#endif
