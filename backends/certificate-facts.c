/* SPDX-License-Identifier: BSD-3-Clause */
/* The attributes of certificates as a table, and their values one by one. */
#include "backends/certificate-facts.h"

#include "backends/certificate.h"
#include "common/crypto.h"

#include <string.h>

const size_t certificate_most_bytes = 64 * 1024;
const size_t certificate_most_label = 4 * 1024;

/* In the order of 8.3. A template's CKA_UNIQUE_ID and a TRUE of CKA_TRUSTED
 * and CKA_PRIVATE are refused before their kind matters. */
const struct certificate_fact certificate_facts[CERTIFICATE_FACTS] = {
    { CKA_CLASS, OF_ALL, .needed_by = OF_ALL, .kind = KIND_NUMBER,
      .most = CKO_CERTIFICATE },
    { CKA_CERTIFICATE_TYPE, OF_ALL, .needed_by = OF_ALL, .kind = KIND_NUMBER,
      .most = CKC_WTLS },
    { CKA_TOKEN, OF_ALL, .may_differ = true, .kind = KIND_FLAG,
      .otherwise = DEFAULT_FALSE },
    { CKA_PRIVATE, OF_ALL, .may_differ = true, .kind = KIND_FLAG,
      .otherwise = DEFAULT_FALSE },
    { CKA_MODIFIABLE, OF_ALL, .may_differ = true, .kind = KIND_FLAG,
      .otherwise = DEFAULT_TRUE },
    { CKA_COPYABLE, OF_ALL, .kind = KIND_FLAG, .otherwise = DEFAULT_TRUE },
    { CKA_DESTROYABLE, OF_ALL, .may_differ = true, .kind = KIND_FLAG,
      .otherwise = DEFAULT_TRUE },
    { CKA_LABEL, OF_ALL, .changes = OF_ALL, .kind = KIND_LABEL },
    { CKA_UNIQUE_ID, OF_ALL, .otherwise = DEFAULT_MADE },
    { CKA_TRUSTED, OF_ALL, .kind = KIND_FLAG, .otherwise = DEFAULT_FALSE },
    { CKA_CERTIFICATE_CATEGORY, OF_ALL, .kind = KIND_NUMBER,
      .most = CK_CERTIFICATE_CATEGORY_OTHER_ENTITY, .otherwise = DEFAULT_NUMBER,
      .number = CK_CERTIFICATE_CATEGORY_UNSPECIFIED },
    { CKA_CHECK_VALUE, OF_ALL, .kind = KIND_CHECK, .otherwise = DEFAULT_MADE },
    { CKA_START_DATE, OF_ALL, .kind = KIND_DATE },
    { CKA_END_DATE, OF_ALL, .kind = KIND_DATE },
    { CKA_PUBLIC_KEY_INFO, OF_ALL, .kind = KIND_SEQUENCE },
    { CKA_SUBJECT, OF_X_509 | OF_WTLS, .needed_by = OF_X_509 | OF_WTLS },
    { CKA_VALUE, OF_X_509, .needed_by = OF_X_509, .kind = KIND_SEQUENCE },
    { CKA_VALUE, OF_ATTRIBUTE | OF_WTLS, .needed_by = OF_ATTRIBUTE | OF_WTLS },
    { CKA_URL, OF_X_509 | OF_WTLS, .kind = KIND_BYTES },
    { CKA_HASH_OF_SUBJECT_PUBLIC_KEY, OF_X_509 | OF_WTLS, .kind = KIND_BYTES },
    { CKA_HASH_OF_ISSUER_PUBLIC_KEY, OF_X_509 | OF_WTLS, .kind = KIND_BYTES },
    { CKA_NAME_HASH_ALGORITHM, OF_X_509 | OF_WTLS, .kind = KIND_DIGEST,
      .otherwise = DEFAULT_NUMBER, .number = CKM_SHA_1 },
    { CKA_ID, OF_X_509, .changes = OF_X_509 },
    { CKA_ISSUER, OF_X_509 | OF_WTLS, .changes = OF_X_509 | OF_WTLS },
    { CKA_SERIAL_NUMBER, OF_X_509 | OF_ATTRIBUTE,
      .changes = OF_X_509 | OF_ATTRIBUTE },
    { CKA_JAVA_MIDP_SECURITY_DOMAIN, OF_X_509, .kind = KIND_NUMBER,
      .most = CK_SECURITY_DOMAIN_THIRD_PARTY, .otherwise = DEFAULT_NUMBER,
      .number = CK_SECURITY_DOMAIN_UNSPECIFIED },
    { CKA_OWNER, OF_ATTRIBUTE, .needed_by = OF_ATTRIBUTE },
    { CKA_AC_ISSUER, OF_ATTRIBUTE, .changes = OF_ATTRIBUTE },
    { CKA_ATTR_TYPES, OF_ATTRIBUTE, .changes = OF_ATTRIBUTE },
};

