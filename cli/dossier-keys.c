/* SPDX-License-Identifier: BSD-3-Clause */
/* The section about keys: what each was used for, and when last. */
#include "cli/chart.h"
#include "cli/dossier.h"
#include "cli/event-class.h"
#include "cli/key-rank.h"
#include "cli/page.h"

#include <stdlib.h>
#include <string.h>

enum { MOST_ROWS = 200 };

enum {
    COLUMN_KEY,
    COLUMN_TOKEN,
    COLUMN_USES,
    COLUMN_BAR,
    COLUMN_WHAT,
    COLUMN_FAILED,
    COLUMN_DENIED,
    COLUMN_LAST,
    COLUMNS
};

static const struct page_column columns[COLUMNS] = {
    [COLUMN_KEY] = { .heading = "Key" },
    [COLUMN_TOKEN] = { .heading = "Token", .class = "w" },
    [COLUMN_USES] = { .heading = "Uses", .class = "n" },
    [COLUMN_BAR] = { .heading = "Share", .class = "chart" },
    [COLUMN_WHAT] = { .heading = "Calls", .class = "list" },
    [COLUMN_FAILED] = { .heading = "Failed", .class = "n" },
    [COLUMN_DENIED] = { .heading = "Denied", .class = "n" },
    [COLUMN_LAST] = { .heading = "Last use (UTC)", .class = "t" },
};

/* Each event with its count. */
static void
write_events(FILE *stream, const struct account *account,
             const struct group *key)
{
    const char *between = "";

    for (unsigned i = 0; i < n_event_names; i++) {
        const struct group *group =
            account_key_event(account, key, event_names[i]);

        if (group == NULL)
            continue;
        (void)fprintf(stream, "%s%s\xc2\xa0", between, event_names[i]);
        page_number(stream, group->n_records);
        between = ", ";
    }
}

/* Of its operations, not of its making and what else there is. */
static const char *
last_use(const struct account *account, const struct group *key)
{
    const char *last = "";

    for (unsigned i = 0; i < n_event_names; i++) {
        const struct group *group;

        if ((event_class(event_names[i]) & EVENT_USES_KEY) == 0)
            continue;
        group = account_key_event(account, key, event_names[i]);
        if (group != NULL && strcmp(group->last, last) > 0)
            last = group->last;
    }
    return last;
}

static void
write_row(FILE *stream, const struct account *account,
          const struct ranked_key *ranked, uint64_t most)
{
    const struct group *key = ranked->group;
    struct entry_key names = key_rank_names(key);

    page_row_begin(stream, NULL);
    page_cell_begin(stream, &columns[COLUMN_KEY]);
    page_key(stream, &names);
    page_cell_end(stream);
    page_cell_text(stream, &columns[COLUMN_TOKEN], key->values[KEY_TOKEN]);
    page_cell_number(stream, &columns[COLUMN_USES], ranked->n_uses);
    page_cell_begin(stream, &columns[COLUMN_BAR]);
    chart_bar(stream, ranked->n_uses, most);
    page_cell_end(stream);
    page_cell_begin(stream, &columns[COLUMN_WHAT]);
    write_events(stream, account, key);
    page_cell_end(stream);
    page_cell_number(stream, &columns[COLUMN_FAILED], key->n_failures);
    page_cell_number(stream, &columns[COLUMN_DENIED], key->n_denied);
    page_cell_time(stream, &columns[COLUMN_LAST], last_use(account, key));
    page_row_end(stream);
}

void
dossier_write_keys(FILE *stream, const struct account *account)
{
    size_t n_keys = group_table_count(account->keys);
    struct ranked_key *ranked = key_rank(account);
    size_t n_shown = n_keys < MOST_ROWS ? n_keys : MOST_ROWS;

    page_section_begin(stream, "keys", "Keys by use");
    if (n_keys == 0)
        (void)fputs("<p>No key was used in the selected records.</p>\n",
                    stream);
    else
        (void)fputs("<p>A use is an operation with the key, whether it "
                    "succeeded or not. The fingerprint is the SHA-256 of the "
                    "public key.</p>\n",
                    stream);
    if (n_keys > 0)
        page_table_begin(stream, "Keys, the most used first", columns, COLUMNS);
    for (size_t i = 0; i < n_shown; i++)
        write_row(stream, account, &ranked[i], ranked[0].n_uses);
    if (n_keys > 0)
        page_table_end(stream);
    page_left_out(stream, n_shown, n_keys, "keys");
    page_not_counted(stream, group_table_left_out(account->keys), "key");
    page_section_end(stream);
    free(ranked);
}
