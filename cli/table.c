/* SPDX-License-Identifier: BSD-3-Clause */
/* A table for people: columns as wide as what is in them. */
#include "cli/table.h"

#include "cli/memory.h"
#include "cli/utf8.h"
#include "common/text.h"

#include <stdlib.h>

struct table {
    const struct table_column *columns;
    size_t n_columns;
    size_t *widths;
    char **cells; /* row by row */
    size_t n_cells;
};

struct table *
table_new(const struct table_column *columns, size_t n_columns)
{
    struct table *table = memory_new(1, sizeof(*table));

    table->columns = columns;
    table->n_columns = n_columns;
    table->widths = memory_new(n_columns, sizeof(*table->widths));
    for (size_t i = 0; i < n_columns; i++)
        table->widths[i] = utf8_width(columns[i].heading);
    return table;
}

void
table_add(struct table *table, const char *const *cells)
{
    for (size_t i = 0; i < table->n_columns; i++) {
        bool is_empty = cells[i] == NULL || cells[i][0] == '\0';
        char *cell = memory_copy(is_empty ? "-" : cells[i]);
        size_t width;

        text_clean(cell);
        width = utf8_width(cell);
        if (width > table->widths[i])
            table->widths[i] = width;
        table->cells =
            memory_grow(table->cells, table->n_cells, sizeof(*table->cells));
        table->cells[table->n_cells++] = cell;
    }
}

static void
print_blanks(size_t count, FILE *stream)
{
    (void)fprintf(stream, "%*s", (int)count, "");
}

/* No blanks at the end of a line. */
static void
print_cell(const struct table *table, size_t index, const char *cell,
           FILE *stream)
{
    size_t blanks = table->widths[index] - utf8_width(cell);

    if (table->columns[index].is_number)
        print_blanks(blanks, stream);
    (void)fputs(cell, stream);
    if (index + 1 == table->n_columns) {
        (void)fputc('\n', stream);
        return;
    }
    if (!table->columns[index].is_number)
        print_blanks(blanks, stream);
    (void)fputs("  ", stream);
}

void
table_print(const struct table *table, FILE *stream)
{
    if (table->n_cells == 0)
        return;
    for (size_t i = 0; i < table->n_columns; i++)
        print_cell(table, i, table->columns[i].heading, stream);
    for (size_t i = 0; i < table->n_cells; i++)
        print_cell(table, i % table->n_columns, table->cells[i], stream);
}

void
table_free(struct table *table)
{
    if (table == NULL)
        return;
    for (size_t i = 0; i < table->n_cells; i++)
        free(table->cells[i]);
    free(table->cells);
    free(table->widths);
    free(table);
}
