/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * Searches in SQLite. Each column that is asked for has an index; all of them
 * are read in turns until the first one ends, which is the one with the fewest
 * objects, and only those are looked at. So what a search costs is a few times
 * what its most selective index costs, whatever is in the others.
 */
#include "store/sqlite-private.h"

#include <stdlib.h>
#include <string.h>

/* By name: left to itself SQLite prefers the one of all objects, which has
 * them in order already. */
#define SEARCH(column)                                                         \
    "SELECT id FROM object INDEXED BY object_" column                          \
    " WHERE life = $1 AND " column " = $2 ORDER BY id"

static const char *const searches[N_SEARCHES] = {
    [COLUMN_VALUE] = "SELECT id FROM object INDEXED BY object_value "
                     "WHERE life = $1 AND value = "
                     "(SELECT id FROM value WHERE hash = $2) ORDER BY id",
    [COLUMN_TYPE] = SEARCH("type"),
    [COLUMN_IDENT] = SEARCH("ident"),
    [COLUMN_LABEL] = SEARCH("label"),
    [COLUMN_SUBJECT] = SEARCH("subject"),
    [COLUMN_ISSUER] = SEARCH("issuer"),
    [COLUMN_SERIAL] = SEARCH("serial"),
    [SEARCH_BOTH] = "SELECT id FROM object INDEXED BY object_issuer "
                    "WHERE life = $1 AND issuer = $2 AND serial = $3 "
                    "ORDER BY id",
    [SEARCH_ALL] = ("SELECT id, others FROM object INDEXED BY object_life "
                    "WHERE life = $1 ORDER BY id"),
};

static const char look[] =
    "SELECT (SELECT hash FROM value WHERE value.id = object.value), type, "
    "ident, label, subject, issuer, serial, others FROM object WHERE id = $1";

/* One index as it is read. */
struct cursor {
    sqlite3_stmt *statement;
    uint64_t *numbers;
    size_t n_numbers;
    size_t size;
};

struct search {
    struct sqlite_link *link;
    const struct row_query *query;
    uint64_t life;
    found_row found;
    void *context;
    struct cursor cursors[N_COLUMNS];
    unsigned n_cursors;
};

/* -- Reading an index ----------------------------------------------------- */

static enum store_result
open_cursor(struct search *search, unsigned which, const struct field *wanted,
            const struct field *second)
{
    struct sqlite_link *link = search->link;
    struct cursor *cursor = &search->cursors[search->n_cursors];
    struct field life = field_of_number(search->life);
    enum store_result result =
        sqlite_prepare(link, searches[which], &link->searches[which]);

    if (result != STORE_DONE)
        return result;
    cursor->statement = link->searches[which];
    search->n_cursors++;
    if (!sqlite_bind(link, cursor->statement, 1, &life) ||
        (wanted != NULL && !sqlite_bind(link, cursor->statement, 2, wanted)) ||
        (second != NULL && !sqlite_bind(link, cursor->statement, 3, second)))
        return sqlite_fail(link);
    return STORE_DONE;
}

static enum store_result
open_cursors(struct search *search)
{
    const struct field *columns = search->query->row.columns;
    bool has_both = columns[COLUMN_ISSUER].kind != FIELD_NULL &&
                    columns[COLUMN_SERIAL].kind != FIELD_NULL;
    enum store_result result = STORE_DONE;

    for (unsigned i = 0; i < N_COLUMNS && result == STORE_DONE; i++)
        if (columns[i].kind != FIELD_NULL &&
            (!has_both || (i != COLUMN_ISSUER && i != COLUMN_SERIAL)))
            result = open_cursor(search, i, &columns[i], NULL);
    if (has_both && result == STORE_DONE)
        result = open_cursor(search, SEARCH_BOTH, &columns[COLUMN_ISSUER],
                             &columns[COLUMN_SERIAL]);
    return result;
}

static void
close_cursors(struct search *search)
{
    for (unsigned i = 0; i < search->n_cursors; i++) {
        (void)search->link->library->reset(search->cursors[i].statement);
        (void)search->link->library->clear_bindings(
            search->cursors[i].statement);
        free(search->cursors[i].numbers);
    }
}

/* STORE_ABSENT at its end. */
static enum store_result
read_cursor(struct search *search, struct cursor *cursor, uint64_t *number)
{
    int code = search->link->library->step(cursor->statement);

    if (code == SQLITE_DONE)
        return STORE_ABSENT;
    if (code != SQLITE_ROW)
        return sqlite_fail(search->link);
    *number =
        (uint64_t)search->link->library->column_int64(cursor->statement, 0);
    return STORE_DONE;
}

