/* SPDX-License-Identifier: BSD-3-Clause */
/* The store as tokens see it: the objects of a token's present life. */
#include "backends/overflow-private.h"

#include "common/cleanup.h"

#include <stdlib.h>

/* R8.9. Who may not write the store has a token that is write-protected. */
static const CK_RV results[] = {
    [STORE_DONE] = CKR_OK,
    [STORE_ABSENT] = CKR_OBJECT_HANDLE_INVALID,
    [STORE_FULL] = CKR_DEVICE_MEMORY,
    [STORE_LOCKED] = CKR_FUNCTION_FAILED,
    [STORE_READ_ONLY] = CKR_TOKEN_WRITE_PROTECTED,
    [STORE_UNREACHABLE] = CKR_FUNCTION_FAILED,
    [STORE_BROKEN] = CKR_DEVICE_ERROR,
    [STORE_NO_MEMORY] = CKR_HOST_MEMORY,
};

/* Written while the backend begins and ends. */
static struct store *store;

void
keep_begin(struct store *lent)
{
    store = lent;
}

static struct store_owner
owner_of(CK_SLOT_ID slot, const struct overflow_life *life)
{
    return (struct store_owner){ overflow_slot(slot)->token,
                                 life->has_serial ? life->serial : NULL };
}

static enum store_result
ask_life(CK_SLOT_ID slot, struct overflow_life *life)
{
    struct store_owner owner = owner_of(slot, life);
    bool is_another = false;
    enum store_result result =
        life->is_over
            ? store_begin_life(store, &owner, &life->number)
            : store_find_life(store, &owner, &life->number, &is_another);

    if (result == STORE_DONE)
        slot_set_life(slot, life);
    if (is_another)
        slot_note_another(slot);
    return result;
}

static enum store_result
get_life(CK_SLOT_ID slot, struct overflow_life *life)
{
    slot_get_life(slot, life);
    return life->number != 0 ? STORE_DONE : ask_life(slot, life);
}

bool
overflow_takes_another(CK_SLOT_ID slot)
{
    struct overflow_life life;

    if (overflow_slot(slot) == NULL)
        return false;
    (void)get_life(slot, &life);
    return slot_take_another(slot);
}

/* More than a token can begin while one operation is on its way. */
enum { MOST_LIVES = 1024 };

/*
 * Where an operation found nothing: whether that was in a life that another
 * process has ended meanwhile (R6.20), so that it is worth another try.
 */
static bool
has_new_life(CK_SLOT_ID slot, struct overflow_life *life)
{
    struct overflow_life old = *life;

    if (old.n_tried == MOST_LIVES)
        return false;
    slot_get_life(slot, life); /* its serial number may be another one too */
    life->n_tried = old.n_tried + 1;
    return ask_life(slot, life) == STORE_DONE && life->number != old.number;
}

CK_RV
overflow_may_init_token(CK_SLOT_ID slot)
{
    return overflow_slot(slot) == NULL ? CKR_SLOT_ID_INVALID
                                       : results[store_try(store)];
}

CK_RV
overflow_init_token(CK_SLOT_ID slot)
{
    struct overflow_life life;
    enum store_result result;

    if (overflow_slot(slot) == NULL)
        return CKR_SLOT_ID_INVALID;
    slot_get_life(slot, &life);
    life.is_over = true;
    result = ask_life(slot, &life);
    /* Only what the store was not told is for the next one to tell: were all
     * told at once, each would end what the other has begun. */
    if (result != STORE_DONE)
        slot_end_life(slot);
    return results[result];
}

CK_RV
overflow_ask(CK_SLOT_ID slot)
{
    struct overflow_life life;
    enum store_result result;
    size_t count;

    if (overflow_slot(slot) == NULL)
        return CKR_SLOT_ID_INVALID;
    result = get_life(slot, &life);
    if (result == STORE_DONE)
        result = store_count(store, life.number, &count);
    return results[result];
}

/* -- One object ------------------------------------------------------------ */

CK_RV
keep_create(CK_SLOT_ID slot, const struct store_object *object,
            CK_OBJECT_HANDLE *out)
{
    struct overflow_life life;
    enum store_result result = get_life(slot, &life);
    uint64_t number = 0;

    if (result == STORE_DONE)
        result = store_create(store, life.number, object->attributes,
                              object->count, &number);
    while (result == STORE_ABSENT && has_new_life(slot, &life))
        result = store_create(store, life.number, object->attributes,
                              object->count, &number);
    if (result == STORE_ABSENT)
        return CKR_FUNCTION_FAILED;
    if (result == STORE_DONE && !overflow_handle(number, out))
        return CKR_DEVICE_MEMORY;
    return results[result];
}

CK_RV
keep_read(CK_SLOT_ID slot, CK_OBJECT_HANDLE handle, struct store_object *out)
{
    struct overflow_life life;
    enum store_result result = get_life(slot, &life);

    *out = (struct store_object){ NULL, 0 };
    if (result == STORE_DONE)
        result = store_read(store, life.number, handle, out);
    while (result == STORE_ABSENT && has_new_life(slot, &life))
        result = store_read(store, life.number, handle, out);
    return results[result];
}

/* An object that was read a moment ago is of the life that is known. */
CK_RV
keep_change(CK_SLOT_ID slot, CK_OBJECT_HANDLE handle,
            const struct store_object *changes)
{
    struct overflow_life life;
    enum store_result result = get_life(slot, &life);

    if (result == STORE_DONE)
        result = store_change(store, life.number, handle, changes->attributes,
                              changes->count);
    return results[result];
}

CK_RV
keep_destroy(CK_SLOT_ID slot, CK_OBJECT_HANDLE handle)
{
    struct overflow_life life;
    enum store_result result = get_life(slot, &life);

    if (result == STORE_DONE)
        result = store_destroy(store, life.number, handle);
    return results[result];
}

/* -- Many ------------------------------------------------------------------ */

static CK_RV
add_handles(const uint64_t *numbers, size_t count, CK_OBJECT_HANDLE **list,
            size_t *n_list)
{
    CK_OBJECT_HANDLE *longer =
        realloc(*list, (*n_list + count) * sizeof(*longer));

    if (longer == NULL)
        return CKR_HOST_MEMORY;
    *list = longer;
    for (size_t i = 0; i < count; i++)
        if (overflow_handle(numbers[i], &longer[*n_list]))
            (*n_list)++;
    return CKR_OK;
}

CK_RV
keep_find(CK_SLOT_ID slot, const CK_ATTRIBUTE *template, CK_ULONG count,
          CK_OBJECT_HANDLE **list, size_t *n_list)
{
    CLEANUP(freep) uint64_t *numbers = NULL;
    struct overflow_life life;
    enum store_result result = get_life(slot, &life);
    size_t n_numbers = 0;

    if (result == STORE_DONE)
        result = store_find(store, life.number, template, count, &numbers,
                            &n_numbers);
    while (
        (result == STORE_ABSENT || (result == STORE_DONE && n_numbers == 0)) &&
        has_new_life(slot, &life)) {
        free(numbers);
        numbers = NULL;
        n_numbers = 0;
        result = store_find(store, life.number, template, count, &numbers,
                            &n_numbers);
    }
    if (result == STORE_NO_MEMORY)
        return CKR_HOST_MEMORY;
    if (result != STORE_DONE || n_numbers == 0)
        return CKR_OK;
    return add_handles(numbers, n_numbers, list, n_list);
}
