/* SPDX-License-Identifier: BSD-3-Clause */
/* Objects: made, found, read, changed and destroyed. */
#include "store/operation.h"

#include <stdlib.h>
#include <string.h>

/* -- Making --------------------------------------------------------------- */

/* The number of the row with the value, which is there once. */
static enum store_result
keep_value(struct operation *operation, const struct row *row,
           struct field *number)
{
    const struct field in[] = { field_of_bytes(row->hash, sizeof(row->hash)),
                                row->columns[COLUMN_VALUE] };
    struct field out[STATEMENT_MAX_FIELDS];
    enum store_result result;

    number->kind = FIELD_NULL;
    if (in[1].kind == FIELD_NULL)
        return STORE_DONE;
    result = operation_run(operation, STATEMENT_VALUE_FIND, in, out);
    if (result == STORE_ABSENT)
        result = operation_run(operation, STATEMENT_VALUE_ADD, in, out);
    if (result == STORE_DONE)
        *number = field_of_number((uint64_t)out[0].number);
    return result;
}

static enum store_result
add_row(struct operation *operation, uint64_t life, const struct row *row,
        uint64_t *number)
{
    struct field in[N_COLUMNS + 2] = { field_of_number(life) };
    struct field out[STATEMENT_MAX_FIELDS];
    enum store_result result;

    memcpy(in + 1, row->columns, sizeof(row->columns));
    in[N_COLUMNS + 1] = field_of_bytes(row->others, row->others_length);
    result = keep_value(operation, row, &in[1]);
    if (result == STORE_DONE)
        result = operation_run(operation, STATEMENT_OBJECT_ADD, in, out);
    if (result == STORE_DONE)
        *number = (uint64_t)out[0].number;
    return result;
}

static enum store_result
add_object(struct operation *operation, uint64_t life,
           const CK_ATTRIBUTE *attributes, CK_ULONG count, uint64_t *number)
{
    struct row row;
    enum store_result result = row_encode(attributes, count, &row)
                                   ? add_row(operation, life, &row, number)
                                   : STORE_NO_MEMORY;

    row_clear(&row);
    return result;
}

enum store_result
store_create(struct store *store, uint64_t life, const CK_ATTRIBUTE *attributes,
             CK_ULONG count, uint64_t *number)
{
    struct operation operation;
    enum store_result result = operation_begin(&operation, store, true);

    return result == STORE_DONE
               ? operation_end(&operation,
                               add_object(&operation, life, attributes, count,
                                          number))
               : result;
}

static enum store_result
add_objects(struct operation *operation, uint64_t life,
            const struct store_object *objects, size_t n_objects,
            uint64_t *numbers)
{
    enum store_result result = STORE_DONE;

    for (size_t i = 0; result == STORE_DONE && i < n_objects; i++)
        result = add_object(operation, life, objects[i].attributes,
                            objects[i].count, &numbers[i]);
    return result;
}

enum store_result
store_create_many(struct store *store, uint64_t life,
                  const struct store_object *objects, size_t n_objects,
                  uint64_t *numbers)
{
    struct operation operation;
    enum store_result result = operation_begin(&operation, store, true);

    return result == STORE_DONE
               ? operation_end(&operation,
                               add_objects(&operation, life, objects, n_objects,
                                           numbers))
               : result;
}

/* -- Reading -------------------------------------------------------------- */

static enum store_result
read_object(struct operation *operation, uint64_t life, uint64_t number,
            struct store_object *out)
{
    const struct field in[] = { field_of_number(number),
                                field_of_number(life) };
    struct field fields[STATEMENT_MAX_FIELDS];
    enum store_result result =
        operation_run(operation, STATEMENT_OBJECT_READ, in, fields);

    if (result == STORE_DONE)
        result = row_decode(fields, out);
    if (result != STORE_BROKEN)
        return result;
    return store_fail(operation->store, operation->link->writes, STORE_BROKEN,
                      "object %llu is not as p11mux wrote it; bring the store "
                      "back from a backup",
                      (unsigned long long)number);
}

enum store_result
store_read(struct store *store, uint64_t life, uint64_t number,
           struct store_object *out)
{
    struct operation operation;
    enum store_result result;

    *out = (struct store_object){ 0 };
    result = operation_begin(&operation, store, false);
    return result == STORE_DONE
               ? operation_end(&operation,
                               read_object(&operation, life, number, out))
               : result;
}

