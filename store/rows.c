/* SPDX-License-Identifier: BSD-3-Clause */
/* Copies rows, and compares them. */
#include "store/rows.h"

#include <stdlib.h>
#include <string.h>

static bool
grow(struct rows *rows)
{
    size_t size = rows->size > 0 ? 2 * rows->size : 64;
    struct copied_row *items;

    if (rows->n_items < rows->size)
        return true;
    items = realloc(rows->items, size * sizeof(*items));
    if (items == NULL)
        return false;
    rows->items = items;
    rows->size = size;
    return true;
}

static size_t
measure(const struct field *fields, unsigned n_fields)
{
    size_t length = 0;

    for (unsigned i = 0; i < n_fields; i++)
        if (fields[i].kind == FIELD_BYTES)
            length += fields[i].length;
    return length;
}

static enum store_result
copy(void *context, const struct field *fields)
{
    struct rows *rows = context;
    struct copied_row *row;
    unsigned char *next;

    if (!grow(rows))
        return STORE_NO_MEMORY;
    row = &rows->items[rows->n_items];
    row->block = next = malloc(measure(fields, rows->n_fields) + 1);
    if (next == NULL)
        return STORE_NO_MEMORY;
    rows->n_items++;
    for (unsigned i = 0; i < rows->n_fields; i++) {
        row->fields[i] = fields[i];
        if (fields[i].kind != FIELD_BYTES)
            continue;
        memcpy(next, fields[i].bytes, fields[i].length);
        row->fields[i].bytes = next;
        next += fields[i].length;
    }
    return STORE_DONE;
}

enum store_result
rows_read(struct operation *operation, enum statement statement,
          const struct field *in, struct rows *rows)
{
    rows->n_fields = statements[statement].n_out;
    return operation->store->kind->list(operation->link, statement, in, copy,
                                        rows);
}

void
rows_clear(struct rows *rows)
{
    for (size_t i = 0; i < rows->n_items; i++)
        free(rows->items[i].block);
    free(rows->items);
    *rows = (struct rows){ .items = NULL };
}

bool
rows_equal(const struct rows *a, size_t a_index, const struct rows *b,
           size_t b_index)
{
    for (unsigned i = 0; i < a->n_fields; i++)
        if (!field_equals(&a->items[a_index].fields[i],
                          &b->items[b_index].fields[i]))
            return false;
    return true;
}
