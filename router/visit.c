/* SPDX-License-Identifier: BSD-3-Clause */
/* Goes into a member's module, and out of it. */
#include "router/visit.h"

#include "router/route.h"
#include "router/token.h"

bool
visit_enter(struct visit *visit)
{
    if (visit->call != NULL)
        return route_enter(visit->call, visit->pooled->backend);
    visit->is_inside =
        pool_enter(visit->pooled, CALL_C_GetAttributeValue, &visit->stay);
    return visit->is_inside;
}

/* Also when it was refused. */
void
visit_leave(struct visit *visit)
{
    if (visit->call != NULL)
        route_leave(visit->call);
    else if (visit->is_inside)
        stay_end(&visit->stay);
    visit->is_inside = false;
}

CK_RV
visit_refusal(const struct visit *visit)
{
    return visit->call != NULL ? visit->call->rv : CKR_FUNCTION_FAILED;
}

struct identity_place
visit_place(const struct visit *visit)
{
    return (struct identity_place){ visit->pooled->functions,
                                    visit->pooled->handle, visit->catalogue };
}

struct object_space *
visit_objects(const struct visit *visit)
{
    return visit_member(visit)->token->objects;
}
