/* SPDX-License-Identifier: BSD-3-Clause */
/* Copies and changes of certificates on the token that it is not asked for: its
 * answer would be none to rely on, or it is to have no more (8.1, 8.5). */
#include "backends/certificate.h"
#include "common/cancel.h"
#include "common/cleanup.h"
#include "router/pool.h"
#include "router/session.h"
#include "router/spill-private.h"
#include "router/spill.h"
#include "router/template.h"
#include "router/token.h"
#include "router/values.h"
#include "router/watch.h"
#include "router/write.h"

bool
spill_is_about_certificate(const struct call *call)
{
    const struct pool_session *pooled = call->pooled;
    CK_OBJECT_CLASS object_class = CKO_DATA;
    CK_ATTRIBUTE attribute = { CKA_CLASS, &object_class, sizeof(object_class) };
    struct stay stay;
    CK_RV rv;

    if (!pool_enter(pooled, CALL_C_GetAttributeValue, &stay))
        return false;
    rv = pooled->functions->C_GetAttributeValue(pooled->handle, call->object[0],
                                                &attribute, 1);
    stay_end(&stay);
    return rv == CKR_OK && object_class == CKO_CERTIFICATE;
}

/* What the configuration asks about in the copy. */
static bool
has_no_place(const struct call *call)
{
    static const struct value_request requests[] = {
        { .type = CKA_VALUE, .room = 4096, .may_be_longer = true },
        { .type = CKA_ID, .room = 256, .may_be_longer = true },
    };
    const struct pool_session *pooled = call->pooled;
    const CK_ATTRIBUTE *id =
        template_find(call->template[0], call -> template_count[0], CKA_ID);
    CK_ATTRIBUTE copy[2];
    struct values values;
    struct stay stay;
    bool is_none;
    CK_RV rv;

    if (!pool_enter(pooled, CALL_C_GetAttributeValue, &stay))
        return false;
    rv = values_read(pooled->functions, pooled->handle, call->object[0],
                     requests, 2, &values);
    stay_end(&stay);
    if (rv != CKR_OK)
        return false;
    for (size_t i = 0; i < 2; i++) {
        struct octets value = values_get(&values, requests[i].type);

        copy[i] =
            (CK_ATTRIBUTE){ requests[i].type, (void *)(uintptr_t)value.bytes,
                            value.length };
    }
    if (id != NULL)
        copy[1] = *id;
    is_none = spill_has_no_place(call, copy, 2);
    values_clear(&values);
    return is_none;
}

static bool
is_copied_there(const struct call *call)
{
    return spill_is_about_certificate(call) && write_lasts(call) &&
           (call->token->rule->certificates.mode == CERTIFICATES_STORE ||
            has_no_place(call));
}

/* On a full disk SoftHSM loses what it changes. */
static bool
is_changed_there(const struct call *call)
{
    const struct pool_session *pooled = call->pooled;
    CK_ULONG more = 0;
    bool is_lost;

    if (backend_profile(pooled->backend)->settings.create_unchecked !=
            ANSWER_YES ||
        !spill_is_about_certificate(call) || !write_lasts(call))
        return false;
    for (CK_ULONG i = 0; i < call->template_count[0]; i++)
        if (call->template[0][i].ulValueLen <= certificate_most_bytes)
            more += call->template[0][i].ulValueLen;
    backend_enter(pooled->backend);
    is_lost = !spill_has_something_left(pooled, more);
    backend_leave(pooled->backend);
    return is_lost;
}

static bool
go_first(struct call *call)
{
    CLEANUP(cancel_allow) int cancel_state = cancel_hold();
    bool is_copy = call->id == CALL_C_CopyObject;

    if (is_copy ? !is_copied_there(call) : !is_changed_there(call))
        return false;
    if ((call->session->flags & CKF_RW_SESSION) == 0)
        call->rv = CKR_SESSION_READ_ONLY;
    else if (is_copy)
        spill_copy(call);
    else
        spill_grow(call);
    return true;
}

bool
spill_goes_first(struct call *call)
{
    if ((call->id != CALL_C_CopyObject &&
         call->id != CALL_C_SetAttributeValue) ||
        call->member == call->token->overflow)
        return false;
    /* It asks the module for something else first. */
    route_leave(call);
    if (go_first(call))
        return true;
    return !route_enter(call, call->pooled->backend);
}
