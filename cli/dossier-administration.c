/* SPDX-License-Identifier: BSD-3-Clause */
/* The section about administration: who logged in, and what was changed. */
#include "cli/dossier.h"
#include "cli/page.h"

#include <stdlib.h>

enum { MOST_LOGINS = 100, LONGEST_DETAIL = 240 };

/* -- Logins ---------------------------------------------------------------- */

enum {
    COLUMN_TOKEN,
    COLUMN_USER,
    COLUMN_PROGRAM,
    COLUMN_LOGINS,
    COLUMN_FAILED,
    COLUMN_DENIED,
    COLUMN_LAST,
    COLUMNS
};

static const struct page_column columns[COLUMNS] = {
    [COLUMN_TOKEN] = { .heading = "Token", .class = "w" },
    [COLUMN_USER] = { .heading = "User", .class = "w" },
    [COLUMN_PROGRAM] = { .heading = "Program", .class = "w" },
    [COLUMN_LOGINS] = { .heading = "Logins", .class = "n" },
    [COLUMN_FAILED] = { .heading = "Failed", .class = "n" },
    [COLUMN_DENIED] = { .heading = "Denied", .class = "n" },
    [COLUMN_LAST] = { .heading = "Last (UTC)", .class = "t" },
};

static void
write_login(FILE *stream, const struct group *login)
{
    page_row_begin(stream, NULL);
    page_cell_text(stream, &columns[COLUMN_TOKEN], login->values[LOGIN_TOKEN]);
    page_cell_text(stream, &columns[COLUMN_USER], login->values[LOGIN_USER]);
    page_cell_begin(stream, &columns[COLUMN_PROGRAM]);
    page_program(stream, login->values[LOGIN_EXE]);
    page_cell_end(stream);
    page_cell_number(stream, &columns[COLUMN_LOGINS], login->n_records);
    page_cell_number(stream, &columns[COLUMN_FAILED], login->n_failures);
    page_cell_number(stream, &columns[COLUMN_DENIED], login->n_denied);
    page_cell_time(stream, &columns[COLUMN_LAST], login->last);
    page_row_end(stream);
}

static void
write_logins(FILE *stream, const struct account *account)
{
    size_t n_logins = group_table_count(account->logins);
    size_t n_shown = n_logins < MOST_LOGINS ? n_logins : MOST_LOGINS;
    const struct group **logins =
        group_table_sort(account->logins, GROUP_BY_RECORDS);

    if (n_logins == 0) {
        (void)fputs("<p>No logins were selected.</p>\n", stream);
        return;
    }
    page_table_begin(stream, "Logins", columns, COLUMNS);
    for (size_t i = 0; i < n_shown; i++)
        write_login(stream, logins[i]);
    page_table_end(stream);
    page_left_out(stream, n_shown, n_logins, "rows");
    page_not_counted(stream, group_table_left_out(account->logins),
                     "who logged in");
    free(logins);
}

/* -- Changes --------------------------------------------------------------- */

enum {
    CHANGE_LINE,
    CHANGE_TIME,
    CHANGE_EVENT,
    CHANGE_OBJECT,
    CHANGE_TOKEN,
    CHANGE_WHO,
    CHANGE_RESULT,
    CHANGE_COLUMNS
};

static const struct page_column change_columns[CHANGE_COLUMNS] = {
    [CHANGE_LINE] = { .heading = "Line", .class = "n" },
    [CHANGE_TIME] = { .heading = "Time (UTC)", .class = "t" },
    [CHANGE_EVENT] = { .heading = "Event", .class = "w" },
    [CHANGE_OBJECT] = { .heading = "Object" },
    [CHANGE_TOKEN] = { .heading = "Token", .class = "w" },
    [CHANGE_WHO] = { .heading = "By" },
    [CHANGE_RESULT] = { .heading = "Result" },
};

static void
write_object(FILE *stream, const struct note_copy *note)
{
    struct entry_key names = { .object_class = note->object_class,
                               .label = note->label,
                               .id = note->id,
                               .fingerprint = note->fingerprint };

    if (note->object_class != NULL || note->label != NULL || note->id != NULL)
        page_key(stream, &names);
    if (note->detail != NULL) {
        (void)fputs("<small>", stream);
        page_text_cut(stream, note->detail, LONGEST_DETAIL);
        (void)fputs("</small>", stream);
    } else if (note->object_class == NULL && note->label == NULL &&
               note->id == NULL) {
        page_text(stream, NULL);
    }
}

static void
write_change(FILE *stream, const struct note_copy *note)
{
    page_row_begin(stream, NULL);
    page_cell_number(stream, &change_columns[CHANGE_LINE], note->line);
    page_cell_time(stream, &change_columns[CHANGE_TIME], note->time);
    page_cell_text(stream, &change_columns[CHANGE_EVENT], note->event);
    page_cell_begin(stream, &change_columns[CHANGE_OBJECT]);
    write_object(stream, note);
    page_cell_end(stream);
    page_cell_text(stream, &change_columns[CHANGE_TOKEN], note->token);
    page_cell_begin(stream, &change_columns[CHANGE_WHO]);
    page_text(stream, note->user);
    (void)fputs("<small>", stream);
    page_program(stream, note->exe);
    (void)fputs("</small>", stream);
    page_cell_end(stream);
    page_cell_text(stream, &change_columns[CHANGE_RESULT],
                   note->rv != NULL ? note->rv : note->outcome);
    page_row_end(stream);
}

static void
write_changes(FILE *stream, const struct account *account)
{
    const struct note_list *changes = &account->changes;

    if (changes->n_added == 0) {
        (void)fputs("<p>Nothing was made, changed or destroyed.</p>\n", stream);
        return;
    }
    page_table_begin(stream,
                     "Made, changed and destroyed: objects, PINs, tokens, the "
                     "configuration, certificates without room, devices lost "
                     "and back; the newest first",
                     change_columns, CHANGE_COLUMNS);
    for (size_t i = 0; i < note_list_count(changes); i++)
        write_change(stream, note_list_get(changes, i));
    page_table_end(stream);
    page_left_out(stream, note_list_count(changes), changes->n_added,
                  "changes");
}

void
dossier_write_administration(FILE *stream, const struct account *account)
{
    page_section_begin(stream, "administration", "Administration");
    write_logins(stream, account);
    write_changes(stream, account);
    page_section_end(stream);
}
