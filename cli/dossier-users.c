/* SPDX-License-Identifier: BSD-3-Clause */
/* The sections about programs and users: which key each of them used, and what
 * they called for in all. */
#include "cli/dossier.h"
#include "cli/key-rank.h"
#include "cli/memory.h"
#include "cli/page.h"

#include <stdlib.h>

enum { MOST_ROWS = 300, MOST_PROGRAMS = 100 };

enum {
    COLUMN_KEY,
    COLUMN_TOKEN,
    COLUMN_PROGRAM,
    COLUMN_USER,
    COLUMN_CALLS,
    COLUMN_FAILED,
    COLUMN_DENIED,
    COLUMN_FIRST,
    COLUMN_LAST,
    COLUMNS
};

static const struct page_column columns[COLUMNS] = {
    [COLUMN_KEY] = { .heading = "Key" },
    [COLUMN_TOKEN] = { .heading = "Token", .class = "w" },
    [COLUMN_PROGRAM] = { .heading = "Program", .class = "w" },
    [COLUMN_USER] = { .heading = "User", .class = "w" },
    [COLUMN_CALLS] = { .heading = "Calls", .class = "n" },
    [COLUMN_FAILED] = { .heading = "Failed", .class = "n" },
    [COLUMN_DENIED] = { .heading = "Denied", .class = "n" },
    [COLUMN_FIRST] = { .heading = "First (UTC)", .class = "t" },
    [COLUMN_LAST] = { .heading = "Last (UTC)", .class = "t" },
};

struct key_user {
    size_t rank; /* of the key */
    const struct group *key;
    const struct group *user;
};

static int
compare_users(const void *left, const void *right)
{
    const struct key_user *a = left;
    const struct key_user *b = right;

    if (a->rank != b->rank)
        return a->rank < b->rank ? -1 : 1;
    if (a->user->n_records != b->user->n_records)
        return a->user->n_records < b->user->n_records ? 1 : -1;
    return a->user->number < b->user->number ? -1 : 1;
}

/* By the rank of their keys; the caller frees the list. */
static struct key_user *
rank_users(const struct account *account)
{
    size_t n_keys = group_table_count(account->keys);
    size_t n_users = group_table_count(account->key_users);
    struct ranked_key *keys = key_rank(account);
    size_t *ranks = memory_new(n_keys, sizeof(*ranks));
    const struct group **users =
        group_table_sort(account->key_users, GROUP_BY_RECORDS);
    struct key_user *ranked = memory_new(n_users, sizeof(*ranked));

    for (size_t i = 0; i < n_keys; i++)
        ranks[keys[i].group->number] = i;
    for (size_t i = 0; i < n_users; i++) {
        size_t number = strtoul(users[i]->values[KEY_USER_NUMBER], NULL, 10);

        ranked[i] = (struct key_user){ ranks[number], keys[ranks[number]].group,
                                       users[i] };
    }
    if (n_users > 1)
        qsort(ranked, n_users, sizeof(*ranked), compare_users);
    free(users);
    free(ranks);
    free(keys);
    return ranked;
}

static void
write_counts(FILE *stream, const struct group *group)
{
    page_cell_number(stream, &columns[COLUMN_CALLS], group->n_records);
    page_cell_number(stream, &columns[COLUMN_FAILED], group->n_failures);
    page_cell_number(stream, &columns[COLUMN_DENIED], group->n_denied);
    page_cell_time(stream, &columns[COLUMN_FIRST], group->first);
    page_cell_time(stream, &columns[COLUMN_LAST], group->last);
}

static void
write_program(FILE *stream, const char *exe)
{
    page_cell_begin(stream, &columns[COLUMN_PROGRAM]);
    page_program(stream, exe);
    page_cell_end(stream);
}

static void
write_row(FILE *stream, const struct key_user *row, bool is_same)
{
    struct entry_key names = key_rank_names(row->key);

    page_row_begin(stream, is_same ? "same" : NULL);
    page_cell_begin(stream, &columns[COLUMN_KEY]);
    page_key(stream, &names);
    page_cell_end(stream);
    page_cell_text(stream, &columns[COLUMN_TOKEN], row->key->values[KEY_TOKEN]);
    write_program(stream, row->user->values[KEY_USER_EXE]);
    page_cell_text(stream, &columns[COLUMN_USER],
                   row->user->values[KEY_USER_NAME]);
    write_counts(stream, row->user);
    page_row_end(stream);
}

static void
write_key_users(FILE *stream, const struct account *account)
{
    size_t n_users = group_table_count(account->key_users);
    size_t n_shown = n_users < MOST_ROWS ? n_users : MOST_ROWS;
    struct key_user *users = rank_users(account);

    page_table_begin(stream, "Programs and users by key", columns, COLUMNS);
    for (size_t i = 0; i < n_shown; i++)
        write_row(stream, &users[i], i > 0 && users[i - 1].key == users[i].key);
    page_table_end(stream);
    page_left_out(stream, n_shown, n_users, "rows");
    page_not_counted(stream, group_table_left_out(account->key_users),
                     "key and program");
    free(users);
}

/* -- Programs -------------------------------------------------------------- */

static const struct page_column program_columns[] = {
    { .heading = "Program", .class = "w" },
    { .heading = "User", .class = "w" },
    { .heading = "Host", .class = "w" },
    { .heading = "Calls", .class = "n" },
    { .heading = "Failed", .class = "n" },
    { .heading = "Denied", .class = "n" },
    { .heading = "First (UTC)", .class = "t" },
    { .heading = "Last (UTC)", .class = "t" },
};

static void
write_programs(FILE *stream, const struct account *account)
{
    size_t n_programs = group_table_count(account->programs);
    size_t n_shown = n_programs < MOST_PROGRAMS ? n_programs : MOST_PROGRAMS;
    const struct group **programs =
        group_table_sort(account->programs, GROUP_BY_RECORDS);

    page_table_begin(stream, "All calls, by program and user", program_columns,
                     sizeof(program_columns) / sizeof(program_columns[0]));
    for (size_t i = 0; i < n_shown; i++) {
        page_row_begin(stream, NULL);
        write_program(stream, programs[i]->values[PROGRAM_EXE]);
        page_cell_text(stream, &columns[COLUMN_USER],
                       programs[i]->values[PROGRAM_USER]);
        page_cell_text(stream, &program_columns[2],
                       programs[i]->values[PROGRAM_HOST]);
        write_counts(stream, programs[i]);
        page_row_end(stream);
    }
    page_table_end(stream);
    page_left_out(stream, n_shown, n_programs, "programs and users");
    page_not_counted(stream, group_table_left_out(account->programs),
                     "program");
    free(programs);
}

void
dossier_write_users(FILE *stream, const struct account *account)
{
    page_section_begin(stream, "users", "Programs and users");
    if (group_table_count(account->programs) == 0)
        (void)fputs("<p>No calls were selected.</p>\n", stream);
    if (group_table_count(account->key_users) > 0)
        write_key_users(stream, account);
    if (group_table_count(account->programs) > 0)
        write_programs(stream, account);
    page_section_end(stream);
}
