/* SPDX-License-Identifier: BSD-3-Clause */
/* Operations saved and restored where backend sessions are only lent. */
#include "router/state.h"

#include "common/crypto.h"
#include "router/instance.h"
#include "router/login.h"
#include "router/route.h"
#include "router/session-end.h"
#include "router/token.h"

#include <openssl/crypto.h>
#include <string.h>

/* The kinds that can be saved, says the standard of C_GetOperationState. */
static const enum operation_kind saveable[] = {
    OPERATION_ENCRYPT, OPERATION_DECRYPT, OPERATION_DIGEST,
    OPERATION_SIGN,    OPERATION_VERIFY,
};

enum { N_SAVEABLE = sizeof(saveable) / sizeof(saveable[0]) };

/* What is to be known of an operation to go on with it. */
struct saved_operation {
    uint32_t kind;
    uint32_t init;
    CK_MECHANISM_TYPE mechanism;
    CK_OBJECT_HANDLE key;
    uint64_t bytes_in;
    uint64_t bytes_out;
};

/*
 * What stands before the module's state. It is read by the process that wrote
 * it alone, so that it has this machine's layout. The slot and the member's
 * life are the token: another one in its place begins another life.
 */
struct header {
    _Alignas(16) unsigned char magic[12];
    uint32_t version;
    unsigned char code[SHA256_LENGTH]; /* over all the rest */
    CK_SLOT_ID slot;
    CK_STATE login; /* as a R/W session has it */
    uint32_t logouts;
    uint32_t member;
    uint32_t epoch;
    uint32_t n_operations;
    struct saved_operation operations[N_SAVEABLE];
};

_Static_assert(sizeof(struct header) % 16 == 0,
               "the module's state is aligned as its buffer is");

static const unsigned char magic[12] = "p11mux state";
static const uint32_t version = 1;

bool
state_make_key(struct secret *key)
{
    unsigned char bytes[SHA256_LENGTH];
    bool is_made = crypto_random(bytes, sizeof(bytes)) &&
                   secret_set(key, bytes, sizeof(bytes));

    OPENSSL_cleanse(bytes, sizeof(bytes));
    return is_made;
}

/* Whether a state has to say what it is: the backend session that it came
 * from serves others by the time it is restored. */
static bool
is_wrapped(const struct call *call)
{
    return call->token->pool->mode == POOL_OPERATION;
}

/* -- The header -------------------------------------------------------------
 */

static bool
compute_code(const struct header *header, const unsigned char *state,
             size_t length, unsigned char out[SHA256_LENGTH])
{
    const struct secret *key = &instance_get()->state_key;
    const unsigned char *bytes = (const unsigned char *)header;
    size_t behind = offsetof(struct header, slot);
    const struct crypto_piece pieces[] = {
        { bytes, offsetof(struct header, code) },
        { bytes + behind, sizeof(*header) - behind },
        { state, length },
    };

    return crypto_hmac(key->bytes, key->length, pieces,
                       sizeof(pieces) / sizeof(pieces[0]), out);
}

/* A login of before is another one; while nobody is logged in there is
 * none to be of. */
static void
describe_login(const struct token *token, struct header *header)
{
    header->login = login_state(token, CKF_RW_SESSION);
    header->logouts = header->login == CKS_RW_PUBLIC_SESSION
                          ? 0
                          : atomic_load(&token->login.logouts);
}

static void
describe_operations(const struct session *session, struct header *header)
{
    for (size_t i = 0; i < N_SAVEABLE; i++) {
        const struct operation *operation = session->operations[saveable[i]];
        struct saved_operation *saved =
            &header->operations[header->n_operations];

        if (!session_is_active(session, saveable[i]))
            continue;
        saved->kind = saveable[i];
        saved->init = operation->init;
        saved->mechanism = operation->mechanism;
        saved->key = operation->key;
        saved->bytes_in = operation->bytes_in;
        saved->bytes_out = operation->bytes_out;
        header->n_operations++;
    }
}

/* Writes the header in front of the module's state. */
static bool
seal(const struct call *call, CK_BYTE *state, size_t length)
{
    struct header header;
    bool is_sealed;

    memset(&header, 0, sizeof(header));
    memcpy(header.magic, magic, sizeof(magic));
    header.version = version;
    header.slot = call->token->slot;
    header.member = call->member->index;
    header.epoch = call->pooled->epoch;
    describe_login(call->token, &header);
    describe_operations(call->session, &header);
    is_sealed =
        compute_code(&header, state + sizeof(header), length, header.code);
    memcpy(state, &header, sizeof(header));
    return is_sealed;
}

/* Whether it was saved by this process, on this token in its life of now, and
 * by the login of now. */
static bool
unseal(const struct call *call, const CK_BYTE *state, size_t length,
       struct header *out)
{
    const struct token *token = call->token;
    unsigned char code[SHA256_LENGTH];
    struct header now;

    if (length < sizeof(*out))
        return false;
    /* The application's memory may not be aligned for one. */
    memcpy(out, state, sizeof(*out));
    if (memcmp(out->magic, magic, sizeof(magic)) != 0 ||
        out->version != version ||
        !compute_code(out, state + sizeof(*out), length - sizeof(*out), code) ||
        !crypto_equals(out->code, code, sizeof(code)))
        return false;
    describe_login(token, &now);
    return out->slot == token->slot && out->member < token->n_members &&
           out->epoch == atomic_load(&token->members[out->member].epoch) &&
           out->login == now.login && out->logouts == now.logouts;
}

