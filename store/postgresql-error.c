/* SPDX-License-Identifier: BSD-3-Clause */
/* What PostgreSQL's errors are to the store, and what to do about them. */
#include "store/postgresql-private.h"

#include <libpq-fe.h>
#include <string.h>

struct reason {
    const char *state; /* an SQLSTATE, or the class it begins with */
    enum store_result result;
    const char *advice;
};

/* The first that fits. */
static const struct reason reasons[] = {
    { "53100", STORE_FULL, "make room on the server's disk" },
    { "53300", STORE_UNREACHABLE,
      "raise the server's max_connections, or see who holds them" },
    { "53", STORE_UNREACHABLE, "see what the server is short of" },
    { "40001", STORE_LOCKED, "try again" },
    { "40P01", STORE_LOCKED, "try again" },
    { "55P03", STORE_LOCKED, "try again" },
    { "57014", STORE_LOCKED,
      "others kept it locked, or the server is slow; look at "
      "pg_stat_activity" },
    { "25P03", STORE_LOCKED, "try again" },
    { "25006", STORE_READ_ONLY,
      "name a server that takes writes, such as with "
      "target_session_attrs=read-write in store.url" },
    { "42501", STORE_READ_ONLY,
      "let this user create the schema p11mux, or grant him USAGE on it, and "
      "SELECT, INSERT, UPDATE and DELETE on its tables" },
    { "42", STORE_BROKEN,
      "its tables are not as p11mux made them: bring them back from a backup" },
    { "23", STORE_BROKEN,
      "its tables are not as p11mux made them: bring them back from a backup" },
    { "XX", STORE_BROKEN,
      "check the server's disk, and bring it back from a backup" },
    { "54", STORE_FULL, "keep what is that large elsewhere" },
    { "57P", STORE_UNREACHABLE, "start the server" },
    { "", STORE_UNREACHABLE, "see what the server's log says" },
};

static const struct reason *
find(const char *state)
{
    const struct reason *reason = reasons;

    while (strncmp(state, reason->state, strlen(reason->state)) != 0)
        reason++;
    return reason;
}

bool
postgresql_is(const PGresult *result, const char *state)
{
    const char *its =
        result == NULL ? NULL : PQresultErrorField(result, PG_DIAG_SQLSTATE);

    return its != NULL && strcmp(its, state) == 0;
}

/* The server ended it, or it was never heard of again. */
static enum store_result
lose(struct postgresql_link *link)
{
    bool is_silent = PQstatus(link->connection) == CONNECTION_OK;
    const char *text = is_silent ? "the server does not answer"
                                 : PQerrorMessage(link->connection);

    link->base.is_broken = true;
    return services_of(&link->base)
        ->fail(link->base.store, link->base.writes, STORE_UNREACHABLE,
               "%.*s; see whether the server runs", (int)strcspn(text, "\n"),
               text);
}

enum store_result
postgresql_fail(struct postgresql_link *link, const PGresult *result)
{
    const char *state =
        result == NULL ? NULL : PQresultErrorField(result, PG_DIAG_SQLSTATE);
    const char *text;
    const struct reason *reason;
    enum store_result given;

    if (state == NULL)
        return lose(link);
    text = PQresultErrorField(result, PG_DIAG_MESSAGE_PRIMARY);
    reason = find(state);
    given = reason->result;
    /* Who may not even read it. */
    if (given == STORE_READ_ONLY && !link->base.writes)
        given = STORE_UNREACHABLE;
    /* What it was may be mended by connecting anew. */
    link->base.is_broken |= (given != STORE_FULL && given != STORE_LOCKED) ||
                            PQstatus(link->connection) != CONNECTION_OK;
    return services_of(&link->base)
        ->fail(link->base.store, link->base.writes, given, "%s; %s",
               text != NULL ? text : state, reason->advice);
}