static const struct {
    CK_CERTIFICATE_TYPE type;
    unsigned bit;
} types[] = {
    { CKC_X_509, OF_X_509 },
    { CKC_X_509_ATTR_CERT, OF_ATTRIBUTE },
    { CKC_WTLS, OF_WTLS },
};

/* Those without a parameter; CKM_SHA512_T has one. */
static const struct {
    CK_MECHANISM_TYPE mechanism;
    size_t length;
} digests[] = {
    { CKM_SHA_1, 20 },       { CKM_SHA224, 28 },      { CKM_SHA256, 32 },
    { CKM_SHA384, 48 },      { CKM_SHA512, 64 },      { CKM_SHA512_224, 28 },
    { CKM_SHA512_256, 32 },  { CKM_SHA3_224, 28 },    { CKM_SHA3_256, 32 },
    { CKM_SHA3_384, 48 },    { CKM_SHA3_512, 64 },    { CKM_BLAKE2B_160, 20 },
    { CKM_BLAKE2B_256, 32 }, { CKM_BLAKE2B_384, 48 }, { CKM_BLAKE2B_512, 64 },
    { CKM_MD2, 16 },         { CKM_MD5, 16 },         { CKM_RIPEMD128, 16 },
    { CKM_RIPEMD160, 20 },   { CKM_GOSTR3411, 32 },   { CKM_FASTHASH, 40 },
};

const struct certificate_fact *
certificate_fact(CK_ATTRIBUTE_TYPE type, unsigned of)
{
    for (size_t i = 0; i < CERTIFICATE_FACTS; i++)
        if (certificate_facts[i].type == type &&
            (certificate_facts[i].of & of) != 0)
            return &certificate_facts[i];
    return NULL;
}

bool
certificate_number(const CK_ATTRIBUTE *attribute, CK_ULONG *out)
{
    if (attribute == NULL || attribute->pValue == NULL ||
        attribute->ulValueLen != sizeof(*out))
        return false;
    memcpy(out, attribute->pValue, sizeof(*out));
    return true;
}

unsigned
certificate_type_bit(const CK_ATTRIBUTE *attribute)
{
    CK_CERTIFICATE_TYPE type;

    if (!certificate_number(attribute, &type))
        return 0;
    for (size_t i = 0; i < sizeof(types) / sizeof(types[0]); i++)
        if (types[i].type == type)
            return types[i].bit;
    return 0;
}

size_t
certificate_digest_length(CK_MECHANISM_TYPE mechanism)
{
    for (size_t i = 0; i < sizeof(digests) / sizeof(digests[0]); i++)
        if (digests[i].mechanism == mechanism)
            return digests[i].length;
    return 0;
}

bool
certificate_check_value(const CK_ATTRIBUTE *value,
                        CK_BYTE out[CHECK_VALUE_LENGTH])
{
    unsigned char hash[SHA1_LENGTH];

    if (!crypto_sha1(value->pValue, value->ulValueLen, hash))
        return false;
    memcpy(out, hash, CHECK_VALUE_LENGTH);
    return true;
}

/* One whole BER value; of an indefinite length (8.3) no more is looked at than
 * its two ends. */
static bool
is_sequence(struct octets value)
{
    static const unsigned char end[] = { 0, 0 };
    const unsigned char indefinite = 0x80;
    const size_t n_header = 2;
    struct octets content;

    if (der_open(value, DER_SEQUENCE, &content))
        return true;
    return value.length >= n_header + sizeof(end) &&
           der_tag(value) == DER_SEQUENCE && value.bytes[1] == indefinite &&
           memcmp(value.bytes + value.length - sizeof(end), end, sizeof(end)) ==
               0;
}

static bool
is_date(struct octets value)
{
    if (value.length != sizeof(CK_DATE))
        return false;
    for (size_t i = 0; i < value.length; i++)
        if (value.bytes[i] < '0' || value.bytes[i] > '9')
            return false;
    return true;
}

bool
certificate_value_fits(const struct certificate_fact *fact,
                       const CK_ATTRIBUTE *attribute)
{
    struct octets value = { attribute->pValue, attribute->ulValueLen };
    CK_ULONG number;

    if (attribute->ulValueLen == CK_UNAVAILABLE_INFORMATION ||
        (value.bytes == NULL && value.length > 0))
        return false;
    switch (fact->kind) {
    case KIND_FLAG:
        return value.length == sizeof(CK_BBOOL) && value.bytes[0] <= CK_TRUE;
    case KIND_NUMBER:
        return certificate_number(attribute, &number) && number <= fact->most &&
               (fact->type != CKA_CLASS || number == CKO_CERTIFICATE);
    case KIND_DIGEST:
        return certificate_number(attribute, &number) &&
               certificate_digest_length(number) > 0;
    case KIND_LABEL:
        return value.length <= certificate_most_label;
    case KIND_DATE:
        return value.length == 0 || is_date(value);
    case KIND_SEQUENCE:
        return value.length == 0 || is_sequence(value);
    case KIND_CHECK:
        return value.length == 0 || value.length == CHECK_VALUE_LENGTH;
    case KIND_BYTES:
        break;
    }
    return true;
}
