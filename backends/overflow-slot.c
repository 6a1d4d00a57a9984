/* SPDX-License-Identifier: BSD-3-Clause */
/* Tokens whose certificates overflow: as they were last seen, and who is
 * logged in. */
#include "backends/overflow-private.h"

#include "common/text.h"

#include <stdlib.h>
#include <string.h>

const CK_USER_TYPE overflow_nobody = CK_UNAVAILABLE_INFORMATION;

struct state {
    bool is_seen;
    bool has_serial;
    char serial[OVERFLOW_SERIAL_LENGTH + 1];
    uint64_t life;   /* as the store said last; 0: to be asked */
    bool is_over;    /* it is no more, and the store was not told */
    bool is_another; /* to be told */
    CK_USER_TYPE user;
};

static struct mutex lock = MUTEX_INIT(LOCK_OVERFLOW);

/* Written while the backend begins and ends. */
static const struct overflow_slot *slots;
static size_t n_slots;

/* Under the lock. */
static struct state *states;

bool
slots_begin(const struct overflow_slot *new_slots, size_t n_new_slots)
{
    states = calloc(n_new_slots > 0 ? n_new_slots : 1, sizeof(*states));
    if (states == NULL)
        return false;
    for (size_t i = 0; i < n_new_slots; i++)
        states[i].user = overflow_nobody;
    slots = new_slots;
    n_slots = n_new_slots;
    return true;
}

void
slots_end(void)
{
    free(states);
    states = NULL;
    slots = NULL;
    n_slots = 0;
}

void
slots_fork_child(void)
{
    mutex_init(&lock, LOCK_OVERFLOW);
    for (size_t i = 0; i < n_slots; i++)
        states[i].user = overflow_nobody;
}

const struct overflow_slot *
overflow_slot(CK_SLOT_ID slot)
{
    return slot < n_slots ? &slots[slot] : NULL;
}

/* -- What was seen -------------------------------------------------------- */

CK_RV
overflow_see(CK_SLOT_ID slot, const char *serial)
{
    struct state *state;

    if (overflow_slot(slot) == NULL)
        return CKR_SLOT_ID_INVALID;
    if (serial != NULL && strlen(serial) > OVERFLOW_SERIAL_LENGTH)
        return CKR_ARGUMENTS_BAD;
    mutex_lock(&lock);
    state = &states[slot];
    if (!state->is_seen || state->has_serial != (serial != NULL) ||
        (serial != NULL && strcmp(state->serial, serial) != 0))
        state->life = 0;
    state->is_seen = true;
    state->has_serial = serial != NULL;
    strcpy(state->serial, serial != NULL ? serial : "");
    mutex_unlock(&lock);
    return CKR_OK;
}

bool
overflow_is_seen(CK_SLOT_ID slot)
{
    bool is_seen;

    mutex_lock(&lock);
    is_seen = states[slot].is_seen;
    mutex_unlock(&lock);
    return is_seen;
}

void
slot_get_life(CK_SLOT_ID slot, struct overflow_life *out)
{
    const struct state *state;

    mutex_lock(&lock);
    state = &states[slot];
    out->number = state->life;
    out->is_over = state->is_over;
    out->n_tried = 0;
    out->has_serial = state->has_serial;
    memcpy(out->serial, state->serial, sizeof(out->serial));
    mutex_unlock(&lock);
}

void
slot_set_life(CK_SLOT_ID slot, const struct overflow_life *life)
{
    struct state *state;

    mutex_lock(&lock);
    state = &states[slot];
    /* What the store said of a serial number that is no longer the token's,
     * or of a life that is over, is no news. */
    if (state->has_serial == life->has_serial &&
        strcmp(state->serial, life->serial) == 0 &&
        (life->is_over || !state->is_over)) {
        state->life = life->number;
        state->is_over = false;
    }
    mutex_unlock(&lock);
}

