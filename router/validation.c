/* SPDX-License-Identifier: BSD-3-Clause */
/* Validation flags: read where an operation was, kept for its session. */
#include "router/validation.h"

#include "backends/backend.h"
#include "router/facts.h"
#include "router/outcome.h"
#include "router/pool.h"
#include "router/process.h"
#include "router/session.h"

/* The standard counts what has a Final, and these (3.2, section 4.15.3.1). */
static bool
is_single_operation(const struct call_facts *facts)
{
    switch (facts->event) {
    case AUDIT_GENERATE:
    case AUDIT_WRAP:
    case AUDIT_UNWRAP:
    case AUDIT_DERIVE:
    case AUDIT_ENCAPSULATE:
    case AUDIT_DECAPSULATE:
        return true;
    default:
        return false;
    }
}

/* One that failed has not completed: a module may still show what was before,
 * and that may have been another session's. */
void
validation_note(const struct call *call)
{
    const struct call_facts *facts = &call_facts[call->id];
    const struct pool_session *pooled = call->pooled;
    CK_FLAGS flags = 0;
    CK_RV rv;

    if (!atomic_load_explicit(&process.shows_validation,
                              memory_order_relaxed) ||
        !outcome_is_clean(call->rv) ||
        (facts->operation == OPERATION_NONE && !is_single_operation(facts)))
        return;
    backend_enter(pooled->backend);
    rv = pooled->functions->C_GetSessionValidationFlags(pooled->handle,
                                                        CKS_LAST_VALIDATION_OK,
                                                        &flags);
    backend_leave(pooled->backend);
    call->session->validated = rv == CKR_OK ? flags : 0;
}

/* The module says whether it knows such flags; a lent backend session's are
 * whoever's it served last. */
CK_RV
validation_get(struct call *call, CK_SESSION_VALIDATION_FLAGS_TYPE type,
               CK_FLAGS *flags)
{
    CK_RV rv = call->backend->C_GetSessionValidationFlags(call->backend_session,
                                                          type, flags);

    if (rv == CKR_OK && call->pooled->is_lent)
        *flags = type == CKS_LAST_VALIDATION_OK ? call->session->validated : 0;
    return rv;
}
