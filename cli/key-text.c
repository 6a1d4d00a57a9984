/* SPDX-License-Identifier: BSD-3-Clause */
/* What kind of object it is, and what it may do, in words. */
#include "cli/key-text.h"

#include "cli/memory.h"
#include "common/names.h"
#include "router/public-key.h"
#include "router/values.h"

#include <openssl/ec.h>
#include <openssl/objects.h>
#include <stdlib.h>
#include <string.h>

const CK_FUNCTION_LIST_3_2 *
key_text_functions(void)
{
    CK_VERSION version = { 3, 2 };
    CK_INTERFACE *interface = NULL;

    (void)C_GetInterface(NULL, &version, &interface, 0);
    return interface->pFunctionList;
}

/* -- Type -------------------------------------------------------------------
 */

/* Where the size of a key of each type is; the bits of a number, or a length
 * in bytes. */
enum size_kind { SIZE_OF_NUMBER, SIZE_IN_BYTES, SIZE_OF_CURVE, SIZE_OF_SET };

static const struct key_kind {
    CK_KEY_TYPE type;
    const char *words;
    enum size_kind kind;
    CK_ATTRIBUTE_TYPE attribute;
} key_kinds[] = {
    { CKK_RSA, "RSA", SIZE_OF_NUMBER, CKA_MODULUS },
    { CKK_DSA, "DSA", SIZE_OF_NUMBER, CKA_PRIME },
    { CKK_DH, "DH", SIZE_OF_NUMBER, CKA_PRIME },
    { CKK_X9_42_DH, "X9.42 DH", SIZE_OF_NUMBER, CKA_PRIME },
    { CKK_EC, "EC", SIZE_OF_CURVE, CKA_EC_PARAMS },
    { CKK_EC_EDWARDS, "EdDSA", SIZE_OF_CURVE, CKA_EC_PARAMS },
    { CKK_EC_MONTGOMERY, "XDH", SIZE_OF_CURVE, CKA_EC_PARAMS },
    { CKK_ML_DSA, "ML-DSA", SIZE_OF_SET, CKA_PARAMETER_SET },
    { CKK_ML_KEM, "ML-KEM", SIZE_OF_SET, CKA_PARAMETER_SET },
    { CKK_SLH_DSA, "SLH-DSA", SIZE_OF_SET, CKA_PARAMETER_SET },
    { CKK_AES, "AES", SIZE_IN_BYTES, CKA_VALUE_LEN },
    { CKK_GENERIC_SECRET, "generic", SIZE_IN_BYTES, CKA_VALUE_LEN },
    { CKK_CHACHA20, "ChaCha20", SIZE_IN_BYTES, CKA_VALUE_LEN },
    { CKK_DES3, "3DES", SIZE_IN_BYTES, CKA_VALUE_LEN },
};

static const struct {
    CK_KEY_TYPE type;
    CK_ULONG set;
    const char *words;
} parameter_sets[] = {
    { CKK_ML_DSA, CKP_ML_DSA_44, "44" },
    { CKK_ML_DSA, CKP_ML_DSA_65, "65" },
    { CKK_ML_DSA, CKP_ML_DSA_87, "87" },
    { CKK_ML_KEM, CKP_ML_KEM_512, "512" },
    { CKK_ML_KEM, CKP_ML_KEM_768, "768" },
    { CKK_ML_KEM, CKP_ML_KEM_1024, "1024" },
};

static const struct key_kind *
find_kind(CK_KEY_TYPE type)
{
    for (size_t i = 0; i < sizeof(key_kinds) / sizeof(key_kinds[0]); i++)
        if (key_kinds[i].type == type)
            return &key_kinds[i];
    return NULL;
}

static size_t
count_bits(struct octets number)
{
    size_t bits;

    while (number.length > 0 && number.bytes[0] == 0) {
        number.bytes++;
        number.length--;
    }
    if (number.length == 0)
        return 0;
    bits = (number.length - 1) * 8;
    for (unsigned first = number.bytes[0]; first != 0; first >>= 1)
        bits++;
    return bits;
}

/* NULL where it has no name. */
static const char *
curve_name(struct octets parameters)
{
    int curve = public_key_curve(parameters);
    const char *name = curve == 0 ? NULL : EC_curve_nid2nist(curve);

    return name != NULL || curve == 0 ? name : OBJ_nid2sn(curve);
}

static const char *
set_name(CK_KEY_TYPE type, CK_ULONG set)
{
    size_t count = sizeof(parameter_sets) / sizeof(parameter_sets[0]);

    for (size_t i = 0; i < count; i++)
        if (parameter_sets[i].type == type && parameter_sets[i].set == set)
            return parameter_sets[i].words;
    return NULL;
}

