/* SPDX-License-Identifier: BSD-3-Clause */
/* Whether a token is full, and whether the caller may use the store. */
#include "router/facts.h"
#include "router/login.h"
#include "router/pool.h"
#include "router/session.h"
#include "router/slot-list.h"
#include "router/spill-private.h"
#include "router/template.h"
#include "router/token.h"
#include "router/watch.h"

/* -- Searching --------------------------------------------------------------
 */

CK_RV
spill_search(const struct pool_session *pooled, CK_ATTRIBUTE *template,
             CK_ULONG count, CK_OBJECT_HANDLE *found, CK_ULONG room,
             CK_ULONG *n_found)
{
    const CK_FUNCTION_LIST_3_2 *module = pooled->functions;
    struct stay stay;
    CK_ULONG n = 1;
    CK_RV rv;

    *n_found = 0;
    if (!pool_enter(pooled, CALL_C_FindObjects, &stay))
        return CKR_DEVICE_REMOVED;
    rv = module->C_FindObjectsInit(pooled->handle, template, count);
    if (rv == CKR_OK) {
        /* A short count is not the end. */
        while (rv == CKR_OK && n > 0 && *n_found < room) {
            rv = module->C_FindObjects(pooled->handle, found + *n_found,
                                       room - *n_found, &n);
            if (rv == CKR_OK)
                *n_found += n;
        }
        (void)module->C_FindObjectsFinal(pooled->handle);
    }
    stay_end(&stay);
    return rv;
}

/* -- The token ---------------------------------------------------------------
 */

/* A device that takes no command at all says the same as one without room
 * (R8.3); one that answers nothing is not well (R7.1). */
static bool
is_well(const struct call *call)
{
    const struct pool_session *pooled = call->pooled;
    CK_SESSION_INFO info;
    struct stay stay;
    CK_BYTE byte;
    CK_RV rv;

    if (!pool_enter(pooled, CALL_C_GenerateRandom, &stay))
        return false;
    rv = pooled->functions->C_GetSessionInfo(pooled->handle, &info);
    if (rv == CKR_OK)
        rv = pooled->functions->C_GenerateRandom(pooled->handle, &byte, 1);
    stay_end(&stay);
    /* Not every token has a generator. */
    return rv == CKR_OK || rv == CKR_RANDOM_NO_RNG ||
           rv == CKR_FUNCTION_NOT_SUPPORTED;
}

CK_OBJECT_HANDLE
spill_pick_new(const struct call *call, const CK_OBJECT_HANDLE *found,
               CK_ULONG count)
{
    struct object_place place = { .member = call->member->index,
                                  .epoch = call->pooled->handles };

    for (CK_ULONG i = 0; i < count; i++) {
        place.handle = found[i];
        if (object_space_known(call->token->objects, place) == 0)
            return found[i];
    }
    return 0;
}

/* Whether the first try succeeded though it said no. What was known before is
 * another one, however alike. */
static CK_RV
find_made(const struct call *call, CK_OBJECT_HANDLE *made)
{
    static const CK_ATTRIBUTE_TYPE types[] = {
        CKA_CLASS, CKA_CERTIFICATE_TYPE, CKA_SUBJECT, CKA_VALUE, CKA_ID,
        CKA_LABEL
    };
    enum { TYPES = sizeof(types) / sizeof(types[0]) };
    const CK_ATTRIBUTE *template = call->template[0];
    CK_ULONG count = call->template_count[0], n_found = 0;
    CK_BBOOL is_token =
        template_bool(template, count, CKA_TOKEN, false) ? CK_TRUE : CK_FALSE;
    CK_ATTRIBUTE wanted[TYPES + 1] = { { CKA_TOKEN, &is_token,
                                         sizeof(is_token) } };
    CK_OBJECT_HANDLE found[SPILL_MOST_TWINS];
    CK_ULONG n_wanted = 1;
    CK_RV rv;

    for (size_t i = 0; i < TYPES; i++) {
        const CK_ATTRIBUTE *attribute =
            template_find(template, count, types[i]);

        if (attribute != NULL)
            wanted[n_wanted++] = *attribute;
    }
    rv = spill_search(call->pooled, wanted, n_wanted, found, SPILL_MOST_TWINS,
                      &n_found);
    *made = rv == CKR_OK ? spill_pick_new(call, found, n_found) : 0;
    return rv;
}

bool
spill_is_full(struct call *call, enum room_class room, CK_OBJECT_HANDLE *made)
{
    *made = 0;
    if (room == ROOM_IS_NOT_KIND)
        return true;
    if (!is_well(call))
        return false;
    /* Where that cannot be known it must not be there twice. */
    return room != ROOM_IS_AMBIGUOUS || call->id != CALL_C_CreateObject ||
           find_made(call, made) == CKR_OK;
}

/* -- The caller --------------------------------------------------------------
 */

static bool
is_public(const struct session *session)
{
    CK_STATE state = login_state(session->token, session->flags);

    return state == CKS_RO_PUBLIC_SESSION || state == CKS_RW_PUBLIC_SESSION;
}

/* Whether it is about what all processes see. */
static bool
is_shared(const struct call *call)
{
    unsigned flags = 0;

    if (call_facts[call->id].access == ACCESS_READ)
        return false;
    if (call->n_objects > 0)
        flags = object_space_flags(call->token->objects, call->asked[0]);
    if (call->n_made == 0)
        return (flags & OBJECT_IS_SESSION) == 0;
    return template_bool(call->template[0], call -> template_count[0],
                         CKA_TOKEN,
                         call -> n_objects > 0 &&
                                     (flags & OBJECT_IS_SESSION) == 0);
}

bool
spill_needs_login(const struct call *call)
{
    const struct session *session = call->session;
    struct token *token = call->token;
    CK_SLOT_INFO slot_info;
    CK_TOKEN_INFO info;

    /* What a R/O session must not do is said first (8.3). */
    return token->rule->certificates.needs_login &&
           (session->flags & CKF_RW_SESSION) != 0 && is_shared(call) &&
           is_public(session) &&
           slot_list_seen(token->list, token, &slot_info, &info) &&
           (info.flags & CKF_LOGIN_REQUIRED) != 0;
}
