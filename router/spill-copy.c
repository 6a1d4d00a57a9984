/* SPDX-License-Identifier: BSD-3-Clause */
/* Certificates on a token that has no room for them as they are to become. */
#include "common/cleanup.h"
#include "router/route.h"
#include "router/spill-private.h"
#include "router/template.h"
#include "router/token.h"

#include <stdlib.h>

/* What a certificate of any type may have, and may be made with. Not its check
 * value, which is worked out anew, nor that it is trusted, which no copy is
 * (8.5). */
static const CK_ATTRIBUTE_TYPE types[] = {
    CKA_CLASS,
    CKA_CERTIFICATE_TYPE,
    CKA_TOKEN,
    CKA_PRIVATE,
    CKA_MODIFIABLE,
    CKA_COPYABLE,
    CKA_DESTROYABLE,
    CKA_LABEL,
    CKA_CERTIFICATE_CATEGORY,
    CKA_START_DATE,
    CKA_END_DATE,
    CKA_PUBLIC_KEY_INFO,
    CKA_SUBJECT,
    CKA_ID,
    CKA_ISSUER,
    CKA_SERIAL_NUMBER,
    CKA_VALUE,
    CKA_URL,
    CKA_HASH_OF_SUBJECT_PUBLIC_KEY,
    CKA_HASH_OF_ISSUER_PUBLIC_KEY,
    CKA_NAME_HASH_ALGORITHM,
    CKA_JAVA_MIDP_SECURITY_DOMAIN,
    CKA_OWNER,
    CKA_AC_ISSUER,
    CKA_ATTR_TYPES,
};

enum { N_TYPES = sizeof(types) / sizeof(types[0]), MOST_CHANGES = 64 };

/* A certificate as a template. */
struct copy {
    CK_ATTRIBUTE attributes[N_TYPES + MOST_CHANGES];
    CK_ULONG count;
    void *owned[N_TYPES];
    size_t n_owned;
};

static void
copy_clear(struct copy *copy)
{
    for (size_t i = 0; i < copy->n_owned; i++)
        free(copy->owned[i]);
}

/* What the certificate does not have is not in the copy either. */
static CK_RV
read_one(const struct pool_session *pooled, CK_OBJECT_HANDLE object,
         CK_ATTRIBUTE_TYPE type, struct copy *copy)
{
    CK_ATTRIBUTE attribute = { type, NULL, 0 };
    const CK_FUNCTION_LIST_3_2 *module = pooled->functions;
    CK_RV rv =
        module->C_GetAttributeValue(pooled->handle, object, &attribute, 1);

    if (rv == CKR_ATTRIBUTE_TYPE_INVALID)
        return CKR_OK;
    if (rv != CKR_OK)
        return rv;
    attribute.pValue = calloc(1, attribute.ulValueLen + 1);
    if (attribute.pValue == NULL)
        return CKR_HOST_MEMORY;
    copy->owned[copy->n_owned++] = attribute.pValue;
    rv = module->C_GetAttributeValue(pooled->handle, object, &attribute, 1);
    if (rv == CKR_OK &&
        (attribute.ulValueLen > 0 || type == CKA_SUBJECT || type == CKA_VALUE))
        copy->attributes[copy->count++] = attribute;
    return rv;
}

static CK_RV
read_all(const struct pool_session *pooled, CK_OBJECT_HANDLE object,
         struct copy *copy)
{
    CK_RV rv = CKR_OK;

    backend_enter(pooled->backend);
    for (size_t i = 0; rv == CKR_OK && i < N_TYPES; i++)
        rv = read_one(pooled, object, types[i], copy);
    backend_leave(pooled->backend);
    return rv;
}

/* The changes take the place of what was read. */
static bool
lay_over(struct copy *copy, const CK_ATTRIBUTE *changes, CK_ULONG count)
{
    if (count > MOST_CHANGES)
        return false;
    for (CK_ULONG i = 0; i < count; i++) {
        CK_ULONG at = 0;

        while (at < copy->count && copy->attributes[at].type != changes[i].type)
            at++;
        copy->attributes[at] = changes[i];
        if (at == copy->count)
            copy->count++;
    }
    return true;
}

/* Makes it in the store; *made stays 0 where the token's answer stands. */
static CK_RV
make(struct call *call, const CK_ATTRIBUTE *changes, CK_ULONG count,
     struct pool_session **aside, CK_OBJECT_HANDLE *made)
{
    CLEANUP(copy_clear) struct copy copy = { .count = 0 };
    CK_RV rv = read_all(call->pooled, call->object[0], &copy);

    *made = 0;
    if (rv != CKR_OK)
        return rv;
    if (!spill_is_certificate(copy.attributes, copy.count) ||
        spill_needs_login(call) || !lay_over(&copy, changes, count))
        return call->rv;
    rv = spill_reach(call->session, aside);
    if (rv != CKR_OK)
        return call->rv;
    rv = (*aside)->functions->C_CreateObject((*aside)->handle, copy.attributes,
                                             copy.count, made);
    return rv == CKR_OK ? rv : call->rv;
}

void
spill_copy(struct call *call)
{
    struct pool_session *aside;
    CK_OBJECT_HANDLE made;
    CK_RV rv =
        make(call, call->template[0], call -> template_count[0], &aside, &made);

    call->rv = rv;
    if (rv != CKR_OK)
        return;
    route_give(call, POOL_CLEAN);
    call->pooled = aside;
    call->member = call->token->overflow;
    call->made[0] = made;
}

/* The new one is there before the old one goes. */
void
spill_grow(struct call *call)
{
    const struct pool_session *pooled = call->pooled;
    struct pool_session *aside;
    struct object_place place = { .member = call->token->overflow->index };
    CK_RV rv = make(call, call->template[0], call -> template_count[0], &aside,
                    &place.handle);

    if (rv != CKR_OK) {
        call->rv = rv;
        return;
    }
    backend_enter(pooled->backend);
    rv = pooled->functions->C_DestroyObject(pooled->handle, call->object[0]);
    backend_leave(pooled->backend);
    place.epoch = aside->handles;
    if (rv == CKR_OK &&
        !object_space_bind(call->token->objects, call->asked[0], place))
        rv = CKR_HOST_MEMORY;
    if (rv == CKR_OK)
        object_space_unbind(call->token->objects, call->asked[0],
                            call->member->index);
    if (rv != CKR_OK)
        (void)aside->functions->C_DestroyObject(aside->handle, place.handle);
    call->rv = rv;
}
