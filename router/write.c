/* SPDX-License-Identifier: BSD-3-Clause */
/* Writing where the token itself would not refuse it: in a R/O session, and on
 * a group. */
#include "router/write.h"

#include "router/facts.h"
#include "router/mode.h"
#include "router/pool.h"
#include "router/replicate.h"
#include "router/session.h"
#include "router/template.h"
#include "router/tie.h"
#include "router/token.h"
#include "router/watch.h"

/* Whether the object is on the token, as far as the module says. */
static bool
is_token_object(const struct call *call)
{
    unsigned flags = object_space_flags(call->token->objects, call->asked[0]);
    const struct pool_session *pooled = call->pooled;
    CK_BBOOL is_token = CK_FALSE;
    CK_ATTRIBUTE attribute = { CKA_TOKEN, &is_token, sizeof(is_token) };
    struct stay stay;
    CK_RV rv;

    if ((flags & (OBJECT_IS_TOKEN | OBJECT_IS_SESSION)) != 0)
        return (flags & OBJECT_IS_TOKEN) != 0;
    if (!pool_enter(pooled, CALL_C_GetAttributeValue, &stay))
        return true;
    rv = pooled->functions->C_GetAttributeValue(pooled->handle, call->object[0],
                                                &attribute, 1);
    stay_end(&stay);
    /* One that does not say so is not touched; one that there is none of is for
     * the module to refuse. */
    return rv == CKR_OK ? is_token != CK_FALSE
                        : rv != CKR_OBJECT_HANDLE_INVALID;
}

static bool
makes_token_object(const struct call *call)
{
    const struct profile *profile = backend_profile(call->pooled->backend);
    bool token_default = profile->settings.token_default == ANSWER_YES;

    if (call->id == CALL_C_CopyObject &&
        template_find(call->template[0], call -> template_count[0],
                      CKA_TOKEN) == NULL)
        return is_token_object(call);
    for (unsigned i = 0; i < call->n_made; i++)
        if (template_bool(call->template[i], call -> template_count[i],
                          CKA_TOKEN, token_default))
            return true;
    return false;
}

bool
write_lasts(const struct call *call)
{
    switch (call_facts[call->id].access) {
    case ACCESS_MAKE:
        return makes_token_object(call);
    case ACCESS_CHANGE:
        return is_token_object(call);
    case ACCESS_WRITE:
        return true;
    default:
        return false;
    }
}

/* -- Groups ------------------------------------------------------------------
 */

/* Whether another member has it too, as far as is known: then one that is
 * changed here would be another. */
static bool
is_shared(const struct call *call)
{
    const struct token *token = call->token;

    for (unsigned i = 0; i < token->n_members; i++)
        if (i != call->member->index &&
            object_space_was_seen(token->objects, call->asked[0], i))
            return true;
    return false;
}

/* Session objects are made and changed anywhere, PINs everywhere. */
static bool
is_refused_by_group(const struct call *call)
{
    const struct token *token = call->token;
    unsigned access = call_facts[call->id].access;

    if ((access != ACCESS_MAKE && access != ACCESS_CHANGE) ||
        call->member == token->overflow || tie_others(call->session) != 0 ||
        !write_lasts(call))
        return false;
    if (token->rule->write == WRITE_REPLICATE)
        return !replicate_is_possible(token);
    /* Each member that has it is asked (R9.4, R9.5). */
    if (mode_facts[token->mode].has_roles && access == ACCESS_CHANGE)
        return false;
    return token->rule->write != WRITE_PRIMARY ||
           call->member != token_first(token) ||
           (access == ACCESS_CHANGE && is_shared(call));
}

/* That is for the token to give, also where a member has none (R7.17). */
static bool
gives_unique_id(const struct call *call)
{
    unsigned n = call->id == CALL_C_SetAttributeValue ? 1 : call->n_made;

    for (unsigned i = 0; i < n; i++)
        if (template_find(call->template[i], call -> template_count[i],
                          CKA_UNIQUE_ID) != NULL)
            return call->member != call->token->overflow;
    return false;
}

/* Also where what is copied could not be written down. */
static bool
is_not_replicated(struct call *call)
{
    if (!replicate_wants(call) || !write_lasts(call))
        return false;
    if ((call->session->flags & CKF_RW_SESSION) == 0)
        call->rv = CKR_SESSION_READ_ONLY;
    else if (replicate_is_forbidden(call))
        call->rv = CKR_TEMPLATE_INCONSISTENT;
    else
        return !replicate_begin(call);
    return true;
}

/* Nothing new is born on an old member of what is on that one alone (R9.3). */
static CK_RV
code_of_group(const struct call *call)
{
    if ((call->session->flags & CKF_RW_SESSION) == 0)
        return CKR_SESSION_READ_ONLY;
    if (!mode_facts[call->token->mode].has_roles || call->n_objects == 0 ||
        call_facts[call->id].access != ACCESS_MAKE ||
        !member_is_usable(token_first(call->token)))
        return CKR_TOKEN_WRITE_PROTECTED;
    return call->id == CALL_C_CopyObject ? CKR_ACTION_PROHIBITED
                                         : CKR_KEY_FUNCTION_NOT_PERMITTED;
}

/* Where the call's own member would refuse it, another one is asked before. */
static bool
is_done_all_the_same(const struct call *call)
{
    return (call->pooled->flags & CKF_RW_SESSION) != 0 ||
           mode_facts[call->token->mode].has_roles;
}

bool
write_is_refused(struct call *call)
{
    if (call->token->mode != GROUP_SINGLE && is_refused_by_group(call)) {
        call->rv = code_of_group(call);
        return true;
    }
    if ((call->session->flags & CKF_RW_SESSION) == 0 &&
        is_done_all_the_same(call) && write_lasts(call)) {
        call->rv = call->id == CALL_C_InitPIN ? CKR_USER_NOT_LOGGED_IN
                                              : CKR_SESSION_READ_ONLY;
        return true;
    }
    if (call->token->mode == GROUP_SINGLE)
        return false;
    if (!gives_unique_id(call))
        return is_not_replicated(call);
    call->rv = CKR_ATTRIBUTE_READ_ONLY;
    return true;
}
