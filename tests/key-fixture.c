/* SPDX-License-Identifier: BSD-3-Clause */
/* Keys and certificates made with OpenSSL, in every form that tokens give. */
#include "tests/key-fixture.h"

#include <criterion/criterion.h>
#include <openssl/core_names.h>
#include <openssl/ec.h>
#include <openssl/evp.h>
#include <openssl/objects.h>
#include <openssl/param_build.h>
#include <openssl/x509.h>
#include <stdlib.h>
#include <string.h>

static struct kept {
    struct kept *next;
    void *memory;
} * kept;

void *
fixture_keep(void *memory)
{
    struct kept *more = malloc(sizeof(*more));

    cr_assert_not_null(more);
    cr_assert_not_null(memory);
    *more = (struct kept){ kept, memory };
    kept = more;
    return memory;
}

unsigned char *
fixture_bytes_of(struct octets octets)
{
    unsigned char *bytes = fixture_keep(malloc(octets.length + 1));

    if (octets.length > 0)
        memcpy(bytes, octets.bytes, octets.length);
    return bytes;
}

static struct octets
octets_new(const void *bytes, size_t length)
{
    struct octets octets = { bytes, length };

    octets.bytes = fixture_bytes_of(octets);
    return octets;
}

struct octets
fixture_octets(const char *text)
{
    return octets_new(text, strlen(text));
}

struct octets
fixture_octets_join(const char *before, size_t n_before, struct octets octets)
{
    return fixture_octets_after(octets_new(before, n_before),
                                (const char *)octets.bytes, octets.length);
}

struct octets
fixture_octets_after(struct octets octets, const char *after, size_t n_after)
{
    struct octets joined = { NULL, octets.length + n_after };
    unsigned char *bytes = fixture_keep(malloc(joined.length + 1));

    memcpy(bytes, octets.bytes, octets.length);
    if (n_after > 0)
        memcpy(bytes + octets.length, after, n_after);
    joined.bytes = bytes;
    return joined;
}

struct octets
fixture_octets_wrap(enum der_tag tag, struct octets octets)
{
    struct der der = { 0 };

    der_add(&der, octets.bytes, octets.length);
    der_wrap(&der, 0, tag);
    cr_assert_not(der.has_failed);
    return (struct octets){ fixture_keep(der.bytes), der.length };
}

EVP_PKEY *
fixture_key_rsa(void)
{
    return fixture_keep(EVP_PKEY_Q_keygen(NULL, NULL, "RSA", (size_t)2048));
}

EVP_PKEY *
fixture_key_ec(const char *curve)
{
    return fixture_keep(EVP_PKEY_Q_keygen(NULL, NULL, "EC", curve));
}

EVP_PKEY *
fixture_key_raw(const char *type)
{
    return fixture_keep(EVP_PKEY_Q_keygen(NULL, NULL, type));
}

EVP_PKEY *
fixture_key_domain(const char *type)
{
    EVP_PKEY_CTX *context = EVP_PKEY_CTX_new_from_name(NULL, type, NULL);
    EVP_PKEY *parameters = NULL;
    EVP_PKEY *key = NULL;
    size_t n_p = 1024;
    int generator = 2;
    char safe[] = "generator", group[] = "fips186_4";
    OSSL_PARAM options[3] = { OSSL_PARAM_size_t(OSSL_PKEY_PARAM_FFC_PBITS,
                                                &n_p) };

    if (strcmp(type, "DH") == 0) {
        n_p = 512;
        options[1] =
            OSSL_PARAM_construct_utf8_string(OSSL_PKEY_PARAM_FFC_TYPE, safe, 0);
        options[2] =
            OSSL_PARAM_construct_int(OSSL_PKEY_PARAM_DH_GENERATOR, &generator);
    } else if (strcmp(type, "DHX") == 0) {
        n_p = 2048;
        options[1] = OSSL_PARAM_construct_utf8_string(OSSL_PKEY_PARAM_FFC_TYPE,
                                                      group, 0);
    }
    OSSL_PARAM list[] = { options[0], options[1], options[2],
                          OSSL_PARAM_construct_end() };

    cr_assert_eq(EVP_PKEY_paramgen_init(context), 1);
    cr_assert_eq(EVP_PKEY_CTX_set_params(context, list), 1);
    cr_assert_eq(EVP_PKEY_paramgen(context, &parameters), 1);
    EVP_PKEY_CTX_free(context);
    context = EVP_PKEY_CTX_new_from_pkey(NULL, parameters, NULL);
    cr_assert_eq(EVP_PKEY_keygen_init(context), 1);
    cr_assert_eq(EVP_PKEY_keygen(context, &key), 1);
    EVP_PKEY_CTX_free(context);
    EVP_PKEY_free(parameters);
    return fixture_keep(key);
}

struct octets
fixture_key_info(EVP_PKEY *key)
{
    unsigned char *bytes = NULL;
    int length = i2d_PUBKEY(key, &bytes);

    cr_assert_gt(length, 0);
    return (struct octets){ fixture_keep(bytes), (size_t)length };
}

struct octets
fixture_key_info_odd(EVP_PKEY *key)
{
    EVP_PKEY *odd = fixture_keep(EVP_PKEY_dup(key));

    cr_assert_eq(EVP_PKEY_set_utf8_string_param(odd,
                                                OSSL_PKEY_PARAM_EC_ENCODING,
                                                "explicit"),
                 1);
    cr_assert_eq(EVP_PKEY_set_utf8_string_param(
                     odd, OSSL_PKEY_PARAM_EC_POINT_CONVERSION_FORMAT,
                     "compressed"),
                 1);
    return fixture_key_info(odd);
}

