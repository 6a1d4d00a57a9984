/* SPDX-License-Identifier: BSD-3-Clause */
/* Making certificates on a token, or where it keeps them. */
#include "cli/holding-create.h"

#include "backends/certificate-facts.h"
#include "cli/memory.h"
#include "common/cleanup.h"
#include "router/spill.h"

#include <stdlib.h>
#include <string.h>

static bool
create(const struct visit *visit, CK_ATTRIBUTE *template, CK_ULONG count,
       struct holding *holding, struct error *error)
{
    CK_OBJECT_HANDLE object;
    CK_RV rv = C_CreateObject(visit->session, template, count, &object);

    if (rv != CKR_OK)
        return visit_fail(visit, "C_CreateObject", rv, error);
    holding->on_token = holding->in_store = 0;
    if (spill_number(visit->token, object) != 0)
        holding->in_store = object;
    else
        holding->on_token = object;
    return true;
}

static void
give(CK_ATTRIBUTE *template, CK_ULONG *count, CK_ATTRIBUTE_TYPE type,
     struct octets value)
{
    template[(*count)++] =
        (CK_ATTRIBUTE){ type, (void *)(uintptr_t)value.bytes, value.length };
}

bool
holding_create(const struct visit *visit, struct holding *holding,
               struct error *error)
{
    CK_OBJECT_CLASS object_class = CKO_CERTIFICATE;
    CK_CERTIFICATE_TYPE type = CKC_X_509;
    CK_BBOOL is_token = CK_TRUE;
    CK_BBOOL is_private = CK_FALSE;
    CK_ATTRIBUTE template[10] = {
        { CKA_CLASS, &object_class, sizeof(object_class) },
        { CKA_CERTIFICATE_TYPE, &type, sizeof(type) },
        { CKA_TOKEN, &is_token, sizeof(is_token) },
        { CKA_PRIVATE, &is_private, sizeof(is_private) },
    };
    CK_ULONG count = 4;

    give(template, &count, CKA_SUBJECT, holding->parts.subject);
    give(template, &count, CKA_ISSUER, holding->parts.issuer);
    give(template, &count, CKA_SERIAL_NUMBER, holding->parts.serial_number);
    give(template, &count, CKA_VALUE, holding->value);
    if (holding->id.length > 0)
        give(template, &count, CKA_ID, holding->id);
    if (holding->label.length > 0)
        give(template, &count, CKA_LABEL, holding->label);
    return create(visit, template, count, holding, error);
}

/* -- From another one ---------------------------------------------------- */

/* A certificate as a template; the values are owned. */
struct copy {
    CK_ATTRIBUTE attributes[CERTIFICATE_FACTS];
    CK_ULONG count;
};

static void
clear_copy(struct copy *copy)
{
    for (CK_ULONG i = 0; i < copy->count; i++)
        free(copy->attributes[i].pValue);
}

/* Whether a template need not have it: tokens take the fewer attributes the
 * less they know. */
static bool
is_default(const struct certificate_fact *fact, const CK_ATTRIBUTE *attribute)
{
    CK_BBOOL truth = fact->otherwise == DEFAULT_TRUE ? CK_TRUE : CK_FALSE;
    CK_ULONG number;

    switch (fact->otherwise) {
    case DEFAULT_FALSE:
    case DEFAULT_TRUE:
        return attribute->ulValueLen == sizeof(truth) &&
               memcmp(attribute->pValue, &truth, sizeof(truth)) == 0;
    case DEFAULT_NUMBER:
        return certificate_number(attribute, &number) && number == fact->number;
    default:
        return attribute->ulValueLen == 0;
    }
}

/* Neither what each object has of its own, nor that it is trusted, which no
 * copy is. */
static bool
is_copied(const struct certificate_fact *fact)
{
    return fact->otherwise != DEFAULT_MADE && fact->type != CKA_TRUSTED;
}

static bool
is_always_given(const struct certificate_fact *fact)
{
    return fact->needed_by != 0 || fact->type == CKA_TOKEN ||
           fact->type == CKA_PRIVATE;
}

static bool
has(const struct copy *copy, CK_ATTRIBUTE_TYPE type)
{
    for (CK_ULONG i = 0; i < copy->count; i++)
        if (copy->attributes[i].type == type)
            return true;
    return false;
}

/* What the certificate does not have, the copy has not either. */
static CK_RV
read_one(const struct visit *from, CK_OBJECT_HANDLE object,
         const struct certificate_fact *fact, struct copy *copy)
{
    CK_ATTRIBUTE attribute = { fact->type, NULL, 0 };
    CK_ULONG room;
    CK_RV rv = C_GetAttributeValue(from->session, object, &attribute, 1);

    if (rv == CKR_ATTRIBUTE_TYPE_INVALID)
        return CKR_OK;
    if (rv != CKR_OK || attribute.ulValueLen == CK_UNAVAILABLE_INFORMATION)
        return rv;
    room = attribute.ulValueLen;
    if (room > certificate_most_bytes)
        return CKR_DEVICE_MEMORY;
    attribute.pValue = memory_new(room + 1, 1);
    rv = C_GetAttributeValue(from->session, object, &attribute, 1);
    if (rv == CKR_OK && attribute.ulValueLen > room)
        rv = CKR_GENERAL_ERROR;
    if (rv == CKR_OK &&
        (is_always_given(fact) || !is_default(fact, &attribute)))
        copy->attributes[copy->count++] = attribute;
    else
        free(attribute.pValue);
    return rv;
}

static CK_RV
read_all(const struct visit *from, CK_OBJECT_HANDLE object, struct copy *copy)
{
    CK_RV rv = CKR_OK;

    for (size_t i = 0; rv == CKR_OK && i < CERTIFICATE_FACTS; i++)
        if (is_copied(&certificate_facts[i]) &&
            !has(copy, certificate_facts[i].type))
            rv = read_one(from, object, &certificate_facts[i], copy);
    return rv;
}

bool
holding_copy(const struct visit *from, CK_OBJECT_HANDLE object,
             const struct visit *to, struct holding *out, struct error *error)
{
    CLEANUP(clear_copy) struct copy copy = { .count = 0 };
    CK_RV rv = read_all(from, object, &copy);

    if (rv != CKR_OK)
        return visit_fail(from, "C_GetAttributeValue", rv, error);
    return create(to, copy.attributes, copy.count, out, error);
}
