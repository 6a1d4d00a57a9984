/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * What is destroyed or changed on a group that writes on all members: on the
 * call's own member last, so that whoever is killed in between leaves an object
 * that is there, and not one that comes back.
 */
#include "common/cleanup.h"
#include "common/log.h"
#include "common/names.h"
#include "router/facts.h"
#include "router/replicate-place.h"
#include "router/replicate.h"
#include "router/session.h"
#include "router/token.h"
#include "router/write.h"

#include <stdlib.h>

/* What the object is, for those that have it under a handle nobody knows. */
static CK_RV
read_identity(const struct call *call, struct identity **out)
{
    const struct pool_session *pooled = call->pooled;
    struct stay stay;
    CK_RV rv;

    *out = object_space_identity(call->token->objects, call->asked[0]);
    if (*out != NULL)
        return CKR_OK;
    if (!pool_enter(pooled, CALL_C_GetAttributeValue, &stay))
        return CKR_FUNCTION_FAILED;
    rv = identity_read(pooled->functions, pooled->handle, call->object[0],
                       call->session->active == 0, out);
    stay_end(&stay);
    return rv;
}

static CK_RV
find(const struct call *call, const struct replica *there,
     const struct identity *identity, CK_OBJECT_HANDLE *out)
{
    struct identity_place place = replica_place(there->pooled);

    if (object_space_find(call->token->objects, call->asked[0],
                          there->member->index, there->pooled->handles,
                          out) == OBJECT_FOUND)
        return CKR_OK;
    return identity_find(place.functions, place.session, identity, false, out);
}

/* -- Changing
 * ------------------------------------------------------------------
 */

/* The attributes that the call changes, as its own member has them. */
struct former {
    CK_ATTRIBUTE *items;
    CK_ULONG count;
};

static void
clear_former(struct former *former)
{
    for (CK_ULONG i = 0; i < former->count; i++)
        free(former->items[i].pValue);
    free(former->items);
}

static CK_RV
read_former(const struct call *call, struct former *out)
{
    CK_ULONG count = call->template_count[0];
    const CK_FUNCTION_LIST_3_2 *functions = call->pooled->functions;
    CK_RV rv = CKR_OK;

    *out = (struct former){ .items = calloc(count + 1, sizeof(*out->items)) };
    if (out->items == NULL)
        return CKR_HOST_MEMORY;
    for (CK_ULONG i = 0; rv == CKR_OK && i < count; i++) {
        CK_ATTRIBUTE *item = &out->items[out->count];

        *item = (CK_ATTRIBUTE){ call->template[0][i].type, NULL, 0 };
        rv = functions->C_GetAttributeValue(call->pooled->handle,
                                            call->object[0], item, 1);
        if (rv != CKR_OK || item->ulValueLen == CK_UNAVAILABLE_INFORMATION)
            continue;
        item->pValue = malloc(item->ulValueLen + 1);
        if (item->pValue == NULL)
            return CKR_HOST_MEMORY;
        out->count++;
        rv = functions->C_GetAttributeValue(call->pooled->handle,
                                            call->object[0], item, 1);
    }
    return rv;
}

static CK_RV
apply(const struct call *call, const struct replica *there,
      CK_OBJECT_HANDLE object, const struct former *former)
{
    const CK_FUNCTION_LIST_3_2 *functions = there->pooled->functions;
    CK_RV rv;

    if (call->id == CALL_C_DestroyObject) {
        rv = functions->C_DestroyObject(there->pooled->handle, object);
        return rv == CKR_OBJECT_HANDLE_INVALID ? CKR_OK : rv;
    }
    if (former != NULL)
        return functions->C_SetAttributeValue(there->pooled->handle, object,
                                              former->items, former->count);
    return functions->C_SetAttributeValue(there->pooled->handle, object,
                                          (CK_ATTRIBUTE *)(uintptr_t)
                                              call->template[0],
                                          call -> template_count[0]);
}

/* One that does not have it has nothing to do. */
static CK_RV
ask(struct call *call, struct member *member, const struct identity *identity,
    const struct former *former)
{
    struct replica there;
    CK_OBJECT_HANDLE object;
    CK_RV rv = replica_begin(&there, call->session, member, call->id);

    if (rv == CKR_OK) {
        rv = find(call, &there, identity, &object);
        if (rv == CKR_OK)
            rv = apply(call, &there, object, former);
        else if (rv == CKR_OBJECT_HANDLE_INVALID)
            rv = CKR_OK;
    }
    replica_end(&there, call->session);
    return rv;
}

/* Those before `end` are made as the call's own member is. */
static void
restore(struct call *call, const struct identity *identity, unsigned end)
{
    CLEANUP(clear_former) struct former former = { .items = NULL };
    struct stay stay;
    CK_RV rv;

    if (call->id != CALL_C_SetAttributeValue ||
        !pool_enter(call->pooled, CALL_C_GetAttributeValue, &stay))
        return;
    rv = read_former(call, &former);
    stay_end(&stay);
    for (unsigned i = 0; rv == CKR_OK && i < end; i++)
        if (&call->token->members[i] != call->member)
            (void)ask(call, &call->token->members[i], identity, &former);
}

static bool
refuse(struct call *call, const struct member *member, CK_RV rv)
{
    char name[NAME_LENGTH];

    log_write(LOG_LEVEL_WARNING,
              "token \"%s\": %s: member %u does not do it: %s; where others "
              "lack the object now p11mux group sync brings it back",
              call->token->label, call_facts[call->id].function,
              member->index + 1, name_of(NAME_CKR, rv, name));
    call->rv = rv;
    call->denial = CALL_DENIED; /* nobody else is asked instead */
    return false;
}

bool
replicate_before(struct call *call)
{
    CLEANUP(identity_freep) struct identity *identity = NULL;
    CK_RV rv;

    if (call->token->mode == GROUP_SINGLE ||
        call_facts[call->id].access != ACCESS_CHANGE ||
        !replicate_wants(call) || !write_lasts(call))
        return true;
    rv = read_identity(call, &identity);
    if (rv != CKR_OK)
        return refuse(call, call->member, rv);
    for (unsigned i = 0; i < call->token->n_members; i++) {
        struct member *member = &call->token->members[i];

        if (member == call->member)
            continue;
        rv = ask(call, member, identity, NULL);
        if (rv != CKR_OK) {
            restore(call, identity, i);
            return refuse(call, member, rv);
        }
    }
    return true;
}

void
replicate_restore(struct call *call)
{
    CLEANUP(identity_freep) struct identity *identity = NULL;

    if (call->was_asked && call->pooled != NULL &&
        call->id == CALL_C_SetAttributeValue &&
        read_identity(call, &identity) == CKR_OK)
        restore(call, identity, call->token->n_members);
}
