/* SPDX-License-Identifier: BSD-3-Clause */
/* One pass of moving a store: two lists in the order of their numbers, and what
 * makes the second one the first. */
#include "common/crypto.h"
#include "store/move-private.h"
#include "store/rows.h"

#include <stdatomic.h>
#include <string.h>

enum { LIVES_A_PAGE = 500, OBJECTS_A_PAGE = 500 };

/* The fields of a life and of an object in their lists. */
enum { LIFE_NUMBER, LIFE_TOKEN, LIFE_SERIAL, N_LIFE };
enum { OBJECT_NUMBER, OBJECT_LIFE, OBJECT_VALUE, N_OBJECT = 10 };

struct pass {
    struct move *move;
    struct operation *held;
    bool writes;
    struct rows lives;  /* of the first */
    struct rows others; /* lives of the other one */
};

/* -- Operations on both --------------------------------------------------- */

struct both {
    struct operation own;
    struct operation *from;
    struct operation to;
};

static enum store_result
end_both(struct pass *pass, struct both *both, enum store_result result)
{
    result = operation_end(&both->to, result);
    return pass->held == NULL ? operation_end(both->from, result) : result;
}

static enum store_result
begin_both(struct pass *pass, struct both *both)
{
    struct move *move = pass->move;
    enum store_result result = STORE_DONE;

    both->from = pass->held;
    if (both->from == NULL) {
        result = operation_begin(&both->own, move->from, false);
        both->from = &both->own;
    }
    if (result != STORE_DONE)
        return result;
    result = operation_begin(&both->to, move->to, pass->writes);
    if (result != STORE_DONE) {
        if (pass->held == NULL)
            (void)operation_end(both->from, result);
        return result;
    }
    result = move_expect_filling(move, &both->to);
    return result == STORE_DONE ? result : end_both(pass, both, result);
}

/* -- Lives ---------------------------------------------------------------- */

static enum store_result
read_lives(struct operation *operation, struct rows *out)
{
    struct field in[] = { field_of_number(0), field_of_number(LIVES_A_PAGE) };
    enum store_result result;
    size_t n_before;

    do {
        n_before = out->n_items;
        result = rows_read(operation, STATEMENT_LIFE_LIST, in, out);
        if (out->n_items > n_before)
            in[0] = field_of_number(rows_number(out, out->n_items - 1));
    } while (result == STORE_DONE && out->n_items > n_before);
    return result;
}

/* The lists are in order. */
static bool
find_row(const struct rows *rows, uint64_t number, size_t *index)
{
    size_t low = 0, high = rows->n_items;

    while (low < high) {
        size_t middle = low + (high - low) / 2;

        if (rows_number(rows, middle) < number)
            low = middle + 1;
        else
            high = middle;
    }
    *index = low;
    return low < rows->n_items && rows_number(rows, low) == number;
}

static enum store_result
settle_life(struct pass *pass, struct operation *to, size_t index)
{
    const struct field *life = pass->lives.items[index].fields;
    const struct field serial[] = { life[LIFE_SERIAL], life[LIFE_NUMBER] };
    struct field out[STATEMENT_MAX_FIELDS];
    size_t other;

    if (!find_row(&pass->others, rows_number(&pass->lives, index), &other)) {
        pass->move->tally.n_lives++;
        return pass->writes
                   ? operation_run(to, STATEMENT_LIFE_RESTORE, life, NULL)
                   : STORE_DONE;
    }
    if (rows_equal(&pass->lives, index, &pass->others, other))
        return STORE_DONE;
    pass->move->tally.n_lives++;
    return pass->writes ? operation_run(to, STATEMENT_LIFE_SERIAL, serial, out)
                        : STORE_DONE;
}

static enum store_result
settle_lives(struct pass *pass)
{
    struct both both;
    enum store_result result = begin_both(pass, &both);

    if (result != STORE_DONE)
        return result;
    result = read_lives(both.from, &pass->lives);
    if (result == STORE_DONE)
        result = read_lives(&both.to, &pass->others);
    for (size_t i = 0; result == STORE_DONE && i < pass->lives.n_items; i++)
        result = settle_life(pass, &both.to, i);
    return end_both(pass, &both, result);
}

/* Their objects are gone by now. */
static enum store_result
drop_lives(struct pass *pass)
{
    struct both both;
    enum store_result result = begin_both(pass, &both);

    if (result != STORE_DONE)
        return result;
    for (size_t i = 0; result == STORE_DONE && i < pass->others.n_items; i++) {
        const struct field *life = pass->others.items[i].fields;
        size_t index;

        if (find_row(&pass->lives, rows_number(&pass->others, i), &index))
            continue;
        pass->move->tally.n_lives++;
        if (pass->writes)
            result = operation_run(&both.to, STATEMENT_LIFE_DROP, life, NULL);
    }
    return end_both(pass, &both, result);
}

/* -- Objects -------------------------------------------------------------- */

bool
move_is_value(const struct field *bytes, const struct field *hash)
{
    unsigned char made[SHA256_LENGTH];
    struct field its = field_of_bytes(made, sizeof(made));

    return bytes->kind == FIELD_BYTES &&
           crypto_sha256(bytes->bytes, bytes->length, made) &&
           field_equals(&its, hash);
}

