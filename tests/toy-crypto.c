/* SPDX-License-Identifier: BSD-3-Clause */
/* Toy tokens: operations that give back what they were asked. */
#include "tests/toy-inside.h"

#include "tests/modules/answer.h"

#include <string.h>

uint64_t
toy_hash(uint64_t before, const void *bytes, size_t length)
{
    const unsigned char *at = bytes;

    for (size_t i = 0; i < length; i++)
        before = (before ^ at[i]) * UINT64_C(0x100000001b3);
    return before;
}

/* -- One operation
 * ------------------------------------------------------------- */

static CK_RV
begin(CK_SESSION_HANDLE handle, enum toy_kind kind,
      const CK_MECHANISM *mechanism, bool has_key, CK_OBJECT_HANDLE key)
{
    struct toy_session *session = toy_session(handle);
    struct toy_operation *operation;
    const struct toy_object *object = NULL;

    if (session == NULL)
        return CKR_SESSION_HANDLE_INVALID;
    operation = &session->operations[kind];
    if (operation->is_active)
        return CKR_OPERATION_ACTIVE;
    if (has_key && (object = toy_object_in(session, key)) == NULL)
        return CKR_KEY_HANDLE_INVALID;
    if (has_key && toys[session->index].scopes_logins &&
        toy_user(session) != CKU_USER)
        return CKR_USER_NOT_LOGGED_IN;
    operation->is_active = true;
    operation->result = (struct toy_result){
        .slot = TOY_SLOT(session->index),
        .number = object == NULL ? 0 : object->number,
        .mechanism = mechanism->mechanism,
        .parameter = toy_hash(TOY_HASH_START, mechanism->pParameter,
                              mechanism->ulParameterLen),
        .data = TOY_HASH_START,
    };
    return CKR_OK;
}

static CK_RV
find(CK_SESSION_HANDLE handle, enum toy_kind kind, struct toy_operation **out)
{
    struct toy_session *session = toy_session(handle);

    if (session == NULL)
        return CKR_SESSION_HANDLE_INVALID;
    *out = &session->operations[kind];
    return (*out)->is_active ? CKR_OK : CKR_OPERATION_NOT_INITIALIZED;
}

/* The operation is over: what it was is what was validated last. */
static void
finish(CK_SESSION_HANDLE handle, struct toy_operation *operation)
{
    toy_session(handle)->validated = operation->result.mechanism;
    operation->is_active = false;
}

static CK_RV
update(CK_SESSION_HANDLE handle, enum toy_kind kind, const CK_BYTE *part,
       CK_ULONG length)
{
    struct toy_operation *operation;
    CK_RV rv = find(handle, kind, &operation);

    if (rv == CKR_OK)
        operation->result.data = toy_hash(operation->result.data, part, length);
    return rv;
}

/* The result, and the end, unless there is no room for it. */
static CK_RV
end(CK_SESSION_HANDLE handle, enum toy_kind kind, const CK_BYTE *data,
    CK_ULONG data_length, CK_BYTE *out, CK_ULONG *length)
{
    struct toy_operation *operation;
    struct toy_result result;
    CK_RV rv = find(handle, kind, &operation);

    if (rv != CKR_OK)
        return rv;
    result = operation->result;
    result.data = toy_hash(result.data, data, data_length);
    rv = answer_bytes(&result, sizeof(result), out, length);
    if (rv == CKR_OK && out != NULL)
        finish(handle, operation);
    return rv;
}

/* Any token's signature by the same key is good. */
static CK_RV
verify(CK_SESSION_HANDLE handle, const CK_BYTE *data, CK_ULONG data_length,
       const CK_BYTE *signature, CK_ULONG length)
{
    struct toy_operation *operation;
    struct toy_result result;
    CK_RV rv = find(handle, TOY_VERIFY, &operation);

    if (rv != CKR_OK)
        return rv;
    finish(handle, operation);
    if (length != sizeof(result))
        return CKR_SIGNATURE_LEN_RANGE;
    memcpy(&result, signature, sizeof(result));
    operation->result.data =
        toy_hash(operation->result.data, data, data_length);
    result.slot = operation->result.slot;
    return memcmp(&result, &operation->result, sizeof(result)) == 0
               ? CKR_OK
               : CKR_SIGNATURE_INVALID;
}

