/* SPDX-License-Identifier: BSD-3-Clause */
/* What the token behind the fault module seems to be: present or not, and
 * with room for so many sessions and objects. */
#include "tests/modules/fault-call.h"

#include "tests/modules/answer.h"

#include <pthread.h>

enum { MOST_SLOTS = 64 };

static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;
static pthread_cond_t changed = PTHREAD_COND_INITIALIZER;
static CK_SLOT_ID absent[MOST_SLOTS];
static size_t n_absent;
static bool all_absent;
static CK_SLOT_ID events[MOST_SLOTS];
static size_t n_events;
static bool events_on;
static unsigned finalizes;
static long most_sessions = -1;
static bool sessions_reported = true;
static long most_objects = -1;

static bool
is_absent_locked(CK_SLOT_ID slot)
{
    size_t i;

    for (i = 0; i < n_absent; i++)
        if (absent[i] == slot)
            return true;
    return all_absent;
}

static bool
is_absent(CK_SLOT_ID slot)
{
    bool is;

    pthread_mutex_lock(&lock);
    is = is_absent_locked(slot);
    pthread_mutex_unlock(&lock);
    return is;
}

static CK_ULONG
slots_of(CK_SLOT_ID slots[MOST_SLOTS])
{
    const CK_FUNCTION_LIST_3_2 *vendor = vendor_get();
    CK_ULONG n_slots = MOST_SLOTS;

    if (vendor == NULL ||
        vendor->C_GetSlotList(CK_TRUE, slots, &n_slots) != CKR_OK)
        return 0;
    return n_slots;
}

/*
 * The token's sessions, logins and session objects are gone with it. Their
 * numbers are kept until it returns: while it is away they are refused as
 * sessions on a device that was removed.
 */
static void
slot_empty(CK_SLOT_ID slot)
{
    const CK_FUNCTION_LIST_3_2 *vendor = vendor_get();

    if (vendor != NULL)
        vendor->C_CloseAllSessions(slot);
}

static void
event_add_locked(CK_SLOT_ID slot)
{
    size_t i;

    for (i = 0; i < n_events; i++)
        if (events[i] == slot)
            return;
    if (n_events < MOST_SLOTS)
        events[n_events++] = slot;
    pthread_cond_broadcast(&changed);
}

static void
event_add(bool every, CK_SLOT_ID slot)
{
    CK_SLOT_ID slots[MOST_SLOTS];
    CK_ULONG n_slots = every ? slots_of(slots) : 0, i;

    pthread_mutex_lock(&lock);
    if (!every)
        event_add_locked(slot);
    for (i = 0; i < n_slots; i++)
        event_add_locked(slots[i]);
    pthread_mutex_unlock(&lock);
}

void
token_vanish(bool every, CK_SLOT_ID slot)
{
    CK_SLOT_ID slots[MOST_SLOTS];
    CK_ULONG n_slots, i;

    pthread_mutex_lock(&lock);
    if (every)
        all_absent = true;
    else if (!is_absent_locked(slot) && n_absent < MOST_SLOTS)
        absent[n_absent++] = slot;
    pthread_mutex_unlock(&lock);
    n_slots = every ? slots_of(slots) : 0;
    if (!every)
        slot_empty(slot);
    for (i = 0; i < n_slots; i++)
        slot_empty(slots[i]);
    event_add(every, slot);
}

void
token_return(bool every, CK_SLOT_ID slot)
{
    CK_SLOT_ID slots[MOST_SLOTS];
    CK_ULONG n_slots = every ? slots_of(slots) : 0, i;

    if (!every)
        device_give(sessions_remove(slot));
    for (i = 0; i < n_slots; i++)
        device_give(sessions_remove(slots[i]));
    pthread_mutex_lock(&lock);
    if (every) {
        all_absent = false;
        n_absent = 0;
    }
    for (i = 0; i < n_absent; i++)
        if (absent[i] == slot) {
            absent[i] = absent[--n_absent];
            break;
        }
    pthread_mutex_unlock(&lock);
    event_add(every, slot);
}

void
token_set_events(bool on)
{
    pthread_mutex_lock(&lock);
    events_on = on;
    n_events = 0;
    pthread_cond_broadcast(&changed);
    pthread_mutex_unlock(&lock);
}

void
token_set_sessions(long limit, bool reported)
{
    pthread_mutex_lock(&lock);
    most_sessions = limit;
    sessions_reported = reported;
    pthread_mutex_unlock(&lock);
}

void
token_set_objects(long limit)
{
    pthread_mutex_lock(&lock);
    most_objects = limit;
    pthread_mutex_unlock(&lock);
}

void
token_reset(void)
{
    token_set_sessions(-1, true);
    device_unset();
    token_set_objects(-1);
    token_set_events(false);
    pthread_mutex_lock(&lock);
    all_absent = false;
    n_absent = 0;
    pthread_mutex_unlock(&lock);
}

