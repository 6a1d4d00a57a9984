/* SPDX-License-Identifier: BSD-3-Clause */
/* What a command found out, as rows of named values: shown as a table to
 * people and as JSON to programs. */
#ifndef CLI_REPORT_H
#define CLI_REPORT_H

#include "cli/json.h"

#include <stdbool.h>
#include <stdio.h>

struct report_column {
    const char *name;    /* in JSON; NULL: not there */
    const char *heading; /* of the table; NULL: not there */
    bool is_number;
    bool is_list; /* any number of values, in one cell */
};

struct report;

/* Lends `columns` for its life. */
struct report *report_new(const struct report_column *columns,
                          size_t n_columns);
void report_free(struct report *report);
void report_freep(struct report **report);

/* Begins a row; what is not set in it stays empty: null, "-", or []. */
void report_add_row(struct report *report);

/* In the last row; in a list each call adds a value. Texts are copied; NULL is
 * empty. */
void report_set_text(struct report *report, size_t column, const char *text);
void report_set_number(struct report *report, size_t column,
                       unsigned long long number);
void report_set_truth(struct report *report, size_t column, bool truth);

/* In an earlier row, which has one there. */
void report_change_text(struct report *report, size_t row, size_t column,
                        const char *text);

size_t report_count(const struct report *report);
void report_print_table(const struct report *report, FILE *stream);

/* The table in a page (cli/page.h). */
void report_write_page(const struct report *report, FILE *stream,
                       const char *caption);

/* As a list of objects. */
void report_write_json(const struct report *report, struct json *json,
                       const char *name);

#endif