/* Encryption and decryption are the same here: each byte is changed. */
static CK_RV
change(CK_SESSION_HANDLE handle, enum toy_kind kind, const CK_BYTE *part,
       CK_ULONG part_length, CK_BYTE *out, CK_ULONG *length, bool ends)
{
    struct toy_operation *operation;
    CK_RV rv = find(handle, kind, &operation);

    if (rv == CKR_OK)
        rv = answer_bytes(part, part_length, out, length);
    if (rv != CKR_OK || out == NULL)
        return rv;
    for (CK_ULONG i = 0; i < part_length; i++)
        out[i] = part[i] ^ 0x5a;
    operation->result.data =
        toy_hash(operation->result.data, part, part_length);
    if (ends)
        finish(handle, operation);
    return CKR_OK;
}

/* -- The functions
 * -------------------------------------------------------------- */

#define INIT_WITH_KEY(name, kind)                                              \
    static CK_RV name(CK_SESSION_HANDLE session, CK_MECHANISM_PTR mechanism,   \
                      CK_OBJECT_HANDLE key)                                    \
    {                                                                          \
        return begin(session, kind, mechanism, true, key);                     \
    }
#define UPDATE(name, kind)                                                     \
    static CK_RV name(CK_SESSION_HANDLE session, CK_BYTE_PTR part,             \
                      CK_ULONG length)                                         \
    {                                                                          \
        return update(session, kind, part, length);                            \
    }
#define SINGLE(name, kind)                                                     \
    static CK_RV name(CK_SESSION_HANDLE session, CK_BYTE_PTR data,             \
                      CK_ULONG data_length, CK_BYTE_PTR out, CK_ULONG *length) \
    {                                                                          \
        return end(session, kind, data, data_length, out, length);             \
    }
#define FINAL(name, kind)                                                      \
    static CK_RV name(CK_SESSION_HANDLE session, CK_BYTE_PTR out,              \
                      CK_ULONG *length)                                        \
    {                                                                          \
        return end(session, kind, NULL, 0, out, length);                       \
    }
#define CHANGE(name, kind, ends)                                               \
    static CK_RV name(CK_SESSION_HANDLE session, CK_BYTE_PTR part,             \
                      CK_ULONG part_length, CK_BYTE_PTR out, CK_ULONG *length) \
    {                                                                          \
        return change(session, kind, part, part_length, out, length, ends);    \
    }

INIT_WITH_KEY(encrypt_init, TOY_ENCRYPT)
CHANGE(encrypt, TOY_ENCRYPT, true)
CHANGE(encrypt_update, TOY_ENCRYPT, false)
FINAL(encrypt_final, TOY_ENCRYPT)
INIT_WITH_KEY(decrypt_init, TOY_DECRYPT)
CHANGE(decrypt, TOY_DECRYPT, true)
CHANGE(decrypt_update, TOY_DECRYPT, false)
FINAL(decrypt_final, TOY_DECRYPT)
SINGLE(digest, TOY_DIGEST)
UPDATE(digest_update, TOY_DIGEST)
FINAL(digest_final, TOY_DIGEST)
INIT_WITH_KEY(sign_init, TOY_SIGN)
SINGLE(sign, TOY_SIGN)
UPDATE(sign_update, TOY_SIGN)
FINAL(sign_final, TOY_SIGN)
INIT_WITH_KEY(verify_init, TOY_VERIFY)
UPDATE(verify_update, TOY_VERIFY)
INIT_WITH_KEY(message_sign_init, TOY_MESSAGE_SIGN)

static CK_RV
digest_init(CK_SESSION_HANDLE session, CK_MECHANISM_PTR mechanism)
{
    return begin(session, TOY_DIGEST, mechanism, false, 0);
}

static CK_RV
digest_key(CK_SESSION_HANDLE session, CK_OBJECT_HANDLE key)
{
    const struct toy_session *its = toy_session(session);
    const struct toy_object *object =
        its == NULL ? NULL : toy_object_in(its, key);

    if (object == NULL)
        return CKR_KEY_HANDLE_INVALID;
    return update(session, TOY_DIGEST, (const CK_BYTE *)&object->number,
                  sizeof(object->number));
}

static CK_RV
verify_final(CK_SESSION_HANDLE session, CK_BYTE_PTR signature, CK_ULONG length)
{
    return verify(session, NULL, 0, signature, length);
}

static CK_RV
verify_single(CK_SESSION_HANDLE session, CK_BYTE_PTR data, CK_ULONG data_length,
              CK_BYTE_PTR signature, CK_ULONG length)
{
    return verify(session, data, data_length, signature, length);
}

static CK_RV
digest_encrypt(CK_SESSION_HANDLE session, CK_BYTE_PTR part,
               CK_ULONG part_length, CK_BYTE_PTR out, CK_ULONG *length)
{
    CK_RV rv = update(session, TOY_DIGEST, part, out == NULL ? 0 : part_length);

    return rv != CKR_OK ? rv
                        : change(session, TOY_ENCRYPT, part, part_length, out,
                                 length, false);
}

