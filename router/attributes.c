/* SPDX-License-Identifier: BSD-3-Clause */
/* Attributes of an object as the application sees them. */
#include "router/attributes.h"

#include "router/object.h"
#include "router/template.h"
#include "router/tie.h"
#include "router/unique-id.h"

#include <string.h>

static CK_RV
ask(const struct call *call, CK_ATTRIBUTE *template, CK_ULONG count)
{
    return call->backend->C_GetAttributeValue(call->backend_session,
                                              call->object[0], template, count);
}

/* All the others were looked at (R1.21). */
static bool
is_about_one(CK_RV rv)
{
    return rv == CKR_OK || rv == CKR_ATTRIBUTE_SENSITIVE ||
           rv == CKR_ATTRIBUTE_TYPE_INVALID || rv == CKR_BUFFER_TOO_SMALL;
}

/* -- CKA_UNIQUE_ID (R7.17) ---------------------------------------------------
 */

/* Reads what the object is, where nobody has yet. */
static CK_RV
make_unique_id(const struct call *call, char out[GROUP_ID_LENGTH + 1])
{
    struct object_space *objects = call->token->objects;
    CK_OBJECT_HANDLE object = call->asked[0];
    struct identity *identity;
    bool is_same;
    CK_RV rv;

    if (object_space_is_unknown(objects, object)) {
        rv = identity_read(call->backend, call->backend_session,
                           call->object[0], true, &identity);
        if (rv != CKR_OK)
            return rv;
        (void)object_space_identify(objects, object, identity, &is_same);
    }
    return unique_id_of(call->token, object, out) ? CKR_OK
                                                  : CKR_OBJECT_HANDLE_INVALID;
}

/* What was read earlier says nothing of whether it is there now. */
static CK_RV
find(const struct call *call)
{
    CK_OBJECT_CLASS object_class;
    CK_ATTRIBUTE attribute = { CKA_CLASS, &object_class, sizeof(object_class) };

    return ask(call, &attribute, 1);
}

static CK_RV
give(CK_ATTRIBUTE *attribute, const char value[GROUP_ID_LENGTH])
{
    CK_ULONG room = attribute->ulValueLen;

    attribute->ulValueLen = GROUP_ID_LENGTH;
    if (attribute->pValue == NULL)
        return CKR_OK;
    if (room < GROUP_ID_LENGTH) {
        attribute->ulValueLen = CK_UNAVAILABLE_INFORMATION;
        return CKR_BUFFER_TOO_SMALL;
    }
    memcpy(attribute->pValue, value, GROUP_ID_LENGTH);
    return CKR_OK;
}

/* The module is asked for what stands between them, as the template is the
 * application's. Of several errors the first one is said. */
static CK_RV
read_around(const struct call *call, CK_ATTRIBUTE *template, CK_ULONG count)
{
    char unique_id[GROUP_ID_LENGTH + 1];
    CK_ULONG first = 0;
    CK_RV first_rv = CKR_OK, rv = find(call);

    if (rv == CKR_OK)
        rv = make_unique_id(call, unique_id);
    for (CK_ULONG i = 0; is_about_one(rv) && i <= count; i++) {
        if (i < count && template[i].type != CKA_UNIQUE_ID)
            continue;
        rv = i == first ? CKR_OK : ask(call, template + first, i - first);
        first_rv = first_rv == CKR_OK ? rv : first_rv;
        if (i < count && is_about_one(rv))
            rv = give(&template[i], unique_id);
        first_rv = first_rv == CKR_OK ? rv : first_rv;
        first = i + 1;
    }
    return is_about_one(rv) ? first_rv : rv;
}

/* -- CKA_PRIVATE (R7.18) -----------------------------------------------------
 */

/* Private on one member is private, whoever answers. */
static void
correct_privacy(const struct call *call, const CK_ATTRIBUTE *template,
                CK_ULONG count)
{
    unsigned flags = object_space_flags(call->token->objects, call->asked[0]);

    for (CK_ULONG i = 0; i < count; i++)
        if (template[i].type == CKA_PRIVATE && template[i].pValue != NULL &&
            template[i].ulValueLen == sizeof(CK_BBOOL) &&
            (flags & OBJECT_IS_PRIVATE) != 0)
            *(CK_BBOOL *)template[i].pValue = CK_TRUE;
}

CK_RV
attributes_read(struct call *call, CK_ATTRIBUTE *template, CK_ULONG count)
{
    CK_RV rv;

    if (call->token->mode == GROUP_SINGLE ||
        call->member == call->token->overflow)
        return ask(call, template, count);
    /* Of a member that is asked alone, what it calls its object itself. */
    rv = template_find(template, count, CKA_UNIQUE_ID) == NULL ||
                 tie_others(call->session) != 0
             ? ask(call, template, count)
             : read_around(call, template, count);
    if (is_about_one(rv))
        correct_privacy(call, template, count);
    return rv;
}
