/* SPDX-License-Identifier: BSD-3-Clause */
/* Objects in a table, behind a function list. */
#include "tests/fake-objects.h"

#include "tests/key-fixture.h"

#include <criterion/criterion.h>
#include <string.h>

struct fake fake;

/* The results of the active search. */
static CK_OBJECT_HANDLE found[FAKE_OBJECTS];
static size_t n_found;
static size_t n_given;

static const struct fake_attribute *
attribute_find(const struct fake_object *object, CK_ATTRIBUTE_TYPE type)
{
    for (size_t i = 0; i < object->n_attributes; i++)
        if (object->attributes[i].type == type)
            return &object->attributes[i];
    return NULL;
}

static const struct fake_object *
object_find(CK_OBJECT_HANDLE handle)
{
    for (size_t i = 0; i < fake.n_objects; i++)
        if (fake.objects[i].handle == handle)
            return &fake.objects[i];
    return NULL;
}

/* Attributes of private and secret keys that are their secrets. */
static bool
is_secret(const struct fake_object *object, CK_ATTRIBUTE_TYPE type)
{
    static const CK_ATTRIBUTE_TYPE secrets[] = {
        CKA_VALUE,      CKA_PRIVATE_EXPONENT, CKA_PRIME_1,     CKA_PRIME_2,
        CKA_EXPONENT_1, CKA_EXPONENT_2,       CKA_COEFFICIENT, CKA_SEED
    };
    CK_OBJECT_CLASS object_class;

    memcpy(&object_class, attribute_find(object, CKA_CLASS)->value.bytes,
           sizeof(object_class));
    if (object_class != CKO_PRIVATE_KEY && object_class != CKO_SECRET_KEY)
        return false;
    for (size_t i = 0; i < sizeof(secrets) / sizeof(secrets[0]); i++)
        if (secrets[i] == type)
            return true;
    return false;
}

static CK_RV
attribute_get(const struct fake_attribute *known, CK_ATTRIBUTE *attribute)
{
    if (known == NULL) {
        attribute->ulValueLen = CK_UNAVAILABLE_INFORMATION;
        return CKR_ATTRIBUTE_TYPE_INVALID;
    }
    if (attribute->pValue != NULL &&
        attribute->ulValueLen < known->value.length) {
        attribute->ulValueLen = fake.manner == FAKE_NEEDS
                                    ? known->value.length
                                    : CK_UNAVAILABLE_INFORMATION;
        return CKR_BUFFER_TOO_SMALL;
    }
    if (fake.manner == FAKE_EXACT && attribute->pValue != NULL &&
        known->value.length == sizeof(CK_ULONG) &&
        attribute->ulValueLen != known->value.length) {
        attribute->ulValueLen = CK_UNAVAILABLE_INFORMATION;
        return CKR_BUFFER_TOO_SMALL;
    }
    if (attribute->pValue != NULL && known->value.length > 0)
        memcpy(attribute->pValue, known->value.bytes, known->value.length);
    attribute->ulValueLen = known->value.length;
    return CKR_OK;
}

static CK_RV
fake_get_attribute_value(CK_SESSION_HANDLE session, CK_OBJECT_HANDLE handle,
                         CK_ATTRIBUTE_PTR attributes, CK_ULONG count)
{
    const struct fake_object *object = object_find(handle);
    CK_RV result = CKR_OK;

    fake.n_gets++;
    cr_assert_eq(session, FAKE_SESSION);
    cr_assert_not(fake.has_search, "attributes read inside a search");
    if (fake.get_rv != CKR_OK)
        return fake.get_rv;
    if (object == NULL)
        return CKR_OBJECT_HANDLE_INVALID;
    for (CK_ULONG i = 0; i < count; i++) {
        fake.asked_secret =
            fake.asked_secret || is_secret(object, attributes[i].type);
        if (fake.manner == FAKE_REFUSES &&
            attribute_find(object, attributes[i].type) == NULL)
            return CKR_FUNCTION_FAILED;
    }
    for (CK_ULONG i = 0; i < count; i++) {
        CK_RV rv = attribute_get(attribute_find(object, attributes[i].type),
                                 &attributes[i]);

        if (rv != CKR_OK)
            result = rv;
        if (rv != CKR_OK && fake.manner == FAKE_STOPS)
            break;
    }
    return result;
}

