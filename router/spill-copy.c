/* SPDX-License-Identifier: BSD-3-Clause */
/* Certificates on a token that has no room for them as they are to become. */
#include "backends/certificate.h"
#include "backends/overflow.h"
#include "common/cleanup.h"
#include "router/pool.h"
#include "router/record.h"
#include "router/route.h"
#include "router/spill-private.h"
#include "router/template.h"
#include "router/token.h"
#include "router/watch.h"

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
    CK_ULONG room;
    CK_RV rv =
        module->C_GetAttributeValue(pooled->handle, object, &attribute, 1);

    if (rv == CKR_ATTRIBUTE_TYPE_INVALID)
        return CKR_OK;
    if (rv != CKR_OK || attribute.ulValueLen == CK_UNAVAILABLE_INFORMATION)
        return rv;
    room = attribute.ulValueLen;
    if (room > certificate_most_bytes)
        return CKR_DEVICE_MEMORY;
    attribute.pValue = calloc(1, room + 1);
    if (attribute.pValue == NULL)
        return CKR_HOST_MEMORY;
    copy->owned[copy->n_owned++] = attribute.pValue;
    rv = module->C_GetAttributeValue(pooled->handle, object, &attribute, 1);
    if (rv == CKR_OK && attribute.ulValueLen > room)
        rv = CKR_GENERAL_ERROR;
    if (rv == CKR_OK &&
        (attribute.ulValueLen > 0 || type == CKA_SUBJECT || type == CKA_VALUE))
        copy->attributes[copy->count++] = attribute;
    return rv;
}

static CK_RV
read_all(const struct pool_session *pooled, CK_OBJECT_HANDLE object,
         struct copy *copy)
{
    struct stay stay;
    CK_RV rv = CKR_OK;

