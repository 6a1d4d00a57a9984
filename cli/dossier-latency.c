/* SPDX-License-Identifier: BSD-3-Clause */
/* The section about how long calls took, by event and token. */
#include "cli/chart.h"
#include "cli/dossier.h"
#include "cli/page.h"

#include <stdlib.h>

enum { MOST_ROWS = 100 };

enum {
    COLUMN_EVENT,
    COLUMN_TOKEN,
    COLUMN_CALLS,
    COLUMN_50,
    COLUMN_95,
    COLUMN_99,
    COLUMN_LONGEST,
    COLUMN_RANGE,
    COLUMNS
};

static const struct page_column columns[COLUMNS] = {
    [COLUMN_EVENT] = { .heading = "Event", .class = "w" },
    [COLUMN_TOKEN] = { .heading = "Token", .class = "w" },
    [COLUMN_CALLS] = { .heading = "Calls", .class = "n" },
    [COLUMN_50] = { .heading = "50 %", .class = "n" },
    [COLUMN_95] = { .heading = "95 %", .class = "n" },
    [COLUMN_99] = { .heading = "99 %", .class = "n" },
    [COLUMN_LONGEST] = { .heading = "Longest", .class = "n" },
    [COLUMN_RANGE] = { .heading = "Range", .class = "chart" },
};

static void
write_duration(FILE *stream, const struct page_column *column, uint64_t us)
{
    page_cell_begin(stream, column);
    page_duration(stream, us);
    page_cell_end(stream);
}

static void
write_row(FILE *stream, const struct group *group, struct chart_scale scale)
{
    const struct latency *latency = group->latency;

    page_row_begin(stream, NULL);
    page_cell_text(stream, &columns[COLUMN_EVENT], group->values[TIME_EVENT]);
    page_cell_text(stream, &columns[COLUMN_TOKEN], group->values[TIME_TOKEN]);
    page_cell_number(stream, &columns[COLUMN_CALLS], latency->count);
    write_duration(stream, &columns[COLUMN_50],
                   latency_percentile(latency, 50));
    write_duration(stream, &columns[COLUMN_95],
                   latency_percentile(latency, 95));
    write_duration(stream, &columns[COLUMN_99],
                   latency_percentile(latency, 99));
    write_duration(stream, &columns[COLUMN_LONGEST], latency->longest);
    page_cell_begin(stream, &columns[COLUMN_RANGE]);
    chart_range(stream, latency, scale);
    page_cell_end(stream);
    page_row_end(stream);
}

/* From the least median to the longest call. */
static struct chart_scale
find_scale(const struct group **groups, size_t n_groups, size_t *out_timed)
{
    struct chart_scale scale = { .from = UINT64_MAX };

    *out_timed = 0;
    for (size_t i = 0; i < n_groups; i++) {
        const struct latency *latency = groups[i]->latency;
        uint64_t median;

        if (latency == NULL)
            continue;
        median = latency_percentile(latency, 50);
        ++*out_timed;
        scale.from = median < scale.from ? median : scale.from;
        scale.to = latency->longest > scale.to ? latency->longest : scale.to;
    }
    return scale;
}

static void
write_lead(FILE *stream, struct chart_scale scale)
{
    (void)fputs("<p>So many of the calls took no longer, in p11mux and behind "
                "it; at most one part in 32 too much. The range begins at the "
                "median; it is high up to 95 %, half as high up to 99 %, and "
                "thin up to the longest, on a logarithmic scale from ",
                stream);
    page_duration(stream, scale.from);
    (void)fputs(" to ", stream);
    page_duration(stream, scale.to);
    (void)fputs(".</p>\n", stream);
}

void
dossier_write_latency(FILE *stream, const struct account *account)
{
    size_t n_groups = group_table_count(account->times);
    const struct group **groups =
        group_table_sort(account->times, GROUP_BY_RECORDS);
    size_t n_timed, n_shown = 0;
    struct chart_scale scale = find_scale(groups, n_groups, &n_timed);

    page_section_begin(stream, "latency", "How long calls took");
    if (n_timed == 0) {
        (void)fputs("<p>No selected call has a time.</p>\n", stream);
    } else {
        write_lead(stream, scale);
        page_table_begin(stream, "Times by event and token", columns, COLUMNS);
        for (size_t i = 0; i < n_groups && n_shown < MOST_ROWS; i++)
            if (groups[i]->latency != NULL) {
                write_row(stream, groups[i], scale);
                n_shown++;
            }
        page_table_end(stream);
        page_left_out(stream, n_shown, n_timed, "rows");
        page_not_counted(stream, group_table_left_out(account->times),
                         "event and token");
    }
    page_section_end(stream);
    free(groups);
}
