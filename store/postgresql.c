/* SPDX-License-Identifier: BSD-3-Clause */
/* Statements and transactions of a PostgreSQL database; what the module with
 * it exports. */
#include "store/postgresql-private.h"

#include <libpq-fe.h>
#include <poll.h>
#include <stdio.h>

enum { MAX_LINKS = 8, NAME_LENGTH = 32 };

/* A row that refers to another one, which is not there. */
static const char foreign_key_violation[] = "23503";

/* What is asked in words of its own. */
static const char *const own_words[N_STATEMENTS] = {
    [STATEMENT_LIFE_LAST] = "SELECT last_value FROM life_id_seq",
    [STATEMENT_LIFE_GO_ON] = "SELECT setval('life_id_seq', "
                             "greatest($1, last_value)) FROM life_id_seq",
    [STATEMENT_OBJECT_LAST] = "SELECT last_value FROM object_id_seq",
    [STATEMENT_OBJECT_GO_ON] = "SELECT setval('object_id_seq', "
                               "greatest($1, last_value)) FROM object_id_seq",
};

/* -- Statements ----------------------------------------------------------- */

/* The answer stays where it is until `finish`, or until the next one. */
static enum store_result
ask(struct link *base, enum statement which, const struct field *in,
    PGresult **out)
{
    struct postgresql_link *link = (struct postgresql_link *)base;
    const struct statement_text *text = &services_of(base)->statements[which];
    struct postgresql_values values = { .n = 0 };
    PGresult **answer = &link->results[which];
    char name[NAME_LENGTH];
    enum store_result result;

    (void)snprintf(name, sizeof(name), "statement %u", (unsigned)which);
    result = postgresql_prepare(link, name,
                                own_words[which] != NULL ? own_words[which]
                                                         : text->sql,
                                &link->is_prepared[which]);
    if (result != STORE_DONE)
        return result;
    for (unsigned i = 0; i < text->n_in; i++)
        if (!postgresql_values_add(&values, &in[i]))
            return services_of(base)->fail(
                base->store, base->writes, STORE_FULL,
                "an attribute of more than 1 GiB has no room in PostgreSQL; "
                "make it smaller");
    PQclear(*answer);
    if (!postgresql_run(link, name, &values, answer))
        /* What it was to belong to is gone. */
        return postgresql_is(*answer, foreign_key_violation)
                   ? STORE_ABSENT
                   : postgresql_fail(link, *answer);
    *out = *answer;
    return text->n_out == 0 || PQnfields(*answer) == (int)text->n_out
               ? STORE_DONE
               : postgresql_fail(link, *answer);
}

static void
read_row(const PGresult *answer, int row, unsigned n_out, struct field *out)
{
    for (unsigned i = 0; i < n_out; i++)
        out[i] = postgresql_field(answer, row, (int)i);
}

static enum store_result
run(struct link *base, enum statement which, const struct field *in,
    struct field *out)
{
    unsigned n_out = services_of(base)->statements[which].n_out;
    PGresult *answer;
    enum store_result result = ask(base, which, in, &answer);

    if (result != STORE_DONE || n_out == 0)
        return result;
    if (PQntuples(answer) == 0)
        return STORE_ABSENT;
    read_row(answer, 0, n_out, out);
    return STORE_DONE;
}

static enum store_result
list(struct link *base, enum statement which, const struct field *in,
     listed_row listed, void *context)
{
    unsigned n_out = services_of(base)->statements[which].n_out;
    struct field out[STATEMENT_MAX_FIELDS];
    PGresult *answer;
    enum store_result result = ask(base, which, in, &answer);

    for (int i = 0; result == STORE_DONE && i < PQntuples(answer); i++) {
        read_row(answer, i, n_out, out);
        result = listed(context, out);
    }
    return result;
}

static void
finish(struct link *base)
{
    struct postgresql_link *link = (struct postgresql_link *)base;

    for (unsigned i = 0; i < N_STATEMENTS; i++) {
        PQclear(link->results[i]);
        link->results[i] = NULL;
    }
}

/* -- Transactions --------------------------------------------------------- */

static enum store_result
begin(struct link *base)
{
    return postgresql_schema_begin((struct postgresql_link *)base);
}

static void
roll_back(struct link *base)
{
    struct postgresql_link *link = (struct postgresql_link *)base;
    PGresult *answer = NULL;

    finish(base);
    if (!base->is_broken &&
        PQtransactionStatus(link->connection) != PQTRANS_IDLE) {
        base->is_broken =
            !postgresql_execute(link, "ROLLBACK", ANSWER_MS, &answer);
        PQclear(answer);
    }
}

static enum store_result
commit(struct link *base)
{
    struct postgresql_link *link = (struct postgresql_link *)base;
    PGresult *answer;
    enum store_result result = STORE_DONE;

    finish(base);
    if (!postgresql_execute(link, "COMMIT", ANSWER_MS, &answer))
        result = postgresql_fail(link, answer);
    PQclear(answer);
    return result;
}

/* -- The place ------------------------------------------------------------ */

/* An idle connection has nothing to say, except that it ends. */
static bool
is_good(const struct link *base)
{
    const struct postgresql_link *link = (const struct postgresql_link *)base;
    struct pollfd socket = { .fd = PQsocket(link->connection),
                             .events = POLLIN };

    return PQstatus(link->connection) == CONNECTION_OK &&
           poll(&socket, 1, 0) == 0;
}

/* A connection is waited for for two seconds. */
static const struct back_off back_off = { .first_ms = 1250,
                                          .last_ms = 30 * 1000 };

static const struct store_kind kind = {
    .has_one_writer = true,
    .max_links = MAX_LINKS,
    .back_off = &back_off,
    .check = postgresql_check,
    .open = postgresql_open,
    .close = postgresql_close,
    .is_good = is_good,
    .begin = begin,
    .commit = commit,
    .roll_back = roll_back,
    .run = run,
    .list = list,
    .find = postgresql_find,
    .finish = finish,
};

extern const struct store_module store_module;
__attribute__((visibility("default")))
const struct store_module store_module = {
    .release = PACKAGE_VERSION,
    .kind = &kind,
};
