/* SPDX-License-Identifier: BSD-3-Clause */
/* Counts the records of an audit log for an auditor. */
#include "cli/account.h"

#include "cli/event-class.h"
#include "cli/memory.h"
#include "cli/moment.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

struct account *
account_new(const struct filter *filter)
{
    struct account *account = memory_new(1, sizeof(*account));

    account->filter = filter;
    account->runs = run_list_new();
    account->tokens = group_table_new(TOKEN_TEXTS, ACCOUNT_MOST_GROUPS);
    account->keys = group_table_new(KEY_TEXTS, ACCOUNT_MOST_GROUPS);
    account->key_events =
        group_table_new(KEY_EVENT_TEXTS, 2 * ACCOUNT_MOST_GROUPS);
    account->key_users =
        group_table_new(KEY_USER_TEXTS, 2 * ACCOUNT_MOST_GROUPS);
    account->programs = group_table_new(PROGRAM_TEXTS, ACCOUNT_MOST_GROUPS);
    account->failures = group_table_new(FAILURE_TEXTS, ACCOUNT_MOST_GROUPS);
    account->times = group_table_new(TIME_TEXTS, ACCOUNT_MOST_GROUPS);
    account->logins = group_table_new(LOGIN_TEXTS, ACCOUNT_MOST_GROUPS);
    account->timeline = timeline_new(ACCOUNT_ALL_SERIES);
    return account;
}

void
account_free(struct account *account)
{
    if (account == NULL)
        return;
    for (size_t i = 0; i < account->n_files; i++)
        free(account->files[i].path);
    free(account->files);
    run_list_free(account->runs);
    group_table_free(account->tokens);
    group_table_free(account->keys);
    group_table_free(account->key_events);
    group_table_free(account->key_users);
    group_table_free(account->programs);
    group_table_free(account->failures);
    group_table_free(account->times);
    group_table_free(account->logins);
    timeline_free(account->timeline);
    note_list_clear(&account->gaps);
    note_list_clear(&account->changes);
    free(account);
}

void
account_freep(struct account **account)
{
    account_free(*account);
}

/* -- Groups --------------------------------------------------------------- */

/* The number of the series of a group, of which there may be too many. */
static unsigned
series_of(const struct group *group)
{
    return group != NULL && group->number < ACCOUNT_SERIES - 1
               ? (unsigned)group->number
               : ACCOUNT_SERIES - 1;
}

static struct group *
count(struct group_table *table, const char *const *values,
      const struct log_entry *entry)
{
    struct group *group = group_table_get(table, values);

    if (group != NULL)
        group_add(group, entry);
    return group;
}

void
account_key_number(const struct group *key, char out[ACCOUNT_NUMBER_LENGTH])
{
    (void)snprintf(out, ACCOUNT_NUMBER_LENGTH, "%zu", key->number);
}

/* Certificates and data are no keys. */
static bool
has_key(const struct log_entry *entry)
{
    const struct entry_key *key = &entry->key;

    return (key->object_class != NULL && strstr(key->object_class, "KEY")) ||
           (key->object_class == NULL &&
            (key->label != NULL || key->id != NULL ||
             key->fingerprint != NULL));
}

static void
count_key(struct account *account, const struct log_entry *entry)
{
    const char *values[KEY_TEXTS] = {
        [KEY_TOKEN] = entry->token,
        [KEY_CLASS] = entry->key.object_class,
        [KEY_TYPE] = entry->key.type,
        [KEY_LABEL] = entry->key.label,
        [KEY_ID] = entry->key.id,
        [KEY_FINGERPRINT] = entry->key.fingerprint,
    };
    const struct group *key = count(account->keys, values, entry);
    char number[ACCOUNT_NUMBER_LENGTH];

    if (key == NULL)
        return;
    account_key_number(key, number);
    count(account->key_events,
          (const char *[KEY_EVENT_TEXTS]){
              [KEY_EVENT_NUMBER] = number, [KEY_EVENT_NAME] = entry->event },
          entry);
    count(account->key_users,
          (const char *[KEY_USER_TEXTS]){ [KEY_USER_NUMBER] = number,
                                          [KEY_USER_EXE] = entry->exe,
                                          [KEY_USER_NAME] = entry->user },
          entry);
}

static void
count_failure(struct account *account, const struct log_entry *entry,
              int64_t second, const struct group *token)
{
    const char *values[FAILURE_TEXTS] = { [FAILURE_EVENT] = entry->event,
                                          [FAILURE_RV] = entry->rv,
                                          [FAILURE_OUTCOME] = entry->outcome };
    const struct group *kind = count(account->failures, values, entry);

    (void)timeline_add(account->timeline, second,
                       ACCOUNT_FAILED + series_of(token));
    (void)timeline_add(account->timeline, second,
                       ACCOUNT_KINDS + series_of(kind));
}

static void
count_time(struct account *account, const struct log_entry *entry)
{
    const char *values[TIME_TEXTS] = {
        [TIME_EVENT] = entry->event, [TIME_TOKEN] = entry->token
    };
    struct group *group = count(account->times, values, entry);

    if (group != NULL)
        group_add_latency(group, entry);
}

