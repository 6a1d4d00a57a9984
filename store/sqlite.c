/* SPDX-License-Identifier: BSD-3-Clause */
/* Statements and transactions of a SQLite database. */
#include "store/sqlite-private.h"

#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

enum { MAX_LINKS = 8 };

_Static_assert(N_STATEMENTS <= 32, "a bit for each in `ran`");

/* -- Statements ----------------------------------------------------------- */

enum store_result
sqlite_prepare(struct sqlite_link *link, const char *sql,
               sqlite3_stmt **statement)
{
    if (*statement != NULL ||
        link->library->prepare_v3(link->database, sql, -1,
                                  SQLITE_PREPARE_PERSISTENT, statement,
                                  NULL) == SQLITE_OK)
        return STORE_DONE;
    return sqlite_fail(link);
}

bool
sqlite_bind(struct sqlite_link *link, sqlite3_stmt *statement, int index,
            const struct field *field)
{
    const struct sqlite_library *library = link->library;

    if (field->kind == FIELD_NUMBER)
        return library->bind_int64(statement, index, field->number) ==
               SQLITE_OK;
    /* Without bytes it is NULL. SQLite reads them while they are lent. */
    if (field->kind == FIELD_NULL)
        return library->bind_blob(statement, index, NULL, 0, SQLITE_STATIC) ==
               SQLITE_OK;
    return field->length <= INT32_MAX &&
           library->bind_blob(statement, index, field->bytes,
                              (int)field->length, SQLITE_STATIC) == SQLITE_OK;
}

struct field
sqlite_column(struct sqlite_link *link, sqlite3_stmt *statement, int index)
{
    const struct sqlite_library *library = link->library;
    const void *bytes;

    switch (library->column_type(statement, index)) {
    case SQLITE_NULL:
        return (struct field){ .kind = FIELD_NULL };
    case SQLITE_INTEGER:
        return (struct field){ .kind = FIELD_NUMBER,
                               .number =
                                   library->column_int64(statement, index) };
    default:
        /* NULL where it is empty. */
        bytes = library->column_blob(statement, index);
        return field_of_bytes(bytes != NULL ? bytes : "",
                              (size_t)library->column_bytes(statement, index));
    }
}

static enum store_result
run_simple(struct sqlite_link *link, const char *sql, sqlite3_stmt **statement)
{
    enum store_result result = sqlite_prepare(link, sql, statement);

    if (result != STORE_DONE)
        return result;
    if (link->library->step(*statement) != SQLITE_DONE)
        result = sqlite_fail(link);
    (void)link->library->reset(*statement);
    return result;
}

/* Whether it has bytes, which are lent until the statement is reset. One that
 * changes something is better reset at once: while it goes on, SQLite keeps
 * what is needed to undo it and all that come after it. */
static bool
read_row(struct sqlite_link *link, sqlite3_stmt *statement, unsigned n_out,
         struct field *out)
{
    bool has_bytes = false;

    for (unsigned i = 0; i < n_out; i++) {
        out[i] = sqlite_column(link, statement, (int)i);
        has_bytes |= out[i].kind == FIELD_BYTES;
    }
    return has_bytes;
}

/* Sets it up to be stepped through. */
static enum store_result
start(struct sqlite_link *link, enum statement which, const struct field *in,
      sqlite3_stmt **out)
{
    const struct statement_text *text = &statements[which];
    enum store_result result =
        sqlite_prepare(link, text->sql, &link->statements[which]);

    if (result != STORE_DONE)
        return result;
    *out = link->statements[which];
    if ((link->ran & 1U << which) != 0)
        (void)link->library->reset(*out);
    link->ran |= 1U << which;
    for (unsigned i = 0; i < text->n_in; i++)
        if (!sqlite_bind(link, *out, (int)i + 1, &in[i]))
            return sqlite_fail(link);
    return STORE_DONE;
}

static enum store_result
run(struct link *base, enum statement which, const struct field *in,
    struct field *out)
{
    struct sqlite_link *link = (struct sqlite_link *)base;
    unsigned n_out = statements[which].n_out;
    sqlite3_stmt *statement;
    enum store_result result = start(link, which, in, &statement);
    int code;

