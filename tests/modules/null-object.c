/* SPDX-License-Identifier: BSD-3-Clause */
/* The objects of the null module: private keys 1 to N that differ in CKA_ID
 * (their number, four bytes, big-endian) and CKA_LABEL ("null-<number>"). */
#include "tests/modules/null.h"

#include "tests/modules/answer.h"

#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>

enum { MOST_OBJECTS = 1000000, DEFAULT_OBJECTS = 10, LABEL_ROOM = 16 };

/* A search of one session; alone on its line, written by that session only. */
struct search {
    CK_SESSION_HANDLE owner; /* 0: none */
    CK_ULONG next;
    CK_ULONG last;
} __attribute__((aligned(64)));

/*
 * Sessions share a cell when their numbers are that far apart; `owner` tells.
 * The pages that no search touched cost nothing.
 */
enum { N_SEARCHES = 1 << 20 };
static struct search searches[N_SEARCHES];

static CK_ULONG n_objects;

static const CK_OBJECT_CLASS class_ = CKO_PRIVATE_KEY;
static const CK_KEY_TYPE key_type = CKK_EC;
static const CK_MECHANISM_TYPE key_gen_mechanism = CKM_EC_KEY_PAIR_GEN;
static const CK_BBOOL yes = CK_TRUE;
static const CK_BBOOL no = CK_FALSE;
static const CK_BYTE p256[] = { 0x06, 0x08, 0x2a, 0x86, 0x48,
                                0xce, 0x3d, 0x03, 0x01, 0x07 };

/* What all objects have in common. */
static const struct common {
    CK_ATTRIBUTE_TYPE type;
    const void *value;
    CK_ULONG length;
} common[] = {
    { CKA_CLASS, &class_, sizeof(class_) },
    { CKA_KEY_TYPE, &key_type, sizeof(key_type) },
    { CKA_TOKEN, &yes, sizeof(yes) },
    { CKA_PRIVATE, &no, sizeof(no) },
    { CKA_SIGN, &yes, sizeof(yes) },
    { CKA_EC_PARAMS, p256, sizeof(p256) },
    { CKA_SENSITIVE, &yes, sizeof(yes) },
    { CKA_ALWAYS_SENSITIVE, &yes, sizeof(yes) },
    { CKA_EXTRACTABLE, &no, sizeof(no) },
    { CKA_NEVER_EXTRACTABLE, &yes, sizeof(yes) },
    { CKA_ALWAYS_AUTHENTICATE, &no, sizeof(no) },
    { CKA_MODIFIABLE, &no, sizeof(no) },
    { CKA_COPYABLE, &no, sizeof(no) },
    { CKA_DESTROYABLE, &no, sizeof(no) },
    { CKA_LOCAL, &yes, sizeof(yes) },
    { CKA_KEY_GEN_MECHANISM, &key_gen_mechanism, sizeof(key_gen_mechanism) },
    { CKA_DECRYPT, &no, sizeof(no) },
    { CKA_SIGN_RECOVER, &no, sizeof(no) },
    { CKA_UNWRAP, &no, sizeof(no) },
    { CKA_DERIVE, &yes, sizeof(yes) },
    { CKA_WRAP_WITH_TRUSTED, &no, sizeof(no) },
    { CKA_SUBJECT, NULL, 0 },
    { CKA_START_DATE, NULL, 0 },
    { CKA_END_DATE, NULL, 0 },
};
enum { N_COMMON = sizeof(common) / sizeof(common[0]) };

bool
null_objects_read(void)
{
    const char *text = getenv("P11MUX_NULL_OBJECTS");
    char *end;

    if (text == NULL) {
        n_objects = DEFAULT_OBJECTS;
        return true;
    }
    n_objects = strtoul(text, &end, 10);
    return end != text && *end == '\0' && n_objects <= MOST_OBJECTS;
}

static void
object_id(CK_OBJECT_HANDLE object, CK_BYTE out[4])
{
    out[0] = (CK_BYTE)(object >> 24);
    out[1] = (CK_BYTE)(object >> 16);
    out[2] = (CK_BYTE)(object >> 8);
    out[3] = (CK_BYTE)object;
}

static CK_ULONG
object_label(CK_OBJECT_HANDLE object, char out[LABEL_ROOM])
{
    return (CK_ULONG)snprintf(out, LABEL_ROOM, "null-%lu", object);
}

static const struct common *
common_find(CK_ATTRIBUTE_TYPE type)
{
    size_t i;

    for (i = 0; i < N_COMMON; i++)
        if (common[i].type == type)
            return &common[i];
    return NULL;
}

