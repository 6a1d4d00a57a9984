/* SPDX-License-Identifier: BSD-3-Clause */
/* Ending operations before their end: emulated by a fresh backend session,
 * since few modules can do it and one says so wrongly. */
#include "router/cancel.h"

#include "common/cleanup.h"
#include "router/call.h"
#include "router/pool.h"
#include "router/record.h"
#include "router/search.h"
#include "router/token.h"

#include <stdlib.h>

enum { SCRATCH_LENGTH = 4096 };

/* Active operations of these kinds (a bit each) on one backend session. */
static uint16_t
kinds_on(const struct session *session, const struct pool_session *pooled)
{
    uint16_t kinds = 0;

    for (unsigned kind = 0; kind < OPERATION_KINDS; kind++)
        if (session_is_active(session, kind) &&
            session->operations[kind] != NULL &&
            session->operations[kind]->held == pooled)
            kinds |= (uint16_t)(1u << kind);
    return kinds;
}

static void
forget_operations(struct session *session, uint16_t kinds)
{
    for (unsigned kind = 0; kind < OPERATION_KINDS; kind++)
        if ((kinds >> kind & 1) != 0) {
            session->active &= (uint16_t) ~(1u << kind);
            record_abandoned(session, session->operations[kind]);
            operation_end(session->operations[kind]);
        }
}

static CK_RV
ask_module(const struct pool_session *pooled, CK_FLAGS flags)
{
    struct backend *backend = pooled->backend;
    CK_RV rv;

    backend_enter(backend);
    rv = pooled->functions->C_SessionCancel(pooled->handle, flags);
    backend_leave(backend);
    return rv;
}

/* A Final whose output nobody wants. A buffer that is too small is made as
 * large as the module asks. */
static CK_RV
finish_by_force(const struct pool_session *pooled, enum operation_kind kind,
                unsigned init)
{
    const CK_FUNCTION_LIST_3_2 *module = pooled->functions;
    CK_SESSION_HANDLE handle = pooled->handle;
    CK_ULONG length = SCRATCH_LENGTH;
    CLEANUP(freep) CK_BYTE *scratch = malloc(length);
    CK_RV rv = CKR_FUNCTION_NOT_SUPPORTED;

    for (int tries = 0; scratch != NULL && tries < 2; tries++) {
        switch (kind) {
        case OPERATION_ENCRYPT:
            rv = module->C_EncryptFinal(handle, scratch, &length);
            break;
        case OPERATION_DECRYPT:
            rv = module->C_DecryptFinal(handle, scratch, &length);
            break;
        case OPERATION_DIGEST:
            rv = module->C_DigestFinal(handle, scratch, &length);
            break;
        case OPERATION_SIGN:
            rv = module->C_SignFinal(handle, scratch, &length);
            break;
        case OPERATION_VERIFY:
            rv = init == CALL_C_VerifySignatureInit
                     ? module->C_VerifySignatureFinal(handle)
                     : module->C_VerifyFinal(handle, scratch, 1);
            break;
        case OPERATION_MESSAGE_ENCRYPT:
            rv = module->C_MessageEncryptFinal(handle);
            break;
        case OPERATION_MESSAGE_DECRYPT:
            rv = module->C_MessageDecryptFinal(handle);
            break;
        case OPERATION_MESSAGE_SIGN:
            rv = module->C_MessageSignFinal(handle);
            break;
        case OPERATION_MESSAGE_VERIFY:
            rv = module->C_MessageVerifyFinal(handle);
            break;
        default:
            break;
        }
        if (rv != CKR_BUFFER_TOO_SMALL)
            break;
        free(scratch);
        scratch = malloc(length);
    }
    return scratch == NULL ? CKR_HOST_MEMORY : rv;
}

/*
 * Whether an operation whose Final found none is there all the same: one that
 * cannot be done in parts has no Final with some modules, with others it is
 * ended by it. A size query ends nothing; a verification ends in any case.
 */
static bool
is_left(const struct pool_session *pooled, enum operation_kind kind,
        unsigned init)
{
    const CK_FUNCTION_LIST_3_2 *module = pooled->functions;
    CK_SESSION_HANDLE handle = pooled->handle;
    CK_BYTE byte = 0;
    CK_ULONG length = 0;

    switch (kind) {
    case OPERATION_ENCRYPT:
        return module->C_Encrypt(handle, &byte, 1, NULL, &length) == CKR_OK;
    case OPERATION_DECRYPT:
        return module->C_Decrypt(handle, &byte, 1, NULL, &length) == CKR_OK;
    case OPERATION_SIGN:
        return module->C_Sign(handle, &byte, 1, NULL, &length) == CKR_OK;
    case OPERATION_VERIFY:
        (void)(init == CALL_C_VerifySignatureInit
                   ? module->C_VerifySignature(handle, &byte, 1)
                   : module->C_Verify(handle, &byte, 1, &byte, 1));
        return false;
    default:
        return false;
    }
}

