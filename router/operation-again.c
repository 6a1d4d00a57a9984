/* SPDX-License-Identifier: BSD-3-Clause */
/* An operation that begins again: its Init, and its input so far. */
#include "router/operation-again.h"

#include "backends/backend.h"
#include "router/migration.h"
#include "router/pool.h"
#include "router/route.h"
#include "router/watch.h"

static CK_RV
call_init(const CK_FUNCTION_LIST_3_2 *module, unsigned init,
          CK_SESSION_HANDLE session, CK_MECHANISM *mechanism,
          CK_OBJECT_HANDLE key)
{
    switch (init) {
    case CALL_C_EncryptInit:
        return module->C_EncryptInit(session, mechanism, key);
    case CALL_C_DecryptInit:
        return module->C_DecryptInit(session, mechanism, key);
    case CALL_C_DigestInit:
        return module->C_DigestInit(session, mechanism);
    case CALL_C_SignInit:
        return module->C_SignInit(session, mechanism, key);
    case CALL_C_SignRecoverInit:
        return module->C_SignRecoverInit(session, mechanism, key);
    case CALL_C_VerifyInit:
        return module->C_VerifyInit(session, mechanism, key);
    case CALL_C_VerifyRecoverInit:
        return module->C_VerifyRecoverInit(session, mechanism, key);
    case CALL_C_MessageEncryptInit:
        return module->C_MessageEncryptInit(session, mechanism, key);
    case CALL_C_MessageDecryptInit:
        return module->C_MessageDecryptInit(session, mechanism, key);
    case CALL_C_MessageSignInit:
        return module->C_MessageSignInit(session, mechanism, key);
    case CALL_C_MessageVerifyInit:
        return module->C_MessageVerifyInit(session, mechanism, key);
    default:
        return CKR_FUNCTION_NOT_SUPPORTED;
    }
}

/* The input so far, in one piece: the result is the same (7.3). */
static CK_RV
replay(const CK_FUNCTION_LIST_3_2 *module, CK_SESSION_HANDLE session,
       const struct operation *operation)
{
    CK_BYTE *input = operation->input;
    CK_ULONG length = operation->input_length;

    if (length == 0)
        return CKR_OK;
    switch (operation->init) {
    case CALL_C_DigestInit:
        return module->C_DigestUpdate(session, input, length);
    case CALL_C_SignInit:
        return module->C_SignUpdate(session, input, length);
    case CALL_C_VerifyInit:
        return module->C_VerifyUpdate(session, input, length);
    default:
        return CKR_FUNCTION_NOT_SUPPORTED;
    }
}

bool
operation_begin_again(struct call *call)
{
    struct operation *operation = call->operation;
    const CK_FUNCTION_LIST_3_2 *module = call->pooled->functions;
    CK_MECHANISM bare = { operation->mechanism, NULL, 0 };
    CK_OBJECT_HANDLE key = 0;
    struct stay stay;
    CK_RV rv;

    if (operation->key != 0 &&
        !route_resolve(call, operation->key, CKR_KEY_HANDLE_INVALID, &key))
        return false;
    operation->has_copies = operation->has_copies || !operation->is_bare;
    call->asked_mechanism =
        operation->is_bare ? &bare : mechanism_of(operation->again);
    if (!route_resolve_mechanism(call))
        return false;
    if (call->rewritten)
        operation_adopt(operation, &call->session->passed);
    if (!stay_begin(&stay, call->member, call->pooled->backend, call->session,
                    operation->init)) {
        call->rv = CKR_FUNCTION_FAILED;
        return false;
    }
    rv = call_init(module, operation->init, call->pooled->handle,
                   call->mechanism, key);
    if (rv == CKR_OK)
        rv = replay(module, call->pooled->handle, operation);
    stay_end(&stay);
    if (call->token->migration != NULL && operation->key != 0)
        migration_note_use(call, operation->key);
    call->rewritten = false;
    call->mechanism = NULL;
    call->asked_mechanism = NULL;
    if (rv != CKR_OK)
        call->rv = rv;
    return rv == CKR_OK;
}