/* Whether only the named object has this value: narrows the search to it. */
static bool
search_narrow(struct search *search, CK_OBJECT_HANDLE object)
{
    if (object < search->next || object > search->last)
        return false;
    search->next = object;
    search->last = object;
    return true;
}

static bool
search_match(struct search *search, const CK_ATTRIBUTE *wanted)
{
    const CK_BYTE *value = wanted->pValue;
    const struct common *held;

    if (wanted->type == CKA_ID) {
        if (wanted->ulValueLen != 4)
            return false;
        return search_narrow(search, (CK_ULONG)value[0] << 24 |
                                         (CK_ULONG)value[1] << 16 |
                                         (CK_ULONG)value[2] << 8 | value[3]);
    }
    if (wanted->type == CKA_LABEL) {
        char label[LABEL_ROOM] = { 0 };
        char made[LABEL_ROOM];
        CK_ULONG number;

        if (wanted->ulValueLen < 6 || wanted->ulValueLen >= LABEL_ROOM)
            return false;
        memcpy(label, value, wanted->ulValueLen);
        number = strtoul(label + 5, NULL, 10);
        return object_label(number, made) == wanted->ulValueLen &&
               strcmp(label, made) == 0 && search_narrow(search, number);
    }
    held = common_find(wanted->type);
    return held != NULL && held->length == wanted->ulValueLen &&
           (held->length == 0 || memcmp(held->value, value, held->length) == 0);
}

static struct search *
search_of(CK_SESSION_HANDLE session)
{
    return &searches[(session >> 1) % N_SEARCHES];
}

CK_RV
null_C_FindObjectsInit(CK_SESSION_HANDLE session, CK_ATTRIBUTE_PTR template,
                       CK_ULONG template_count)
{
    struct search *search = search_of(session);
    CK_ULONG i;

    if (search->owner == session)
        return CKR_OPERATION_ACTIVE;
    search->owner = session;
    search->next = 1;
    search->last = n_objects;
    for (i = 0; i < template_count; i++)
        if (!search_match(search, &template[i])) {
            search->next = 1;
            search->last = 0;
            break;
        }
    return CKR_OK;
}

CK_RV
null_C_FindObjects(CK_SESSION_HANDLE session, CK_OBJECT_HANDLE_PTR objects,
                   CK_ULONG max_count, CK_ULONG_PTR count)
{
    struct search *search = search_of(session);
    CK_ULONG found = 0;

    if (search->owner != session)
        return CKR_OPERATION_NOT_INITIALIZED;
    while (found < max_count && search->next <= search->last)
        objects[found++] = search->next++;
    *count = found;
    return CKR_OK;
}

CK_RV
null_C_FindObjectsFinal(CK_SESSION_HANDLE session)
{
    struct search *search = search_of(session);

    if (search->owner != session)
        return CKR_OPERATION_NOT_INITIALIZED;
    search->owner = 0;
    return CKR_OK;
}

static CK_RV
object_answer(CK_OBJECT_HANDLE object, CK_ATTRIBUTE_PTR attribute)
{
    const struct common *held;
    char label[LABEL_ROOM];
    CK_BYTE id[4];

    switch (attribute->type) {
    case CKA_ID:
        object_id(object, id);
        return answer_attribute(id, sizeof(id), attribute);
    case CKA_LABEL:
        return answer_attribute(label, object_label(object, label), attribute);
    case CKA_VALUE:
        attribute->ulValueLen = CK_UNAVAILABLE_INFORMATION;
        return CKR_ATTRIBUTE_SENSITIVE;
    default:
        held = common_find(attribute->type);
        if (held != NULL)
            return answer_attribute(held->value, held->length, attribute);
        attribute->ulValueLen = CK_UNAVAILABLE_INFORMATION;
        return CKR_ATTRIBUTE_TYPE_INVALID;
    }
}

CK_RV
null_C_GetAttributeValue(CK_SESSION_HANDLE session, CK_OBJECT_HANDLE object,
                         CK_ATTRIBUTE_PTR template, CK_ULONG template_count)
{
    CK_RV rv = CKR_OK;
    CK_ULONG i;

    (void)session;
    if (object == 0 || object > n_objects)
        return CKR_OBJECT_HANDLE_INVALID;
    for (i = 0; i < template_count; i++) {
        CK_RV one = object_answer(object, &template[i]);

        if (one != CKR_OK)
            rv = one;
    }
    return rv;
}

CK_RV
null_C_GetObjectSize(CK_SESSION_HANDLE session, CK_OBJECT_HANDLE object,
                     CK_ULONG_PTR size)
{
    (void)session;
    if (object == 0 || object > n_objects)
        return CKR_OBJECT_HANDLE_INVALID;
    *size = 256;
    return CKR_OK;
}