static CK_RV
event_wait(CK_FLAGS flags, CK_SLOT_ID_PTR slot)
{
    CK_RV rv = CKR_NO_EVENT;
    unsigned before;

    pthread_mutex_lock(&lock);
    before = finalizes;
    while (n_events == 0 && (flags & CKF_DONT_BLOCK) == 0 && events_on &&
           finalizes == before)
        pthread_cond_wait(&changed, &lock);
    if (finalizes != before)
        rv = CKR_CRYPTOKI_NOT_INITIALIZED;
    else if (n_events > 0) {
        *slot = events[--n_events];
        rv = CKR_OK;
    }
    pthread_mutex_unlock(&lock);
    return rv;
}

/* Those that wait for an event must not hold C_Finalize up. */
static void
event_finalize(void)
{
    pthread_mutex_lock(&lock);
    finalizes++;
    n_events = 0;
    pthread_cond_broadcast(&changed);
    pthread_mutex_unlock(&lock);
}

static bool
events_are_on(void)
{
    bool on;

    pthread_mutex_lock(&lock);
    on = events_on;
    pthread_mutex_unlock(&lock);
    return on;
}

static bool
limit_is_reached(struct fault_call *call)
{
    long limit_sessions, limit_objects, n_made = 0;
    size_t i;

    pthread_mutex_lock(&lock);
    limit_sessions = most_sessions;
    limit_objects = most_objects;
    pthread_mutex_unlock(&lock);
    if (call->function == FUNCTION_C_OpenSession && limit_sessions >= 0 &&
        sessions_on(call->slot) >= (unsigned long)limit_sessions) {
        call->rv = CKR_SESSION_COUNT;
        return true;
    }
    if (call->function == FUNCTION_C_OpenSession && !device_take()) {
        call->rv = CKR_SESSION_COUNT;
        return true;
    }
    for (i = 0; i < call->n_arguments; i++)
        n_made += call->arguments[i].kind == ARGUMENT_MADE_OBJECT;
    if (n_made > 0 && limit_objects >= 0 &&
        (long)fault_objects() + n_made > limit_objects) {
        call->rv = CKR_DEVICE_MEMORY;
        return true;
    }
    return false;
}

static bool
somebody_is_absent(void)
{
    bool is;

    pthread_mutex_lock(&lock);
    is = all_absent || n_absent > 0;
    pthread_mutex_unlock(&lock);
    return is;
}

/*
 * The slots whose token is there, by the size convention. Answered here as a
 * whole: the module counts more slots than the caller may have room for.
 */
static CK_RV
slot_list_answer(const struct fault_call *call)
{
    CK_SLOT_ID slots[MOST_SLOTS];
    CK_ULONG n_slots = slots_of(slots), n_left = 0, i;

    for (i = 0; i < n_slots; i++)
        if (!is_absent(slots[i]))
            slots[n_left++] = slots[i];
    return answer_numbers(slots, n_left, call->arguments[1].pointer,
                          call->arguments[1].length_at);
}

bool
token_answers(struct fault_call *call)
{
    switch (call->function) {
    case FUNCTION_C_WaitForSlotEvent:
        if (!events_are_on())
            return false;
        call->rv =
            event_wait(call->arguments[0].number, call->arguments[1].pointer);
        return true;
    case FUNCTION_C_Finalize:
        event_finalize();
        return false;
    case FUNCTION_C_GetSlotInfo:
        return false;
    case FUNCTION_C_GetSlotList:
        if (call->arguments[0].number == CK_FALSE || !somebody_is_absent())
            return false;
        call->rv = slot_list_answer(call);
        return true;
    default:
        break;
    }
    if (call->has_slot && is_absent(call->slot)) {
        call->rv = call->arguments[0].kind == ARGUMENT_SESSION
                       ? CKR_DEVICE_REMOVED
                       : CKR_TOKEN_NOT_PRESENT;
        return true;
    }
    return limit_is_reached(call);
}

static void
token_info_amend(struct fault_call *call)
{
    CK_TOKEN_INFO *info = call->arguments[1].pointer;
    CK_ULONG limit;

    if (device_limit(&limit))
        info->ulMaxSessionCount = info->ulMaxRwSessionCount = limit;
    pthread_mutex_lock(&lock);
    if (most_sessions >= 0 && sessions_reported) {
        info->ulMaxSessionCount = (CK_ULONG)most_sessions;
        info->ulMaxRwSessionCount = (CK_ULONG)most_sessions;
    }
    pthread_mutex_unlock(&lock);
}

void
token_amend(struct fault_call *call)
{
    switch (call->function) {
    case FUNCTION_C_GetSlotInfo:
        if (is_absent(call->slot))
            ((CK_SLOT_INFO *)call->arguments[1].pointer)->flags &=
                ~CKF_TOKEN_PRESENT;
        break;
    case FUNCTION_C_GetTokenInfo:
        token_info_amend(call);
        break;
    default:
        break;
    }
}
