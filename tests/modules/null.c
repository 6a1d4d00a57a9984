/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * A PKCS#11 3.2 module that answers at once, for measuring the layer above
 * it: one token "null", sessions without limit, no lock, and nothing written
 * that two sessions share, except when one is opened or somebody logs in.
 */
#include "tests/modules/null.h"

#include "tests/modules/answer.h"

#include <stdatomic.h>

enum { SLOT = 1, SESSION_BLOCK = 1024 };

static const CK_BYTE zeros[64];
static const CK_MECHANISM_TYPE offered[] = {
    CKM_ECDSA,    CKM_ECDSA_SHA256, CKM_EC_KEY_PAIR_GEN, CKM_ECDH1_DERIVE,
    CKM_RSA_PKCS, CKM_AES_CBC,      CKM_AES_KEY_GEN,     CKM_SHA256,
};
enum { N_MECHANISMS = sizeof(offered) / sizeof(offered[0]) };

static atomic_bool initialised;
static atomic_ulong next_block = 1;
static atomic_ulong login; /* 0, or the user's type plus 1 */

/* Answers of the functions that nothing below answers otherwise: CKR_OK, 64
 * bytes of zero, object 1. */
#define SESSION(x)         (void)(x)
#define OBJECT(x)          (void)(x)
#define NUMBER(x)          (void)(x)
#define POINTER(x)         (void)(x)
#define NAME(x)            (void)(x)
#define MECHANISM(x)       (void)(x)
#define BYTES(x, n)        (void)(x), (void)(n)
#define FIXED(x, n)        (void)(x)
#define MEMORY(x, n)       (void)(x), (void)(n)
#define TEMPLATE(x, n)     (void)(x), (void)(n)
#define ATTRIBUTES(x, n)   (void)(x), (void)(n)
#define STRUCTURE(x)       (void)(x), rv = CKR_FUNCTION_NOT_SUPPORTED
#define MADE_SESSION(x)    *(x) = 1
#define MADE_OBJECT(x)     *(x) = 1
#define RESULT(x)          *(x) = 0
#define ROOM(x, n)         memset((x), 0x5a, (n))
#define NUMBERS(x, n)      rv = answer_numbers(NULL, 0, (x), (n))
#define BUFFER(x, n)       rv = answer_bytes(zeros, sizeof(zeros), (x), (n))
#define FOUND(x, n, count) (void)(x), (void)(n), *(count) = 0
#define FUNCTION(name, parameters, values, ...)                                \
    static CK_RV null_default_##name parameters                                \
    {                                                                          \
        CK_RV rv = CKR_OK;                                                     \
                                                                               \
        __VA_ARGS__;                                                           \
        return rv;                                                             \
    }
#include "tests/modules/functions.def"

static CK_RV
null_C_Initialize(CK_VOID_PTR init_args)
{
    (void)init_args;
    if (!null_objects_read())
        return CKR_GENERAL_ERROR;
    if (atomic_exchange(&initialised, true))
        return CKR_CRYPTOKI_ALREADY_INITIALIZED;
    return CKR_OK;
}

static CK_RV
null_C_Finalize(CK_VOID_PTR reserved)
{
    if (reserved != NULL)
        return CKR_ARGUMENTS_BAD;
    if (!atomic_exchange(&initialised, false))
        return CKR_CRYPTOKI_NOT_INITIALIZED;
    atomic_store(&login, 0);
    return CKR_OK;
}

static CK_RV
null_C_GetInfo(CK_INFO_PTR info)
{
    memset(info, 0, sizeof(*info));
    info->cryptokiVersion = (CK_VERSION){ 3, 2 };
    answer_field(info->manufacturerID, sizeof(info->manufacturerID), "p11mux");
    answer_field(info->libraryDescription, sizeof(info->libraryDescription),
                 "module that answers at once");
    return CKR_OK;
}

static CK_RV
null_C_GetSlotList(CK_BBOOL token_present, CK_SLOT_ID_PTR slots,
                   CK_ULONG_PTR count)
{
    static const CK_SLOT_ID only = SLOT;

    (void)token_present;
    return answer_numbers(&only, 1, slots, count);
}

