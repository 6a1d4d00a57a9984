/* SPDX-License-Identifier: BSD-3-Clause */
/* Objects and mechanisms of a call, as its member knows them. */
#include "router/migration.h"
#include "router/route.h"
#include "router/settle.h"
#include "router/token.h"

#include <stdlib.h>

bool
route_resolve(struct call *call, CK_OBJECT_HANDLE handle, CK_RV bad,
              CK_OBJECT_HANDLE *out)
{
    const struct member *member = call->member;
    enum object_answer answer;

    /* The only one that may be told of no object at all; elsewhere it is a
     * number like any other that no object has. */
    if (handle == CALL_NO_OBJECT && call->id == CALL_C_SetOperationState) {
        *out = 0;
        return true;
    }
    answer = object_space_find(call->token->objects, handle, member->index,
                               call->pooled->handles, out);
    if (answer == OBJECT_FOUND)
        return true;
    call->rv = settle_object(call, handle, answer, bad, out);
    return call->rv == CKR_OK;
}

static bool
resolve_in_parameter(void *context, CK_OBJECT_HANDLE handle,
                     CK_OBJECT_HANDLE *out)
{
    const struct call *call = context;

    if (!route_resolve(context, handle, CKR_MECHANISM_PARAM_INVALID, out))
        return false;
    if (call->token->migration != NULL && !call_is_size_query(call))
        migration_note_use(call, handle);
    return true;
}

/* The copy is the session's until an operation has begun with it (R1.12): one
 * that is active keeps its own. */
static bool
rewrite_mechanism(struct call *call, const struct config_profile *settings)
{
    struct mechanism_resolver resolver = { resolve_in_parameter, call };
    struct mechanism_copy **copy = &call->session->passed;
    CK_RV rv;

    if (*copy == NULL)
        *copy = calloc(1, sizeof(**copy));
    if (*copy == NULL) {
        call->rv = CKR_HOST_MEMORY;
        return false;
    }
    mechanism_copy_release(*copy);
    rv = mechanism_rewrite(call->asked_mechanism, settings->mechanisms,
                           settings->n_mechanisms, resolver, *copy);
    if (rv != CKR_OK) {
        call->rv = rv;
        return false;
    }
    call->mechanism = mechanism_of(*copy);
    call->rewritten = true;
    return true;
}

bool
route_resolve_mechanism(struct call *call)
{
    const struct config_profile *settings;

    call->mechanism = call->asked_mechanism;
    settings = &backend_profile(call->pooled->backend)->settings;
    if (!mechanism_has_handles(call->mechanism, settings->mechanisms,
                               settings->n_mechanisms))
        return true;
    return rewrite_mechanism(call, settings);
}