static CK_RV
fake_find_objects_init(CK_SESSION_HANDLE session, CK_ATTRIBUTE_PTR attributes,
                       CK_ULONG count)
{
    cr_assert_eq(session, FAKE_SESSION);
    if (fake.find_rv != CKR_OK)
        return fake.find_rv;
    if (fake.has_search)
        return CKR_OPERATION_ACTIVE;
    fake.has_search = true;
    fake.n_searches++;
    n_found = 0;
    n_given = 0;
    for (size_t i = 0; i < fake.n_objects; i++) {
        bool fits = true;

        for (CK_ULONG j = 0; j < count; j++) {
            const struct fake_attribute *known =
                attribute_find(&fake.objects[i], attributes[j].type);
            struct octets wanted = { attributes[j].pValue,
                                     attributes[j].ulValueLen };

            fits = fits && known != NULL && octets_equal(known->value, wanted);
        }
        if (fits)
            found[n_found++] = fake.objects[i].handle;
    }
    return CKR_OK;
}

static CK_RV
fake_find_objects(CK_SESSION_HANDLE session, CK_OBJECT_HANDLE_PTR objects,
                  CK_ULONG room, CK_ULONG_PTR count)
{
    cr_assert_eq(session, FAKE_SESSION);
    if (!fake.has_search)
        return CKR_OPERATION_NOT_INITIALIZED;
    /* Never more than two at once: callers must ask again. */
    for (*count = 0; *count < room && *count < 2 && n_given < n_found;)
        objects[(*count)++] = found[n_given++];
    return CKR_OK;
}

static CK_RV
fake_find_objects_final(CK_SESSION_HANDLE session)
{
    cr_assert_eq(session, FAKE_SESSION);
    if (!fake.has_search)
        return CKR_OPERATION_NOT_INITIALIZED;
    fake.has_search = false;
    return CKR_OK;
}

const CK_FUNCTION_LIST_3_2 fake_functions = {
    .C_GetAttributeValue = fake_get_attribute_value,
    .C_FindObjectsInit = fake_find_objects_init,
    .C_FindObjects = fake_find_objects,
    .C_FindObjectsFinal = fake_find_objects_final,
};

struct fake_object *
fake_add(CK_OBJECT_CLASS object_class, const char *id, const char *label)
{
    struct fake_object *object = &fake.objects[fake.n_objects++];

    *object = (struct fake_object){ .handle = 1000 + fake.n_objects };
    fake_set_number(object, CKA_CLASS, object_class);
    fake_set_flag(object, CKA_TOKEN, true);
    fake_set(object, CKA_ID, fixture_octets(id));
    fake_set(object, CKA_LABEL, fixture_octets(label));
    return object;
}

void
fake_set(struct fake_object *object, CK_ATTRIBUTE_TYPE type,
         struct octets value)
{
    fake_remove(object, type);
    cr_assert_lt(object->n_attributes, FAKE_ATTRIBUTES);
    object->attributes[object->n_attributes++] =
        (struct fake_attribute){ type, value };
}

void
fake_set_number(struct fake_object *object, CK_ATTRIBUTE_TYPE type,
                CK_ULONG number)
{
    struct octets value = { (unsigned char *)&number, sizeof(number) };

    value.bytes = fixture_bytes_of(value);
    fake_set(object, type, value);
}

void
fake_set_flag(struct fake_object *object, CK_ATTRIBUTE_TYPE type, bool flag)
{
    static const unsigned char yes = CK_TRUE, no = CK_FALSE;

    fake_set(object, type, (struct octets){ flag ? &yes : &no, 1 });
}

void
fake_remove(struct fake_object *object, CK_ATTRIBUTE_TYPE type)
{
    for (size_t i = 0; i < object->n_attributes; i++)
        if (object->attributes[i].type == type)
            object->attributes[i--] =
                object->attributes[--object->n_attributes];
}