/* -- Saving ------------------------------------------------------------------
 */

static bool
has_saveable(const struct session *session)
{
    for (size_t i = 0; i < N_SAVEABLE; i++)
        if (session_is_active(session, saveable[i]))
            return true;
    return false;
}

/*
 * Without an operation to save the module says so, or that it saves none at
 * all. What a state that it has nevertheless would be of, nobody knows.
 */
static CK_RV
save_nothing(struct call *call)
{
    CK_ULONG length = 0;
    CK_RV rv = call->backend->C_GetOperationState(call->backend_session, NULL,
                                                  &length);

    if (rv != CKR_OK && rv != CKR_BUFFER_TOO_SMALL)
        return rv;
    route_leave(call);
    route_give(call, POOL_DIRTY);
    return CKR_OPERATION_NOT_INITIALIZED;
}

CK_RV
state_save(struct call *call, CK_BYTE *state, CK_ULONG *length)
{
    CK_ULONG room = *length, rest = 0;
    CK_BYTE *behind = NULL;
    CK_RV rv;

    if (!is_wrapped(call))
        return call->backend->C_GetOperationState(call->backend_session, state,
                                                  length);
    if (!has_saveable(call->session))
        return save_nothing(call);
    if (state != NULL && room >= sizeof(struct header)) {
        behind = state + sizeof(struct header);
        rest = room - sizeof(struct header);
    }
    rv = call->backend->C_GetOperationState(call->backend_session, behind,
                                            &rest);
    if (rv != CKR_OK && rv != CKR_BUFFER_TOO_SMALL)
        return rv;
    *length = rest + sizeof(struct header);
    if (rv != CKR_OK || state == NULL)
        return rv;
    if (behind == NULL)
        return CKR_BUFFER_TOO_SMALL;
    return seal(call, state, rest) ? CKR_OK : CKR_FUNCTION_FAILED;
}

/* -- Restoring ---------------------------------------------------------------
 */

/* As the module was asked for it, its own state behind the header. */
static CK_RV
ask(struct call *call, CK_BYTE *state, CK_ULONG length)
{
    CK_RV rv =
        call->backend->C_SetOperationState(call->backend_session, state, length,
                                           call->object[0], call->object[1]);

    route_leave(call);
    return rv;
}

/* The module's state as it is, in the backend session that the virtual one
 * keeps. What goes on there then p11mux is not told: its calls go there
 * anyway, and nobody else has it afterwards. */
static CK_RV
restore_held(struct call *call, CK_BYTE *state, CK_ULONG length)
{
    CK_RV rv;

    if (call->pooled == NULL && !route_choose(call))
        return call->rv;
    rv = ask(call, state, length);
    if (rv == CKR_OK)
        atomic_fetch_or(&call->pooled->doubts, POOL_OUTLIVED);
    return rv;
}

/* A module that can restore none at all says that of this one too. */
static CK_RV
refuse(struct call *call)
{
    CK_BYTE nothing = 0;
    CK_RV rv;

    call->asked[0] = CALL_NO_OBJECT;
    call->asked[1] = CALL_NO_OBJECT;
    if (call->session->active == 0 && route_choose(call)) {
        rv = ask(call, &nothing, 0);
        route_give(call,
                   rv == CKR_FUNCTION_NOT_SUPPORTED ? POOL_CLEAN : POOL_DIRTY);
        if (rv == CKR_FUNCTION_NOT_SUPPORTED)
            return rv;
    }
    return CKR_SAVED_STATE_INVALID;
}

/* Memory for what will be active, while there is a way back. */
static bool
prepare(struct session *session, const struct header *header)
{
    for (uint32_t i = 0; i < header->n_operations; i++)
        if (session_operation(session, header->operations[i].kind) == NULL)
            return false;
    return true;
}

/* The operations go on here from now on, each until its own end. */
static void
resume(struct call *call, const struct header *header)
{
    struct session *session = call->session;

    for (uint32_t i = 0; i < header->n_operations; i++) {
        const struct saved_operation *saved = &header->operations[i];
        struct operation *operation = session->operations[saved->kind];

        operation_begin(operation, (uint16_t)saved->init, call->pooled,
                        saved->mechanism);
        operation->key = saved->key;
        operation->bytes_in = saved->bytes_in;
        operation->bytes_out = saved->bytes_out;
        session_begins(session, saved->kind);
    }
}

/* What is active is cancelled, as the module would do it: what is restored
 * may belong to another member. */
static bool
begin(struct call *call, const struct header *header)
{
    session_end_operations(call->session);
    if (!prepare(call->session, header)) {
        call->rv = CKR_HOST_MEMORY;
        return false;
    }
    return route_take(call, &call->token->members[header->member]) &&
           route_prepare(call);
}

CK_RV
state_restore(struct call *call, CK_BYTE *state, CK_ULONG length)
{
    struct header header;
    CK_RV rv;

    if (!is_wrapped(call))
        return restore_held(call, state, length);
    if (!unseal(call, state, length, &header))
        return refuse(call);
    /* Not when it is tried again. */
    if (call->pooled == NULL && !begin(call, &header))
        return call->rv;
    rv = ask(call, state + sizeof(header), length - sizeof(header));
    if (rv == CKR_OK)
        resume(call, &header);
    return rv;
}
