/* SPDX-License-Identifier: BSD-3-Clause */
/* Whose objects they are: tokens, and each one's lives. */
#include "store/operation.h"

#include <string.h>

static struct field
field_of_text(const char *text)
{
    return text == NULL ? (struct field){ .kind = FIELD_NULL }
                        : field_of_bytes(text, strlen(text));
}

/* What the database knows of a token. */
struct life {
    uint64_t number;
    bool has_serial;
};

/* Of its serial number, else one of which none is known, else the last one. */
static enum store_result
read_life(struct operation *operation, const struct store_owner *owner,
          struct life *out)
{
    const struct field in[] = { field_of_text(owner->token),
                                field_of_text(owner->serial) };
    struct field fields[STATEMENT_MAX_FIELDS];
    enum store_result result =
        operation_run(operation, STATEMENT_LIFE_FIND, in, fields);

    if (result != STORE_DONE)
        return result;
    out->number = (uint64_t)fields[0].number;
    out->has_serial = fields[1].kind != FIELD_NULL;
    return STORE_DONE;
}

static bool
is_current(const struct life *life, const struct store_owner *owner)
{
    return life->has_serial || owner->serial == NULL;
}

static enum store_result
add_life(struct operation *operation, const struct store_owner *owner,
         uint64_t *life)
{
    const struct field in[] = { field_of_text(owner->token),
                                field_of_text(owner->serial) };
    struct field out[STATEMENT_MAX_FIELDS];
    enum store_result result =
        operation_run(operation, STATEMENT_LIFE_ADD, in, out);

    if (result == STORE_DONE)
        *life = (uint64_t)out[0].number;
    return result;
}

/* The serial number was not known until now. */
static enum store_result
learn_serial(struct operation *operation, uint64_t life, const char *serial)
{
    const struct field in[] = { field_of_text(serial), field_of_number(life) };
    struct field out[STATEMENT_MAX_FIELDS];

    return operation_run(operation, STATEMENT_LIFE_SERIAL, in, out);
}

/* With this serial number the token was never seen; maybe with others. */
static enum store_result
add_unseen(struct operation *operation, const struct store_owner *owner,
           uint64_t *out, bool *is_another)
{
    const struct store_owner any = { owner->token, NULL };
    struct life life;
    enum store_result result = read_life(operation, &any, &life);

    *is_another = result == STORE_DONE;
    return result == STORE_DONE || result == STORE_ABSENT
               ? add_life(operation, owner, out)
               : result;
}

static enum store_result
change_life(struct operation *operation, const struct store_owner *owner,
            uint64_t *out, bool *is_another)
{
    struct life life;
    enum store_result result = read_life(operation, owner, &life);

    if (result == STORE_ABSENT)
        return add_unseen(operation, owner, out, is_another);
    if (result != STORE_DONE)
        return result;
    *out = life.number;
    return is_current(&life, owner)
               ? STORE_DONE
               : learn_serial(operation, life.number, owner->serial);
}

/* Of a token whose serial number is not known, all. */
static enum store_result
begin_anew(struct operation *operation, const struct store_owner *owner,
           uint64_t *out, bool *is_another)
{
    const struct field in[] = { field_of_text(owner->token),
                                field_of_text(owner->serial) };
    enum store_result result =
        operation_run(operation, STATEMENT_LIFE_CLEAR, in, NULL);

    *is_another = false;
    if (result == STORE_DONE)
        result = operation_run(operation, STATEMENT_LIFE_END, in, NULL);
    return result == STORE_DONE ? add_life(operation, owner, out) : result;
}

static enum store_result
write_life(struct store *store, const struct store_owner *owner,
           enum store_result (*write)(struct operation *operation,
                                      const struct store_owner *owner,
                                      uint64_t *out, bool *is_another),
           uint64_t *out, bool *is_another)
{
    struct operation operation;
    enum store_result result = operation_begin(&operation, store, true);

    return result == STORE_DONE
               ? operation_end(&operation,
                               write(&operation, owner, out, is_another))
               : result;
}

enum store_result
store_find_life(struct store *store, const struct store_owner *owner,
                uint64_t *out, bool *is_another)
{
    struct operation operation;
    struct life life = { 0 };
    bool is_other = false;
    enum store_result result = operation_begin(&operation, store, false);

    if (result != STORE_DONE)
        return result;
    result = operation_end(&operation, read_life(&operation, owner, &life));
    if (result == STORE_DONE && is_current(&life, owner))
        *out = life.number;
    else if (result == STORE_DONE || result == STORE_ABSENT)
        result = write_life(store, owner, change_life, out, &is_other);
    if (is_another != NULL)
        *is_another = result == STORE_DONE && is_other;
    return result;
}

enum store_result
store_begin_life(struct store *store, const struct store_owner *owner,
                 uint64_t *life)
{
    bool is_another;

    return write_life(store, owner, begin_anew, life, &is_another);
}