void
slot_note_another(CK_SLOT_ID slot)
{
    mutex_lock(&lock);
    states[slot].is_another = true;
    mutex_unlock(&lock);
}

bool
slot_take_another(CK_SLOT_ID slot)
{
    bool is_another;

    mutex_lock(&lock);
    is_another = states[slot].is_another;
    states[slot].is_another = false;
    mutex_unlock(&lock);
    return is_another;
}

void
slot_end_life(CK_SLOT_ID slot)
{
    mutex_lock(&lock);
    states[slot].life = 0;
    states[slot].is_over = true;
    mutex_unlock(&lock);
}

/* -- Who is logged in ----------------------------------------------------- */

void
slot_set_user(CK_SLOT_ID slot, CK_USER_TYPE user)
{
    mutex_lock(&lock);
    states[slot].user = user;
    mutex_unlock(&lock);
}

CK_USER_TYPE
slot_user(CK_SLOT_ID slot)
{
    CK_USER_TYPE user;

    mutex_lock(&lock);
    user = states[slot].user;
    mutex_unlock(&lock);
    return user;
}

/* -- The function list ---------------------------------------------------- */

/* The slots are parts of tokens that are listed elsewhere, so that nobody
 * who looks for tokens finds any. */
CK_RV
overflow_get_slot_list(CK_BBOOL token_present, CK_SLOT_ID_PTR list,
                       CK_ULONG_PTR count)
{
    (void)token_present;
    (void)list;
    if (count == NULL)
        return CKR_ARGUMENTS_BAD;
    *count = 0;
    return CKR_OK;
}

CK_RV
overflow_get_slot_info(CK_SLOT_ID slot, CK_SLOT_INFO_PTR info)
{
    if (overflow_slot(slot) == NULL)
        return CKR_SLOT_ID_INVALID;
    if (info == NULL)
        return CKR_ARGUMENTS_BAD;
    *info = (CK_SLOT_INFO){ .flags = overflow_is_seen(slot) ? CKF_TOKEN_PRESENT
                                                            : 0 };
    text_pad(info->slotDescription, sizeof(info->slotDescription),
             slots[slot].token);
    text_pad(info->manufacturerID, sizeof(info->manufacturerID), "p11mux");
    return CKR_OK;
}

CK_RV
overflow_get_token_info(CK_SLOT_ID slot, CK_TOKEN_INFO_PTR info)
{
    struct overflow_life life;

    if (overflow_slot(slot) == NULL)
        return CKR_SLOT_ID_INVALID;
    if (info == NULL)
        return CKR_ARGUMENTS_BAD;
    if (!overflow_is_seen(slot))
        return CKR_TOKEN_NOT_PRESENT;
    slot_get_life(slot, &life);
    *info = (CK_TOKEN_INFO){
        .flags = CKF_TOKEN_INITIALIZED,
        .ulMaxSessionCount = CK_EFFECTIVELY_INFINITE,
        .ulSessionCount = CK_UNAVAILABLE_INFORMATION,
        .ulMaxRwSessionCount = CK_EFFECTIVELY_INFINITE,
        .ulRwSessionCount = CK_UNAVAILABLE_INFORMATION,
        .ulTotalPublicMemory = CK_UNAVAILABLE_INFORMATION,
        .ulFreePublicMemory = CK_UNAVAILABLE_INFORMATION,
        .ulTotalPrivateMemory = CK_UNAVAILABLE_INFORMATION,
        .ulFreePrivateMemory = CK_UNAVAILABLE_INFORMATION,
    };
    text_pad(info->label, sizeof(info->label), slots[slot].token);
    text_pad(info->manufacturerID, sizeof(info->manufacturerID), "p11mux");
    text_pad(info->model, sizeof(info->model), "certificates");
    text_pad(info->serialNumber, sizeof(info->serialNumber), life.serial);
    text_pad(info->utcTime, sizeof(info->utcTime), "");
    return CKR_OK;
}
