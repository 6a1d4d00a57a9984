/* SPDX-License-Identifier: BSD-3-Clause */
/* What the record module answers where nothing else was asked for: the infos,
 * sessions, searches and attributes of a plain token. */
#include "tests/modules/record-call.h"

#include "tests/modules/answer.h"

#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>

enum { MOST_SESSIONS = 1024, MOST_FOUND = 1024 };

struct session {
    CK_SESSION_HANDLE handle; /* 0: free */
    CK_SLOT_ID slot;
    CK_FLAGS flags;
    size_t next; /* object of a search */
};

static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;
static struct session sessions[MOST_SESSIONS];
static CK_SESSION_HANDLE next_session = RECORD_SESSION;
static CK_OBJECT_HANDLE found[MOST_FOUND] = { RECORD_FOUND };
static size_t n_found = 1;
static CK_ULONG login; /* 0, or the user's type plus 1 */

static CK_ULONG
slot_count(void)
{
    const char *text = getenv("P11MUX_RECORD_TOKENS");

    return text != NULL && strcmp(text, "2") == 0 ? 2 : 1;
}

static bool
slot_exists(CK_SLOT_ID slot)
{
    return slot >= RECORD_SLOT && slot < RECORD_SLOT + slot_count();
}

static struct session *
session_find(CK_SESSION_HANDLE handle)
{
    size_t i;

    for (i = 0; i < MOST_SESSIONS; i++)
        if (sessions[i].handle == handle)
            return &sessions[i];
    return NULL;
}

static CK_RV
answer_info(struct argument *arguments)
{
    CK_INFO *info = arguments[0].pointer;

    memset(info, 0, sizeof(*info));
    info->cryptokiVersion = (CK_VERSION){ 3, 2 };
    answer_field(info->manufacturerID, sizeof(info->manufacturerID), "p11mux");
    answer_field(info->libraryDescription, sizeof(info->libraryDescription),
                 "module that takes notes");
    return CKR_OK;
}

static CK_RV
answer_slot_list(struct argument *arguments)
{
    static const CK_SLOT_ID slots[] = { RECORD_SLOT, RECORD_SLOT + 1 };

    return answer_numbers(slots, slot_count(), arguments[1].pointer,
                          arguments[1].length_at);
}

static CK_RV
answer_slot_info(struct argument *arguments)
{
    CK_SLOT_INFO *info = arguments[1].pointer;

    if (!slot_exists(arguments[0].number))
        return CKR_SLOT_ID_INVALID;
    memset(info, 0, sizeof(*info));
    answer_field(info->slotDescription, sizeof(info->slotDescription),
                 "record");
    answer_field(info->manufacturerID, sizeof(info->manufacturerID), "p11mux");
    info->flags = CKF_TOKEN_PRESENT;
    return CKR_OK;
}

static CK_RV
answer_token_info(struct argument *arguments)
{
    CK_TOKEN_INFO *info = arguments[1].pointer;
    char label[16];

    if (!slot_exists(arguments[0].number))
        return CKR_SLOT_ID_INVALID;
    memset(info, 0, sizeof(*info));
    snprintf(label, sizeof(label), "record-%lu",
             arguments[0].number - RECORD_SLOT + 1);
    answer_field(info->label, sizeof(info->label), label);
    answer_field(info->manufacturerID, sizeof(info->manufacturerID), "p11mux");
    answer_field(info->model, sizeof(info->model), "record");
    answer_field(info->serialNumber, sizeof(info->serialNumber), label + 7);
    answer_field(info->utcTime, sizeof(info->utcTime), "");
    info->flags = CKF_TOKEN_INITIALIZED | CKF_USER_PIN_INITIALIZED | CKF_RNG |
                  CKF_LOGIN_REQUIRED;
    info->ulMaxPinLen = 255;
    info->ulSessionCount = CK_UNAVAILABLE_INFORMATION;
    info->ulRwSessionCount = CK_UNAVAILABLE_INFORMATION;
    info->ulTotalPublicMemory = CK_UNAVAILABLE_INFORMATION;
    info->ulFreePublicMemory = CK_UNAVAILABLE_INFORMATION;
    info->ulTotalPrivateMemory = CK_UNAVAILABLE_INFORMATION;
    info->ulFreePrivateMemory = CK_UNAVAILABLE_INFORMATION;
    return CKR_OK;
}

