/* SPDX-License-Identifier: BSD-3-Clause */
/* Sessions on the overflow backend, and their logins. */
#include "backends/overflow-private.h"

#include <stdlib.h>

/* A handle is the number of an opening, then the place in the table. */
enum { PLACE_BITS = 16, MOST_SESSIONS = 1 << PLACE_BITS };

struct place {
    struct overflow_session *session; /* NULL: free */
    CK_SESSION_HANDLE handle;
};

static struct mutex lock = MUTEX_INIT(LOCK_OVERFLOW);

/* Under the lock. */
static struct place *places;
static size_t n_places;
static size_t first_free; /* none before it is */
static CK_ULONG n_opened;

static struct place *find_locked(CK_SESSION_HANDLE handle) REQUIRES(lock);
static struct place *free_place_locked(void) REQUIRES(lock);
static CK_RV add_locked(struct overflow_session *session,
                        CK_SESSION_HANDLE *out) REQUIRES(lock);
static struct overflow_session *remove_locked(struct place *place)
    REQUIRES(lock);
static struct overflow_session *take_any_locked(CK_SLOT_ID slot, bool of_all,
                                                CK_SESSION_HANDLE *handle)
    REQUIRES(lock);

/* -- The table ------------------------------------------------------------- */

static struct place *
find_locked(CK_SESSION_HANDLE handle)
{
    size_t at = handle & (MOST_SESSIONS - 1);

    return at < n_places && places[at].session != NULL &&
                   places[at].handle == handle
               ? &places[at]
               : NULL;
}

static struct place *
free_place_locked(void)
{
    const size_t first_room = 16;

    while (first_free < n_places && places[first_free].session != NULL)
        first_free++;
    if (first_free == n_places) {
        size_t room = n_places == 0 ? first_room : 2 * n_places;
        struct place *grown = n_places < MOST_SESSIONS
                                  ? realloc(places, room * sizeof(*grown))
                                  : NULL;

        if (grown == NULL)
            return NULL;
        for (size_t i = n_places; i < room; i++)
            grown[i] = (struct place){ .session = NULL };
        places = grown;
        n_places = room;
    }
    return &places[first_free];
}

static CK_RV
add_locked(struct overflow_session *session, CK_SESSION_HANDLE *out)
{
    struct place *place = free_place_locked();

    if (place == NULL)
        return n_places < MOST_SESSIONS ? CKR_HOST_MEMORY : CKR_SESSION_COUNT;
    place->session = session;
    place->handle = ++n_opened << PLACE_BITS | first_free;
    *out = place->handle;
    return CKR_OK;
}

static struct overflow_session *
remove_locked(struct place *place)
{
    struct overflow_session *session = place->session;
    size_t at = (size_t)(place - places);

    place->session = NULL;
    if (at < first_free)
        first_free = at;
    return session;
}

static struct overflow_session *
take_any_locked(CK_SLOT_ID slot, bool of_all, CK_SESSION_HANDLE *handle)
{
    for (size_t i = 0; i < n_places; i++)
        if (places[i].session != NULL &&
            (of_all || places[i].session->slot == slot)) {
            *handle = places[i].handle;
            return remove_locked(&places[i]);
        }
    return NULL;
}

static bool
has_session(CK_SLOT_ID slot)
{
    bool is_there = false;

    mutex_lock(&lock);
    for (size_t i = 0; i < n_places && !is_there; i++)
        is_there = places[i].session != NULL && places[i].session->slot == slot;
    mutex_unlock(&lock);
    return is_there;
}

struct overflow_session *
overflow_session(CK_SESSION_HANDLE handle)
{
    const struct place *place;
    struct overflow_session *session;

    mutex_lock(&lock);
    place = find_locked(handle);
    session = place == NULL ? NULL : place->session;
    mutex_unlock(&lock);
    return session;
}

static void
end(struct overflow_session *session, CK_SESSION_HANDLE handle)
{
    memory_end_session(handle);
    free(session->found);
    free(session);
}

static void
end_all(CK_SLOT_ID slot, bool of_all)
{
    struct overflow_session *session;
    CK_SESSION_HANDLE handle = CK_INVALID_HANDLE;

    do {
        mutex_lock(&lock);
        session = take_any_locked(slot, of_all, &handle);
        mutex_unlock(&lock);
        if (session != NULL)
            end(session, handle);
    } while (session != NULL);
}

void
sessions_end(void)
{
    end_all(0, true);
    free(places);
    places = NULL;
    n_places = 0;
    first_free = 0;
}

