/* SPDX-License-Identifier: BSD-3-Clause */
/* The objects of a token that OpenSSL answers for. */
#include "cli/software-private.h"

#include "backends/list.h"
#include "common/crypto.h"
#include "router/template.h"

#include <openssl/evp.h>
#include <string.h>

/* The two of the file, what is made to wrap and to verify, and room. */
enum { MOST_OBJECTS = 8, SESSION = 1, AES_LENGTH = 32 };

static struct {
    struct software_object objects[MOST_OBJECTS];
    CK_OBJECT_HANDLE found[MOST_OBJECTS];
    CK_ULONG n_found;
} software;

static CK_FUNCTION_LIST_3_2 functions;

/* -- Objects ---------------------------------------------------------------
 */

struct software_object *
software_find(CK_OBJECT_HANDLE handle)
{
    struct software_object *object;

    if (handle == 0 || handle > MOST_OBJECTS)
        return NULL;
    object = &software.objects[handle - 1];
    return object->traits.count > 0 ? object : NULL;
}

static void
clear_object(struct software_object *object)
{
    traits_clear(&object->traits);
    EVP_PKEY_free(object->key);
    secret_wipe(&object->secret);
    object->key = NULL;
}

/* Of the template: a copy. */
static CK_RV
add_object(const CK_ATTRIBUTE *template, CK_ULONG count, CK_OBJECT_HANDLE *out)
{
    CK_OBJECT_HANDLE handle = 1;
    struct software_object *object;

    while (handle <= MOST_OBJECTS && software_find(handle) != NULL)
        handle++;
    if (handle > MOST_OBJECTS)
        return CKR_DEVICE_MEMORY;
    object = &software.objects[handle - 1];
    for (CK_ULONG i = 0; i < count; i++)
        if (!traits_add(&object->traits, template[i].type, template[i].pValue,
                        template[i].ulValueLen)) {
            clear_object(object);
            return CKR_HOST_MEMORY;
        }
    *out = handle;
    return CKR_OK;
}

static CK_RV
create_object(CK_SESSION_HANDLE session, CK_ATTRIBUTE_PTR template,
              CK_ULONG count, CK_OBJECT_HANDLE_PTR out)
{
    struct software_object *object;
    CK_RV rv = add_object(template, count, out);

    (void)session;
    if (rv != CKR_OK)
        return rv;
    object = software_find(*out);
    rv = object == NULL ||
                 traits_number(&object->traits, CKA_CLASS) != CKO_PUBLIC_KEY
             ? CKR_TEMPLATE_INCONSISTENT
             : software_make_public(&object->traits, &object->key);
    if (rv != CKR_OK && object != NULL)
        clear_object(object);
    return rv;
}

static CK_RV
generate_key(CK_SESSION_HANDLE session, CK_MECHANISM_PTR mechanism,
             CK_ATTRIBUTE_PTR template, CK_ULONG count,
             CK_OBJECT_HANDLE_PTR out)
{
    static const unsigned char room[AES_LENGTH];
    struct software_object *object;
    CK_RV rv;

    (void)session;
    if (mechanism->mechanism != CKM_AES_KEY_GEN)
        return CKR_MECHANISM_INVALID;
    rv = add_object(template, count, out);
    if (rv != CKR_OK)
        return rv;
    object = software_find(*out);
    if (object != NULL && secret_set(&object->secret, room, sizeof(room)) &&
        crypto_random(object->secret.bytes, object->secret.length))
        return CKR_OK;
    if (object != NULL)
        clear_object(object);
    return CKR_HOST_MEMORY;
}

static CK_RV
destroy_object(CK_SESSION_HANDLE session, CK_OBJECT_HANDLE handle)
{
    struct software_object *object = software_find(handle);

    (void)session;
    if (object == NULL)
        return CKR_OBJECT_HANDLE_INVALID;
    clear_object(object);
    return CKR_OK;
}

/* -- Attributes ------------------------------------------------------------
 */

static CK_RV
get_one(const struct software_object *object, CK_ATTRIBUTE *out)
{
    struct octets value = { NULL, 0 };
    CK_ULONG room = out->ulValueLen;
    bool is_shown = traits_find(&object->traits, out->type, &value);

    if (!is_shown)
        value.length = software_value(object, out->type, NULL);
    out->ulValueLen = CK_UNAVAILABLE_INFORMATION;
    if (!is_shown && value.length == 0)
        return CKR_ATTRIBUTE_TYPE_INVALID;
    if (out->pValue != NULL && room < value.length)
        return CKR_BUFFER_TOO_SMALL;
    out->ulValueLen = value.length;
    if (out->pValue == NULL || value.length == 0)
        return CKR_OK;
    if (is_shown)
        memcpy(out->pValue, value.bytes, value.length);
    else if (software_value(object, out->type, out->pValue) != value.length)
        return CKR_FUNCTION_FAILED;
    return CKR_OK;
}

static CK_RV
get_attribute_value(CK_SESSION_HANDLE session, CK_OBJECT_HANDLE handle,
                    CK_ATTRIBUTE_PTR template, CK_ULONG count)
{
    const struct software_object *object = software_find(handle);
    CK_RV rv = CKR_OK;

    (void)session;
    if (object == NULL)
        return CKR_OBJECT_HANDLE_INVALID;
    for (CK_ULONG i = 0; i < count; i++) {
        CK_RV its = get_one(object, &template[i]);

        if (its != CKR_OK)
            rv = its;
    }
    return rv;
}

