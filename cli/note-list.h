/* SPDX-License-Identifier: BSD-3-Clause */
/* The last records of some kind, with what an auditor wants to know of each. */
#ifndef CLI_NOTE_LIST_H
#define CLI_NOTE_LIST_H

#include "cli/audit-entry.h"

enum { NOTE_LIST_LENGTH = 200 }; /* at most */

/* Each text is NULL where the record has none. */
struct note_copy {
    uint64_t line;
    char *time;
    char *event;
    char *token;
    char *object_class;
    char *label;
    char *id;
    char *fingerprint;
    char *user;
    char *exe;
    char *outcome;
    char *rv;
    char *detail; /* for people */
};

/* Zero-initialised is empty. */
struct note_list {
    struct note_copy notes[NOTE_LIST_LENGTH]; /* a ring */
    uint64_t n_added;
};

void note_list_add(struct note_list *list, const struct log_entry *entry);
void note_list_clear(struct note_list *list);

/* How many are kept. */
size_t note_list_count(const struct note_list *list);

/* From the newest, 0, on. */
const struct note_copy *note_list_get(const struct note_list *list,
                                      size_t back);

#endif
