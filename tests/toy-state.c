/* SPDX-License-Identifier: BSD-3-Clause */
/* Toy tokens: operations saved and restored, and what was validated. */
#include "tests/toy-inside.h"

#include "tests/modules/answer.h"

#include <string.h>

/* Each kind has its operation in it, active or not. */
struct state {
    struct toy_operation operations[TOY_KINDS];
};

static bool
is_saveable(enum toy_kind kind)
{
    return kind != TOY_MESSAGE_SIGN;
}

CK_RV
toy_get_state(CK_SESSION_HANDLE handle, CK_BYTE_PTR out, CK_ULONG_PTR length)
{
    const struct toy_session *session = toy_session(handle);
    struct state state = { 0 };
    bool has_any = false;

    if (session == NULL)
        return CKR_SESSION_HANDLE_INVALID;
    if (!toys[session->index].saves_states)
        return CKR_FUNCTION_NOT_SUPPORTED;
    for (unsigned kind = 0; kind < TOY_KINDS; kind++)
        if (is_saveable(kind) && session->operations[kind].is_active) {
            state.operations[kind] = session->operations[kind];
            has_any = true;
        }
    return has_any ? answer_bytes(&state, sizeof(state), out, length)
                   : CKR_OPERATION_NOT_INITIALIZED;
}

/* The key that an operation asks for: of two, its own. */
static CK_RV
check_key(const struct toy_session *session,
          const struct toy_operation *operation, CK_OBJECT_HANDLE key)
{
    const struct toy_object *object;

    if (key == 0)
        return toys[session->index].needs_keys ? CKR_KEY_NEEDED : CKR_OK;
    object = toy_object_in(session, key);
    if (object == NULL)
        return CKR_KEY_HANDLE_INVALID;
    return object->number == operation->result.number ? CKR_OK
                                                      : CKR_KEY_CHANGED;
}

static CK_RV
check_keys(const struct toy_session *session, const struct state *state,
           CK_OBJECT_HANDLE encryption_key, CK_OBJECT_HANDLE authentication_key)
{
    static const enum toy_kind ciphers[] = { TOY_ENCRYPT, TOY_DECRYPT };
    static const enum toy_kind signers[] = { TOY_SIGN, TOY_VERIFY };
    bool has_cipher = false, has_signer = false;
    CK_RV rv = CKR_OK;

    for (size_t i = 0; i < 2 && rv == CKR_OK; i++)
        if (state->operations[ciphers[i]].is_active) {
            has_cipher = true;
            rv = check_key(session, &state->operations[ciphers[i]],
                           encryption_key);
        }
    for (size_t i = 0; i < 2 && rv == CKR_OK; i++)
        if (state->operations[signers[i]].is_active) {
            has_signer = true;
            rv = check_key(session, &state->operations[signers[i]],
                           authentication_key);
        }
    if (rv != CKR_OK)
        return rv;
    return (encryption_key != 0 && !has_cipher) ||
                   (authentication_key != 0 && !has_signer)
               ? CKR_KEY_NOT_NEEDED
               : CKR_OK;
}

/* What does not fit it notices, and what was active is over. */
CK_RV
toy_set_state(CK_SESSION_HANDLE handle, CK_BYTE_PTR bytes, CK_ULONG length,
              CK_OBJECT_HANDLE encryption_key,
              CK_OBJECT_HANDLE authentication_key)
{
    struct toy_session *session = toy_session(handle);
    struct state state;
    CK_RV rv;

    if (session == NULL)
        return CKR_SESSION_HANDLE_INVALID;
    if (!toys[session->index].saves_states)
        return CKR_FUNCTION_NOT_SUPPORTED;
    if (length != sizeof(state))
        return CKR_SAVED_STATE_INVALID;
    memcpy(&state, bytes, sizeof(state));
    rv = check_keys(session, &state, encryption_key, authentication_key);
    if (rv != CKR_OK)
        return rv;
    for (unsigned kind = 0; kind < TOY_KINDS; kind++)
        session->operations[kind] = state.operations[kind];
    return CKR_OK;
}

CK_RV
toy_get_validation(CK_SESSION_HANDLE handle,
                   CK_SESSION_VALIDATION_FLAGS_TYPE type, CK_FLAGS_PTR flags)
{
    const struct toy_session *session = toy_session(handle);

    if (session == NULL)
        return CKR_SESSION_HANDLE_INVALID;
    if (!toys[session->index].validates)
        return CKR_FUNCTION_NOT_SUPPORTED;
    if (type != CKS_LAST_VALIDATION_OK)
        return CKR_ARGUMENTS_BAD;
    *flags = session->validated;
    return CKR_OK;
}
