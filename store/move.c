/* SPDX-License-Identifier: BSD-3-Clause */
/* Moving a store: how the two stand, from the beginning to the end. */
#include "store/move.h"

#include "store/move-private.h"
#include "store/rows.h"

#include <stdlib.h>
#include <string.h>

enum { VALUES_A_PAGE = 100 };

/* -- How a store stands --------------------------------------------------- */

static struct field
name_of(const struct store *store)
{
    return field_of_bytes(store->name, strlen(store->name));
}

/* The row of `move`: MOVE_FILLING or MOVE_MOVED, or 0 where there is none. */
static enum store_result
read_state(struct operation *operation, int64_t *state, struct field *peer)
{
    struct field out[STATEMENT_MAX_FIELDS];
    enum store_result result =
        operation_run(operation, STATEMENT_MOVE_FIND, NULL, out);

    *state = 0;
    if (result != STORE_DONE)
        return result == STORE_ABSENT ? STORE_DONE : result;
    *state = out[0].number;
    *peer = out[1];
    return STORE_DONE;
}

static enum store_result
write_state(struct operation *operation, int64_t state,
            const struct store *peer)
{
    const struct field in[] = { field_of_number((uint64_t)state),
                                name_of(peer) };
    enum store_result result =
        operation_run(operation, STATEMENT_MOVE_CLEAR, NULL, NULL);

    return result == STORE_DONE
               ? operation_run(operation, STATEMENT_MOVE_ADD, in, NULL)
               : result;
}

/* Whether it has that state, with that other store. */
static enum store_result
has_state(struct operation *operation, int64_t wanted,
          const struct store *other, bool *out)
{
    struct field peer, name = name_of(other);
    int64_t state;
    enum store_result result = read_state(operation, &state, &peer);

    *out =
        result == STORE_DONE && state == wanted && field_equals(&peer, &name);
    return result;
}

static enum store_result
look(struct operation *operation, struct store_standing *out)
{
    struct field fields[STATEMENT_MAX_FIELDS], peer;
    int64_t state;
    enum store_result result =
        operation_run(operation, STATEMENT_TOTALS, NULL, fields);

    if (result != STORE_DONE)
        return result;
    out->n_lives = (size_t)fields[0].number;
    out->n_objects = (size_t)fields[1].number;
    out->n_values = (size_t)fields[2].number;
    result = read_state(operation, &state, &peer);
    if (result != STORE_DONE || state == 0)
        return result;
    out->use = state == MOVE_FILLING ? STORE_FILLED : STORE_MOVED;
    out->peer = strndup(peer.bytes, peer.length);
    return out->peer != NULL ? STORE_DONE : STORE_NO_MEMORY;
}

enum store_result
move_look(struct store *store, struct store_standing *out)
{
    struct operation operation;
    enum store_result result;

    *out = (struct store_standing){ .use = STORE_IN_USE };
    store->is_moving = true;
    result = operation_begin(&operation, store, false);
    return result == STORE_DONE
               ? operation_end(&operation, look(&operation, out))
               : result;
}

/* -- The beginning -------------------------------------------------------- */

static enum store_result
refuse(const struct operation *operation, const char *why)
{
    return store_fail(operation->store, operation->link->writes, STORE_BROKEN,
                      "%s", why);
}

enum store_result
move_expect_filling(const struct move *move, struct operation *to)
{
    bool is_filled;
    enum store_result result =
        has_state(to, MOVE_FILLING, move->from, &is_filled);

    return result != STORE_DONE || is_filled
               ? result
               : refuse(to, "it is not filled any more: somebody else has "
                            "finished or begun anew; look how it stands with "
                            "p11mux certs migrate --dry-run");
}

static enum store_result
mark_filling(struct operation *to, const struct store *from)
{
    struct field out[STATEMENT_MAX_FIELDS], peer;
    bool is_filled;
    int64_t state;
    enum store_result result = has_state(to, MOVE_FILLING, from, &is_filled);

    if (result != STORE_DONE || is_filled)
        return result;
    result = read_state(to, &state, &peer);
    if (result == STORE_DONE && state != 0)
        return refuse(to, "it was moved elsewhere, or is filled from another "
                          "one; name one that is empty");
    if (result == STORE_DONE)
        result = operation_run(to, STATEMENT_TOTALS, NULL, out);
    if (result == STORE_DONE && (out[0].number != 0 || out[1].number != 0))
        return refuse(to, "it is in use already; name one that is empty");
    return result == STORE_DONE ? write_state(to, MOVE_FILLING, from) : result;
}

/* The first one: neither moved to a third one nor filled itself. */
static enum store_result
expect_whole(const struct move *move, struct operation *from)
{
    struct field peer, name = name_of(move->to);
    int64_t state;
    enum store_result result = read_state(from, &state, &peer);

    if (result != STORE_DONE || state == 0 ||
        (state == MOVE_MOVED && field_equals(&peer, &name)))
        return result;
    return refuse(from, state == MOVE_MOVED
                            ? "it was moved elsewhere; move that one"
                            : "it is filled itself, and not done; finish that "
                              "first");
}

