/* SPDX-License-Identifier: BSD-3-Clause */
/* Toy tokens: what they say of themselves, their sessions and logins. */
#include "tests/toy-inside.h"

#include "tests/modules/answer.h"

#include <stdatomic.h>
#include <string.h>

struct toy toys[TOY_SLOTS];

static struct toy_session sessions[TOY_SESSIONS];
static CK_ULONG n_opened;

/* -- The tokens ----------------------------------------------------------- */

struct toy *
toy_show(unsigned index, const char *label)
{
    struct toy *toy = &toys[index];

    *toy = (struct toy){ .has_slot = true,
                         .has_token = true,
                         .label = label,
                         .serial = label,
                         .manufacturer = "toys",
                         .model = "toy",
                         .user = (CK_USER_TYPE)-1 };
    return toy;
}

CK_RV
toy_get_slot_info(CK_SLOT_ID slot, CK_SLOT_INFO_PTR info)
{
    if (slot < TOY_SLOT(0) || slot >= TOY_SLOT(TOY_SLOTS))
        return CKR_SLOT_ID_INVALID;
    memset(info, 0, sizeof(*info));
    answer_field(info->slotDescription, sizeof(info->slotDescription), "toys");
    answer_field(info->manufacturerID, sizeof(info->manufacturerID), "toys");
    info->flags = toys[slot - TOY_SLOT(0)].has_token ? CKF_TOKEN_PRESENT : 0;
    if (toys[slot - TOY_SLOT(0)].is_removable)
        info->flags |= CKF_REMOVABLE_DEVICE;
    return CKR_OK;
}

CK_RV
toy_get_token_info(CK_SLOT_ID slot, CK_TOKEN_INFO_PTR info)
{
    const struct toy *toy = &toys[slot - TOY_SLOT(0)];

    if (!toy->has_token)
        return CKR_TOKEN_NOT_PRESENT;
    memset(info, 0, sizeof(*info));
    answer_field(info->label, sizeof(info->label), toy->label);
    answer_field(info->manufacturerID, sizeof(info->manufacturerID),
                 toy->manufacturer);
    answer_field(info->model, sizeof(info->model), toy->model);
    answer_field(info->serialNumber, sizeof(info->serialNumber), toy->serial);
    answer_field(info->utcTime, sizeof(info->utcTime), "");
    info->flags = CKF_TOKEN_INITIALIZED | CKF_LOGIN_REQUIRED | toy->flags;
    if (toy->is_write_protected)
        info->flags |= CKF_WRITE_PROTECTED;
    if (!toy->hides_limits) {
        info->ulMaxSessionCount = toy->most_sessions;
        info->ulMaxRwSessionCount = toy->most_rw_sessions;
    }
    return CKR_OK;
}

/* The label is the new serial too, as where each is a number of its own. */
CK_RV
toy_init_token(CK_SLOT_ID slot, CK_UTF8CHAR_PTR pin, CK_ULONG pin_length,
               CK_UTF8CHAR_PTR label)
{
    static char names[TOY_SLOTS][33];
    char *name = names[slot - TOY_SLOT(0)];
    struct toy *toy = &toys[slot - TOY_SLOT(0)];

    (void)pin;
    (void)pin_length;
    memcpy(name, label, 32);
    for (size_t i = 32; i > 0 && name[i - 1] == ' '; i--)
        name[i - 1] = '\0';
    toy->label = name;
    toy->serial = name;
    memset(toy->objects, 0, sizeof(toy->objects));
    return CKR_OK;
}

/* -- Sessions
 * ------------------------------------------------------------------ */

void
toy_sessions_reset(void)
{
    memset(sessions, 0, sizeof(sessions));
}

/* The upper half of a handle counts, the lower is its position. */
struct toy_session *
toy_session(CK_SESSION_HANDLE handle)
{
    struct toy_session *session = &sessions[handle % TOY_SESSIONS];

    return handle != 0 &&
                   __atomic_load_n(&session->handle, __ATOMIC_ACQUIRE) == handle
               ? session
               : NULL;
}

/* Those with all of the flags, and with none of the others. */
static size_t
count_sessions(unsigned index, CK_FLAGS with, CK_FLAGS without)
{
    size_t count = 0;

    for (size_t i = 0; i < TOY_SESSIONS; i++)
        if (__atomic_load_n(&sessions[i].handle, __ATOMIC_ACQUIRE) != 0 &&
            sessions[i].index == index && (sessions[i].flags & with) == with &&
            (sessions[i].flags & without) == 0)
            count++;
    return count;
}

size_t
toy_count_sessions(unsigned index)
{
    return count_sessions(index, 0, 0);
}