static enum store_result
count_objects(struct operation *operation, uint64_t life, size_t *count)
{
    struct field in = field_of_number(life);
    struct field out[STATEMENT_MAX_FIELDS];
    enum store_result result =
        operation_run(operation, STATEMENT_OBJECT_COUNT, &in, out);

    if (result == STORE_DONE)
        *count = (size_t)out[0].number;
    return result;
}

enum store_result
store_count(struct store *store, uint64_t life, size_t *count)
{
    struct operation operation;
    enum store_result result = operation_begin(&operation, store, false);

    return result == STORE_DONE
               ? operation_end(&operation,
                               count_objects(&operation, life, count))
               : result;
}

/* -- Finding -------------------------------------------------------------- */

struct found {
    uint64_t *numbers;
    size_t n_numbers;
    size_t size;
};

static enum store_result
keep_found(void *context, uint64_t number)
{
    struct found *found = context;

    if (found->n_numbers == found->size) {
        size_t size = found->size > 0 ? 2 * found->size : 16;
        uint64_t *numbers = realloc(found->numbers, size * sizeof(*numbers));

        if (numbers == NULL)
            return STORE_NO_MEMORY;
        found->numbers = numbers;
        found->size = size;
    }
    found->numbers[found->n_numbers++] = number;
    return STORE_DONE;
}

static enum store_result
find_objects(struct store *store, uint64_t life, const struct row_query *query,
             struct found *found)
{
    struct operation operation;
    enum store_result result = operation_begin(&operation, store, false);

    return result == STORE_DONE
               ? operation_end(&operation,
                               store->kind->find(operation.link, life, query,
                                                 keep_found, found))
               : result;
}

enum store_result
store_find(struct store *store, uint64_t life, const CK_ATTRIBUTE *template,
           CK_ULONG count, uint64_t **numbers, size_t *n_numbers)
{
    struct found found = { 0 };
    struct row_query query;
    enum store_result result = STORE_DONE;

    if (!row_query_make(template, count, &query))
        result = STORE_NO_MEMORY;
    else if (!query.matches_nothing)
        result = find_objects(store, life, &query, &found);
    row_query_clear(&query);
    if (result != STORE_DONE) {
        free(found.numbers);
        found = (struct found){ 0 };
    }
    *numbers = found.numbers;
    *n_numbers = found.n_numbers;
    return result;
}

/* -- Changing ------------------------------------------------------------- */

static enum store_result
write_row(struct operation *operation, uint64_t life, uint64_t number,
          const struct row *row)
{
    struct field in[N_COLUMNS + 3];
    struct field out[STATEMENT_MAX_FIELDS];
    enum store_result result;

    memcpy(in, row->columns, sizeof(row->columns));
    in[N_COLUMNS] = field_of_bytes(row->others, row->others_length);
    in[N_COLUMNS + 1] = field_of_number(number);
    in[N_COLUMNS + 2] = field_of_number(life);
    result = keep_value(operation, row, &in[COLUMN_VALUE]);
    return result == STORE_DONE
               ? operation_run(operation, STATEMENT_OBJECT_CHANGE, in, out)
               : result;
}

static enum store_result
change_object(struct operation *operation, uint64_t life, uint64_t number,
              const CK_ATTRIBUTE *attributes, CK_ULONG count)
{
    struct store_object before = { 0 };
    CK_ATTRIBUTE *merged = NULL;
    struct row row = { 0 };
    CK_ULONG n;
    enum store_result result = read_object(operation, life, number, &before);

    if (result == STORE_DONE) {
        bool is_encoded = row_merge(&before, attributes, count, &merged, &n) &&
                          row_encode(merged, n, &row);

        result = is_encoded ? write_row(operation, life, number, &row)
                            : STORE_NO_MEMORY;
    }
    row_clear(&row);
    free(merged);
    store_object_clear(&before);
    return result;
}

enum store_result
store_change(struct store *store, uint64_t life, uint64_t number,
             const CK_ATTRIBUTE *attributes, CK_ULONG count)
{
    struct operation operation;
    enum store_result result = operation_begin(&operation, store, true);

    return result == STORE_DONE
               ? operation_end(&operation,
                               change_object(&operation, life, number,
                                             attributes, count))
               : result;
}

enum store_result
store_destroy(struct store *store, uint64_t life, uint64_t number)
{
    const struct field in[] = { field_of_number(number),
                                field_of_number(life) };
    struct field out[STATEMENT_MAX_FIELDS];
    struct operation operation;
    enum store_result result = operation_begin(&operation, store, true);

    return result == STORE_DONE
               ? operation_end(&operation,
                               operation_run(&operation,
                                             STATEMENT_OBJECT_DESTROY, in, out))
               : result;
}