    if (result != STORE_DONE)
        return result;
    code = link->library->step(statement);
    if (code == SQLITE_DONE)
        return n_out == 0 ? STORE_DONE : STORE_ABSENT;
    /* What it was to belong to is gone. */
    if (code == SQLITE_CONSTRAINT_FOREIGNKEY)
        return STORE_ABSENT;
    if (code != SQLITE_ROW)
        return sqlite_fail(link);
    if (!read_row(link, statement, n_out, out))
        (void)link->library->reset(statement);
    return STORE_DONE;
}

static enum store_result
list(struct link *base, enum statement which, const struct field *in,
     listed_row listed, void *context)
{
    struct sqlite_link *link = (struct sqlite_link *)base;
    struct field out[STATEMENT_MAX_FIELDS];
    sqlite3_stmt *statement;
    enum store_result result = start(link, which, in, &statement);
    int code = SQLITE_DONE;

    while (result == STORE_DONE &&
           (code = link->library->step(statement)) == SQLITE_ROW) {
        (void)read_row(link, statement, statements[which].n_out, out);
        result = listed(context, out);
    }
    return result == STORE_DONE && code != SQLITE_DONE ? sqlite_fail(link)
                                                       : result;
}

static void
finish(struct link *base)
{
    struct sqlite_link *link = (struct sqlite_link *)base;

    for (unsigned i = 0; i < N_STATEMENTS; i++) {
        if ((link->ran & 1U << i) == 0)
            continue;
        (void)link->library->reset(link->statements[i]);
        (void)link->library->clear_bindings(link->statements[i]);
    }
    link->ran = 0;
}

enum store_result
sqlite_check_move(struct sqlite_link *link)
{
    struct field out[STATEMENT_MAX_FIELDS];
    enum store_result result = run(&link->base, STATEMENT_MOVE_FIND, NULL, out);

    if (result == STORE_DONE)
        result = store_judge_move(&link->base, out[0].number, out[1].bytes,
                                  out[1].length);
    finish(&link->base);
    return result == STORE_ABSENT ? STORE_DONE : result;
}

/* -- Transactions --------------------------------------------------------- */

static enum store_result
begin(struct link *base)
{
    struct sqlite_link *link = (struct sqlite_link *)base;
    enum store_result result;

    if (link->is_read_only)
        return store_fail(base->store, true, STORE_READ_ONLY,
                          "this user may read it and not write it; see to it "
                          "that he belongs to its group");
    /* Now and not at the first change, so that nothing read is old by then. */
    result = run_simple(link, "BEGIN IMMEDIATE", &link->begin);
    if (result == STORE_DONE)
        result = sqlite_schema_check(link);
    return result == STORE_DONE ? sqlite_check_move(link) : result;
}

static void
roll_back(struct link *base)
{
    struct sqlite_link *link = (struct sqlite_link *)base;

    finish(base);
    if (link->library->get_autocommit(link->database) == 0 &&
        link->library->exec(link->database, "ROLLBACK", NULL, NULL, NULL) !=
            SQLITE_OK)
        base->is_broken = true;
}

static enum store_result
commit(struct link *base)
{
    struct sqlite_link *link = (struct sqlite_link *)base;

    finish(base);
    return run_simple(link, "COMMIT", &link->commit);
}

/* -- The place ------------------------------------------------------------ */

static bool
check(struct store *store, struct error *error)
{
    if (store->place[0] != '/')
        return error_set(error, CKR_ARGUMENTS_BAD,
                         "store.url \"sqlite:%s\": the path is not absolute; "
                         "write sqlite:/PATH",
                         store->place);
    store->name = strdup(store->place);
    if (store->name == NULL)
        return error_set(error, CKR_HOST_MEMORY, "out of memory");
    return sqlite_file_check(store->place, store->group, error);
}

static bool
is_good(const struct link *base)
{
    const struct sqlite_link *link = (const struct sqlite_link *)base;
    struct stat entry;

    return stat(base->store->place, &entry) == 0 &&
           entry.st_dev == link->device && entry.st_ino == link->inode;
}

const struct store_kind store_sqlite = {
    .has_one_writer = true,
    .max_links = MAX_LINKS,
    .check = check,
    .open = sqlite_open,
    .close = sqlite_close,
    .is_good = is_good,
    .begin = begin,
    .commit = commit,
    .roll_back = roll_back,
    .run = run,
    .list = list,
    .find = sqlite_find,
    .finish = finish,
};
