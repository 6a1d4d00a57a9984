/* SPDX-License-Identifier: BSD-3-Clause */
/* Real tokens with keys and certificates on them, for tests of identities. */
#include "tests/identity-token.h"

#include "common/crypto.h"

#include <criterion/criterion.h>
#include <openssl/core_names.h>
#include <openssl/ec.h>
#include <openssl/evp.h>
#include <openssl/obj_mac.h>
#include <openssl/param_build.h>
#include <openssl/x509.h>
#include <string.h>

static struct token
token_open(const char *path, const char *reserved, const char *label,
           const char *pin)
{
    struct module *module = module_open(path);
    struct token token = { .list = module->list };

    cr_assert(crypto_open(NULL));
    fixture_initialize(module, reserved);
    token.session =
        fixture_session(module->list, fixture_slot(module->list, label), pin);
    token.functions.C_GetAttributeValue = module->list->C_GetAttributeValue;
    token.functions.C_FindObjectsInit = module->list->C_FindObjectsInit;
    token.functions.C_FindObjects = module->list->C_FindObjects;
    token.functions.C_FindObjectsFinal = module->list->C_FindObjectsFinal;
    return token;
}

struct token
softhsm_open(void)
{
    fixture_softhsm("soft");
    fixture_softhsm_token("soft");
    return token_open(FIXTURE_SOFTHSM, NULL, "soft", FIXTURE_PIN);
}

struct token
nss_open(void)
{
    return token_open(FIXTURE_NSS, fixture_nss("nss", FIXTURE_PIN), "nss",
                      FIXTURE_PIN);
}

struct octets
attribute(const struct token *token, CK_OBJECT_HANDLE object,
          CK_ATTRIBUTE_TYPE type)
{
    unsigned char bytes[2048];
    CK_ATTRIBUTE its = { type, bytes, sizeof(bytes) };

    cr_assert_eq(token->list->C_GetAttributeValue(token->session, object, &its,
                                                  1),
                 CKR_OK);
    return fixture_octets_join((const char *)bytes, its.ulValueLen,
                               (struct octets){ 0 });
}

bool
make_pair(const struct token *token, CK_MECHANISM_TYPE type,
          struct octets parameters, const char *id, const char *label,
          struct fixture_pair *out)
{
    CK_BBOOL yes = CK_TRUE;
    CK_MECHANISM mechanism = { type, NULL, 0 };
    struct octets its_id = fixture_octets(id),
                  its_label = fixture_octets(label);
    CK_ATTRIBUTE common[] = {
        { CKA_TOKEN, &yes, sizeof(yes) },
        { CKA_ID, fixture_bytes_of(its_id), its_id.length },
        { CKA_LABEL, fixture_bytes_of(its_label), its_label.length },
        { CKA_VERIFY, &yes, sizeof(yes) },
        { CKA_EC_PARAMS, fixture_bytes_of(parameters), parameters.length },
    };
    CK_ATTRIBUTE private_template[] = { common[0],
                                        common[1],
                                        common[2],
                                        { CKA_SIGN, &yes, sizeof(yes) },
                                        { CKA_PRIVATE, &yes, sizeof(yes) },
                                        { CKA_SENSITIVE, &yes, sizeof(yes) } };
    CK_RV rv =
        token->list->C_GenerateKeyPair(token->session, &mechanism, common, 5,
                                       private_template, 6, &out->public_key,
                                       &out->private_key);

    if (rv == CKR_MECHANISM_INVALID)
        return false;
    cr_assert_eq(rv, CKR_OK, "mechanism 0x%lx: 0x%lx", type, rv);
    return true;
}

struct fixture_pair
make_curve(const struct token *token, int curve, const char *id,
           const char *label)
{
    struct fixture_pair pair;

    cr_assert(make_pair(token, CKM_EC_KEY_PAIR_GEN,
                        fixture_curve(curve, OPENSSL_EC_NAMED_CURVE), id, label,
                        &pair));
    return pair;
}

