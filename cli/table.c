/* SPDX-License-Identifier: BSD-3-Clause */
/* A table for people: columns as wide as what is in them. */
#include "cli/table.h"

#include "cli/memory.h"
#include "cli/utf8.h"
#include "common/text.h"

#include <stdlib.h>

enum { GAP = 2 };

struct table {
    const struct table_column *columns;
    size_t n_columns;
    size_t limit;
    size_t *widths;
    bool has_headings; /* they are printed */
    char **cells;      /* row by row */
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

void
table_limit(struct table *table, size_t width)
{
    table->limit = width;
}

/* -- Printing ------------------------------------------------------------- */

/* The widest column that may and can; n_columns: there is none. */
static size_t
find_shrinkable(const struct table *table)
{
    size_t found = table->n_columns;

    for (size_t i = 0; i < table->n_columns; i++)
        if (table->columns[i].least_width != 0 &&
            table->widths[i] > table->columns[i].least_width &&
            (found == table->n_columns ||
             table->widths[i] > table->widths[found]))
            found = i;
    return found;
}

static void
shrink(struct table *table)
{
    size_t total = GAP * (table->n_columns - 1);

    for (size_t i = 0; i < table->n_columns; i++)
        total += table->widths[i];
    while (table->limit != 0 && total > table->limit) {
        size_t widest = find_shrinkable(table);

        if (widest == table->n_columns)
            return;
        table->widths[widest]--;
        total--;
    }
}

static void
print_blanks(size_t count, FILE *stream)
{
    (void)fprintf(stream, "%*s", (int)count, "");
}

/* The text, or its beginning; returns the columns that it took. */
static size_t
print_text(const char *text, size_t width, FILE *stream)
{
    size_t taken = utf8_width(text);

    if (taken <= width) {
        (void)fputs(text, stream);
        return taken;
    }
    (void)fwrite(text, 1, utf8_fit(text, width - 1, &taken), stream);
    (void)fputs("\xe2\x80\xa6", stream);
    return taken + 1;
}

/* No blanks at the end of a line. */
static void
print_cell(const struct table *table, size_t index, const char *cell,
           FILE *stream)
{
    size_t width = table->widths[index];
    bool is_last = index + 1 == table->n_columns;
    size_t needed;

    if (table->columns[index].is_number) {
        needed = utf8_width(cell);
        print_blanks(needed < width ? width - needed : 0, stream);
        (void)fputs(cell, stream);
        needed = width;
    } else {
        needed = print_text(cell, width, stream);
    }
    if (!is_last)
        print_blanks(width - needed + GAP, stream);
    else
        (void)fputc('\n', stream);
}

static void
forget_rows(struct table *table)
{
    for (size_t i = 0; i < table->n_cells; i++)
        free(table->cells[i]);
    free(table->cells);
    table->cells = NULL;
    table->n_cells = 0;
}

void
table_print(struct table *table, FILE *stream)
{
    if (table->n_cells == 0)
        return;
    shrink(table);
    for (size_t i = 0; i < table->n_columns && !table->has_headings; i++)
        print_cell(table, i, table->columns[i].heading, stream);
    table->has_headings = true;
    for (size_t i = 0; i < table->n_cells; i++)
        print_cell(table, i % table->n_columns, table->cells[i], stream);
    forget_rows(table);
}

void
table_free(struct table *table)
{
    if (table == NULL)
        return;
    forget_rows(table);
    free(table->widths);
    free(table);
}
