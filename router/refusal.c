/* SPDX-License-Identifier: BSD-3-Clause */
/* Which refusals another member is asked after. */
#include "router/refusal.h"

#include "router/facts.h"
#include "router/mode.h"
#include "router/session.h"
#include "router/token.h"

static bool
is_one(const struct call *call, CK_RV rv)
{
    const struct mode_facts *facts = &mode_facts[call->token->mode];

    return (rv == CKR_MECHANISM_INVALID && facts->passes_on_mechanism) ||
           (rv == CKR_KEY_FUNCTION_NOT_PERMITTED && facts->passes_on_usage);
}

/* Where members can different things, a digest is for who can it; what is made
 * stays where things are made. */
static bool
has_subject(const struct call *call)
{
    return call->n_objects > 0 ||
           (mode_facts[call->token->mode].unites_mechanisms &&
            call_facts[call->id].access == ACCESS_READ);
}

/* A vendor's number may be another mechanism elsewhere. */
static bool
is_vendors_own(const struct call *call)
{
    return call->has_mechanism &&
           call->asked_mechanism->mechanism >= CKM_VENDOR_DEFINED;
}

bool
refusal_passes_on(const struct call *call)
{
    return has_subject(call) && call->operation == NULL &&
           call_facts[call->id].may_repeat && !is_vendors_own(call) &&
           (is_one(call, call->rv) ||
            is_one(call, call->session->attempt.failure));
}
