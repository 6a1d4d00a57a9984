/* SPDX-License-Identifier: BSD-3-Clause */
/* Certificates for tests, and objects made of them. */
#include "tests/certificate-fixture.h"

#include "tests/fixture.h"

#include <openssl/core_names.h>
#include <openssl/evp.h>
#include <openssl/x509.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static EVP_PKEY *
key_of_all(void)
{
    static EVP_PKEY *key;

    if (key == NULL)
        key = EVP_EC_gen("P-256");
    if (key == NULL)
        fixture_fail("OpenSSL makes no key");
    return key;
}

static void
encode(int length, unsigned char *bytes, unsigned char **out,
       size_t *out_length)
{
    if (length <= 0)
        fixture_fail("OpenSSL does not encode a certificate");
    *out = bytes;
    *out_length = (size_t)length;
}

struct certificate_fixture
certificate_make(unsigned number)
{
    struct certificate_fixture out = { .number = number };
    X509 *x509 = X509_new();
    X509_NAME *name = X509_get_subject_name(x509);
    unsigned char *bytes = NULL;
    char text[32];
    int length;

    snprintf(text, sizeof(text), "certificate %u", number);
    if (x509 == NULL || X509_set_version(x509, 2) != 1 ||
        ASN1_INTEGER_set(X509_get_serialNumber(x509), (long)number + 1) != 1 ||
        X509_NAME_add_entry_by_txt(name, "CN", MBSTRING_ASC,
                                   (const unsigned char *)text, -1, -1,
                                   0) != 1 ||
        X509_set_issuer_name(x509, name) != 1 ||
        X509_gmtime_adj(X509_getm_notBefore(x509), 0) == NULL ||
        X509_gmtime_adj(X509_getm_notAfter(x509), 86400) == NULL ||
        X509_set_pubkey(x509, key_of_all()) != 1 ||
        X509_sign(x509, key_of_all(), EVP_sha256()) == 0)
        fixture_fail("OpenSSL makes no certificate");
    length = i2d_X509(x509, &bytes);
    encode(length, bytes, &out.value, &out.value_length);
    bytes = NULL;
    length = i2d_X509_NAME(name, &bytes);
    encode(length, bytes, &out.subject, &out.subject_length);
    bytes = NULL;
    length = i2d_X509_NAME(X509_get_issuer_name(x509), &bytes);
    encode(length, bytes, &out.issuer, &out.issuer_length);
    bytes = NULL;
    length = i2d_ASN1_INTEGER(X509_get_serialNumber(x509), &bytes);
    encode(length, bytes, &out.serial, &out.serial_length);
    X509_free(x509);
    return out;
}

void
certificate_make_key(const CK_FUNCTION_LIST_3_2 *list,
                     CK_SESSION_HANDLE session, const char *id)
{
    static CK_BYTE prime256v1[] = { 0x06, 0x08, 0x2a, 0x86, 0x48,
                                    0xce, 0x3d, 0x03, 0x01, 0x07 };
    CK_BYTE point[2 + 65] = { 0x04, 65 };
    CK_OBJECT_CLASS object_class = CKO_PUBLIC_KEY;
    CK_KEY_TYPE type = CKK_EC;
    CK_BBOOL is_token = CK_TRUE;
    CK_ATTRIBUTE template[] = {
        { CKA_CLASS, &object_class, sizeof(object_class) },
        { CKA_KEY_TYPE, &type, sizeof(type) },
        { CKA_TOKEN, &is_token, sizeof(is_token) },
        { CKA_EC_PARAMS, prime256v1, sizeof(prime256v1) },
        { CKA_EC_POINT, point, sizeof(point) },
        { CKA_ID, (void *)(uintptr_t)id, strlen(id) },
    };
    CK_OBJECT_HANDLE key;
    size_t length;

    if (EVP_PKEY_get_octet_string_param(key_of_all(), OSSL_PKEY_PARAM_PUB_KEY,
                                        point + 2, 65, &length) != 1 ||
        length != 65 ||
        list->C_CreateObject(session, template, 6, &key) != CKR_OK)
        fixture_fail("the public key cannot be put on the token");
}

void
certificate_template(const struct certificate_fixture *certificate,
                     CK_BBOOL is_token, struct certificate_template *out)
{
    out->object_class = CKO_CERTIFICATE;
    out->type = CKC_X_509;
    out->is_token = is_token;
    snprintf(out->id, sizeof(out->id), "id%u", certificate->number);
    snprintf(out->label, sizeof(out->label), "label %u", certificate->number);
    memcpy(out->attributes,
           (CK_ATTRIBUTE[CERTIFICATE_ATTRIBUTES]){
               { CKA_CLASS, &out->object_class, sizeof(out->object_class) },
               { CKA_CERTIFICATE_TYPE, &out->type, sizeof(out->type) },
               { CKA_TOKEN, &out->is_token, sizeof(out->is_token) },
               { CKA_SUBJECT, certificate->subject,
                 certificate->subject_length },
               { CKA_ISSUER, certificate->issuer, certificate->issuer_length },
               { CKA_SERIAL_NUMBER, certificate->serial,
                 certificate->serial_length },
               { CKA_VALUE, certificate->value, certificate->value_length },
               { CKA_ID, out->id, strlen(out->id) },
               { CKA_LABEL, out->label, strlen(out->label) },
           },
           sizeof(out->attributes));
}

CK_RV
certificate_create(const CK_FUNCTION_LIST_3_2 *list, CK_SESSION_HANDLE session,
                   const struct certificate_fixture *certificate,
                   CK_OBJECT_HANDLE *out)
{
    struct certificate_template template;

    certificate_template(certificate, CK_TRUE, &template);
    return list->C_CreateObject(session, template.attributes,
                                CERTIFICATE_ATTRIBUTES, out);
}

CK_ULONG
certificate_find(const CK_FUNCTION_LIST_3_2 *list, CK_SESSION_HANDLE session,
                 CK_ATTRIBUTE *template, CK_ULONG count, CK_OBJECT_HANDLE *out)
{
    CK_ULONG n = 1, total = 0;
    CK_RV rv = list->C_FindObjectsInit(session, template, count);

    while (rv == CKR_OK && n > 0) {
        CK_OBJECT_HANDLE found;

        rv = list->C_FindObjects(session, &found, 1, &n);
        if (rv == CKR_OK && n > 0) {
            *out = found;
            total++;
        }
    }
    if (rv != CKR_OK || list->C_FindObjectsFinal(session) != CKR_OK)
        fixture_fail("a search for certificates answers 0x%lx", rv);
    return total;
}
