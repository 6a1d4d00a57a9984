/* SPDX-License-Identifier: BSD-3-Clause */
/* A record of an audit log as a row of a table. */
#include "cli/audit-row.h"

#include "common/clock.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>

enum { NUMBER_LENGTH = 24, SECOND_LENGTH = 19, RESULT_LENGTH = 80 };

const struct table_column row_columns[ROW_COLUMNS] = {
    [ROW_LINE] = { .heading = "LINE", .is_number = true },
    [ROW_TIME] = { .heading = "TIME" },
    [ROW_EVENT] = { .heading = "EVENT" },
    [ROW_RESULT] = { .heading = "RESULT", .least_width = 7 },
    [ROW_TOKEN] = { .heading = "TOKEN", .least_width = 4 },
    [ROW_KEY] = { .heading = "KEY", .least_width = 6 },
    [ROW_MECHANISM] = { .heading = "MECHANISM", .least_width = 5 },
    [ROW_USER] = { .heading = "USER", .least_width = 4 },
    [ROW_PROGRAM] = { .heading = "PROGRAM", .least_width = 5 },
};

static bool
is_empty(const char *text)
{
    return text == NULL || text[0] == '\0';
}

const char *
row_key(const struct entry_key *key)
{
    if (!is_empty(key->label))
        return key->label;
    return is_empty(key->id) ? key->fingerprint : key->id;
}

const char *
row_program(const struct log_entry *entry)
{
    const char *slash = entry->exe == NULL ? NULL : strrchr(entry->exe, '/');

    return slash == NULL ? entry->exe : slash + 1;
}

/* Without what begins the names of all constants of its kind. */
static const char *
shorten(const char *name, const char *prefix)
{
    size_t length = strlen(prefix);

    if (name != NULL && strncmp(name, prefix, length) == 0)
        return name + length;
    return name;
}

/* Whole seconds are enough for people. */
static void
write_time(const char *time, char out[CLOCK_TEXT_LENGTH + 1])
{
    size_t length = strlen(time);

    if (length == CLOCK_TEXT_LENGTH && time[SECOND_LENGTH] == '.')
        (void)snprintf(out, CLOCK_TEXT_LENGTH + 1, "%.*sZ", SECOND_LENGTH,
                       time);
    else
        (void)snprintf(out, CLOCK_TEXT_LENGTH + 1, "%s", time);
}

/* What came of it, which an intent does not know; the code of a failure says
 * more than "failure". */
static void
write_result(const struct log_entry *entry, char out[RESULT_LENGTH])
{
    const char *outcome = entry->outcome == NULL ? "" : entry->outcome;
    bool is_failure = strcmp(outcome, "failure") == 0;

    if (entry->rv == NULL || strcmp(entry->rv, "CKR_OK") == 0)
        (void)snprintf(out, RESULT_LENGTH, "%s", outcome);
    else if (is_failure)
        (void)snprintf(out, RESULT_LENGTH, "%s", shorten(entry->rv, "CKR_"));
    else
        (void)snprintf(out, RESULT_LENGTH, "%s: %s", outcome,
                       shorten(entry->rv, "CKR_"));
}

void
row_add(struct table *table, const struct log_entry *entry)
{
    char number[NUMBER_LENGTH];
    char time[CLOCK_TEXT_LENGTH + 1];
    char result[RESULT_LENGTH];
    const char *cells[ROW_COLUMNS] = {
        [ROW_LINE] = number,
        [ROW_TIME] = time,
        [ROW_EVENT] = entry->event,
        [ROW_RESULT] = result,
        [ROW_TOKEN] = entry->token,
        [ROW_KEY] = row_key(&entry->key),
        [ROW_MECHANISM] = shorten(entry->mechanism, "CKM_"),
        [ROW_USER] = entry->user,
        [ROW_PROGRAM] = row_program(entry),
    };

    (void)snprintf(number, sizeof(number), "%" PRIu64, entry->line);
    write_time(entry->time, time);
    write_result(entry, result);
    table_add(table, cells);
}

void
row_add_other(struct table *table, uint64_t line, const char *what)
{
    char number[NUMBER_LENGTH];
    const char *cells[ROW_COLUMNS] = {
        [ROW_LINE] = number, [ROW_EVENT] = what
    };

    (void)snprintf(number, sizeof(number), "%" PRIu64, line);
    table_add(table, cells);
}