struct octets
fixture_key_info_pss(EVP_PKEY *key)
{
    EVP_PKEY_CTX *context = EVP_PKEY_CTX_new_from_name(NULL, "RSA-PSS", NULL);
    OSSL_PARAM *numbers = NULL;
    EVP_PKEY *pss = NULL;

    cr_assert_eq(EVP_PKEY_todata(key, EVP_PKEY_PUBLIC_KEY, &numbers), 1);
    cr_assert_eq(EVP_PKEY_fromdata_init(context), 1);
    cr_assert_eq(EVP_PKEY_fromdata(context, &pss, EVP_PKEY_PUBLIC_KEY, numbers),
                 1);
    EVP_PKEY_CTX_free(context);
    OSSL_PARAM_free(numbers);
    return fixture_key_info(fixture_keep(pss));
}

struct octets
fixture_key_number(EVP_PKEY *key, const char *name)
{
    BIGNUM *number = NULL;
    unsigned char bytes[1024];

    cr_assert_eq(EVP_PKEY_get_bn_param(key, name, &number), 1);
    fixture_keep(number);
    return octets_new(bytes, (size_t)BN_bn2bin(number, bytes));
}

struct octets
fixture_key_point(EVP_PKEY *key, const char *form)
{
    EVP_PKEY *copy;
    unsigned char *bytes = NULL;
    size_t length;

    if (form == NULL) {
        cr_assert_eq(EVP_PKEY_get_raw_public_key(key, NULL, &length), 1);
        bytes = malloc(length);
        cr_assert_eq(EVP_PKEY_get_raw_public_key(key, bytes, &length), 1);
        return (struct octets){ fixture_keep(bytes), length };
    }
    copy = fixture_keep(EVP_PKEY_dup(key));
    cr_assert_eq(EVP_PKEY_set_utf8_string_param(
                     copy, OSSL_PKEY_PARAM_EC_POINT_CONVERSION_FORMAT, form),
                 1);
    length = EVP_PKEY_get1_encoded_public_key(copy, &bytes);
    cr_assert_gt(length, 0);
    return (struct octets){ fixture_keep(bytes), length };
}

static struct octets
group_encode(EC_GROUP *group, int form)
{
    unsigned char *bytes = NULL;
    int length;

    EC_GROUP_set_asn1_flag(group, form);
    length = i2d_ECPKParameters(group, &bytes);
    cr_assert_gt(length, 0);
    return (struct octets){ fixture_keep(bytes), (size_t)length };
}

struct octets
fixture_curve(int curve, int form)
{
    return group_encode(fixture_keep(EC_GROUP_new_by_curve_name(curve)), form);
}

struct octets
fixture_curve_unnamed(void)
{
    EC_GROUP *known =
        fixture_keep(EC_GROUP_new_by_curve_name(NID_X9_62_prime256v1));
    BIGNUM *p = fixture_keep(BN_new());
    BIGNUM *a = fixture_keep(BN_new());
    BIGNUM *b = fixture_keep(BN_new());
    EC_GROUP *group;
    EC_POINT *generator;
    unsigned char bytes[65];

    cr_assert_eq(EC_GROUP_get_curve(known, p, a, b, NULL), 1);
    group = fixture_keep(EC_GROUP_new_curve_GFp(p, a, b, NULL));
    generator = fixture_keep(EC_POINT_new(group));
    EC_POINT_point2oct(known, EC_GROUP_get0_generator(known),
                       POINT_CONVERSION_UNCOMPRESSED, bytes, sizeof(bytes),
                       NULL);
    cr_assert_eq(EC_POINT_oct2point(group, generator, bytes, sizeof(bytes),
                                    NULL),
                 1);
    cr_assert_eq(EC_POINT_dbl(group, generator, generator, NULL), 1);
    cr_assert_eq(EC_GROUP_set_generator(group, generator,
                                        EC_GROUP_get0_order(known),
                                        BN_value_one()),
                 1);
    return group_encode(group, OPENSSL_EC_EXPLICIT_CURVE);
}

struct octets
fixture_oid(const char *text)
{
    ASN1_OBJECT *object = fixture_keep(OBJ_txt2obj(text, 1));
    unsigned char *bytes = NULL;
    int length = i2d_ASN1_OBJECT(object, &bytes);

    cr_assert_gt(length, 0);
    return (struct octets){ fixture_keep(bytes), (size_t)length };
}

struct octets
fixture_certificate(EVP_PKEY *key, EVP_PKEY *signer, const char *name,
                    long version)
{
    X509 *certificate = fixture_keep(X509_new());
    X509_NAME *subject = X509_get_subject_name(certificate);
    const EVP_MD *digest =
        EVP_PKEY_is_a(signer, "ED25519") ? NULL : EVP_sha256();
    unsigned char *bytes = NULL;
    int length;

    X509_set_version(certificate, version);
    ASN1_INTEGER_set(X509_get_serialNumber(certificate), 1);
    X509_NAME_add_entry_by_txt(subject, "CN", MBSTRING_UTF8,
                               (const unsigned char *)name, -1, -1, 0);
    X509_set_issuer_name(certificate, subject);
    X509_gmtime_adj(X509_getm_notBefore(certificate), 0);
    X509_gmtime_adj(X509_getm_notAfter(certificate), 3600);
    X509_set_pubkey(certificate, key);
    cr_assert_gt(X509_sign(certificate, signer, digest), 0);
    length = i2d_X509(certificate, &bytes);
    cr_assert_gt(length, 0);
    return (struct octets){ fixture_keep(bytes), (size_t)length };
}
