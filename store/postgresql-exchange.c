/* SPDX-License-Identifier: BSD-3-Clause */
/* Asks a PostgreSQL server and waits for its answer, though not for ever. */
#include "store/postgresql-private.h"

#include <endian.h>
#include <errno.h>
#include <libpq-fe.h>
#include <poll.h>
#include <string.h>

/* Of its catalogue, the same in every release. */
enum { TYPE_BIGINT = 20 };

/* PostgreSQL's own limit of one value. */
static const size_t max_length = 0x3fffffff;

bool
postgresql_values_add(struct postgresql_values *values,
                      const struct field *field)
{
    unsigned i = values->n++;

    values->values[i] = NULL;
    values->lengths[i] = 0;
    values->formats[i] = 1;
    if (field->kind == FIELD_NUMBER) {
        values->numbers[i] = htobe64((uint64_t)field->number);
        values->values[i] = (const char *)&values->numbers[i];
        values->lengths[i] = sizeof(values->numbers[i]);
    } else if (field->kind == FIELD_BYTES && field->length <= max_length) {
        values->values[i] = field->bytes;
        values->lengths[i] = (int)field->length;
    }
    return field->kind != FIELD_BYTES || field->length <= max_length;
}

struct field
postgresql_field(const PGresult *result, int row, int column)
{
    const char *bytes = PQgetvalue(result, row, column);
    size_t length = (size_t)PQgetlength(result, row, column);
    uint64_t number;

    if (PQgetisnull(result, row, column))
        return (struct field){ .kind = FIELD_NULL };
    if (PQftype(result, column) != TYPE_BIGINT || length != sizeof(number))
        return field_of_bytes(bytes, length);
    memcpy(&number, bytes, sizeof(number));
    return field_of_number(be64toh(number));
}

/* -- Waiting -------------------------------------------------------------- */

/* Until there is something to read, or room to write where that is wanted. */
static bool
wait_for(struct postgresql_link *link, bool writes, struct deadline until)
{
    const struct store_services *services = services_of(&link->base);
    struct pollfd socket = { .fd = PQsocket(link->connection),
                             .events = writes ? POLLIN | POLLOUT : POLLIN };
    int n;

    do
        n = poll(&socket, 1, (int)services->deadline_remaining_ms(until));
    while (n < 0 && errno == EINTR);
    return n > 0 && ((socket.revents & ~POLLOUT) == 0 ||
                     PQconsumeInput(link->connection));
}

static bool
send_all(struct postgresql_link *link, struct deadline until)
{
    int left;

    while ((left = PQflush(link->connection)) == 1)
        if (!wait_for(link, true, until))
            return false;
    return left == 0;
}

/* The next result, NULL behind the last one. */
static bool
receive(struct postgresql_link *link, struct deadline until, PGresult **out)
{
    while (PQisBusy(link->connection))
        if (!wait_for(link, false, until))
            return false;
    *out = PQgetResult(link->connection);
    return true;
}

static bool
is_error(const PGresult *result)
{
    ExecStatusType status = PQresultStatus(result);

    return status != PGRES_COMMAND_OK && status != PGRES_TUPLES_OK;
}

/* The first error, or the last answer. */
static bool
receive_all(struct postgresql_link *link, struct deadline until, PGresult **out)
{
    PGresult *next;

    while (receive(link, until, &next)) {
        if (next == NULL)
            return *out != NULL;
        if (*out != NULL && is_error(*out)) {
            PQclear(next);
        } else {
            PQclear(*out);
            *out = next;
        }
    }
    return false;
}

static bool
finish_exchange(struct postgresql_link *link, bool is_sent, unsigned wait_ms,
                PGresult **out)
{
    struct deadline until = services_of(&link->base)->deadline_in(wait_ms);

    *out = NULL;
    if (!is_sent || !send_all(link, until) || !receive_all(link, until, out)) {
        PQclear(*out);
        *out = NULL;
        return false;
    }
    return !is_error(*out);
}

/* -- Asking --------------------------------------------------------------- */

bool
postgresql_execute(struct postgresql_link *link, const char *sql,
                   unsigned wait_ms, PGresult **out)
{
    /* The simple protocol: numbers come as text. */
    return finish_exchange(link, PQsendQuery(link->connection, sql) == 1,
                           wait_ms, out);
}

bool
postgresql_run(struct postgresql_link *link, const char *name,
               const struct postgresql_values *values, PGresult **out)
{
    bool is_sent = PQsendQueryPrepared(link->connection, name, (int)values->n,
                                       values->values, values->lengths,
                                       values->formats, 1) == 1;

    return finish_exchange(link, is_sent, ANSWER_MS, out);
}

enum store_result
postgresql_prepare(struct postgresql_link *link, const char *name,
                   const char *sql, bool *is_prepared)
{
    PGresult *answer;
    enum store_result result = STORE_DONE;

    if (*is_prepared)
        return STORE_DONE;
    if (!finish_exchange(link,
                         PQsendPrepare(link->connection, name, sql, 0, NULL) ==
                             1,
                         ANSWER_MS, &answer))
        result = postgresql_fail(link, answer);
    *is_prepared = result == STORE_DONE;
    PQclear(answer);
    return result;
}
