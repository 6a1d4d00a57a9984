/* SPDX-License-Identifier: BSD-3-Clause */
/* The section about what the log itself says is missing in it. */
#include "cli/dossier.h"
#include "cli/page.h"

#include <stdlib.h>

enum { MOST_RUNS = 100, LONGEST_DETAIL = 240 };

/* -- Records about gaps ---------------------------------------------------- */

enum {
    COLUMN_LINE,
    COLUMN_TIME,
    COLUMN_EVENT,
    COLUMN_WHAT,
    COLUMN_BY,
    COLUMNS
};

static const struct page_column columns[COLUMNS] = {
    [COLUMN_LINE] = { .heading = "Line", .class = "n" },
    [COLUMN_TIME] = { .heading = "Time (UTC)", .class = "t" },
    [COLUMN_EVENT] = { .heading = "Event", .class = "w" },
    [COLUMN_WHAT] = { .heading = "What the record says" },
    [COLUMN_BY] = { .heading = "Program", .class = "w" },
};

static void
write_note(FILE *stream, const struct note_copy *note)
{
    page_row_begin(stream, NULL);
    page_cell_number(stream, &columns[COLUMN_LINE], note->line);
    page_cell_time(stream, &columns[COLUMN_TIME], note->time);
    page_cell_text(stream, &columns[COLUMN_EVENT], note->event);
    page_cell_begin(stream, &columns[COLUMN_WHAT]);
    page_text_cut(stream, note->detail, LONGEST_DETAIL);
    page_cell_end(stream);
    page_cell_begin(stream, &columns[COLUMN_BY]);
    page_program(stream, note->exe);
    page_cell_end(stream);
    page_row_end(stream);
}

static void
write_notes(FILE *stream, const struct note_list *gaps)
{
    if (gaps->n_added == 0) {
        (void)fputs("<p>No record says that others were lost, torn or "
                    "refused.</p>\n",
                    stream);
        return;
    }
    page_table_begin(stream,
                     "Records about lost records, torn lines, and calls that "
                     "were refused since the log could not be written",
                     columns, COLUMNS);
    for (size_t i = 0; i < note_list_count(gaps); i++)
        write_note(stream, note_list_get(gaps, i));
    page_table_end(stream);
    page_left_out(stream, note_list_count(gaps), gaps->n_added, "records");
}

/* -- Runs ------------------------------------------------------------------ */

enum {
    RUN_PROGRAM,
    RUN_USER,
    RUN_HOST,
    RUN_PROCESS,
    RUN_RECORDS,
    RUN_FIRST,
    RUN_LAST,
    RUN_ID,
    RUN_COLUMNS
};

static const struct page_column run_columns[RUN_COLUMNS] = {
    [RUN_PROGRAM] = { .heading = "Program", .class = "w" },
    [RUN_USER] = { .heading = "User", .class = "w" },
    [RUN_HOST] = { .heading = "Host", .class = "w" },
    [RUN_PROCESS] = { .heading = "Process", .class = "n" },
    [RUN_RECORDS] = { .heading = "Records", .class = "n" },
    [RUN_FIRST] = { .heading = "First (UTC)", .class = "t" },
    [RUN_LAST] = { .heading = "Last (UTC)", .class = "t" },
    [RUN_ID] = { .heading = "Run" },
};

static void
write_run(FILE *stream, const struct run_facts *run)
{
    page_row_begin(stream, NULL);
    page_cell_begin(stream, &run_columns[RUN_PROGRAM]);
    page_program(stream, run->exe);
    page_cell_end(stream);
    page_cell_text(stream, &run_columns[RUN_USER], run->user);
    page_cell_text(stream, &run_columns[RUN_HOST], run->host);
    page_cell_begin(stream, &run_columns[RUN_PROCESS]);
    if (run->has_pid)
        (void)fprintf(stream, "%llu", (unsigned long long)run->pid);
    else
        page_text(stream, NULL);
    page_cell_end(stream);
    page_cell_number(stream, &run_columns[RUN_RECORDS], run->group->n_records);
    page_cell_time(stream, &run_columns[RUN_FIRST], run->group->first);
    page_cell_time(stream, &run_columns[RUN_LAST], run->group->last);
    page_cell_begin(stream, &run_columns[RUN_ID]);
    (void)fputs("<code>", stream);
    page_text(stream, run->group->values[0]);
    (void)fputs("</code>", stream);
    page_cell_end(stream);
    page_row_end(stream);
}

static void
write_runs(FILE *stream, const struct account *account)
{
    size_t n_runs = run_list_count_open(account->runs);
    const struct run_facts **runs = run_list_open(account->runs);
    size_t n_shown = n_runs < MOST_RUNS ? n_runs : MOST_RUNS;

    if (n_runs == 0)
        (void)fputs("<p>Every process has said that it ended.</p>\n", stream);
    else
        page_table_begin(stream,
                         "Runs without an end: the process was killed, has "
                         "crashed, or goes on",
                         run_columns, RUN_COLUMNS);
    for (size_t i = 0; i < n_shown; i++)
        write_run(stream, runs[i]);
    if (n_runs > 0)
        page_table_end(stream);
    page_left_out(stream, n_shown, n_runs, "runs");
    free(runs);
}

void
dossier_write_gaps(FILE *stream, const struct account *account)
{
    page_section_begin(stream, "gaps", "Gaps in the record");
    (void)fputs("<p>Of the whole log, whatever was selected.</p>\n", stream);
    write_notes(stream, &account->gaps);
    write_runs(stream, account);
    page_section_end(stream);
}
