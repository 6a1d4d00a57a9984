/* SPDX-License-Identifier: BSD-3-Clause */
/* The section about what failed, and what p11mux refused. */
#include "cli/chart.h"
#include "cli/dossier.h"
#include "cli/page.h"

#include <stdlib.h>

enum { MOST_ROWS = 100 };

enum {
    COLUMN_EVENT,
    COLUMN_RESULT,
    COLUMN_OUTCOME,
    COLUMN_RECORDS,
    COLUMN_TIME,
    COLUMN_FIRST,
    COLUMN_LAST,
    COLUMNS
};

static const struct page_column columns[COLUMNS] = {
    [COLUMN_EVENT] = { .heading = "Event", .class = "w" },
    [COLUMN_RESULT] = { .heading = "Result" },
    [COLUMN_OUTCOME] = { .heading = "Outcome" },
    [COLUMN_RECORDS] = { .heading = "Calls", .class = "n" },
    [COLUMN_TIME] = { .heading = "Over time", .class = "chart" },
    [COLUMN_FIRST] = { .heading = "First (UTC)", .class = "t" },
    [COLUMN_LAST] = { .heading = "Last (UTC)", .class = "t" },
};

static void
write_row(FILE *stream, const struct account *account,
          const struct group *failure)
{
    page_row_begin(stream, NULL);
    page_cell_text(stream, &columns[COLUMN_EVENT],
                   failure->values[FAILURE_EVENT]);
    page_cell_text(stream, &columns[COLUMN_RESULT],
                   failure->values[FAILURE_RV]);
    page_cell_text(stream, &columns[COLUMN_OUTCOME],
                   failure->values[FAILURE_OUTCOME]);
    page_cell_number(stream, &columns[COLUMN_RECORDS], failure->n_records);
    page_cell_begin(stream, &columns[COLUMN_TIME]);
    if (failure->number < ACCOUNT_SERIES - 1)
        chart_spark(stream, account->timeline,
                    ACCOUNT_KINDS + (unsigned)failure->number);
    page_cell_end(stream);
    page_cell_time(stream, &columns[COLUMN_FIRST], failure->first);
    page_cell_time(stream, &columns[COLUMN_LAST], failure->last);
    page_row_end(stream);
}

void
dossier_write_failures(FILE *stream, const struct account *account)
{
    size_t n_failures = group_table_count(account->failures);
    size_t n_shown = n_failures < MOST_ROWS ? n_failures : MOST_ROWS;
    const struct group **failures =
        group_table_sort(account->failures, GROUP_BY_RECORDS);

    page_section_begin(stream, "failures", "Failures and denials");
    if (n_failures == 0) {
        (void)fputs("<p>No selected call failed or was denied.</p>\n", stream);
    } else {
        (void)fputs("<p>", stream);
        page_count(stream, account->n_calls_failed, "call");
        (void)fputs(" failed, and p11mux refused ", stream);
        page_number(stream, account->n_calls_denied);
        (void)fputs(" by rules of its own. The bars have the times of the "
                    "section above.</p>\n",
                    stream);
        page_table_begin(stream, "By event and result", columns, COLUMNS);
        for (size_t i = 0; i < n_shown; i++)
            write_row(stream, account, failures[i]);
        page_table_end(stream);
        page_left_out(stream, n_shown, n_failures, "kinds");
        page_not_counted(stream, group_table_left_out(account->failures),
                         "result");
    }
    page_section_end(stream);
    free(failures);
}
