/* SPDX-License-Identifier: BSD-3-Clause */
/* Whether a token has the certificate that it says it has made. */
#include "backends/backend.h"
#include "router/spill-private.h"
#include "router/template.h"

#include <stdlib.h>
#include <string.h>

/* What is made for a moment: larger than what file systems keep beside a name,
 * smaller than what SoftHSM writes at once. */
enum { PROBE_SIZE = 3000 };

/* Whether the token gives what it was given. */
static bool
gives_back(const struct pool_session *pooled, CK_OBJECT_HANDLE object,
           const CK_ATTRIBUTE *value)
{
    CK_ATTRIBUTE read = { CKA_VALUE, malloc(value->ulValueLen + 1),
                          value->ulValueLen + 1 };
    bool is_equal;

    if (read.pValue == NULL)
        return true;
    is_equal = pooled->functions->C_GetAttributeValue(pooled->handle, object,
                                                      &read, 1) == CKR_OK &&
               read.ulValueLen == value->ulValueLen &&
               memcmp(read.pValue, value->pValue, value->ulValueLen) == 0;
    free(read.pValue);
    return is_equal;
}

/*
 * The process that made an object may see all of it where the disk has a part:
 * then there was nothing left, and the next object is not there at all. A token
 * that says itself that it is full can be believed.
 */
static bool
has_something_left(const struct pool_session *pooled, uint64_t room_errors)
{
    static CK_BYTE bytes[PROBE_SIZE];
    static char label[] = "p11mux: is there room?";
    CK_OBJECT_CLASS object_class = CKO_DATA;
    CK_BBOOL is_token = CK_TRUE, is_private = CK_FALSE;
    CK_ATTRIBUTE template[] = {
        { CKA_CLASS, &object_class, sizeof(object_class) },
        { CKA_TOKEN, &is_token, sizeof(is_token) },
        { CKA_PRIVATE, &is_private, sizeof(is_private) },
        { CKA_LABEL, label, sizeof(label) - 1 },
        { CKA_VALUE, bytes, sizeof(bytes) },
    };
    CK_OBJECT_HANDLE object;
    CK_RV rv =
        pooled->functions->C_CreateObject(pooled->handle, template, 5, &object);
    bool is_left;

    if (rv != CKR_OK)
        return room_class_of(room_errors, rv) != ROOM_IS_AMBIGUOUS;
    is_left = gives_back(pooled, object, &template[4]);
    (void)pooled->functions->C_DestroyObject(pooled->handle, object);
    return is_left;
}

bool
spill_is_kept(const struct call *call)
{
    const struct pool_session *pooled = call->pooled;
    const struct config_profile *profile =
        &backend_profile(pooled->backend)->settings;
    CK_ULONG count = call->template_count[0];
    const CK_ATTRIBUTE *value =
        template_find(call->template[0], count, CKA_VALUE);
    bool is_kept;

    if (value == NULL || value->pValue == NULL)
        return true;
    backend_enter(pooled->backend);
    is_kept = gives_back(pooled, call->made[0], value) &&
              (profile->create_unchecked != ANSWER_YES ||
               has_something_left(pooled, profile->room_errors));
    backend_leave(pooled->backend);
    return is_kept;
}
