/* SPDX-License-Identifier: BSD-3-Clause */
/* A record of an audit log as a row of a table. */
#ifndef CLI_AUDIT_ROW_H
#define CLI_AUDIT_ROW_H

#include "cli/audit-entry.h"
#include "cli/table.h"

enum {
    ROW_LINE,
    ROW_TIME,
    ROW_EVENT,
    ROW_RESULT,
    ROW_TOKEN,
    ROW_KEY,
    ROW_MECHANISM,
    ROW_USER,
    ROW_PROGRAM,
    ROW_COLUMNS
};

extern const struct table_column row_columns[ROW_COLUMNS];

void row_add(struct table *table, const struct log_entry *entry);

/* A line that is no record; `what` it is. */
void row_add_other(struct table *table, uint64_t line, const char *what);

/* What people call a key: its label, else its id or fingerprint; else NULL.
 * Lent from the entry. */
const char *row_key(const struct entry_key *key);

/* The program without the folder that it is in; NULL: not known. */
const char *row_program(const struct log_entry *entry);

#endif
