/* SPDX-License-Identifier: BSD-3-Clause */
/* Searches for certificates: the session's memory and the store, once each. */
#include "backends/overflow-private.h"

#include "backends/certificate-selection.h"
#include "common/cleanup.h"

#include <stdlib.h>
#include <string.h>

/* Whether the template says something else of CKA_TOKEN. */
static bool
excludes(const CK_ATTRIBUTE *template, CK_ULONG count, bool is_token)
{
    for (CK_ULONG i = 0; i < count; i++)
        if (template[i].type == CKA_TOKEN &&
            certificate_is_true(&template[i]) != is_token)
            return true;
    return false;
}

CK_RV
overflow_find_objects_init(CK_SESSION_HANDLE handle, CK_ATTRIBUTE_PTR template,
                           CK_ULONG count)
{
    CLEANUP(freep) CK_OBJECT_HANDLE *found = NULL;
    struct overflow_session *session = overflow_session(handle);
    size_t n_found = 0;
    CK_RV rv = CKR_OK;

    if (session == NULL)
        return CKR_SESSION_HANDLE_INVALID;
    if (template == NULL && count > 0)
        return CKR_ARGUMENTS_BAD;
    if (session->is_searching)
        return CKR_OPERATION_ACTIVE;
    if (certificate_may_match(template, count)) {
        if (!excludes(template, count, true))
            rv = keep_find(session->slot, template, count, &found, &n_found);
        if (rv == CKR_OK && !excludes(template, count, false))
            rv = memory_find(session->slot, template, count, &found, &n_found);
    }
    if (rv != CKR_OK)
        return rv;
    session->is_searching = true;
    session->n_found = n_found;
    session->n_given = 0;
    session->found = found;
    found = NULL;
    return CKR_OK;
}

CK_RV
overflow_find_objects(CK_SESSION_HANDLE handle, CK_OBJECT_HANDLE_PTR objects,
                      CK_ULONG room, CK_ULONG_PTR count)
{
    struct overflow_session *session = overflow_session(handle);
    size_t given;

    if (session == NULL)
        return CKR_SESSION_HANDLE_INVALID;
    if (count == NULL || (objects == NULL && room > 0))
        return CKR_ARGUMENTS_BAD;
    if (!session->is_searching)
        return CKR_OPERATION_NOT_INITIALIZED;
    given = session->n_found - session->n_given;
    if (given > room)
        given = room;
    if (given > 0)
        memcpy(objects, session->found + session->n_given,
               given * sizeof(*objects));
    session->n_given += given;
    *count = given;
    return CKR_OK;
}

CK_RV
overflow_find_objects_final(CK_SESSION_HANDLE handle)
{
    struct overflow_session *session = overflow_session(handle);

    if (session == NULL)
        return CKR_SESSION_HANDLE_INVALID;
    if (!session->is_searching)
        return CKR_OPERATION_NOT_INITIALIZED;
    session->is_searching = false;
    free(session->found);
    session->found = NULL;
    return CKR_OK;
}