static CK_RV
null_C_GetSlotInfo(CK_SLOT_ID slot, CK_SLOT_INFO_PTR info)
{
    if (slot != SLOT)
        return CKR_SLOT_ID_INVALID;
    memset(info, 0, sizeof(*info));
    answer_field(info->slotDescription, sizeof(info->slotDescription), "null");
    answer_field(info->manufacturerID, sizeof(info->manufacturerID), "p11mux");
    info->flags = CKF_TOKEN_PRESENT;
    return CKR_OK;
}

static CK_RV
null_C_GetTokenInfo(CK_SLOT_ID slot, CK_TOKEN_INFO_PTR info)
{
    if (slot != SLOT)
        return CKR_SLOT_ID_INVALID;
    memset(info, 0, sizeof(*info));
    answer_field(info->label, sizeof(info->label), "null");
    answer_field(info->manufacturerID, sizeof(info->manufacturerID), "p11mux");
    answer_field(info->model, sizeof(info->model), "null");
    answer_field(info->serialNumber, sizeof(info->serialNumber), "0");
    answer_field(info->utcTime, sizeof(info->utcTime), "");
    info->flags = CKF_TOKEN_INITIALIZED | CKF_USER_PIN_INITIALIZED | CKF_RNG;
    info->ulMaxSessionCount = CK_EFFECTIVELY_INFINITE;
    info->ulSessionCount = CK_UNAVAILABLE_INFORMATION;
    info->ulMaxRwSessionCount = CK_EFFECTIVELY_INFINITE;
    info->ulRwSessionCount = CK_UNAVAILABLE_INFORMATION;
    info->ulMaxPinLen = 255;
    info->ulTotalPublicMemory = CK_UNAVAILABLE_INFORMATION;
    info->ulFreePublicMemory = CK_UNAVAILABLE_INFORMATION;
    info->ulTotalPrivateMemory = CK_UNAVAILABLE_INFORMATION;
    info->ulFreePrivateMemory = CK_UNAVAILABLE_INFORMATION;
    return CKR_OK;
}

static CK_RV
null_C_GetMechanismList(CK_SLOT_ID slot, CK_MECHANISM_TYPE_PTR list,
                        CK_ULONG_PTR count)
{
    if (slot != SLOT)
        return CKR_SLOT_ID_INVALID;
    return answer_numbers(offered, N_MECHANISMS, list, count);
}

static CK_RV
null_C_GetMechanismInfo(CK_SLOT_ID slot, CK_MECHANISM_TYPE type,
                        CK_MECHANISM_INFO_PTR info)
{
    CK_ULONG i;

    if (slot != SLOT)
        return CKR_SLOT_ID_INVALID;
    for (i = 0; i < N_MECHANISMS; i++)
        if (offered[i] == type) {
            *info = (CK_MECHANISM_INFO){
                .ulMinKeySize = 128,
                .ulMaxKeySize = 4096,
                .flags = CKF_SIGN | CKF_VERIFY | CKF_ENCRYPT | CKF_DECRYPT,
            };
            return CKR_OK;
        }
    return CKR_MECHANISM_INVALID;
}

/* Each thread takes numbers a block at a time; the lowest bit says R/W. */
static CK_RV
null_C_OpenSession(CK_SLOT_ID slot, CK_FLAGS flags, CK_VOID_PTR application,
                   CK_NOTIFY notify, CK_SESSION_HANDLE_PTR session)
{
    static __thread CK_ULONG next;
    static __thread CK_ULONG left;

    (void)application;
    (void)notify;
    if (slot != SLOT)
        return CKR_SLOT_ID_INVALID;
    if ((flags & CKF_SERIAL_SESSION) == 0)
        return CKR_SESSION_PARALLEL_NOT_SUPPORTED;
    if (left == 0) {
        next = atomic_fetch_add(&next_block, 1) * SESSION_BLOCK;
        left = SESSION_BLOCK;
    }
    left--;
    *session = next++ << 1 | ((flags & CKF_RW_SESSION) != 0);
    return CKR_OK;
}

