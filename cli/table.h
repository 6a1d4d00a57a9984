/* SPDX-License-Identifier: BSD-3-Clause */
/* A table for people: columns as wide as what is in them. */
#ifndef CLI_TABLE_H
#define CLI_TABLE_H

#include <stdbool.h>
#include <stdio.h>

struct table_column {
    const char *heading;
    bool is_number;     /* stands at the right of its column */
    size_t least_width; /* it may be cut to that; 0: it may not */
};

struct table;

/* Lends `columns` for its life. */
struct table *table_new(const struct table_column *columns, size_t n_columns);

/* Adds a row of n_columns cells, which are copied. NULL and "" are shown as
 * "-", control characters as question marks. */
void table_add(struct table *table, const char *const *cells);

/* Columns that may be cut are until a row has at most so many columns of the
 * terminal; what was cut ends with an ellipsis. 0: no limit. */
void table_limit(struct table *table, size_t width);

/* Prints the rows that were added, and forgets them: a table may be printed in
 * parts, whose columns only grow. The headings stand over the first part.
 * Nothing for a table without rows. */
void table_print(struct table *table, FILE *stream);
void table_free(struct table *table);

#endif