static bool
force(const struct session *session, const struct pool_session *pooled,
      uint16_t kinds)
{
    struct backend *backend = pooled->backend;
    bool ended = true;

    backend_enter(backend);
    for (unsigned kind = 0; kind < OPERATION_KINDS; kind++) {
        unsigned init;
        CK_RV rv;

        if ((kinds >> kind & 1) == 0)
            continue;
        init = session->operations[kind]->init;
        rv = finish_by_force(pooled, kind, init);
        if (rv == CKR_FUNCTION_NOT_SUPPORTED || rv == CKR_HOST_MEMORY ||
            rv == CKR_BUFFER_TOO_SMALL ||
            (rv == CKR_OPERATION_NOT_INITIALIZED &&
             is_left(pooled, kind, init)))
            ended = false;
    }
    backend_leave(backend);
    return ended;
}

/* The backend session that they went on in has been closed: `pooled` took its
 * place. */
static void
forget_on(struct session *session, uint16_t kinds, struct pool_session *pooled)
{
    for (unsigned kind = 0; kind < OPERATION_KINDS; kind++)
        if ((kinds >> kind & 1) != 0)
            session->operations[kind]->held = pooled;
    forget_operations(session, kinds);
}

/*
 * Another backend session in its place. It is opened before the old one is
 * closed, so that the login and the handles of the token stay (2.1). Session
 * objects would die with the old one, and so would a search. The operations
 * are over where that succeeds.
 */
static bool
replace(struct session *session, struct pool_session *pooled, uint16_t kinds)
{
    struct pool_session *fresh;

    if (search_streams_on(session) == pooled)
        return false;
    if (pooled->is_lent) {
        forget_operations(session, kinds);
        pool_give(pooled, session, POOL_DIRTY);
        return true;
    }
    if (!object_home_is_empty(&pooled->home) ||
        pool_replace(pooled, session, &fresh) != CKR_OK)
        return false;
    forget_on(session, kinds, fresh);
    return true;
}

/* What the module has ended itself is as good as before. */
static void
release(struct session *session, struct pool_session *pooled, uint16_t kinds)
{
    forget_operations(session, kinds);
    if (pooled->is_lent && !session_uses(session, pooled, NULL))
        pool_give(pooled, session, POOL_CLEAN);
}

static CK_RV
cancel_on(struct session *session, struct pool_session *pooled, uint16_t kinds)
{
    const struct profile *profile = backend_profile(pooled->backend);
    bool is_half = kinds_on(session, pooled) != kinds;
    CK_FLAGS flags = 0;

    for (unsigned kind = 0; kind < OPERATION_KINDS; kind++)
        if ((kinds >> kind & 1) != 0)
            flags |= operation_cancel_flag(kind);
    if ((is_half || profile->settings.cancel == CANCEL_RELIABLE) &&
        ask_module(pooled, flags) == CKR_OK) {
        release(session, pooled, kinds);
        return CKR_OK;
    }
    if (is_half)
        return CKR_OPERATION_CANCEL_FAILED;
    /* With the keeper the token's login would go. */
    if (!pooled->is_keeper && replace(session, pooled, kinds))
        return CKR_OK;
    if (force(session, pooled, kinds)) {
        release(session, pooled, kinds);
        return CKR_OK;
    }
    return pooled->is_keeper && replace(session, pooled, kinds)
               ? CKR_OK
               : CKR_OPERATION_CANCEL_FAILED;
}

CK_RV
cancel_operations(struct session *session, CK_FLAGS flags)
{
    uint16_t wanted = 0;

    if ((flags & CKF_FIND_OBJECTS) != 0 &&
        session_is_active(session, OPERATION_FIND))
        search_drop(session);
    for (unsigned kind = OPERATION_FIND + 1; kind < OPERATION_KINDS; kind++)
        if (session_is_active(session, kind) &&
            (flags & operation_cancel_flag(kind)) != 0)
            wanted |= (uint16_t)(1u << kind);
    while (wanted != 0) {
        unsigned kind = (unsigned)__builtin_ctz(wanted);
        struct pool_session *pooled = session->operations[kind]->held;
        uint16_t kinds = kinds_on(session, pooled) & wanted;
        CK_RV rv = cancel_on(session, pooled, kinds);

        if (rv != CKR_OK)
            return rv;
        wanted &= (uint16_t)~kinds;
    }
    return CKR_OK;
}

CK_RV
cancel_operation(struct session *session, enum operation_kind kind)
{
    return session_is_active(session, kind)
               ? cancel_operations(session, operation_cancel_flag(kind))
               : CKR_ARGUMENTS_BAD;
}