static enum store_result
run_on(struct store *store, bool writes,
       enum store_result (*run)(const struct move *move,
                                struct operation *operation),
       const struct move *move)
{
    struct operation operation;
    enum store_result result;

    store->is_moving = true;
    result = operation_begin(&operation, store, writes);
    return result == STORE_DONE
               ? operation_end(&operation, run(move, &operation))
               : result;
}

static enum store_result
begin_to(const struct move *move, struct operation *to)
{
    return mark_filling(to, move->from);
}

static enum store_result
open_to(const struct move *move, struct operation *to)
{
    enum store_result result = move_expect_filling(move, to);

    return result == STORE_DONE
               ? operation_run(to, STATEMENT_MOVE_CLEAR, NULL, NULL)
               : result;
}

enum store_result
move_begin(struct move *move)
{
    enum store_result result = run_on(move->from, false, expect_whole, move);

    if (result == STORE_DONE)
        result = run_on(move->to, true, begin_to, move);
    if (result != STORE_DONE)
        return result;
    /* One database under two names has the mark in both. */
    result = run_on(move->from, false, expect_whole, move);
    if (result == STORE_BROKEN)
        (void)run_on(move->to, true, open_to, move);
    return result;
}

enum store_result
move_pass(struct move *move)
{
    return move_merge(move, NULL, true);
}

/* -- Verification --------------------------------------------------------- */

static enum store_result
check_values(struct operation *to, size_t *n_wrong)
{
    struct field in[] = { field_of_number(0), field_of_number(VALUES_A_PAGE) };
    enum store_result result = STORE_DONE;
    size_t n = VALUES_A_PAGE;

    while (result == STORE_DONE && n == VALUES_A_PAGE) {
        struct rows rows = { .items = NULL };

        result = rows_read(to, STATEMENT_VALUE_LIST, in, &rows);
        n = rows.n_items;
        for (size_t i = 0; i < n; i++)
            if (!move_is_value(&rows.items[i].fields[2],
                               &rows.items[i].fields[1]))
                ++*n_wrong;
        if (n > 0)
            in[0] = field_of_number(rows_number(&rows, n - 1));
        rows_clear(&rows);
    }
    return result;
}

enum store_result
move_compare(struct move *move, struct move_difference *out)
{
    struct move compared = { .from = move->from, .to = move->to };
    struct operation operation;
    enum store_result result = move_merge(&compared, NULL, false);

    if (result == STORE_DONE)
        result = operation_begin(&operation, move->to, false);
    if (result != STORE_DONE)
        return result;
    out->n_rows = compared.tally.n_made + compared.tally.n_changed +
                  compared.tally.n_removed + compared.tally.n_lives;
    out->n_values = 0;
    return operation_end(&operation, check_values(&operation, &out->n_values));
}

/* -- The end -------------------------------------------------------------- */

/* Numbers that were used and are not there any more. */
static enum store_result
go_on_behind(struct operation *from, struct operation *to, enum statement last,
             enum statement go_on)
{
    struct field in[STATEMENT_MAX_FIELDS], out[STATEMENT_MAX_FIELDS];
    enum store_result result = operation_run(from, last, NULL, in);

    return result == STORE_DONE ? operation_run(to, go_on, in, out) : result;
}

static enum store_result
go_on_behind_all(const struct move *move, struct operation *from)
{
    struct operation to;
    enum store_result result = operation_begin(&to, move->to, true);

    if (result != STORE_DONE)
        return result;
    result = go_on_behind(from, &to, STATEMENT_LIFE_LAST, STATEMENT_LIFE_GO_ON);
    if (result == STORE_DONE)
        result = go_on_behind(from, &to, STATEMENT_OBJECT_LAST,
                              STATEMENT_OBJECT_GO_ON);
    return operation_end(&to, result);
}

static enum store_result
close_from(struct move *move, struct operation *from)
{
    enum store_result result = expect_whole(move, from);

    if (result == STORE_DONE)
        result = move_merge(move, from, true);
    if (result == STORE_DONE && move->tally.n_left > 0)
        return refuse(from, "it has certificates of no token; bring it back "
                            "from a backup");
    if (result == STORE_DONE)
        result = go_on_behind_all(move, from);
    return result == STORE_DONE ? write_state(from, MOVE_MOVED, move->to)
                                : result;
}

enum store_result
move_close(struct move *move)
{
    struct operation from;
    enum store_result result = operation_begin(&from, move->from, true);

    return result == STORE_DONE ? operation_end(&from, close_from(move, &from))
                                : result;
}

enum store_result
move_open(struct move *move)
{
    return run_on(move->to, true, open_to, move);
}
