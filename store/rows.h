/* SPDX-License-Identifier: BSD-3-Clause */
/* Rows of a database, copied out of it. */
#ifndef STORE_ROWS_H
#define STORE_ROWS_H

#include "store/operation.h"

/* Its bytes are in `block`. */
struct copied_row {
    struct field fields[STATEMENT_MAX_FIELDS];
    unsigned char *block;
};

struct rows {
    struct copied_row *items;
    size_t n_items;
    size_t size;
    unsigned n_fields;
};

/* Adds those that the statement lists; the caller clears them, also where it
 * fails. */
enum store_result rows_read(struct operation *operation,
                            enum statement statement, const struct field *in,
                            struct rows *rows);
void rows_clear(struct rows *rows);

/* Of a row whose first field is its number. */
static inline uint64_t
rows_number(const struct rows *rows, size_t index)
{
    return (uint64_t)rows->items[index].fields[0].number;
}

/* Whether two rows are the same. */
bool rows_equal(const struct rows *a, size_t a_index, const struct rows *b,
                size_t b_index);

#endif
