/* SPDX-License-Identifier: BSD-3-Clause */
/* Whether a token has the certificate that it says it has made. */
#include "backends/backend.h"
#include "router/spill-private.h"
#include "router/spill.h"
#include "router/template.h"
#include "router/values.h"

#include <stdlib.h>
#include <string.h>

/* What is made for a moment: larger than what file systems keep beside a name,
 * smaller than what SoftHSM writes at once. */
enum { PROBE_SIZE = 3000 };

bool
spill_gives_back(const struct pool_session *pooled, CK_OBJECT_HANDLE object,
                 const CK_ATTRIBUTE *value)
{
    CK_ATTRIBUTE read = { value->type, malloc(value->ulValueLen + 1),
                          value->ulValueLen + 1 };
    bool is_equal;

    if (read.pValue == NULL)
        return true;
    is_equal = pooled->functions->C_GetAttributeValue(pooled->handle, object,
                                                      &read, 1) == CKR_OK &&
               read.ulValueLen == value->ulValueLen &&
               (value->ulValueLen == 0 ||
                memcmp(read.pValue, value->pValue, value->ulValueLen) == 0);
    free(read.pValue);
    return is_equal;
}

/* A token that says itself that it is full can be believed. */
static bool
keeps_probe(const struct pool_session *pooled, uint64_t room_errors,
            CK_BYTE *bytes, size_t size)
{
    static char label[] = SPILL_PROBE_LABEL;
    CK_OBJECT_CLASS object_class = CKO_DATA;
    CK_BBOOL is_token = CK_TRUE, is_private = CK_FALSE;
    CK_ATTRIBUTE template[] = {
        { CKA_CLASS, &object_class, sizeof(object_class) },
        { CKA_TOKEN, &is_token, sizeof(is_token) },
        { CKA_PRIVATE, &is_private, sizeof(is_private) },
        { CKA_LABEL, label, sizeof(label) - 1 },
        { CKA_VALUE, bytes, size },
    };
    CK_OBJECT_HANDLE object;
    CK_RV rv =
        pooled->functions->C_CreateObject(pooled->handle, template, 5, &object);
    bool is_left;

    if (rv != CKR_OK)
        return room_class_of(room_errors, rv) != ROOM_IS_AMBIGUOUS;
    is_left = spill_gives_back(pooled, object, &template[4]);
    (void)pooled->functions->C_DestroyObject(pooled->handle, object);
    return is_left;
}

/*
 * The process that made an object may see all of it where the disk has a part:
 * then there was nothing left, and the next object is not there at all.
 */
bool
spill_has_something_left(const struct pool_session *pooled, size_t more)
{
    const struct config_profile *profile =
        &backend_profile(pooled->backend)->settings;
    CK_BYTE *bytes;
    bool is_left;

    if (profile->create_unchecked != ANSWER_YES)
        return true;
    bytes = calloc(1, PROBE_SIZE + more);
    is_left = bytes == NULL || keeps_probe(pooled, profile->room_errors, bytes,
                                           PROBE_SIZE + more);
    free(bytes);
    return is_left;
}

/* What the copy was made of. */
static bool
is_copy_kept(const struct call *call)
{
    static const struct value_request request = { .type = CKA_VALUE,
                                                  .room = 4096,
                                                  .may_be_longer = true };
    const struct pool_session *pooled = call->pooled;
    CK_ATTRIBUTE value = { CKA_VALUE, NULL, 0 };
    struct values values;
    struct octets original;
    bool is_kept;

    if (values_read(pooled->functions, pooled->handle, call->object[0],
                    &request, 1, &values) != CKR_OK)
        return true;
    original = values_get(&values, CKA_VALUE);
    value.pValue = (void *)(uintptr_t)original.bytes;
    value.ulValueLen = original.length;
    is_kept = spill_gives_back(pooled, call->made[0], &value);
    values_clear(&values);
    return is_kept;
}

static bool
is_creation_kept(const struct call *call)
{
    const CK_ATTRIBUTE *value =
        template_find(call->template[0], call -> template_count[0], CKA_VALUE);

    return value == NULL || value->pValue == NULL ||
           spill_gives_back(call->pooled, call->made[0], value);
}

bool
spill_is_kept(const struct call *call)
{
    bool is_kept;

    backend_enter(call->pooled->backend);
    is_kept = (call->id == CALL_C_CopyObject ? is_copy_kept(call)
                                             : is_creation_kept(call)) &&
              spill_has_something_left(call->pooled, 0);
    backend_leave(call->pooled->backend);
    return is_kept;
}