/* A parent's thread may have held the lock in the middle of anything. */
void
sessions_fork_child(void)
{
    mutex_init(&lock, LOCK_OVERFLOW);
    places = NULL;
    n_places = 0;
    first_free = 0;
}

/* -- The function list ----------------------------------------------------- */

CK_RV
overflow_open_session(CK_SLOT_ID slot, CK_FLAGS flags, CK_VOID_PTR application,
                      CK_NOTIFY notify, CK_SESSION_HANDLE_PTR out)
{
    struct overflow_session *session;
    CK_RV rv;

    (void)application;
    (void)notify;
    if (overflow_slot(slot) == NULL)
        return CKR_SLOT_ID_INVALID;
    if (out == NULL)
        return CKR_ARGUMENTS_BAD;
    if ((flags & CKF_SERIAL_SESSION) == 0)
        return CKR_SESSION_PARALLEL_NOT_SUPPORTED;
    if (!overflow_is_seen(slot))
        return CKR_TOKEN_NOT_PRESENT;
    session = calloc(1, sizeof(*session));
    if (session == NULL)
        return CKR_HOST_MEMORY;
    session->slot = slot;
    session->flags = flags & (CKF_SERIAL_SESSION | CKF_RW_SESSION);
    mutex_lock(&lock);
    rv = add_locked(session, out);
    mutex_unlock(&lock);
    if (rv != CKR_OK)
        free(session);
    return rv;
}

CK_RV
overflow_close_session(CK_SESSION_HANDLE handle)
{
    struct place *place;
    struct overflow_session *session = NULL;
    CK_SLOT_ID slot;

    mutex_lock(&lock);
    place = find_locked(handle);
    if (place != NULL)
        session = remove_locked(place);
    mutex_unlock(&lock);
    if (session == NULL)
        return CKR_SESSION_HANDLE_INVALID;
    slot = session->slot;
    end(session, handle);
    if (!has_session(slot))
        slot_set_user(slot, overflow_nobody);
    return CKR_OK;
}

CK_RV
overflow_close_all_sessions(CK_SLOT_ID slot)
{
    if (overflow_slot(slot) == NULL)
        return CKR_SLOT_ID_INVALID;
    end_all(slot, false);
    slot_set_user(slot, overflow_nobody);
    return CKR_OK;
}

CK_RV
overflow_get_session_info(CK_SESSION_HANDLE handle, CK_SESSION_INFO_PTR info)
{
    const struct overflow_session *session = overflow_session(handle);
    CK_USER_TYPE user;
    bool may_write;

    if (session == NULL)
        return CKR_SESSION_HANDLE_INVALID;
    if (info == NULL)
        return CKR_ARGUMENTS_BAD;
    user = slot_user(session->slot);
    may_write = (session->flags & CKF_RW_SESSION) != 0;
    *info = (CK_SESSION_INFO){
        .slotID = session->slot,
        .state = may_write ? CKS_RW_PUBLIC_SESSION : CKS_RO_PUBLIC_SESSION,
        .flags = session->flags,
    };
    if (user == CKU_USER)
        info->state = may_write ? CKS_RW_USER_FUNCTIONS : CKS_RO_USER_FUNCTIONS;
    else if (user == CKU_SO)
        info->state = CKS_RW_SO_FUNCTIONS;
    return CKR_OK;
}

CK_RV
overflow_login(CK_SESSION_HANDLE handle, CK_USER_TYPE user, CK_UTF8CHAR_PTR pin,
               CK_ULONG pin_length)
{
    const struct overflow_session *session = overflow_session(handle);

    (void)pin;
    (void)pin_length;
    if (session == NULL)
        return CKR_SESSION_HANDLE_INVALID;
    /* CKU_CONTEXT_SPECIFIC is about a key, and changes nobody's login. */
    if (user == CKU_USER || user == CKU_SO)
        slot_set_user(session->slot, user);
    return CKR_OK;
}

CK_RV
overflow_login_user(CK_SESSION_HANDLE handle, CK_USER_TYPE user,
                    CK_UTF8CHAR_PTR pin, CK_ULONG pin_length,
                    CK_UTF8CHAR_PTR name, CK_ULONG name_length)
{
    (void)name;
    (void)name_length;
    return overflow_login(handle, user, pin, pin_length);
}

CK_RV
overflow_logout(CK_SESSION_HANDLE handle)
{
    const struct overflow_session *session = overflow_session(handle);

    if (session == NULL)
        return CKR_SESSION_HANDLE_INVALID;
    slot_set_user(session->slot, overflow_nobody);
    return CKR_OK;
}