/* A search that was left open would refuse whoever gets the cell next. */
static CK_RV
null_C_CloseSession(CK_SESSION_HANDLE session)
{
    (void)null_C_FindObjectsFinal(session);
    return CKR_OK;
}

static CK_RV
null_C_CloseAllSessions(CK_SLOT_ID slot)
{
    if (slot != SLOT)
        return CKR_SLOT_ID_INVALID;
    atomic_store(&login, 0);
    return CKR_OK;
}

static CK_RV
null_C_GetSessionInfo(CK_SESSION_HANDLE session, CK_SESSION_INFO_PTR info)
{
    static const CK_STATE states[][2] = {
        { CKS_RO_PUBLIC_SESSION, CKS_RW_PUBLIC_SESSION },
        { CKS_RW_SO_FUNCTIONS, CKS_RW_SO_FUNCTIONS },
        { CKS_RO_USER_FUNCTIONS, CKS_RW_USER_FUNCTIONS },
    };
    CK_ULONG user = atomic_load_explicit(&login, memory_order_relaxed);
    bool writes = (session & 1) != 0;

    info->slotID = SLOT;
    info->state = states[user][writes];
    info->flags = CKF_SERIAL_SESSION | (writes ? CKF_RW_SESSION : 0);
    info->ulDeviceError = 0;
    return CKR_OK;
}

static CK_RV
null_C_Login(CK_SESSION_HANDLE session, CK_USER_TYPE user_type,
             CK_UTF8CHAR_PTR pin, CK_ULONG pin_length)
{
    (void)session;
    (void)pin;
    (void)pin_length;
    if (user_type == CKU_CONTEXT_SPECIFIC)
        return CKR_OK;
    if (user_type != CKU_USER && user_type != CKU_SO)
        return CKR_USER_TYPE_INVALID;
    atomic_store(&login, user_type + 1);
    return CKR_OK;
}

static CK_RV
null_C_Logout(CK_SESSION_HANDLE session)
{
    (void)session;
    atomic_store(&login, 0);
    return CKR_OK;
}

/* What comes out is what went in. */
static CK_RV
null_copy(CK_SESSION_HANDLE session, CK_BYTE_PTR from, CK_ULONG from_length,
          CK_BYTE_PTR to, CK_ULONG_PTR to_length)
{
    (void)session;
    return answer_bytes(from, from_length, to, to_length);
}

static CK_RV
null_end(CK_SESSION_HANDLE session, CK_BYTE_PTR to, CK_ULONG_PTR to_length)
{
    (void)session;
    return answer_bytes(NULL, 0, to, to_length);
}

static CK_RV
null_C_Digest(CK_SESSION_HANDLE session, CK_BYTE_PTR data, CK_ULONG data_length,
              CK_BYTE_PTR digest, CK_ULONG_PTR digest_length)
{
    (void)session;
    (void)data;
    (void)data_length;
    return answer_bytes(zeros, 32, digest, digest_length);
}

static CK_RV
null_C_DigestFinal(CK_SESSION_HANDLE session, CK_BYTE_PTR digest,
                   CK_ULONG_PTR digest_length)
{
    (void)session;
    return answer_bytes(zeros, 32, digest, digest_length);
}

static CK_RV
null_not_parallel(CK_SESSION_HANDLE session)
{
    (void)session;
    return CKR_FUNCTION_NOT_PARALLEL;
}

static CK_RV
null_C_WaitForSlotEvent(CK_FLAGS flags, CK_SLOT_ID_PTR slot,
                        CK_VOID_PTR reserved)
{
    (void)slot;
    (void)reserved;
    return (flags & CKF_DONT_BLOCK) != 0 ? CKR_NO_EVENT
                                         : CKR_FUNCTION_NOT_SUPPORTED;
}

