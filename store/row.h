/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * An object as a row: the attributes that are searched for have columns of
 * their own, the rest is one text of bytes.
 */
#ifndef STORE_ROW_H
#define STORE_ROW_H

#include "common/crypto.h"
#include "store/field.h"
#include "store/store.h"

/* In the order in which statements name them. */
enum column {
    COLUMN_VALUE,
    COLUMN_TYPE,
    COLUMN_IDENT,
    COLUMN_LABEL,
    COLUMN_SUBJECT,
    COLUMN_ISSUER,
    COLUMN_SERIAL,
    N_COLUMNS
};

/* The columns' fields are lent by the attributes; the value's is its bytes. */
struct row {
    struct field columns[N_COLUMNS];
    unsigned char hash[SHA256_LENGTH]; /* of the value, if there is one */
    unsigned char *others;
    size_t others_length;
};

/* False: no memory, or OpenSSL failed. */
bool row_encode(const CK_ATTRIBUTE *attributes, CK_ULONG count,
                struct row *out);
void row_clear(struct row *row);

/* From the columns and, last, the others, as they came out of a database.
 * STORE_BROKEN: nothing of ours. */
enum store_result row_decode(const struct field fields[N_COLUMNS + 1],
                             struct store_object *out);

/* A template (R8.11): columns that must be equal, those with the kind NULL
 * are not asked for, and what must be among the others. The field of the
 * value is its hash. */
struct row_query {
    struct row row;
    unsigned n_columns; /* asked for */
    bool has_others;
    bool matches_nothing; /* asks for two things of one attribute */
};

bool row_query_make(const CK_ATTRIBUTE *template, CK_ULONG count,
                    struct row_query *out);
void row_query_clear(struct row_query *query);

/* Whether all that is asked for is among an object's others. */
bool row_query_matches_others(const struct row_query *query,
                              const struct field *others);

/* The object with some attributes changed; the caller frees *out, which lends
 * the values. */
bool row_merge(const struct store_object *object,
               const CK_ATTRIBUTE *attributes, CK_ULONG count,
               CK_ATTRIBUTE **out, CK_ULONG *out_count);

#endif