    if (!pool_enter(pooled, CALL_C_GetAttributeValue, &stay))
        return CKR_DEVICE_REMOVED;
    for (size_t i = 0; rv == CKR_OK && i < N_TYPES; i++)
        rv = read_one(pooled, object, types[i], copy);
    stay_end(&stay);
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

/* Nothing in the store is to be trusted, and so what is does not move there. */
static bool
is_trusted(const struct pool_session *pooled, CK_OBJECT_HANDLE object)
{
    CK_BBOOL is_trusted = CK_FALSE;
    CK_ATTRIBUTE attribute = { CKA_TRUSTED, &is_trusted, sizeof(is_trusted) };
    struct stay stay;

    if (!pool_enter(pooled, CALL_C_GetAttributeValue, &stay))
        return true;
    (void)pooled->functions->C_GetAttributeValue(pooled->handle, object,
                                                 &attribute, 1);
    stay_end(&stay);
    return is_trusted != CK_FALSE;
}

/* Whether the call may make that of it. What lives and dies with its session
 * does not move. */
static CK_RV
check(const struct call *call, const struct copy *copy)
{
    const CK_ATTRIBUTE *template = call->template[0];
    CK_ULONG count = call->template_count[0];

    if (spill_needs_login(call))
        return CKR_USER_NOT_LOGGED_IN;
    if (call->id == CALL_C_CopyObject)
        return overflow_check_copy(copy->attributes, copy->count, template,
                                   count);
    if (!template_bool(copy->attributes, copy->count, CKA_TOKEN, false) ||
        is_trusted(call->pooled, call->object[0]))
        return CKR_ACTION_PROHIBITED;
    return overflow_check_change(copy->attributes, copy->count, template,
                                 count);
}

/* What the token has said, if it was asked. */
static CK_RV
answer(const struct call *call, CK_RV rv)
{
    return call->rv == CKR_OK ? rv : call->rv;
}

/* Makes the copy in the store, or of what is to change what it is until then;
 * else the token's answer stands. */
static CK_RV
make(struct call *call, struct pool_session **aside, CK_OBJECT_HANDLE *made)
{
    CLEANUP(copy_clear) struct copy copy = { .count = 0 };
    CK_RV rv = read_all(call->pooled, call->object[0], &copy);

    if (rv != CKR_OK)
        return rv;
    if (!spill_is_certificate(copy.attributes, copy.count))
        return answer(call, CKR_FUNCTION_FAILED);
    rv = check(call, &copy);
    if (rv != CKR_OK)
        return answer(call, rv);
    if (call->id == CALL_C_CopyObject &&
        !lay_over(&copy, call->template[0], call -> template_count[0]))
        return answer(call, CKR_TEMPLATE_INCONSISTENT);
    record_spill(call, call->rv != CKR_OK);
    rv = spill_reach(call->session, aside);
    if (rv == CKR_OK)
        rv = (*aside)->functions->C_CreateObject((*aside)->handle,
                                                 copy.attributes, copy.count,
                                                 made);
    return rv == CKR_OK ? rv : answer(call, rv);
}

/* The store has answered in the token's place. */
static void
go_over(struct call *call, struct pool_session *aside)
{
    route_give(call, POOL_CLEAN);
    call->pooled = aside;
    call->member = call->token->overflow;
}

void
spill_copy(struct call *call)
{
    struct pool_session *aside;

    call->rv = make(call, &aside, &call->made[0]);
    if (call->rv == CKR_OK)
        go_over(call, aside);
}

static CK_RV
destroy_on_token(const struct call *call)
{
    const struct pool_session *pooled = call->pooled;
    struct stay stay;
    CK_RV rv;

    if (!pool_enter(pooled, CALL_C_DestroyObject, &stay))
        return CKR_DEVICE_REMOVED;
    rv = pooled->functions->C_DestroyObject(pooled->handle, call->object[0]);
    stay_end(&stay);
    return rv;
}

static CK_RV
change_in_store(const struct call *call, const struct pool_session *aside,
                CK_OBJECT_HANDLE object)
{
    return aside->functions->C_SetAttributeValue(aside->handle, object,
                                                 (CK_ATTRIBUTE *)(uintptr_t)
                                                     call->template[0],
                                                 call -> template_count[0]);
}

/* One like it is in the store, and the application's, before the one on the
 * token goes, and changes after that: whoever looks meanwhile, or after a
 * crash, sees one. Where the token says that it could not destroy its own, the
 * one in the store goes only while the token still shows it: it may have done
 * it all the same. */
void
spill_grow(struct call *call)
{
    struct object_space *objects = call->token->objects;
    CK_OBJECT_HANDLE handle = call->asked[0];
    struct object_place place = { .member = call->token->overflow->index };
    struct pool_session *aside;

    call->rv = make(call, &aside, &place.handle);
    if (call->rv != CKR_OK)
        return;
    place.epoch = aside->handles;
    call->rv = object_space_bind(objects, handle, place)
                   ? destroy_on_token(call)
                   : CKR_HOST_MEMORY;
    if (call->rv != CKR_OK && !spill_is_about_certificate(call))
        return;
    if (call->rv != CKR_OK) {
        object_space_unbind(objects, handle, place.member);
        (void)aside->functions->C_DestroyObject(aside->handle, place.handle);
        return;
    }
    object_space_unbind(objects, handle, call->member->index);
    go_over(call, aside);
    call->object[0] = place.handle;
    call->rv = change_in_store(call, aside, place.handle);
}

/* -- What was done though the token said no --------------------------------
 */

/* One that is as the copy was to be. */
CK_OBJECT_HANDLE
spill_find_copy(const struct call *call)
{
    CLEANUP(copy_clear) struct copy copy = { .count = 0 };
    CK_OBJECT_HANDLE found[SPILL_MOST_TWINS];
    CK_ULONG n_found = 0;

    if (read_all(call->pooled, call->object[0], &copy) != CKR_OK ||
        !lay_over(&copy, call->template[0], call -> template_count[0]) ||
        spill_search(call->pooled, copy.attributes, copy.count, found,
                     SPILL_MOST_TWINS, &n_found) != CKR_OK)
        return 0;
    return spill_pick_new(call, found, n_found);
}

/* A token that checks nothing has it in its memory, and perhaps nowhere
 * else. */
bool
spill_has_changed(const struct call *call)
{
    const struct pool_session *pooled = call->pooled;
    const CK_ATTRIBUTE *template = call->template[0];
    CK_ULONG count = call->template_count[0];
    struct stay stay;
    bool is_changed =
        backend_profile(pooled->backend)->settings.create_unchecked !=
        ANSWER_YES;

    if (!pool_enter(pooled, CALL_C_GetAttributeValue, &stay))
        return false;
    for (CK_ULONG i = 0; is_changed && i < count; i++)
        is_changed =
            template[i].ulValueLen <= certificate_most_bytes &&
            (template[i].pValue != NULL || template[i].ulValueLen == 0) &&
            spill_gives_back(pooled, call->object[0], &template[i]);
    stay_end(&stay);
    return is_changed;
}