static CK_RV
answer_mechanism_list(struct argument *arguments)
{
    static const CK_MECHANISM_TYPE types[] = { CKM_ECDSA, CKM_SHA256 };

    if (!slot_exists(arguments[0].number))
        return CKR_SLOT_ID_INVALID;
    return answer_numbers(types, 2, arguments[1].pointer,
                          arguments[1].length_at);
}

static CK_RV
answer_mechanism_info(struct argument *arguments)
{
    CK_MECHANISM_INFO *info = arguments[2].pointer;

    if (!slot_exists(arguments[0].number))
        return CKR_SLOT_ID_INVALID;
    *info = (CK_MECHANISM_INFO){ 256, 521, CKF_SIGN | CKF_VERIFY };
    return CKR_OK;
}

static CK_RV
answer_open(struct argument *arguments)
{
    struct session *session = session_find(0);

    if (!slot_exists(arguments[0].number))
        return CKR_SLOT_ID_INVALID;
    if (session == NULL)
        return CKR_SESSION_COUNT;
    *session = (struct session){
        .handle = next_session++,
        .slot = arguments[0].number,
        .flags = arguments[1].number,
    };
    *(CK_SESSION_HANDLE *)arguments[4].pointer = session->handle;
    return CKR_OK;
}

static CK_RV
answer_close(struct argument *arguments)
{
    struct session *session = session_find(arguments[0].number);

    if (session == NULL)
        return CKR_SESSION_HANDLE_INVALID;
    session->handle = 0;
    return CKR_OK;
}

static CK_RV
answer_close_all(struct argument *arguments)
{
    size_t i;

    for (i = 0; i < MOST_SESSIONS; i++)
        if (sessions[i].slot == arguments[0].number)
            sessions[i].handle = 0;
    login = 0;
    return CKR_OK;
}

static CK_RV
answer_finalize(struct argument *arguments)
{
    (void)arguments;
    memset(sessions, 0, sizeof(sessions));
    login = 0;
    return CKR_OK;
}

static CK_RV
answer_session_info(struct argument *arguments)
{
    static const CK_STATE states[][2] = {
        { CKS_RO_PUBLIC_SESSION, CKS_RW_PUBLIC_SESSION },
        { CKS_RW_SO_FUNCTIONS, CKS_RW_SO_FUNCTIONS },
        { CKS_RO_USER_FUNCTIONS, CKS_RW_USER_FUNCTIONS },
    };
    const struct session *session = session_find(arguments[0].number);
    CK_SESSION_INFO *info = arguments[1].pointer;

    if (session == NULL)
        return CKR_SESSION_HANDLE_INVALID;
    info->slotID = session->slot;
    info->flags = session->flags;
    info->state = states[login][(session->flags & CKF_RW_SESSION) != 0];
    info->ulDeviceError = 0;
    return CKR_OK;
}

static CK_RV
answer_login(struct argument *arguments)
{
    CK_USER_TYPE user = arguments[1].number;

    if (user == CKU_CONTEXT_SPECIFIC)
        return CKR_OK;
    if (user > CKU_USER)
        return CKR_USER_TYPE_INVALID;
    if (login != 0)
        return CKR_USER_ALREADY_LOGGED_IN;
    login = user + 1;
    return CKR_OK;
}

static CK_RV
answer_logout(struct argument *arguments)
{
    (void)arguments;
    login = 0;
    return CKR_OK;
}

static CK_RV
answer_find_init(struct argument *arguments)
{
    struct session *session = session_find(arguments[0].number);

    if (session == NULL)
        return CKR_SESSION_HANDLE_INVALID;
    session->next = 0;
    return CKR_OK;
}

static CK_RV
answer_find(struct argument *arguments)
{
    struct session *session = session_find(arguments[0].number);
    CK_OBJECT_HANDLE *objects = arguments[1].pointer;
    CK_ULONG count = 0;

    if (session == NULL)
        return CKR_SESSION_HANDLE_INVALID;
    while (count < arguments[1].number && session->next < n_found)
        objects[count++] = found[session->next++];
    *arguments[1].length_at = count;
    return CKR_OK;
}

