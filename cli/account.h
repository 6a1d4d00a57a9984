/* SPDX-License-Identifier: BSD-3-Clause */
/* What an audit log tells an auditor, counted in one pass over it. */
#ifndef CLI_ACCOUNT_H
#define CLI_ACCOUNT_H

#include "cli/audit-damage.h"
#include "cli/audit-filter.h"
#include "cli/group.h"
#include "cli/note-list.h"
#include "cli/run-list.h"
#include "cli/timeline.h"

/* Groups of a table; what is new behind that is counted only. */
enum { ACCOUNT_MOST_GROUPS = 20000 };

/* The series of the timeline: the calls of each token, those that failed or
 * were denied, and the kinds of failures; by the numbers of the groups. The
 * last of each is for all further ones. */
enum {
    ACCOUNT_SERIES = 24,
    ACCOUNT_CALLS = 0,
    ACCOUNT_FAILED = ACCOUNT_SERIES,
    ACCOUNT_KINDS = 2 * ACCOUNT_SERIES,
    ACCOUNT_ALL_SERIES = 3 * ACCOUNT_SERIES
};

/* The texts of the groups of each table. */
enum { TOKEN_LABEL, TOKEN_TEXTS };
enum {
    KEY_TOKEN,
    KEY_CLASS,
    KEY_TYPE,
    KEY_LABEL,
    KEY_ID,
    KEY_FINGERPRINT,
    KEY_TEXTS
};
enum { KEY_EVENT_NUMBER, KEY_EVENT_NAME, KEY_EVENT_TEXTS };
enum { KEY_USER_NUMBER, KEY_USER_EXE, KEY_USER_NAME, KEY_USER_TEXTS };
enum { PROGRAM_EXE, PROGRAM_USER, PROGRAM_HOST, PROGRAM_TEXTS };
enum { FAILURE_EVENT, FAILURE_RV, FAILURE_OUTCOME, FAILURE_TEXTS };
enum { TIME_EVENT, TIME_TOKEN, TIME_TEXTS };
enum { LOGIN_TOKEN, LOGIN_USER, LOGIN_EXE, LOGIN_TEXTS };

struct account_file {
    char *path;
    uint64_t n_lines;
};

struct account {
    const struct filter *filter;

    /* Of all lines, whatever the filter is. */
    _Atomic(uint64_t) n_lines;
    struct account_file *files; /* as they were read */
    size_t n_files;
    struct damage damage;
    char first[CLOCK_TEXT_LENGTH + 1]; /* time of a record; empty: none */
    char last[CLOCK_TEXT_LENGTH + 1];
    char covered[CLOCK_TEXT_LENGTH + 1]; /* of the last that a checkpoint is
                                          * right for, and how many that are */
    uint64_t n_covered;
    struct run_list *runs;
    struct note_list gaps;
    uint64_t n_lost;   /* records */
    uint64_t n_denied; /* calls, while the log could not be written */
    uint64_t n_torn;   /* lines */

    /* Of those that the filter lets through. */
    uint64_t n_records;
    uint64_t n_calls; /* of applications: see EVENT_CALLED */
    uint64_t n_calls_failed;
    uint64_t n_calls_denied;
    struct group_table *tokens; /* of calls */
    struct group_table *keys;
    struct group_table *key_events;
    struct group_table *key_users;
    struct group_table *programs;
    struct group_table *failures;
    struct group_table *times;
    struct group_table *logins;
    struct timeline *timeline;
    struct note_list changes;
};

/* Lends the filter. */
struct account *account_new(const struct filter *filter);
void account_free(struct account *account);
void account_freep(struct account **account);

/* Looks at a line: see struct verify_witness, whose context is the account. */
void account_look(void *context, const struct lines *lines,
                  const struct line *line, uint64_t n_covered);

/* How many operations a key was used for. */
uint64_t account_key_uses(const struct account *account,
                          const struct group *key);

/* The group of an event among the records about a key, or NULL. */
const struct group *account_key_event(const struct account *account,
                                      const struct group *key,
                                      const char *event);

/* How keys are called in key_events and key_users. */
enum { ACCOUNT_NUMBER_LENGTH = 24 };
void account_key_number(const struct group *key,
                        char out[ACCOUNT_NUMBER_LENGTH]);

#endif