CK_SESSION_HANDLE
toy_newest_session(unsigned index)
{
    CK_SESSION_HANDLE newest = 0;

    for (size_t i = 0; i < TOY_SESSIONS; i++) {
        CK_SESSION_HANDLE handle =
            __atomic_load_n(&sessions[i].handle, __ATOMIC_ACQUIRE);

        if (handle > newest && sessions[i].index == index)
            newest = handle;
    }
    return newest;
}

size_t
toy_count_sessions_until(unsigned index, CK_SESSION_HANDLE newest)
{
    size_t count = 0;

    for (size_t i = 0; i < TOY_SESSIONS; i++) {
        CK_SESSION_HANDLE handle =
            __atomic_load_n(&sessions[i].handle, __ATOMIC_ACQUIRE);

        if (handle != 0 && handle <= newest && sessions[i].index == index)
            count++;
    }
    return count;
}

size_t
toy_count_logins(unsigned index)
{
    size_t count = 0;

    for (size_t i = 0; i < TOY_SESSIONS; i++)
        if (__atomic_load_n(&sessions[i].handle, __ATOMIC_ACQUIRE) != 0 &&
            sessions[i].index == index && toys[index].scopes_logins &&
            sessions[i].user != (CK_USER_TYPE)-1)
            count++;
    return count;
}

void
toy_end_sessions(unsigned index)
{
    for (size_t i = 0; i < TOY_SESSIONS; i++)
        if (sessions[i].index == index)
            __atomic_store_n(&sessions[i].handle, 0, __ATOMIC_RELEASE);
    toys[index].user = (CK_USER_TYPE)-1;
}

static CK_RV
refuse_session(unsigned index, CK_FLAGS flags)
{
    const struct toy *toy = &toys[index];

    if (!toy->has_token)
        return CKR_TOKEN_NOT_PRESENT;
    if ((flags & CKF_RW_SESSION) == 0 && toy->user == CKU_SO)
        return CKR_SESSION_READ_WRITE_SO_EXISTS;
    if ((flags & CKF_RW_SESSION) != 0 && toy->is_write_protected)
        return CKR_TOKEN_WRITE_PROTECTED;
    if (toy->most_sessions != 0 &&
        count_sessions(index, 0, 0) >= toy->most_sessions)
        return CKR_SESSION_COUNT;
    if (toy->most_rw_sessions != 0 && (flags & CKF_RW_SESSION) != 0 &&
        count_sessions(index, CKF_RW_SESSION, 0) >= toy->most_rw_sessions)
        return CKR_SESSION_COUNT;
    return CKR_OK;
}

static void
note_most_open(unsigned index)
{
    size_t n_open = count_sessions(index, 0, 0);

    if (n_open > toys[index].most_open)
        toys[index].most_open = n_open;
}

CK_RV
toy_open_session(CK_SLOT_ID slot, CK_FLAGS flags, CK_VOID_PTR application,
                 CK_NOTIFY notify, CK_SESSION_HANDLE_PTR out)
{
    CK_RV rv = refuse_session((unsigned)(slot - TOY_SLOT(0)), flags);
    size_t i = 0;

    (void)application;
    (void)notify;
    if (rv != CKR_OK)
        return rv;
    while (i < TOY_SESSIONS && sessions[i].handle != 0)
        i++;
    if (i == TOY_SESSIONS)
        return CKR_SESSION_COUNT;
    memset(&sessions[i], 0, sizeof(sessions[i]));
    sessions[i].index = (unsigned)(slot - TOY_SLOT(0));
    sessions[i].flags = flags;
    sessions[i].user = (CK_USER_TYPE)-1;
    *out = ++n_opened * TOY_SESSIONS + i;
    __atomic_store_n(&sessions[i].handle, *out, __ATOMIC_RELEASE);
    note_most_open((unsigned)(slot - TOY_SLOT(0)));
    return CKR_OK;
}

static void
destroy_owned(struct toy *toy, CK_SESSION_HANDLE owner)
{
    for (size_t i = 0; i < TOY_OBJECTS; i++)
        if (toy->objects[i].number != 0 && toy->objects[i].owner == owner)
            toy->objects[i].number = 0;
}

CK_RV
toy_close_session(CK_SESSION_HANDLE handle)
{
    struct toy_session *session = toy_session(handle);
    struct toy *toy;

    if (session == NULL)
        return CKR_SESSION_HANDLE_INVALID;
    toy = &toys[session->index];
    destroy_owned(toy, handle);
    __atomic_store_n(&session->handle, 0, __ATOMIC_RELEASE);
    if (toy_count_sessions(session->index) == 0)
        toy->user = (CK_USER_TYPE)-1;
    return CKR_OK;
}

CK_USER_TYPE
toy_user(const struct toy_session *session)
{
    const struct toy *toy = &toys[session->index];

    return toy->scopes_logins ? session->user : toy->user;
}