/* Every object is an EC private key whose id is its handle. */
static CK_RV
answer_attributes(struct argument *arguments)
{
    static const CK_OBJECT_CLASS class_ = CKO_PRIVATE_KEY;
    static const CK_KEY_TYPE key_type = CKK_EC;
    static const CK_BBOOL yes = CK_TRUE, no = CK_FALSE;
    CK_OBJECT_HANDLE object = arguments[1].number;
    const struct {
        CK_ATTRIBUTE_TYPE type;
        const void *value;
        CK_ULONG length;
    } held[] = {
        { CKA_CLASS, &class_, sizeof(class_) },
        { CKA_KEY_TYPE, &key_type, sizeof(key_type) },
        { CKA_TOKEN, &yes, sizeof(yes) },
        { CKA_PRIVATE, &no, sizeof(no) },
        { CKA_ALWAYS_AUTHENTICATE, &no, sizeof(no) },
        { CKA_ID, &object, sizeof(object) },
        { CKA_LABEL, "record", 6 },
    };
    CK_ATTRIBUTE *template = arguments[2].pointer;
    CK_RV rv = CKR_OK;
    CK_ULONG i, j;

    for (i = 0; i < arguments[2].number; i++) {
        CK_RV one = CKR_ATTRIBUTE_TYPE_INVALID;

        for (j = 0; j < sizeof(held) / sizeof(held[0]); j++)
            if (held[j].type == template[i].type)
                one = answer_attribute(held[j].value, held[j].length,
                                       &template[i]);
        if (one == CKR_ATTRIBUTE_TYPE_INVALID)
            template[i].ulValueLen = CK_UNAVAILABLE_INFORMATION;
        if (one != CKR_OK)
            rv = one;
    }
    return rv;
}

/* Functions that answer what a token would. */
static CK_RV (*const answers[N_FUNCTIONS])(struct argument *arguments) = {
    [FUNCTION_C_Finalize] = answer_finalize,
    [FUNCTION_C_GetInfo] = answer_info,
    [FUNCTION_C_GetSlotList] = answer_slot_list,
    [FUNCTION_C_GetSlotInfo] = answer_slot_info,
    [FUNCTION_C_GetTokenInfo] = answer_token_info,
    [FUNCTION_C_GetMechanismList] = answer_mechanism_list,
    [FUNCTION_C_GetMechanismInfo] = answer_mechanism_info,
    [FUNCTION_C_OpenSession] = answer_open,
    [FUNCTION_C_CloseSession] = answer_close,
    [FUNCTION_C_CloseAllSessions] = answer_close_all,
    [FUNCTION_C_GetSessionInfo] = answer_session_info,
    [FUNCTION_C_Login] = answer_login,
    [FUNCTION_C_LoginUser] = answer_login,
    [FUNCTION_C_Logout] = answer_logout,
    [FUNCTION_C_FindObjectsInit] = answer_find_init,
    [FUNCTION_C_FindObjects] = answer_find,
    [FUNCTION_C_GetAttributeValue] = answer_attributes,
};

bool
token_answer(enum function function, struct argument *arguments, CK_RV *out)
{
    if (answers[function] == NULL)
        return false;
    pthread_mutex_lock(&lock);
    *out = answers[function](arguments);
    pthread_mutex_unlock(&lock);
    return true;
}

void
record_set_session(CK_SESSION_HANDLE session)
{
    pthread_mutex_lock(&lock);
    next_session = session;
    pthread_mutex_unlock(&lock);
}

void
record_set_objects(const CK_OBJECT_HANDLE *objects, size_t n_objects)
{
    pthread_mutex_lock(&lock);
    n_found = n_objects < MOST_FOUND ? n_objects : MOST_FOUND;
    memcpy(found, objects, n_found * sizeof(*objects));
    pthread_mutex_unlock(&lock);
}

void
token_reset(void)
{
    static const CK_OBJECT_HANDLE first = RECORD_FOUND;

    pthread_mutex_lock(&lock);
    memset(sessions, 0, sizeof(sessions));
    next_session = RECORD_SESSION;
    login = 0;
    pthread_mutex_unlock(&lock);
    record_set_objects(&first, 1);
}
