/* SPDX-License-Identifier: BSD-3-Clause */
/* What is noted of a call that was lost with its module, device or session. */
#include "router/loss.h"

#include "router/facts.h"
#include "router/mender.h"
#include "router/pool.h"
#include "router/process.h"
#include "router/session.h"
#include "router/token.h"
#include "router/watch.h"

/* Somebody else in this process has finalised the module (R3.38): for the
 * application its token is gone, not p11mux (R1.25). */
void
loss_note_vanished(struct call *call)
{
    struct backend *its = atomic_load(&call->member->backend);
    struct backend *backend =
        call->pooled != NULL ? call->pooled->backend : its;

    backend_vanish(backend);
    if (backend == its)
        member_displace(call->member); /* so that somebody looks again */
    call->rv =
        call->session != NULL ? CKR_DEVICE_REMOVED : CKR_TOKEN_NOT_PRESENT;
}

/* What the device says of its error, before its session is closed (R3.20). */
void
loss_note_device_error(struct call *call)
{
    struct pool_session *pooled = call->pooled;
    CK_SESSION_INFO info = { .ulDeviceError = 0 };
    struct stay stay;

    if (call->session == NULL || pooled == NULL ||
        !pool_enter(pooled, CALL_C_GetSessionInfo, &stay))
        return;
    if (pooled->functions->C_GetSessionInfo(pooled->handle, &info) == CKR_OK)
        call->session->device_error = info.ulDeviceError;
    stay_end(&stay);
}

/* Codes of C_OpenSession that no function on a session has. */
static const struct {
    CK_RV of_opening;
    CK_RV of_calls;
} translations[] = {
    { CKR_TOKEN_NOT_PRESENT, CKR_DEVICE_REMOVED },
    { CKR_TOKEN_NOT_RECOGNIZED, CKR_DEVICE_REMOVED },
    { CKR_SLOT_ID_INVALID, CKR_DEVICE_REMOVED },
    { CKR_SESSION_COUNT, CKR_FUNCTION_FAILED },
    { CKR_SESSION_PARALLEL_NOT_SUPPORTED, CKR_FUNCTION_FAILED },
    { CKR_SESSION_READ_WRITE_SO_EXISTS, CKR_FUNCTION_FAILED },
    { CKR_TOKEN_WRITE_PROTECTED, CKR_FUNCTION_FAILED },
};

void
loss_translate(struct call *call)
{
    if (call->rv == CKR_CRYPTOKI_NOT_INITIALIZED && process_is_serving()) {
        loss_note_vanished(call);
        return;
    }
    for (size_t i = 0; i < sizeof(translations) / sizeof(translations[0]); i++)
        if (call->rv == translations[i].of_opening) {
            call->rv = translations[i].of_calls;
            return;
        }
}

/* -- Before a call ----------------------------------------------------------
 */

bool
loss_is_seen(const struct call *call, const struct member *member)
{
    return call->token->mode == GROUP_SINGLE &&
           member != call->token->overflow &&
           call->session->tokens !=
               atomic_load_explicit(&member->tokens, memory_order_relaxed);
}

bool
loss_has_ended(struct call *call)
{
    struct session *session = call->session;

    call->rv =
        session->is_lost ? CKR_SESSION_HANDLE_INVALID : CKR_DEVICE_REMOVED;
    session->is_lost = true;
    return true;
}

/* What p11mux knows itself it says, but not that a session is well. */
bool
loss_is_refused(struct call *call)
{
    bool is_local = call_facts[call->id].reach == REACH_LOCAL &&
                    call->id != CALL_C_GetSessionInfo;

    /* One that this process has not seen yet is looked for (route_take). */
    if (is_local || call->id == CALL_C_Logout ||
        atomic_load(&call->token->members[0].functions) == NULL)
        return false;
    mender_help();
    if (call->session->tokens != atomic_load(&call->token->members[0].tokens))
        return loss_has_ended(call);
    if (!member_is_away(&call->token->members[0]))
        return false;
    call->rv = CKR_DEVICE_REMOVED;
    return true;
}