static CK_FUNCTION_LIST_3_2 list_3_2 = {
    .version = { 3, 2 },
#define FUNCTION(name, parameters, values, ...) .name = null_default_##name,
#include "tests/modules/functions.def"
};
static CK_FUNCTION_LIST_3_0 list_3_0;
static CK_FUNCTION_LIST list_2_40;
static CK_UTF8CHAR standard[] = "PKCS 11";
static CK_INTERFACE interfaces[] = {
    { standard, &list_3_2, 0 },
    { standard, &list_3_0, 0 },
    { standard, &list_2_40, 0 },
};
enum { N_INTERFACES = sizeof(interfaces) / sizeof(interfaces[0]) };

/* Puts in what is answered otherwise; the shorter lists are its beginning. */
static void __attribute__((constructor)) lists_prepare(void)
{
    CK_FUNCTION_LIST_3_2 *list = &list_3_2;

    list->C_Initialize = null_C_Initialize;
    list->C_Finalize = null_C_Finalize;
    list->C_GetInfo = null_C_GetInfo;
    list->C_GetFunctionList = C_GetFunctionList;
    list->C_GetInterfaceList = C_GetInterfaceList;
    list->C_GetInterface = C_GetInterface;
    list->C_GetSlotList = null_C_GetSlotList;
    list->C_GetSlotInfo = null_C_GetSlotInfo;
    list->C_GetTokenInfo = null_C_GetTokenInfo;
    list->C_GetMechanismList = null_C_GetMechanismList;
    list->C_GetMechanismInfo = null_C_GetMechanismInfo;
    list->C_OpenSession = null_C_OpenSession;
    list->C_CloseSession = null_C_CloseSession;
    list->C_CloseAllSessions = null_C_CloseAllSessions;
    list->C_GetSessionInfo = null_C_GetSessionInfo;
    list->C_Login = null_C_Login;
    list->C_Logout = null_C_Logout;
    list->C_FindObjectsInit = null_C_FindObjectsInit;
    list->C_FindObjects = null_C_FindObjects;
    list->C_FindObjectsFinal = null_C_FindObjectsFinal;
    list->C_GetAttributeValue = null_C_GetAttributeValue;
    list->C_GetObjectSize = null_C_GetObjectSize;
    list->C_Encrypt = null_copy;
    list->C_EncryptUpdate = null_copy;
    list->C_EncryptFinal = null_end;
    list->C_Decrypt = null_copy;
    list->C_DecryptUpdate = null_copy;
    list->C_DecryptFinal = null_end;
    list->C_DigestEncryptUpdate = null_copy;
    list->C_DecryptDigestUpdate = null_copy;
    list->C_SignEncryptUpdate = null_copy;
    list->C_DecryptVerifyUpdate = null_copy;
    list->C_Digest = null_C_Digest;
    list->C_DigestFinal = null_C_DigestFinal;
    list->C_GetFunctionStatus = null_not_parallel;
    list->C_CancelFunction = null_not_parallel;
    list->C_WaitForSlotEvent = null_C_WaitForSlotEvent;
    memcpy(&list_3_0, list, sizeof(list_3_0));
    list_3_0.version = (CK_VERSION){ 3, 0 };
    memcpy(&list_2_40, list, sizeof(list_2_40));
    list_2_40.version = (CK_VERSION){ 2, 40 };
}

CK_RV
C_GetFunctionList(CK_FUNCTION_LIST_PTR_PTR list)
{
    if (list == NULL)
        return CKR_ARGUMENTS_BAD;
    *list = &list_2_40;
    return CKR_OK;
}

CK_RV
C_GetInterfaceList(CK_INTERFACE_PTR list, CK_ULONG_PTR count)
{
    return answer_interfaces(interfaces, N_INTERFACES, list, count);
}

CK_RV
C_GetInterface(CK_UTF8CHAR_PTR name, CK_VERSION_PTR version,
               CK_INTERFACE_PTR_PTR interface, CK_FLAGS flags)
{
    return answer_interface(interfaces, N_INTERFACES, name, version, interface,
                            flags);
}