static void
set_user(struct toy_session *session, CK_USER_TYPE user)
{
    if (toys[session->index].scopes_logins)
        session->user = user;
    else
        toys[session->index].user = user;
}

static CK_STATE
state_of(const struct toy_session *session)
{
    bool writes = (session->flags & CKF_RW_SESSION) != 0;

    switch (toy_user(session)) {
    case CKU_SO:
        return CKS_RW_SO_FUNCTIONS;
    case CKU_USER:
        return writes ? CKS_RW_USER_FUNCTIONS : CKS_RO_USER_FUNCTIONS;
    default:
        return writes ? CKS_RW_PUBLIC_SESSION : CKS_RO_PUBLIC_SESSION;
    }
}

CK_RV
toy_get_session_info(CK_SESSION_HANDLE handle, CK_SESSION_INFO_PTR info)
{
    const struct toy_session *session = toy_session(handle);

    if (session == NULL)
        return CKR_SESSION_HANDLE_INVALID;
    *info = (CK_SESSION_INFO){
        .slotID = TOY_SLOT(session->index),
        .flags = session->flags,
        .state = state_of(session),
    };
    return CKR_OK;
}

static bool
is_right(const char *right, const CK_UTF8CHAR *pin, CK_ULONG length)
{
    return right == NULL || (pin != NULL && strlen(right) == length &&
                             memcmp(right, pin, length) == 0);
}

/* As many modules do, it looks at no PIN once somebody is logged in (R3.19). */
CK_RV
toy_login(CK_SESSION_HANDLE handle, CK_USER_TYPE user, CK_UTF8CHAR_PTR pin,
          CK_ULONG pin_length)
{
    struct toy_session *session = toy_session(handle);
    struct toy *toy;

    if (session == NULL)
        return CKR_SESSION_HANDLE_INVALID;
    toy = &toys[session->index];
    if (user == CKU_CONTEXT_SPECIFIC)
        return !session->operations[TOY_SIGN].is_active
                   ? CKR_OPERATION_NOT_INITIALIZED
               : is_right(toy->pin, pin, pin_length) ? CKR_OK
                                                     : CKR_PIN_INCORRECT;
    if (toy_user(session) != (CK_USER_TYPE)-1)
        return toy_user(session) == user ? CKR_USER_ALREADY_LOGGED_IN
                                         : CKR_USER_ANOTHER_ALREADY_LOGGED_IN;
    if (user == CKU_SO && count_sessions(session->index, 0, CKF_RW_SESSION) > 0)
        return CKR_SESSION_READ_ONLY_EXISTS;
    if (!is_right(user == CKU_SO ? toy->so_pin : toy->pin, pin, pin_length)) {
        toy->n_wrong_pins++;
        return CKR_PIN_INCORRECT;
    }
    set_user(session, user);
    return CKR_OK;
}

CK_RV
toy_logout(CK_SESSION_HANDLE handle)
{
    struct toy_session *session = toy_session(handle);

    if (session == NULL)
        return CKR_SESSION_HANDLE_INVALID;
    if (toy_user(session) == (CK_USER_TYPE)-1)
        return CKR_USER_NOT_LOGGED_IN;
    set_user(session, (CK_USER_TYPE)-1);
    return CKR_OK;
}

/* -- Operations that are active ------------------------------------------- */

static const CK_FLAGS cancel_flags[TOY_KINDS] = {
    [TOY_ENCRYPT] = CKF_ENCRYPT, [TOY_DECRYPT] = CKF_DECRYPT,
    [TOY_DIGEST] = CKF_DIGEST,   [TOY_SIGN] = CKF_SIGN,
    [TOY_VERIFY] = CKF_VERIFY,   [TOY_MESSAGE_SIGN] = CKF_MESSAGE_SIGN,
};

CK_FLAGS
toy_active(unsigned index)
{
    CK_FLAGS flags = 0;

    for (size_t i = 0; i < TOY_SESSIONS; i++) {
        if (sessions[i].handle == 0 || sessions[i].index != index)
            continue;
        if (sessions[i].has_search)
            flags |= CKF_FIND_OBJECTS;
        for (size_t kind = 0; kind < TOY_KINDS; kind++)
            if (sessions[i].operations[kind].is_active)
                flags |= cancel_flags[kind];
    }
    return flags;
}

CK_RV
toy_session_cancel(CK_SESSION_HANDLE handle, CK_FLAGS flags)
{
    struct toy_session *session = toy_session(handle);

    if (session == NULL)
        return CKR_SESSION_HANDLE_INVALID;
    if (!toys[session->index].can_cancel)
        return CKR_FUNCTION_NOT_SUPPORTED;
    for (size_t kind = 0; kind < TOY_KINDS; kind++)
        if ((flags & cancel_flags[kind]) != 0)
            session->operations[kind].is_active = false;
    return CKR_OK;
}
