/* SPDX-License-Identifier: BSD-3-Clause */
/* Finds equal things by sorting, since a file may have thousands. */
#include "config/repeat.h"

#include <stdlib.h>

struct order {
    int (*compare)(const void *a, const void *b);
};

static int
item_compare(const void *a, const void *b, void *context)
{
    const struct repeat_item *left = a;
    const struct repeat_item *right = b;
    const struct order *order = context;
    int result = order->compare(left->thing, right->thing);

    if (result != 0)
        return result;
    return (left->position > right->position) -
           (left->position < right->position);
}

void
repeat_find(struct config_reader *reader, struct repeat_item *items,
            size_t n_items, int (*compare)(const void *a, const void *b),
            void (*report)(struct config_reader *reader,
                           const struct repeat_item *first,
                           const struct repeat_item *again))
{
    struct order order = { compare };
    size_t first = 0;

    for (size_t i = 0; i < n_items; i++)
        items[i].position = i;
    if (n_items > 0)
        qsort_r(items, n_items, sizeof(*items), item_compare, &order);
    for (size_t i = 1; i < n_items; i++) {
        if (compare(items[first].thing, items[i].thing) == 0)
            report(reader, &items[first], &items[i]);
        else
            first = i;
    }
}