static bool
fits(const struct software_object *object, const CK_ATTRIBUTE *template,
     CK_ULONG count)
{
    for (CK_ULONG i = 0; i < count; i++) {
        struct octets wanted = { template[i].pValue, template[i].ulValueLen };
        struct octets its;

        if (!traits_find(&object->traits, template[i].type, &its) ||
            !octets_equal(its, wanted))
            return false;
    }
    return true;
}

static CK_RV
find_objects_init(CK_SESSION_HANDLE session, CK_ATTRIBUTE_PTR template,
                  CK_ULONG count)
{
    (void)session;
    software.n_found = 0;
    for (CK_OBJECT_HANDLE handle = 1; handle <= MOST_OBJECTS; handle++) {
        const struct software_object *object = software_find(handle);

        if (object != NULL && fits(object, template, count))
            software.found[software.n_found++] = handle;
    }
    return CKR_OK;
}

/* From the last one on. */
static CK_RV
find_objects(CK_SESSION_HANDLE session, CK_OBJECT_HANDLE_PTR out, CK_ULONG most,
             CK_ULONG_PTR count)
{
    (void)session;
    for (*count = 0; *count < most && software.n_found > 0; (*count)++)
        out[*count] = software.found[--software.n_found];
    return CKR_OK;
}

static CK_RV
find_objects_final(CK_SESSION_HANDLE session)
{
    (void)session;
    return CKR_OK;
}

/* -- The key of the file -----------------------------------------------------
 */

static bool
add_truth(struct traits *traits, CK_ATTRIBUTE_TYPE type, bool is_true)
{
    CK_BBOOL truth = is_true ? CK_TRUE : CK_FALSE;

    return traits_add(traits, type, &truth, sizeof(truth));
}

static bool
add_octets(struct traits *traits, CK_ATTRIBUTE_TYPE type, struct octets value)
{
    return value.length == 0 ||
           traits_add(traits, type, value.bytes, value.length);
}

/* What each half may do. */
static const struct usage {
    unsigned usage;
    CK_ATTRIBUTE_TYPE types[2]; /* of the private one, of the public one */
} usages[] = {
    { USAGE_SIGN, { CKA_SIGN, CKA_VERIFY } },
    { USAGE_DECRYPT, { CKA_DECRYPT, CKA_ENCRYPT } },
    { USAGE_UNWRAP, { CKA_UNWRAP, CKA_WRAP } },
    { USAGE_DERIVE, { CKA_DERIVE, CKA_DERIVE } },
};

static bool
describe(EVP_PKEY *key, CK_OBJECT_CLASS object_class,
         const struct software_wish *wish, struct traits *out)
{
    bool is_private = object_class == CKO_PRIVATE_KEY;
    bool is_described =
        traits_add(out, CKA_CLASS, &object_class, sizeof(object_class)) &&
        add_truth(out, CKA_TOKEN, true) &&
        add_truth(out, CKA_PRIVATE, is_private) &&
        add_octets(out, CKA_ID, wish->id) &&
        add_octets(out, CKA_LABEL, wish->label) &&
        add_octets(out, CKA_SUBJECT, wish->subject);

    for (size_t i = 0; is_described && i < sizeof(usages) / sizeof(usages[0]);
         i++)
        is_described =
            add_truth(out, usages[i].types[is_private ? 0 : 1],
                      (wish->usages & usages[i].usage) != 0 &&
                          (is_private || usages[i].usage != USAGE_DERIVE));
    is_described =
        is_described &&
        add_truth(out, is_private ? CKA_SIGN_RECOVER : CKA_VERIFY_RECOVER,
                  false);
    if (is_described && is_private)
        is_described = add_truth(out, CKA_SENSITIVE, true) &&
                       add_truth(out, CKA_EXTRACTABLE, wish->is_extractable);
    return is_described && software_describe_public(key, out);
}

static void
open_functions(void)
{
    const CK_FUNCTION_LIST some = {
        .version = { 2, 40 },
        .C_CreateObject = create_object,
        .C_DestroyObject = destroy_object,
        .C_GetAttributeValue = get_attribute_value,
        .C_FindObjectsInit = find_objects_init,
        .C_FindObjects = find_objects,
        .C_FindObjectsFinal = find_objects_final,
        .C_GenerateKey = generate_key,
        .C_WrapKey = software_wrap,
        .C_EncryptInit = software_encrypt_init,
        .C_Encrypt = software_encrypt,
        .C_VerifyInit = software_verify_init,
        .C_Verify = software_verify,
    };

    (void)list_complete(&some, false, &functions);
}

bool
software_open(EVP_PKEY *key, const struct software_wish *wish,
              struct error *error)
{
    static const CK_OBJECT_CLASS classes[] = { CKO_PRIVATE_KEY,
                                               CKO_PUBLIC_KEY };

    open_functions();
    for (size_t i = 0; i < sizeof(classes) / sizeof(classes[0]); i++) {
        struct software_object *object = &software.objects[i];

        if (!describe(key, classes[i], wish, &object->traits)) {
            software_close();
            return error_set(error, CKR_CURVE_NOT_SUPPORTED,
                             "the key is on a curve without a name, which no "
                             "token knows; use one on a named curve");
        }
        (void)EVP_PKEY_up_ref(key);
        object->key = key;
    }
    return true;
}

void
software_close(void)
{
    for (size_t i = 0; i < MOST_OBJECTS; i++)
        clear_object(&software.objects[i]);
}

struct identity_place
software_place(void)
{
    return (struct identity_place){ &functions, SESSION, NULL };
}
