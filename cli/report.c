/* SPDX-License-Identifier: BSD-3-Clause */
/* What a command found out, as rows of named values. */
#include "cli/report.h"

#include "cli/memory.h"
#include "cli/page.h"
#include "cli/table.h"
#include "common/cleanup.h"

#include <stdlib.h>

enum value_kind { VALUE_TEXT, VALUE_NUMBER, VALUE_TRUTH };

struct value {
    enum value_kind kind;
    char *text;
    unsigned long long number;
    bool truth;
};

/* One value, or those of a list. */
struct cell {
    struct value *values;
    size_t n_values;
};

struct report {
    const struct report_column *columns;
    size_t n_columns;
    struct cell **rows;
    size_t n_rows;
};

struct report *
report_new(const struct report_column *columns, size_t n_columns)
{
    struct report *report = memory_new(1, sizeof(*report));

    report->columns = columns;
    report->n_columns = n_columns;
    return report;
}

static void
free_cell(struct cell *cell)
{
    for (size_t i = 0; i < cell->n_values; i++)
        free(cell->values[i].text);
    free(cell->values);
}

void
report_free(struct report *report)
{
    if (report == NULL)
        return;
    for (size_t i = 0; i < report->n_rows; i++) {
        for (size_t k = 0; k < report->n_columns; k++)
            free_cell(&report->rows[i][k]);
        free(report->rows[i]);
    }
    free(report->rows);
    free(report);
}

void
report_freep(struct report **report)
{
    report_free(*report);
}

void
report_add_row(struct report *report)
{
    report->rows =
        memory_grow(report->rows, report->n_rows, sizeof(*report->rows));
    report->rows[report->n_rows++] =
        memory_new(report->n_columns, sizeof(**report->rows));
}

static struct value *
add_value(struct report *report, size_t column, enum value_kind kind)
{
    struct cell *cell = &report->rows[report->n_rows - 1][column];
    struct value *value;

    cell->values =
        memory_grow(cell->values, cell->n_values, sizeof(*cell->values));
    value = &cell->values[cell->n_values++];
    value->kind = kind;
    return value;
}

void
report_set_text(struct report *report, size_t column, const char *text)
{
    if (text != NULL)
        add_value(report, column, VALUE_TEXT)->text = memory_copy(text);
}

void
report_set_number(struct report *report, size_t column,
                  unsigned long long number)
{
    add_value(report, column, VALUE_NUMBER)->number = number;
}

void
report_set_truth(struct report *report, size_t column, bool truth)
{
    add_value(report, column, VALUE_TRUTH)->truth = truth;
}

void
report_change_text(struct report *report, size_t row, size_t column,
                   const char *text)
{
    struct value *value = &report->rows[row][column].values[0];

    free(value->text);
    value->text = memory_copy(text);
}

size_t
report_count(const struct report *report)
{
    return report->n_rows;
}

/* -- For people -------------------------------------------------------------
 */

static void
print_value(const struct value *value, FILE *stream)
{
    switch (value->kind) {
    case VALUE_TEXT:
        (void)fputs(value->text, stream);
        break;
    case VALUE_NUMBER:
        (void)fprintf(stream, "%llu", value->number);
        break;
    case VALUE_TRUTH:
        (void)fputs(value->truth ? "yes" : "no", stream);
        break;
    }
}

/* The caller frees it. */
static char *
cell_text(const struct cell *cell)
{
    char *text = NULL;
    size_t length = 0;
    FILE *stream = open_memstream(&text, &length);

    for (size_t i = 0; stream != NULL && i < cell->n_values; i++) {
        (void)fputs(i == 0 ? "" : ", ", stream);
        print_value(&cell->values[i], stream);
    }
    if (stream == NULL || fclose(stream) != 0) {
        free(text);
        return memory_copy("?");
    }
    return text;
}

void
report_print_table(const struct report *report, FILE *stream)
{
    size_t n_shown = 0;
    struct table_column *columns =
        memory_new(report->n_columns, sizeof(*columns));
    char **cells = memory_new(report->n_columns, sizeof(*cells));
    struct table *table;

    for (size_t i = 0; i < report->n_columns; i++)
        if (report->columns[i].heading != NULL)
            columns[n_shown++] = (struct table_column){
                .heading = report->columns[i].heading,
                .is_number = report->columns[i].is_number,
            };
    table = table_new(columns, n_shown);
    for (size_t i = 0; i < report->n_rows; i++) {
        size_t n_cells = 0;

        for (size_t k = 0; k < report->n_columns; k++)
            if (report->columns[k].heading != NULL)
                cells[n_cells++] = cell_text(&report->rows[i][k]);
        table_add(table, (const char *const *)cells);
        while (n_cells > 0)
            free(cells[--n_cells]);
    }
    table_print(table, stream);
    table_free(table);
    free(cells);
    free(columns);
}

void
report_write_page(const struct report *report, FILE *stream,
                  const char *caption)
{
    size_t n_shown = 0;
    struct page_column *columns =
        memory_new(report->n_columns, sizeof(*columns));

    for (size_t i = 0; i < report->n_columns; i++)
        if (report->columns[i].heading != NULL)
            columns[n_shown++] = (struct page_column){
                .heading = report->columns[i].heading,
                .class = report->columns[i].is_number ? "n" : NULL,
            };
    page_table_begin(stream, caption, columns, n_shown);
    for (size_t i = 0; i < report->n_rows; i++) {
        size_t n_cells = 0;

        page_row_begin(stream, NULL);
        for (size_t k = 0; k < report->n_columns; k++) {
            CLEANUP(freep) char *text = cell_text(&report->rows[i][k]);

            if (report->columns[k].heading != NULL)
                page_cell_text(stream, &columns[n_cells++], text);
        }
        page_row_end(stream);
    }
    page_table_end(stream);
    free(columns);
}

/* -- For programs -----------------------------------------------------------
 */

static void
write_value(const struct value *value, struct json *json, const char *name)
{
    switch (value->kind) {
    case VALUE_TEXT:
        json_text(json, name, value->text);
        break;
    case VALUE_NUMBER:
        json_number(json, name, value->number);
        break;
    case VALUE_TRUTH:
        json_truth(json, name, value->truth);
        break;
    }
}

static void
write_cell(const struct cell *cell, const struct report_column *column,
           struct json *json)
{
    if (column->is_list) {
        json_begin_list(json, column->name);
        for (size_t i = 0; i < cell->n_values; i++)
            write_value(&cell->values[i], json, NULL);
        json_end_list(json);
    } else if (cell->n_values == 0) {
        json_null(json, column->name);
    } else {
        write_value(&cell->values[0], json, column->name);
    }
}

void
report_write_json(const struct report *report, struct json *json,
                  const char *name)
{
    json_begin_list(json, name);
    for (size_t i = 0; i < report->n_rows; i++) {
        json_begin_object(json, NULL);
        for (size_t k = 0; k < report->n_columns; k++)
            if (report->columns[k].name != NULL)
                write_cell(&report->rows[i][k], &report->columns[k], json);
        json_end_object(json);
    }
    json_end_list(json);
}
