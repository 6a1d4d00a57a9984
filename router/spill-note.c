/* SPDX-License-Identifier: BSD-3-Clause */
/* What the tool and the audit log are told of certificates in the store. */
#include "backends/overflow.h"
#include "router/session.h"
#include "router/spill-private.h"
#include "router/spill.h"
#include "router/token.h"

CK_OBJECT_HANDLE
spill_number(const struct token *token, CK_OBJECT_HANDLE object)
{
    const struct member *overflow = token->overflow;
    CK_OBJECT_HANDLE number;

    if (overflow == NULL)
        return 0;
    switch (object_space_find(token->objects, object, overflow->index,
                              atomic_load(&overflow->epoch), &number)) {
    case OBJECT_FOUND:
    case OBJECT_UNSETTLED:
        return number;
    default:
        return 0;
    }
}

bool
spill_noted(const struct call *call, struct overflow_note *out)
{
    const struct session *session = call->session;

    if (session == NULL || session->aside == NULL)
        return false;
    switch (call->id) {
    case CALL_C_CreateObject:
    case CALL_C_CopyObject:
    case CALL_C_DestroyObject:
    case CALL_C_SetAttributeValue:
        return call->member == call->token->overflow &&
               overflow_noted(session->aside->handle, out);
    default:
        return false;
    }
}

void
spill_set_use(CK_SLOT_ID slot, enum spill_use use)
{
    struct token *token = slot_list_find(instance_get()->slots, slot);

    if (token != NULL)
        token->spill_use = use;
}
