/* SPDX-License-Identifier: BSD-3-Clause */
/* The numbers of OpenSSL's keys as attributes, and back. */
#include "cli/key-info.h"
#include "cli/software-private.h"
#include "common/cleanup.h"
#include "common/crypto.h"

#include <openssl/bn.h>
#include <openssl/core_names.h>
#include <openssl/evp.h>
#include <openssl/x509.h>

/* -- Private ---------------------------------------------------------------
 */

static const struct number {
    CK_ATTRIBUTE_TYPE type;
    const char *name;
} numbers[] = {
    { CKA_MODULUS, OSSL_PKEY_PARAM_RSA_N },
    { CKA_PUBLIC_EXPONENT, OSSL_PKEY_PARAM_RSA_E },
    { CKA_PRIVATE_EXPONENT, OSSL_PKEY_PARAM_RSA_D },
    { CKA_PRIME_1, OSSL_PKEY_PARAM_RSA_FACTOR1 },
    { CKA_PRIME_2, OSSL_PKEY_PARAM_RSA_FACTOR2 },
    { CKA_EXPONENT_1, OSSL_PKEY_PARAM_RSA_EXPONENT1 },
    { CKA_EXPONENT_2, OSSL_PKEY_PARAM_RSA_EXPONENT2 },
    { CKA_COEFFICIENT, OSSL_PKEY_PARAM_RSA_COEFFICIENT1 },
};

static size_t
read_number(const EVP_PKEY *key, const char *name, size_t length,
            unsigned char *out)
{
    BIGNUM *number = NULL;

    if (EVP_PKEY_get_bn_param(key, name, &number) != 1)
        return 0;
    if (length == 0)
        length = (size_t)BN_num_bytes(number);
    if (out != NULL && BN_bn2binpad(number, out, (int)length) < 0)
        length = 0;
    BN_clear_free(number);
    return length;
}

/* As long as the curve's order: tokens want it so. */
static size_t
read_ec(const EVP_PKEY *key, unsigned char *out)
{
    return read_number(key, OSSL_PKEY_PARAM_PRIV_KEY,
                       ((size_t)EVP_PKEY_get_bits(key) + 7) / 8, out);
}

static size_t
read_edwards(const EVP_PKEY *key, unsigned char *out)
{
    size_t length = 0;

    if (EVP_PKEY_get_raw_private_key(key, NULL, &length) != 1 ||
        (out != NULL && EVP_PKEY_get_raw_private_key(key, out, &length) != 1))
        return 0;
    return length;
}

size_t
software_value(const struct software_object *object, CK_ATTRIBUTE_TYPE type,
               unsigned char *out)
{
    if (traits_number(&object->traits, CKA_CLASS) != CKO_PRIVATE_KEY)
        return 0;
    if (type == CKA_VALUE)
        return EVP_PKEY_is_a(object->key, "EC")
                   ? read_ec(object->key, out)
                   : read_edwards(object->key, out);
    for (size_t i = 0; i < sizeof(numbers) / sizeof(numbers[0]); i++)
        if (numbers[i].type == type)
            return read_number(object->key, numbers[i].name, 0, out);
    return 0;
}

/* -- Public ----------------------------------------------------------------
 */

static bool
add_rsa(struct octets key, struct traits *traits)
{
    struct octets numbers_of_it, modulus, exponent;

    if (!der_open(key, DER_SEQUENCE, &numbers_of_it) ||
        !der_take(&numbers_of_it, DER_INTEGER, &modulus, NULL) ||
        !der_take(&numbers_of_it, DER_INTEGER, &exponent, NULL))
        return false;
    while (modulus.length > 0 && modulus.bytes[0] == 0) {
        modulus.bytes++;
        modulus.length--;
    }
    return traits_add(traits, CKA_MODULUS, modulus.bytes, modulus.length) &&
           traits_add(traits, CKA_PUBLIC_EXPONENT, exponent.bytes,
                      exponent.length);
}

/* The point in an OCTET STRING, as the standard has it. */
static bool
add_ec(struct octets parameters, struct octets point, struct traits *traits)
{
    struct der wrapped = { .bytes = NULL };
    bool is_added;

    der_add(&wrapped, point.bytes, point.length);
    der_wrap(&wrapped, 0, DER_OCTET_STRING);
    is_added = !wrapped.has_failed &&
               traits_add(traits, CKA_EC_PARAMS, parameters.bytes,
                          parameters.length) &&
               traits_add(traits, CKA_EC_POINT, wrapped.bytes, wrapped.length);
    der_free(&wrapped);
    return is_added;
}

bool
software_describe_public(const EVP_PKEY *key, struct traits *traits)
{
    CLEANUP(key_info_clear) struct key_info its;

    if (!key_info_of_key(key, &its) ||
        (its.key.type == CKK_EC && its.key.curve == 0) ||
        !traits_add(traits, CKA_KEY_TYPE, &its.key.type, sizeof(its.key.type)))
        return false;
    switch (its.key.type) {
    case CKK_RSA:
        return add_rsa(its.bits, traits);
    case CKK_EC:
        return add_ec(its.parameters, its.bits, traits);
    default: /* the algorithm is the curve */
        return add_ec(its.oid, its.bits, traits);
    }
}

CK_RV
software_make_public(const struct traits *traits, EVP_PKEY **out)
{
    CLEANUP(public_key_clear) struct public_key its = { .type = 0 };
    struct octets one = { NULL, 0 }, other = { NULL, 0 };
    const unsigned char *at;
    bool is_read;

    if (traits_number(traits, CKA_KEY_TYPE) == CKK_RSA)
        is_read = traits_find(traits, CKA_MODULUS, &one) &&
                  traits_find(traits, CKA_PUBLIC_EXPONENT, &other) &&
                  public_key_from_rsa(one, other, &its);
    else
        is_read = traits_find(traits, CKA_EC_PARAMS, &one) &&
                  traits_find(traits, CKA_EC_POINT, &other) &&
                  public_key_from_ec(one, other, &its);
    if (!is_read)
        return CKR_TEMPLATE_INCONSISTENT;
    at = its.der.bytes;
    *out =
        d2i_PUBKEY_ex(NULL, &at, (long)its.der.length, crypto_context(), NULL);
    return *out != NULL ? CKR_OK : CKR_ATTRIBUTE_VALUE_INVALID;
}
