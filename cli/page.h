/* SPDX-License-Identifier: BSD-3-Clause */
/* Writes parts of a page in XHTML: texts, numbers, times and tables. */
#ifndef CLI_PAGE_H
#define CLI_PAGE_H

#include "cli/audit-entry.h"

#include <stdint.h>
#include <stdio.h>

/* -- Values --------------------------------------------------------------- */

/* A text of anybody's, escaped, and what is no UTF-8 or no character to be
 * shown replaced; NULL and "" are shown as a dash. */
void page_text(FILE *stream, const char *text);

/* The same; one that takes more than so many bytes ends with an ellipsis. */
void page_text_cut(FILE *stream, const char *text, size_t length);

/* "1,234" */
void page_number(FILE *stream, uint64_t number);

/* "1,234 records", "1 record": the word is in the singular, without one that
 * is irregular. */
void page_count(FILE *stream, uint64_t number, const char *word);

/* "345 µs", "1.2 ms", "34 s" */
void page_duration(FILE *stream, uint64_t us);

/* The time of a record, to the second; what has another form as it is. */
void page_time(FILE *stream, const char *time);

/* The beginning of a step of so many seconds. */
void page_step(FILE *stream, int64_t second, int64_t length);

/* How long a step is: "15 minutes". */
void page_step_length(FILE *stream, int64_t seconds);

/* The program without its folder, which is told where one points at it. */
void page_program(FILE *stream, const char *exe);

/* What people call a key, and under it its kind, id and fingerprint. */
void page_key(FILE *stream, const struct entry_key *key);

/* -- The whole ---------------------------------------------------------------
 */

/* Up to the body, which is open then: nothing is loaded from anywhere, and no
 * script runs. The title is of what kind the page is, and of what. */
void page_begin(FILE *stream, const char *kind, const char *name);
void page_end(FILE *stream);

/* A number in a list of class "tiles". */
void page_tile(FILE *stream, const char *id, uint64_t number, const char *name);

/* The style sheet. */
extern const char page_style[];

/* -- Sections and tables --------------------------------------------------- */

struct page_column {
    const char *heading;
    const char *class; /* "n" for numbers; NULL: none */
};

void page_section_begin(FILE *stream, const char *id, const char *title);
void page_section_end(FILE *stream);

void page_table_begin(FILE *stream, const char *caption,
                      const struct page_column *columns, size_t n_columns);
void page_table_end(FILE *stream);
/* NULL: of no class. */
void page_row_begin(FILE *stream, const char *class);
void page_row_end(FILE *stream);

/* A cell of the column; what is written next is in it. */
void page_cell_begin(FILE *stream, const struct page_column *column);
void page_cell_end(FILE *stream);

/* Cells with just that in them. */
void page_cell_text(FILE *stream, const struct page_column *column,
                    const char *text);
void page_cell_number(FILE *stream, const struct page_column *column,
                      uint64_t number);
void page_cell_time(FILE *stream, const struct page_column *column,
                    const char *time);

/* Says how many of all things, in the plural, are not in the table. */
void page_left_out(FILE *stream, uint64_t n_shown, uint64_t n_all,
                   const char *things);

/* Says how many records are in no row at all, since there were too many kinds:
 * by "program". */
void page_not_counted(FILE *stream, uint64_t n_records, const char *by);

#endif