static CK_RV
sign_message(CK_SESSION_HANDLE session, CK_VOID_PTR parameter,
             CK_ULONG parameter_length, CK_BYTE_PTR data, CK_ULONG data_length,
             CK_BYTE_PTR signature, CK_ULONG_PTR length)
{
    struct toy_operation *operation;
    struct toy_result result;
    CK_RV rv = find(session, TOY_MESSAGE_SIGN, &operation);

    if (rv != CKR_OK)
        return rv;
    result = operation->result;
    result.parameter = toy_hash(TOY_HASH_START, parameter, parameter_length);
    result.data = toy_hash(TOY_HASH_START, data, data_length);
    return answer_bytes(&result, sizeof(result), signature, length);
}

static CK_RV
message_sign_final(CK_SESSION_HANDLE session)
{
    struct toy_operation *operation;
    CK_RV rv = find(session, TOY_MESSAGE_SIGN, &operation);

    if (rv == CKR_OK)
        operation->is_active = false;
    return rv;
}

static CK_RV
generate_random(CK_SESSION_HANDLE session, CK_BYTE_PTR bytes, CK_ULONG length)
{
    const struct toy_session *its = toy_session(session);

    if (its == NULL)
        return CKR_SESSION_HANDLE_INVALID;
    memset(bytes, (int)its->index + 1, length);
    return CKR_OK;
}

/* The wrapping key's number, and the wrapped one's. */
static CK_RV
wrap_key(CK_SESSION_HANDLE session, CK_MECHANISM_PTR mechanism,
         CK_OBJECT_HANDLE wrapping, CK_OBJECT_HANDLE key, CK_BYTE_PTR out,
         CK_ULONG_PTR length)
{
    struct toy_session *its = toy_session(session);
    const struct toy_object *objects[2] = { toy_object_in(its, wrapping),
                                            toy_object_in(its, key) };
    CK_ULONG numbers[2];

    if (objects[0] == NULL)
        return CKR_WRAPPING_KEY_HANDLE_INVALID;
    if (objects[1] == NULL)
        return CKR_KEY_HANDLE_INVALID;
    numbers[0] = objects[0]->number;
    numbers[1] = objects[1]->number;
    its->validated = mechanism->mechanism;
    return answer_bytes(numbers, sizeof(numbers), out, length);
}

const CK_FUNCTION_LIST_3_2 toy_actions = {
    .C_GetSlotInfo = toy_get_slot_info,
    .C_GetTokenInfo = toy_get_token_info,
    .C_InitToken = toy_init_token,
    .C_OpenSession = toy_open_session,
    .C_CloseSession = toy_close_session,
    .C_GetSessionInfo = toy_get_session_info,
    .C_Login = toy_login,
    .C_Logout = toy_logout,
    .C_SessionCancel = toy_session_cancel,
    .C_GetOperationState = toy_get_state,
    .C_SetOperationState = toy_set_state,
    .C_GetSessionValidationFlags = toy_get_validation,
    .C_CreateObject = toy_create_object,
    .C_CopyObject = toy_copy_object,
    .C_DestroyObject = toy_destroy_object,
    .C_GetAttributeValue = toy_get_attributes,
    .C_SetAttributeValue = toy_set_attributes,
    .C_FindObjectsInit = toy_find_init,
    .C_FindObjects = toy_find,
    .C_FindObjectsFinal = toy_find_final,
    .C_EncryptInit = encrypt_init,
    .C_Encrypt = encrypt,
    .C_EncryptUpdate = encrypt_update,
    .C_EncryptFinal = encrypt_final,
    .C_DecryptInit = decrypt_init,
    .C_Decrypt = decrypt,
    .C_DecryptUpdate = decrypt_update,
    .C_DecryptFinal = decrypt_final,
    .C_DigestInit = digest_init,
    .C_Digest = digest,
    .C_DigestUpdate = digest_update,
    .C_DigestKey = digest_key,
    .C_DigestFinal = digest_final,
    .C_SignInit = sign_init,
    .C_Sign = sign,
    .C_SignUpdate = sign_update,
    .C_SignFinal = sign_final,
    .C_VerifyInit = verify_init,
    .C_Verify = verify_single,
    .C_VerifyUpdate = verify_update,
    .C_VerifyFinal = verify_final,
    .C_DigestEncryptUpdate = digest_encrypt,
    .C_MessageSignInit = message_sign_init,
    .C_SignMessage = sign_message,
    .C_MessageSignFinal = message_sign_final,
    .C_GenerateKey = toy_generate_key,
    .C_GenerateKeyPair = toy_generate_pair,
    .C_WrapKey = wrap_key,
    .C_GenerateRandom = generate_random,
};
