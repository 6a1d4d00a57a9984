/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * What is asked of a database, in SQL that all kinds understand but for what
 * store/postgresql.c has its own words for.
 * Parameters appear in the order of their numbers.
 */
#ifndef STORE_STATEMENT_H
#define STORE_STATEMENT_H

enum statement {
    STATEMENT_LIFE_FIND,
    STATEMENT_LIFE_ADD,
    STATEMENT_LIFE_SERIAL,
    STATEMENT_LIFE_CLEAR,
    STATEMENT_LIFE_END,
    STATEMENT_VALUE_FIND,
    STATEMENT_VALUE_ADD,
    STATEMENT_OBJECT_ADD,
    STATEMENT_OBJECT_READ,
    STATEMENT_OBJECT_CHANGE,
    STATEMENT_OBJECT_DESTROY,
    STATEMENT_OBJECT_COUNT,
    STATEMENT_MOVE_FIND,
    STATEMENT_MOVE_CLEAR,
    STATEMENT_MOVE_ADD,
    STATEMENT_TOTALS,
    STATEMENT_LIFE_LIST,
    STATEMENT_LIFE_RESTORE,
    STATEMENT_LIFE_DROP,
    STATEMENT_LIFE_LAST,
    STATEMENT_LIFE_GO_ON,
    STATEMENT_VALUE_LIST,
    STATEMENT_VALUE_READ,
    STATEMENT_OBJECT_LIST,
    STATEMENT_OBJECT_RESTORE,
    STATEMENT_OBJECT_LAST,
    STATEMENT_OBJECT_GO_ON,
    N_STATEMENTS
};

enum { STATEMENT_MAX_FIELDS = 10 };

struct statement_text {
    const char *sql;
    unsigned n_in;
    unsigned n_out;
};

extern const struct statement_text statements[N_STATEMENTS];

#endif
