/* SPDX-License-Identifier: BSD-3-Clause */
/* Opens and closes connections to a PostgreSQL server. */
#include "store/postgresql-private.h"

#include <libpq-fe.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/*
 * What a user or a database could want otherwise. Tables of ours come before
 * temporary ones of the same name; a process that hangs in a transaction
 * keeps it for a few seconds; a commit is on the disk, here at least.
 */
static const char settings[] =
    "SET search_path = p11mux, pg_temp;"
    "SET statement_timeout = 1000;"
    "SET idle_in_transaction_session_timeout = 5000;"
    "SELECT set_config('synchronous_commit', 'on', false)"
    " WHERE current_setting('synchronous_commit') = 'off'";

/* -- The url -------------------------------------------------------------- */

static const char *
option(const PQconninfoOption *options, const char *keyword)
{
    for (; options->keyword != NULL; options++)
        if (strcmp(options->keyword, keyword) == 0)
            return options->val != NULL ? options->val : "";
    return "";
}

/* What libpq says of a url that is none may hold a part of its password. */
static bool
refuse(const struct store *store, struct error *error)
{
    return store->services->refuse(
        error, CKR_ARGUMENTS_BAD,
        "store.url: libpq cannot read it; write postgresql://USER@HOST:PORT/"
        "DATABASE, with %%40 for @, %%2F for / and so on in names and "
        "passwords");
}

/* libpq takes the user to end at the first @ that no / comes before. Another
 * one, in what it takes for the host and the database, is a part of a password
 * or stands behind one. */
static bool
has_lost_at(const char *url)
{
    const char *names = strstr(url, "//") + 2;
    size_t n_user = strcspn(names, "@/");

    if (names[n_user] == '@')
        names += n_user + 1;
    return names[strcspn(names, "@?")] == '@';
}

static bool
make_name(struct store *store, const PQconninfoOption *options)
{
    const char *user = option(options, "user");
    const char *host = option(options, "host");
    const char *port = option(options, "port");

    return asprintf(&store->name, "postgresql://%s%s%s%s%s/%s", user,
                    *user != '\0' ? "@" : "", host, *port != '\0' ? ":" : "",
                    port, option(options, "dbname")) >= 0;
}

bool
postgresql_check(struct store *store, struct error *error)
{
    PQconninfoOption *options = PQconninfoParse(store->place, NULL);
    const char *port;
    bool is_good;

    if (options == NULL)
        return refuse(store, error);
    /* One with letters is a password whose @ was lost. */
    port = option(options, "port");
    is_good = (port[strspn(port, "0123456789,")] == '\0' &&
               !has_lost_at(store->place)) ||
              refuse(store, error);
    if (is_good && !make_name(store, options)) {
        store->name = NULL;
        is_good =
            store->services->refuse(error, CKR_HOST_MEMORY, "out of memory");
    }
    PQconninfoFree(options);
    return is_good;
}

/* -- Connections ---------------------------------------------------------- */

static void
hear_nothing(void *context, const char *message)
{
    (void)context;
    (void)message;
}

static PGconn *
connect_to(const char *url)
{
    /* What comes before the url is for what it does not say. */
    const char *const keywords[] = { "connect_timeout", "tcp_user_timeout",
                                     "fallback_application_name", "dbname",
                                     NULL };
    const char *const values[] = { "2", "3000", "p11mux", url, NULL };

    /* OpenSSL is the host's: it is neither begun nor ended by libpq. */
    PQinitOpenSSL(0, 0);
    return PQconnectdbParams(keywords, values, 1);
}

static enum store_result
fail_to_connect(struct postgresql_link *link)
{
    const char *text = PQerrorMessage(link->connection);

    return link->base.store->services->fail(
        link->base.store, link->base.writes, STORE_UNREACHABLE,
        "%.*s; check that the server runs, and what store.url, the file of "
        "passwords and the server's pg_hba.conf say",
        (int)strcspn(text, "\n"), text);
}

static enum store_result
set_up(struct postgresql_link *link)
{
    PGresult *answer;
    enum store_result result = STORE_DONE;

    if (PQstatus(link->connection) != CONNECTION_OK)
        return fail_to_connect(link);
    (void)PQsetNoticeProcessor(link->connection, hear_nothing, NULL);
    (void)PQsetnonblocking(link->connection, 1);
    if (!postgresql_execute(link, settings, ANSWER_MS, &answer))
        result = postgresql_fail(link, answer);
    PQclear(answer);
    if (result == STORE_DONE)
        result = postgresql_schema_upgrade(link);
    return result == STORE_DONE ? postgresql_schema_check(link) : result;
}

enum store_result
postgresql_open(struct store *store, struct link **out)
{
    struct postgresql_link *link = calloc(1, sizeof(*link));
    enum store_result result;

    if (link != NULL) {
        link->base.store = store;
        link->connection = connect_to(store->place);
    }
    if (link == NULL || link->connection == NULL) {
        free(link);
        return store->services->fail(store, false, STORE_NO_MEMORY,
                                     "out of memory; free some");
    }
    result = set_up(link);
    if (result != STORE_DONE) {
        postgresql_close(&link->base);
        return result;
    }
    *out = &link->base;
    return STORE_DONE;
}

void
postgresql_close(struct link *base)
{
    struct postgresql_link *link = (struct postgresql_link *)base;

    for (unsigned i = 0; i < N_STATEMENTS; i++)
        PQclear(link->results[i]);
    PQfinish(link->connection);
    free(link);
}