/* OpenSSL's key of the numbers of a public key object. */
static EVP_PKEY *
openssl_key(const char *type, OSSL_PARAM *numbers)
{
    EVP_PKEY_CTX *context = EVP_PKEY_CTX_new_from_name(NULL, type, NULL);
    EVP_PKEY *key = NULL;

    cr_assert_eq(EVP_PKEY_fromdata_init(context), 1);
    cr_assert_eq(EVP_PKEY_fromdata(context, &key, EVP_PKEY_PUBLIC_KEY, numbers),
                 1);
    EVP_PKEY_CTX_free(context);
    OSSL_PARAM_free(numbers);
    return fixture_keep(key);
}

EVP_PKEY *
openssl_rsa(const struct token *token, CK_OBJECT_HANDLE object)
{
    struct octets n = attribute(token, object, CKA_MODULUS);
    struct octets e = attribute(token, object, CKA_PUBLIC_EXPONENT);
    OSSL_PARAM_BLD *numbers = fixture_keep(OSSL_PARAM_BLD_new());

    OSSL_PARAM_BLD_push_BN(numbers, OSSL_PKEY_PARAM_RSA_N,
                           fixture_keep(
                               BN_bin2bn(n.bytes, (int)n.length, NULL)));
    OSSL_PARAM_BLD_push_BN(numbers, OSSL_PKEY_PARAM_RSA_E,
                           fixture_keep(
                               BN_bin2bn(e.bytes, (int)e.length, NULL)));
    return openssl_key("RSA", OSSL_PARAM_BLD_to_param(numbers));
}

EVP_PKEY *
openssl_ec(const struct token *token, CK_OBJECT_HANDLE object, int curve,
           size_t point_length)
{
    struct octets point = attribute(token, object, CKA_EC_POINT);
    OSSL_PARAM_BLD *numbers = fixture_keep(OSSL_PARAM_BLD_new());

    cr_assert_geq(point.length, point_length);
    OSSL_PARAM_BLD_push_utf8_string(numbers, OSSL_PKEY_PARAM_GROUP_NAME,
                                    OBJ_nid2sn(curve), 0);
    OSSL_PARAM_BLD_push_octet_string(numbers, OSSL_PKEY_PARAM_PUB_KEY,
                                     point.bytes + point.length - point_length,
                                     point_length);
    return openssl_key("EC", OSSL_PARAM_BLD_to_param(numbers));
}

CK_OBJECT_HANDLE
make_certificate(const struct token *token, EVP_PKEY *key, const char *id)
{
    CK_OBJECT_CLASS object_class = CKO_CERTIFICATE;
    CK_CERTIFICATE_TYPE type = CKC_X_509;
    CK_BBOOL yes = CK_TRUE;
    static unsigned char serial[] = { DER_INTEGER, 1, 0 }; /* NSS: each once */
    struct octets value =
        fixture_certificate(key, fixture_key_rsa(), "p11mux", X509_VERSION_3);
    /* CN=p11mux, DER, as issuer and subject. */
    struct octets name = fixture_octets_wrap(
        DER_SEQUENCE,
        fixture_octets_wrap(
            (enum der_tag)0x31,
            fixture_octets_wrap(
                DER_SEQUENCE,
                fixture_octets_join("\x06\x03\x55\x04\x03", 5,
                                    fixture_octets_wrap(DER_UTF8_STRING,
                                                        fixture_octets(
                                                            "p11mux"))))));
    CK_ATTRIBUTE template[] = {
        { CKA_CLASS, &object_class, sizeof(object_class) },
        { CKA_CERTIFICATE_TYPE, &type, sizeof(type) },
        { CKA_TOKEN, &yes, sizeof(yes) },
        { CKA_VALUE, fixture_bytes_of(value), value.length },
        { CKA_SUBJECT, fixture_bytes_of(name), name.length },
        { CKA_ISSUER, fixture_bytes_of(name), name.length },
        { CKA_SERIAL_NUMBER, serial, sizeof(serial) },
        { CKA_ID, fixture_bytes_of(fixture_octets(id)), strlen(id) },
    };
    CK_OBJECT_HANDLE object;

    serial[2]++;
    cr_assert_eq(token->list->C_CreateObject(token->session, template, 8,
                                             &object),
                 CKR_OK);
    return object;
}
