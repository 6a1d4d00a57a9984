/* SPDX-License-Identifier: BSD-3-Clause */
/* Searches in PostgreSQL: one statement for each set of columns that are asked
 * for, and one round trip. The server chooses the index. */
#include "store/postgresql-private.h"

#include <libpq-fe.h>
#include <stdio.h>
#include <string.h>

/* The index has hashes; what has the same is compared. A question mark is the
 * number of the value. */
#define EQUALS(column)                                                         \
    " AND sha256(" column ") = sha256($?) AND " column " = $?"

static const char *const conditions[N_COLUMNS] = {
    [COLUMN_VALUE] = " AND value = (SELECT id FROM value WHERE hash = $?)",
    [COLUMN_TYPE] = " AND type = $?",
    [COLUMN_IDENT] = EQUALS("ident"),
    [COLUMN_LABEL] = EQUALS("label"),
    [COLUMN_SUBJECT] = EQUALS("subject"),
    [COLUMN_ISSUER] = EQUALS("issuer"),
    [COLUMN_SERIAL] = EQUALS("serial"),
};

enum { SQL_LENGTH = 1024, NAME_LENGTH = 32 };

/* A bit for each column, and one for the others. */
static unsigned
set_of(const struct row_query *query)
{
    unsigned set = query->has_others ? 1U << N_COLUMNS : 0;

    for (unsigned i = 0; i < N_COLUMNS; i++)
        if (query->row.columns[i].kind != FIELD_NULL)
            set |= 1U << i;
    return set;
}

/* Of one digit: there are seven columns. */
static char *
write_condition(char *to, const char *condition, unsigned number)
{
    for (; *condition != '\0'; condition++)
        *to++ = *condition == '?' ? (char)('0' + number) : *condition;
    return to;
}

static void
write_sql(unsigned set, char out[SQL_LENGTH])
{
    bool has_others = (set >> N_COLUMNS & 1) != 0;
    unsigned n = 1;

    out = stpcpy(out, has_others ? "SELECT id, others" : "SELECT id");
    out = stpcpy(out, " FROM object WHERE life = $1");
    for (unsigned i = 0; i < N_COLUMNS; i++)
        if ((set >> i & 1) != 0)
            out = write_condition(out, conditions[i], ++n);
    /* A sum, so that no plan goes through all of them in this order. */
    (void)strcpy(out, " ORDER BY id + 0");
}

static enum store_result
search(struct postgresql_link *link, uint64_t life,
       const struct row_query *query, PGresult **out)
{
    const struct field first = field_of_number(life);
    struct postgresql_values values = { .n = 0 };
    unsigned set = set_of(query);
    char sql[SQL_LENGTH], name[NAME_LENGTH];
    enum store_result result;

    write_sql(set, sql);
    (void)snprintf(name, sizeof(name), "search %u", set);
    result =
        postgresql_prepare(link, name, sql, &link->is_search_prepared[set]);
    if (result != STORE_DONE)
        return result;
    (void)postgresql_values_add(&values, &first);
    for (unsigned i = 0; i < N_COLUMNS; i++)
        if ((set >> i & 1) != 0 &&
            !postgresql_values_add(&values, &query->row.columns[i]))
            return STORE_ABSENT;
    return postgresql_run(link, name, &values, out)
               ? STORE_DONE
               : postgresql_fail(link, *out);
}

static enum store_result
give(const struct postgresql_link *link, const struct row_query *query,
     const PGresult *answer, found_row found, void *context)
{
    enum store_result result = STORE_DONE;

    for (int i = 0; i < PQntuples(answer) && result == STORE_DONE; i++) {
        struct field number = postgresql_field(answer, i, 0);

        if (query->has_others) {
            struct field others = postgresql_field(answer, i, 1);

            if (!services_of(&link->base)->matches_others(query, &others))
                continue;
        }
        result = found(context, (uint64_t)number.number);
    }
    return result;
}

enum store_result
postgresql_find(struct link *base, uint64_t life, const struct row_query *query,
                found_row found, void *context)
{
    struct postgresql_link *link = (struct postgresql_link *)base;
    PGresult *answer = NULL;
    enum store_result result = search(link, life, query, &answer);

    if (result == STORE_DONE)
        result = give(link, query, answer, found, context);
    PQclear(answer);
    /* What is longer than anything there is not there. */
    return result == STORE_ABSENT ? STORE_DONE : result;
}