/* -- Records --------------------------------------------------------------- */

static bool
is_outcome(const struct log_entry *entry, const char *outcome)
{
    return entry->outcome != NULL && strcmp(entry->outcome, outcome) == 0;
}

/* What an application has called for. */
static void
count_call(struct account *account, const struct log_entry *entry)
{
    const struct group *token =
        count(account->tokens, (const char *[]){ entry->token }, entry);
    const char *program[PROGRAM_TEXTS] = { [PROGRAM_EXE] = entry->exe,
                                           [PROGRAM_USER] = entry->user,
                                           [PROGRAM_HOST] = entry->host };
    bool has_failed = is_outcome(entry, "failure");
    bool was_denied = is_outcome(entry, "denied");
    int64_t second;

    if (!moment_seconds(entry->time, &second))
        second = -1;
    account->n_calls++;
    account->n_calls_failed += has_failed;
    account->n_calls_denied += was_denied;
    (void)timeline_add(account->timeline, second,
                       ACCOUNT_CALLS + series_of(token));
    if (has_failed || was_denied)
        count_failure(account, entry, second, token);
    count(account->programs, program, entry);
    count_time(account, entry);
    if (has_key(entry))
        count_key(account, entry);
    if (strcmp(entry->event, "login") == 0)
        count(account->logins,
              (const char *[LOGIN_TEXTS]){ [LOGIN_TOKEN] = entry->token,
                                           [LOGIN_USER] = entry->user,
                                           [LOGIN_EXE] = entry->exe },
              entry);
}

static void
note_gap(struct account *account, const struct log_entry *entry)
{
    note_list_add(&account->gaps, entry);
    if (strcmp(entry->event, "torn") == 0)
        account->n_torn++;
    else if (strcmp(entry->event, "lost") == 0)
        account->n_lost += entry->count;
    else
        account->n_denied += entry->count;
}

static void
note_period(struct account *account, const struct log_entry *entry)
{
    if (strlen(entry->time) != CLOCK_TEXT_LENGTH)
        return;
    if (account->first[0] == '\0' || strcmp(entry->time, account->first) < 0)
        memcpy(account->first, entry->time, CLOCK_TEXT_LENGTH + 1);
    if (strcmp(entry->time, account->last) > 0)
        memcpy(account->last, entry->time, CLOCK_TEXT_LENGTH + 1);
}

static void
count_record(struct account *account, const struct log_entry *entry)
{
    unsigned class = event_class(entry->event);

    note_period(account, entry);
    run_list_add(account->runs, entry);
    if ((class & EVENT_IS_GAP) != 0)
        note_gap(account, entry);
    if (!filter_fits(account->filter, entry))
        return;
    account->n_records++;
    if ((class & EVENT_CALLED) != 0)
        count_call(account, entry);
    if ((class & EVENT_CHANGES) != 0)
        note_list_add(&account->changes, entry);
}

/* -- Lines ----------------------------------------------------------------- */

static void
note_file(struct account *account, const char *path)
{
    struct account_file *last =
        account->n_files == 0 ? NULL : &account->files[account->n_files - 1];

    for (size_t i = 0; i < account->n_files; i++)
        if (strcmp(account->files[i].path, path) == 0)
            last = &account->files[i];
    if (last == NULL || strcmp(last->path, path) != 0) {
        account->files = memory_grow(account->files, account->n_files,
                                     sizeof(*account->files));
        last = &account->files[account->n_files++];
        last->path = memory_copy(path);
    }
    last->n_lines++;
}

void
account_look(void *context, const struct lines *lines, const struct line *line,
             uint64_t n_covered)
{
    struct account *account = context;
    struct log_entry entry;
    enum entry_kind kind = entry_read(line, &entry);

    account->n_lines += line->is_whole;
    note_file(account, lines_sequence(lines)->files[line->file].path);
    damage_note(&account->damage, kind, line->number);
    if (kind == ENTRY_RECORD || kind == ENTRY_BEHIND_PIECE)
        count_record(account, &entry);
    if (n_covered > account->n_covered) {
        account->n_covered = n_covered;
        memcpy(account->covered, account->last, sizeof(account->covered));
    }
    entry_clear(&entry);
}

/* -- Keys ------------------------------------------------------------------ */

const struct group *
account_key_event(const struct account *account, const struct group *key,
                  const char *event)
{
    char number[ACCOUNT_NUMBER_LENGTH];
    const char *values[KEY_EVENT_TEXTS] = {
        [KEY_EVENT_NUMBER] = number, [KEY_EVENT_NAME] = event
    };

    account_key_number(key, number);
    return group_table_find(account->key_events, values);
}

uint64_t
account_key_uses(const struct account *account, const struct group *key)
{
    uint64_t n_uses = 0;

    for (unsigned i = 0; i < n_event_names; i++) {
        const struct group *group;

        if ((event_class(event_names[i]) & EVENT_USES_KEY) == 0)
            continue;
        group = account_key_event(account, key, event_names[i]);
        n_uses += group == NULL ? 0 : group->n_records;
    }
    return n_uses;
}