/* What stands behind the type; the caller frees it. NULL: not known. */
static char *
size_text(const struct key_kind *kind, const struct values *values)
{
    struct octets value = values_get(values, kind->attribute);
    size_t size = 0;

    switch (kind->kind) {
    case SIZE_OF_NUMBER:
        size = count_bits(value);
        break;
    case SIZE_IN_BYTES:
        size = 8 * values_number(values, kind->attribute, 0);
        break;
    case SIZE_OF_CURVE:
        return memory_copy(curve_name(value));
    case SIZE_OF_SET:
        return memory_copy(
            set_name(kind->type, values_number(values, kind->attribute, 0)));
    }
    return size == 0 ? NULL : memory_text("%zu", size);
}

static char *
key_type_text(CK_SESSION_HANDLE session, CK_OBJECT_HANDLE object,
              CK_KEY_TYPE type)
{
    const struct key_kind *kind = find_kind(type);
    struct value_request request = { .room = 1024, .may_be_longer = true };
    struct values values;
    char name[NAME_LENGTH];
    char *size = NULL;
    char *text;

    if (kind == NULL)
        return memory_copy(name_of(NAME_CKK, type, name) + strlen("CKK_"));
    request.type = kind->attribute;
    if (values_read(key_text_functions(), session, object, &request, 1,
                    &values) == CKR_OK) {
        size = size_text(kind, &values);
        values_clear(&values);
    }
    if (size == NULL)
        return memory_copy(kind->words);
    text = memory_text("%s %s", kind->words, size);
    free(size);
    return text;
}

static char *
certificate_type_text(CK_SESSION_HANDLE session, CK_OBJECT_HANDLE object)
{
    static const struct value_request request = { CKA_CERTIFICATE_TYPE,
                                                  sizeof(CK_ULONG), false };
    CK_ULONG type = CKC_X_509;
    struct values values;
    char name[NAME_LENGTH];

    if (values_read(key_text_functions(), session, object, &request, 1,
                    &values) == CKR_OK) {
        type = values_number(&values, CKA_CERTIFICATE_TYPE, CKC_X_509);
        values_clear(&values);
    }
    return memory_copy(type == CKC_X_509 ? "X.509"
                                         : name_of(NAME_CKC, type, name));
}

char *
key_text_type(CK_SESSION_HANDLE session, CK_OBJECT_HANDLE object,
              const struct identity *identity)
{
    if (identity->object_class == CKO_CERTIFICATE)
        return certificate_type_text(session, object);
    if (identity->key_type == CK_UNAVAILABLE_INFORMATION)
        return NULL;
    return key_type_text(session, object, identity->key_type);
}

/* -- Words ------------------------------------------------------------------
 */

/* Said when the attribute is there and true. */
static const struct {
    CK_ATTRIBUTE_TYPE attribute;
    const char *word;
} flags[] = {
    { CKA_SENSITIVE, "sensitive" },
    { CKA_EXTRACTABLE, "extractable" },
    { CKA_ALWAYS_AUTHENTICATE, "PIN for each use" },
    { CKA_TRUSTED, "trusted" },
    { CKA_SIGN, "sign" },
    { CKA_SIGN_RECOVER, "sign-recover" },
    { CKA_VERIFY, "verify" },
    { CKA_VERIFY_RECOVER, "verify-recover" },
    { CKA_ENCRYPT, "encrypt" },
    { CKA_DECRYPT, "decrypt" },
    { CKA_WRAP, "wrap" },
    { CKA_UNWRAP, "unwrap" },
    { CKA_DERIVE, "derive" },
    { CKA_ENCAPSULATE, "encapsulate" },
    { CKA_DECAPSULATE, "decapsulate" },
};

enum { N_FLAGS = sizeof(flags) / sizeof(flags[0]) };

_Static_assert(N_FLAGS + 2 <= KEY_WORDS, "the words of a key find room");

/* Those from `first` on that are read with one call. */
static size_t
read_words(CK_SESSION_HANDLE session, CK_OBJECT_HANDLE object, size_t first,
           const char **out)
{
    struct value_request requests[VALUES_MAX];
    struct values values;
    size_t count = 0, n_words = 0;

    for (; count < VALUES_MAX && first + count < N_FLAGS; count++)
        requests[count] =
            (struct value_request){ flags[first + count].attribute,
                                    sizeof(CK_BBOOL), false };
    if (values_read(key_text_functions(), session, object, requests, count,
                    &values) != CKR_OK)
        return 0;
    for (size_t i = 0; i < count; i++)
        if (values_is_true(&values, flags[first + i].attribute))
            out[n_words++] = flags[first + i].word;
    values_clear(&values);
    return n_words;
}

size_t
key_text_words(CK_SESSION_HANDLE session, CK_OBJECT_HANDLE object,
               const struct identity *identity, const char *out[KEY_WORDS])
{
    size_t n_words = 0;

    if (identity->is_private)
        out[n_words++] = "private";
    if (!identity->is_token)
        out[n_words++] = "session";
    for (size_t i = 0; i < N_FLAGS; i += VALUES_MAX)
        n_words += read_words(session, object, i, out + n_words);
    return n_words;
}