static bool
keep(struct cursor *cursor, uint64_t number)
{
    size_t size = cursor->size > 0 ? 2 * cursor->size : 16;

    if (cursor->n_numbers == cursor->size) {
        uint64_t *numbers =
            realloc(cursor->numbers, size * sizeof(*cursor->numbers));

        if (numbers == NULL)
            return false;
        cursor->numbers = numbers;
        cursor->size = size;
    }
    cursor->numbers[cursor->n_numbers++] = number;
    return true;
}

/* Until the first one ends. */
static enum store_result
race(struct search *search, const struct cursor **first)
{
    for (unsigned i = 0;; i = (i + 1) % search->n_cursors) {
        struct cursor *cursor = &search->cursors[i];
        uint64_t number;
        enum store_result result = read_cursor(search, cursor, &number);

        *first = cursor;
        if (result == STORE_ABSENT)
            return STORE_DONE;
        if (result != STORE_DONE)
            return result;
        if (!keep(cursor, number))
            return STORE_NO_MEMORY;
    }
}

/* -- Looking at an object ------------------------------------------------- */

static bool
matches(struct search *search)
{
    const struct row_query *query = search->query;
    sqlite3_stmt *statement = search->link->look;
    struct field others = sqlite_column(search->link, statement, N_COLUMNS);

    for (unsigned i = 0; i < N_COLUMNS; i++) {
        struct field field;

        if (query->row.columns[i].kind == FIELD_NULL)
            continue;
        field = sqlite_column(search->link, statement, (int)i);
        if (!field_equals(&field, &query->row.columns[i]))
            return false;
    }
    return row_query_matches_others(query, &others);
}

static enum store_result
look_at(struct search *search, uint64_t number)
{
    struct sqlite_link *link = search->link;
    struct field field = field_of_number(number);
    enum store_result result = STORE_DONE;
    int code;

    if (!sqlite_bind(link, link->look, 1, &field))
        return sqlite_fail(link);
    code = link->library->step(link->look);
    if (code == SQLITE_ROW && matches(search))
        result = search->found(search->context, number);
    else if (code != SQLITE_ROW && code != SQLITE_DONE)
        result = sqlite_fail(link);
    (void)link->library->reset(link->look);
    return result;
}

static enum store_result
find_among(struct search *search)
{
    struct sqlite_link *link = search->link;
    const struct cursor *first;
    enum store_result result = race(search, &first);

    if (result == STORE_DONE)
        result = sqlite_prepare(link, look, &link->look);
    for (size_t i = 0; result == STORE_DONE && i < first->n_numbers; i++)
        result = look_at(search, first->numbers[i]);
    return result;
}

/* -- The kinds of search -------------------------------------------------- */

/* The index says all. */
static enum store_result
find_directly(struct search *search)
{
    enum store_result result = STORE_DONE;
    uint64_t number;

    while (result == STORE_DONE) {
        result = read_cursor(search, &search->cursors[0], &number);
        if (result == STORE_DONE)
            result = search->found(search->context, number);
    }
    return result == STORE_ABSENT ? STORE_DONE : result;
}

/* Every object of the token. */
static enum store_result
find_all(struct search *search)
{
    enum store_result result;
    uint64_t number;

    result = open_cursor(search, SEARCH_ALL, NULL, NULL);
    while (result == STORE_DONE) {
        result = read_cursor(search, &search->cursors[0], &number);
        if (result == STORE_DONE && search->query->has_others) {
            struct field others =
                sqlite_column(search->link, search->cursors[0].statement, 1);

            if (!row_query_matches_others(search->query, &others))
                continue;
        }
        if (result == STORE_DONE)
            result = search->found(search->context, number);
    }
    return result == STORE_ABSENT ? STORE_DONE : result;
}

static enum store_result
find_by_columns(struct search *search)
{
    enum store_result result = open_cursors(search);

    if (result != STORE_DONE)
        return result;
    return search->n_cursors == 1 && !search->query->has_others
               ? find_directly(search)
               : find_among(search);
}

enum store_result
sqlite_find(struct link *base, uint64_t life, const struct row_query *query,
            found_row found, void *context)
{
    struct search search = { .link = (struct sqlite_link *)base,
                             .query = query,
                             .life = life,
                             .found = found,
                             .context = context };
    enum store_result result =
        query->n_columns == 0 ? find_all(&search) : find_by_columns(&search);

    close_cursors(&search);
    return result;
}
