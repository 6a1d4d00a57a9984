/* SPDX-License-Identifier: BSD-3-Clause */
/* What p11mux says of itself, its slots, tokens, mechanisms and sessions. */
#include "router/info.h"

#include "common/text.h"
#include "router/group-face.h"
#include "router/instance.h"
#include "router/login.h"
#include "router/offer.h"
#include "router/session.h"
#include "router/token.h"

#include <string.h>

#ifndef P11MUX_VERSION_MAJOR
#define P11MUX_VERSION_MAJOR 0
#define P11MUX_VERSION_MINOR 1
#endif

CK_RV
info_library(CK_INFO *out)
{
    memset(out, 0, sizeof(*out));
    out->cryptokiVersion =
        (CK_VERSION){ CRYPTOKI_VERSION_MAJOR, CRYPTOKI_VERSION_MINOR };
    text_pad(out->manufacturerID, sizeof(out->manufacturerID), "p11mux");
    text_pad(out->libraryDescription, sizeof(out->libraryDescription),
             "PKCS#11 multiplexer");
    out->libraryVersion =
        (CK_VERSION){ P11MUX_VERSION_MAJOR, P11MUX_VERSION_MINOR };
    return CKR_OK;
}

CK_RV
info_slot(struct call *call, CK_SLOT_INFO *out)
{
    struct slot_list *slots = instance_get()->slots;
    bool is_present;

    slot_list_refresh(slots);
    is_present = slot_list_seen(slots, call->token, out, NULL);
    /* A token can go away with its module: removable, for the slot's whole
     * life (R6.8). */
    out->flags |= CKF_REMOVABLE_DEVICE;
    if (is_present)
        out->flags |= CKF_TOKEN_PRESENT;
    else
        out->flags &= ~(CK_FLAGS)CKF_TOKEN_PRESENT;
    return CKR_OK;
}

static void
set_text(unsigned char *field, size_t field_length, const char *configured)
{
    if (configured != NULL)
        text_pad(field, field_length, configured);
    else
        text_normalise(field, field_length);
}

/* Virtual sessions are as many as anybody wants, and a user who is logged in
 * by himself need not be asked to (R6.10, DESIGN 4). */
static void
lay_over_sessions(const struct token *token, CK_TOKEN_INFO *out)
{
    struct token_sessions sessions;

    if (token->login.is_automatic)
        out->flags &= ~(CK_FLAGS)CKF_LOGIN_REQUIRED;
    if (token->pool->mode == POOL_NONE && token->n_members == 1)
        return;
    out->ulMaxSessionCount = CK_EFFECTIVELY_INFINITE;
    out->ulMaxRwSessionCount = CK_EFFECTIVELY_INFINITE;
    sessions = token_sessions(token);
    out->ulSessionCount = sessions.all;
    out->ulRwSessionCount = sessions.read_write;
}

CK_RV
info_token(struct call *call, CK_TOKEN_INFO *out)
{
    static const struct config_token none;
    const struct config_token *rule =
        call->token->rule != NULL ? call->token->rule : &none;
    bool is_group = call->token->n_members > 1;
    CK_RV rv = is_group
                   ? group_face_info(call, out)
                   : call->backend->C_GetTokenInfo(call->backend_slot, out);

    if (rv != CKR_OK)
        return rv;
    if (is_group)
        slot_list_lay(call->token->list, call->token, out);
    set_text(out->label, sizeof(out->label), rule->label);
    set_text(out->manufacturerID, sizeof(out->manufacturerID),
             rule->manufacturer);
    set_text(out->model, sizeof(out->model), rule->model);
    set_text(out->serialNumber, sizeof(out->serialNumber), rule->serial);
    out->flags &= ~(CK_FLAGS)CKF_ASYNC_SESSION_SUPPORTED; /* R1.10 */
    lay_over_sessions(call->token, out);
    return CKR_OK;
}

CK_FLAGS
info_missing(CK_VERSION version)
{
    CK_FLAGS flags = 0;

    if (version.major < 3)
        flags |= CKF_MESSAGE_ENCRYPT | CKF_MESSAGE_DECRYPT | CKF_MESSAGE_SIGN |
                 CKF_MESSAGE_VERIFY | CKF_MULTI_MESSAGE;
    if (version.major < 3 || (version.major == 3 && version.minor < 2))
        flags |= CKF_ENCAPSULATE | CKF_DECAPSULATE;
    return flags;
}

CK_RV
info_mechanisms(struct call *call, CK_MECHANISM_TYPE *out, CK_ULONG *count)
{
    return call->token->n_members > 1
               ? offer_list(call, out, count)
               : call->backend->C_GetMechanismList(call->backend_slot, out,
                                                   count);
}

CK_RV
info_mechanism(struct call *call, CK_MECHANISM_TYPE type,
               CK_MECHANISM_INFO *out)
{
    struct backend *backend = atomic_load(&call->member->backend);
    CK_RV rv;

    if (call->token->n_members > 1)
        return offer_info(call, type, out);
    rv = call->backend->C_GetMechanismInfo(call->backend_slot, type, out);

    if (rv == CKR_OK)
        out->flags &= ~info_missing(backend_version(backend));
    return rv;
}

CK_RV
info_session(struct call *call, CK_SESSION_INFO *out)
{
    const struct session *session = call->session;

    out->slotID = call->token->slot;
    out->state = login_state(call->token, session->flags);
    out->flags = session->flags;
    out->ulDeviceError = session->device_error;
    return CKR_OK;
}
