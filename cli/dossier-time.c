/* SPDX-License-Identifier: BSD-3-Clause */
/* The section about calls over time, by token. */
#include "cli/chart.h"
#include "cli/dossier.h"
#include "cli/page.h"

#include <stdlib.h>

enum { MOST_STRIPS = 12, MOST_ROWS = 600 };

enum { COLUMN_TIME, COLUMN_TOKEN, COLUMN_CALLS, COLUMN_FAILED, COLUMNS };

static const struct page_column columns[COLUMNS] = {
    [COLUMN_TIME] = { .heading = "From (UTC)" },
    [COLUMN_TOKEN] = { .heading = "Token" },
    [COLUMN_CALLS] = { .heading = "Calls", .class = "n" },
    [COLUMN_FAILED] = { .heading = "Failed or denied", .class = "n" },
};

static const char *
name_of(const struct group *token)
{
    return token->values[TOKEN_LABEL] == NULL ? "without a token"
                                              : token->values[TOKEN_LABEL];
}

static bool
has_series(const struct group *token)
{
    return token->number < ACCOUNT_SERIES - 1;
}

static void
write_strip(FILE *stream, const struct account *account,
            const struct group *token)
{
    struct chart_strip strip = {
        .timeline = account->timeline,
        .up = ACCOUNT_CALLS + (unsigned)token->number,
        .down = ACCOUNT_FAILED + (unsigned)token->number,
        .title = name_of(token),
        .up_name = "calls",
        .down_name = "failed or denied",
    };

    (void)fputs("<figure>\n<figcaption><bdi class=\"name\">", stream);
    page_text(stream, name_of(token));
    (void)fputs("</bdi> <span>", stream);
    page_count(stream, token->n_records, "call");
    (void)fputs(", at most ", stream);
    page_number(stream, chart_peak(account->timeline, strip.up));
    (void)fputs(" a bar; ", stream);
    page_number(stream, token->n_failures);
    (void)fputs(" failed, ", stream);
    page_number(stream, token->n_denied);
    (void)fputs(" denied</span></figcaption>\n", stream);
    chart_strip(stream, &strip);
    (void)fputs("</figure>\n", stream);
}

/* -- As a table ------------------------------------------------------------ */

static void
write_row(FILE *stream, const struct account *account,
          const struct group *token, size_t step)
{
    const struct timeline *timeline = account->timeline;
    unsigned series = (unsigned)token->number;

    page_row_begin(stream, NULL);
    page_cell_begin(stream, &columns[COLUMN_TIME]);
    page_step(stream, timeline_begin(timeline, step),
              timeline_step_seconds(timeline));
    page_cell_end(stream);
    page_cell_text(stream, &columns[COLUMN_TOKEN], name_of(token));
    page_cell_number(stream, &columns[COLUMN_CALLS],
                     timeline_count(timeline, ACCOUNT_CALLS + series, step));
    page_cell_number(stream, &columns[COLUMN_FAILED],
                     timeline_count(timeline, ACCOUNT_FAILED + series, step));
    page_row_end(stream);
}

static void
write_table(FILE *stream, const struct account *account,
            const struct group **tokens, size_t n_tokens)
{
    const struct timeline *timeline = account->timeline;
    uint64_t n_rows = 0, n_all = 0;

    (void)fputs("<details><summary>The numbers as a table</summary>\n", stream);
    page_table_begin(stream, "Calls over time, by token", columns, COLUMNS);
    for (size_t step = 0; step < timeline_steps(timeline); step++)
        for (size_t i = 0; i < n_tokens; i++) {
            if (!has_series(tokens[i]) ||
                timeline_count(timeline,
                               ACCOUNT_CALLS + (unsigned)tokens[i]->number,
                               step) == 0)
                continue;
            n_all++;
            if (n_rows >= MOST_ROWS)
                continue;
            write_row(stream, account, tokens[i], step);
            n_rows++;
        }
    page_table_end(stream);
    page_left_out(stream, n_rows, n_all, "rows");
    (void)fputs("</details>\n", stream);
}

void
dossier_write_time(FILE *stream, const struct account *account)
{
    const struct timeline *timeline = account->timeline;
    size_t n_tokens = group_table_count(account->tokens);
    const struct group **tokens =
        group_table_sort(account->tokens, GROUP_BY_RECORDS);
    size_t n_shown = 0;

    page_section_begin(stream, "time", "Calls over time");
    if (timeline_steps(timeline) == 0) {
        (void)fputs("<p>No calls were selected.</p>\n", stream);
    } else {
        (void)fputs("<p>By token. Each bar is ", stream);
        page_step_length(stream, timeline_step_seconds(timeline));
        (void)fputs(", in UTC. Bars below the line, which have a scale of "
                    "their own, are calls that failed or were denied.</p>\n",
                    stream);
        for (size_t i = 0; i < n_tokens && n_shown < MOST_STRIPS; i++)
            if (has_series(tokens[i])) {
                write_strip(stream, account, tokens[i]);
                n_shown++;
            }
        chart_axis(stream, timeline);
        page_left_out(stream, n_shown, n_tokens, "tokens");
        page_not_counted(stream, group_table_left_out(account->tokens),
                         "token");
        write_table(stream, account, tokens, n_tokens);
    }
    page_section_end(stream);
    free(tokens);
}