/* The number of the value in the other one. */
static enum store_result
copy_value(struct both *both, const struct field *hash, struct field *number)
{
    struct field in[] = { *hash, { .kind = FIELD_NULL } };
    struct field out[STATEMENT_MAX_FIELDS];
    enum store_result result;

    number->kind = FIELD_NULL;
    if (hash->kind == FIELD_NULL)
        return STORE_DONE;
    result = operation_run(&both->to, STATEMENT_VALUE_FIND, in, out);
    if (result == STORE_ABSENT) {
        result = operation_run(both->from, STATEMENT_VALUE_READ, in, &in[1]);
        if (result == STORE_DONE && !move_is_value(&in[1], hash))
            return store_fail(both->from->store, both->from->link->writes,
                              STORE_BROKEN,
                              "a certificate is not what its SHA-256 says; "
                              "bring the store back from a backup");
        if (result == STORE_DONE)
            result = operation_run(&both->to, STATEMENT_VALUE_ADD, in, out);
    }
    if (result == STORE_DONE)
        *number = out[0];
    return result;
}

/* What has gone meanwhile, or is of a life that has begun meanwhile, is for the
 * next pass. */
static enum store_result
make_object(struct pass *pass, struct both *both, const struct field *object)
{
    struct field in[N_OBJECT];
    enum store_result result = STORE_ABSENT;
    size_t index;

    memcpy(in, object, sizeof(in));
    if (find_row(&pass->lives, (uint64_t)object[OBJECT_LIFE].number, &index))
        result = copy_value(both, &object[OBJECT_VALUE], &in[OBJECT_VALUE]);
    if (result == STORE_DONE)
        result = operation_run(&both->to, STATEMENT_OBJECT_RESTORE, in, NULL);
    if (result != STORE_ABSENT)
        return result;
    pass->move->tally.n_left++;
    return STORE_DONE;
}

static enum store_result
remove_object(struct both *both, const struct field *object)
{
    const struct field in[] = { object[OBJECT_NUMBER], object[OBJECT_LIFE] };
    struct field out[STATEMENT_MAX_FIELDS];

    return operation_run(&both->to, STATEMENT_OBJECT_DESTROY, in, out);
}

/* Of the same number; NULL: it is not there. */
static enum store_result
settle_object(struct pass *pass, struct both *both, const struct field *its,
              const struct field *other)
{
    struct move_tally *tally = &pass->move->tally;
    enum store_result result = STORE_DONE;

    if (other == NULL)
        tally->n_made++;
    else if (its == NULL)
        tally->n_removed++;
    else
        tally->n_changed++;
    if (!pass->writes)
        return STORE_DONE;
    if (other != NULL)
        result = remove_object(both, other);
    return result == STORE_DONE && its != NULL ? make_object(pass, both, its)
                                               : result;
}

/* What is in both lists up to a number. */
static enum store_result
merge(struct pass *pass, struct both *both, const struct rows *its,
      const struct rows *others, uint64_t up_to)
{
    size_t i = 0, k = 0;
    enum store_result result = STORE_DONE;

    while (result == STORE_DONE) {
        uint64_t a = i < its->n_items ? rows_number(its, i) : UINT64_MAX;
        uint64_t b = k < others->n_items ? rows_number(others, k) : UINT64_MAX;
        bool is_same =
            a == b && a != UINT64_MAX && rows_equal(its, i, others, k);

        if ((a < b ? a : b) > up_to || (a == UINT64_MAX && b == UINT64_MAX))
            break;
        if (!is_same)
            result =
                settle_object(pass, both, a <= b ? its->items[i].fields : NULL,
                              b <= a ? others->items[k].fields : NULL);
        if (a <= b)
            i++;
        if (b <= a)
            k++;
    }
    atomic_fetch_add(&pass->move->tally.n_seen, i);
    return result;
}

/* Behind its last number there may be more. */
static uint64_t
last_number(const struct rows *rows)
{
    return rows->n_items < OBJECTS_A_PAGE
               ? UINT64_MAX
               : rows_number(rows, rows->n_items - 1);
}

static enum store_result
merge_page(struct pass *pass, struct both *both, uint64_t *after)
{
    const struct field in[] = { field_of_number(*after),
                                field_of_number(OBJECTS_A_PAGE) };
    struct rows its = { .items = NULL }, others = { .items = NULL };
    enum store_result result =
        rows_read(both->from, STATEMENT_OBJECT_LIST, in, &its);

    if (result == STORE_DONE)
        result = rows_read(&both->to, STATEMENT_OBJECT_LIST, in, &others);
    if (result == STORE_DONE) {
        uint64_t a = last_number(&its), b = last_number(&others);

        *after = a < b ? a : b;
        result = merge(pass, both, &its, &others, *after);
    }
    rows_clear(&its);
    rows_clear(&others);
    return result;
}

static enum store_result
settle_objects(struct pass *pass)
{
    enum store_result result = STORE_DONE;
    uint64_t after = 0;
    struct both both;

    while (result == STORE_DONE && after != UINT64_MAX) {
        result = begin_both(pass, &both);
        if (result != STORE_DONE)
            return result;
        result = end_both(pass, &both, merge_page(pass, &both, &after));
    }
    return result;
}

enum store_result
move_merge(struct move *move, struct operation *held, bool writes)
{
    struct pass pass = { .move = move, .held = held, .writes = writes };
    enum store_result result;

    atomic_store(&move->tally.n_seen, 0);
    move->tally.n_left = 0;
    result = settle_lives(&pass);
    if (result == STORE_DONE)
        result = settle_objects(&pass);
    if (result == STORE_DONE)
        result = drop_lives(&pass);
    rows_clear(&pass.lives);
    rows_clear(&pass.others);
    return result;
}
