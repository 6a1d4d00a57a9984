/* SPDX-License-Identifier: BSD-3-Clause */
/* Certificates of three kinds, and as many of each as are wanted. */
#include "tests/bench/certificates.h"

#include "common/crypto.h"
#include "tests/fixture.h"

#include <openssl/evp.h>
#include <openssl/x509.h>
#include <openssl/x509v3.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { N_KINDS = 3, N_ISSUERS = 40, LONG_BYTES = 5500, NUMBER_LENGTH = 8 };

/* A certificate, and where its numbers stand in it. */
struct kind {
    unsigned char *value;
    size_t length;
    size_t serial_at;
    size_t subject_at;
};

static struct kind kinds[N_KINDS];

/* Is replaced by the number of each. */
static const char mark[] = "00000000";

static EVP_PKEY *
make_key(unsigned which)
{
    EVP_PKEY *key = which == 0 ? EVP_RSA_gen(2048) : EVP_EC_gen("P-256");

    if (key == NULL)
        fixture_fail("no key was made");
    return key;
}

/* As long as one with an ML-DSA key and signature is. */
static void
lengthen(X509 *certificate)
{
    static unsigned char bytes[LONG_BYTES];
    ASN1_OCTET_STRING *text = ASN1_OCTET_STRING_new();
    ASN1_OBJECT *type = OBJ_txt2obj("1.3.6.1.4.1.55555.1", 1);
    X509_EXTENSION *extension;

    ASN1_OCTET_STRING_set(text, bytes, sizeof(bytes));
    extension = X509_EXTENSION_create_by_OBJ(NULL, type, 0, text);
    if (X509_add_ext(certificate, extension, -1) != 1)
        fixture_fail("no extension was made");
    X509_EXTENSION_free(extension);
    ASN1_OCTET_STRING_free(text);
    ASN1_OBJECT_free(type);
}

static void
add_name(X509_NAME *name, const char *field, const char *text)
{
    if (X509_NAME_add_entry_by_txt(name, field, MBSTRING_ASC,
                                   (const unsigned char *)text, -1, -1, 0) != 1)
        fixture_fail("no name was made");
}

static X509 *
make_certificate(unsigned which)
{
    X509 *certificate = X509_new();
    EVP_PKEY *key = make_key(which);
    X509_NAME *subject = X509_get_subject_name(certificate);
    BIGNUM *number = NULL;

    /* Eight bytes whose hexadecimal digits begin with no zero. */
    if (BN_hex2bn(&number, "3030303030303030") == 0)
        fixture_fail("no number was made");
    BN_to_ASN1_INTEGER(number, X509_get_serialNumber(certificate));
    BN_free(number);
    X509_set_version(certificate, X509_VERSION_3);
    X509_gmtime_adj(X509_getm_notBefore(certificate), 0);
    X509_gmtime_adj(X509_getm_notAfter(certificate), 86400 * 365);
    add_name(subject, "C", "DE");
    add_name(subject, "O", "Example Trust Services");
    add_name(subject, "OU", "Bench");
    add_name(subject, "CN", fixture_text("host-%s.example.net", mark));
    add_name(X509_get_issuer_name(certificate), "C", "DE");
    add_name(X509_get_issuer_name(certificate), "CN", "Issuer");
    X509_set_pubkey(certificate, key);
    if (which == 2)
        lengthen(certificate);
    if (X509_sign(certificate, key, EVP_sha256()) == 0)
        fixture_fail("no certificate was signed");
    EVP_PKEY_free(key);
    return certificate;
}

void
bench_certificates_begin(void)
{
    for (unsigned i = 0; i < N_KINDS; i++) {
        X509 *certificate = make_certificate(i);
        int length = i2d_X509(certificate, &kinds[i].value);
        unsigned char *first, *second;

        if (length <= 0)
            fixture_fail("a certificate has no bytes");
        kinds[i].length = (size_t)length;
        first = memmem(kinds[i].value, kinds[i].length, mark, NUMBER_LENGTH);
        second = memmem(first + 1,
                        kinds[i].length - (size_t)(first + 1 - kinds[i].value),
                        mark, NUMBER_LENGTH);
        kinds[i].serial_at = (size_t)(first - kinds[i].value);
        kinds[i].subject_at = (size_t)(second - kinds[i].value);
        X509_free(certificate);
    }
}

void
bench_certificates_end(void)
{
    for (unsigned i = 0; i < N_KINDS; i++)
        OPENSSL_free(kinds[i].value);
}

static void
set(struct bench_certificate *certificate, unsigned which,
    CK_ATTRIBUTE_TYPE type, void *value, size_t length)
{
    certificate->attributes[which] = (CK_ATTRIBUTE){ type, value, length };
}

static void __attribute__((format(printf, 5, 6)))
set_text(struct bench_certificate *certificate, unsigned which,
         CK_ATTRIBUTE_TYPE type, unsigned char *room, const char *format, ...)
{
    va_list arguments;
    int length;

    va_start(arguments, format);
    length = vsprintf((char *)room, format, arguments);
    va_end(arguments);
    set(certificate, which, type, room, (size_t)length);
}

void
bench_certificate_make(unsigned number, struct bench_certificate *out)
{
    static CK_ULONG certificate_class = CKO_CERTIFICATE, type = CKC_X_509;
    static CK_BBOOL yes = CK_TRUE;
    const struct kind *kind = &kinds[number % 50 == 0 ? 2 : number % 2];
    unsigned char hash[SHA256_LENGTH];
    char digits[16];

    (void)snprintf(digits, sizeof(digits), "%08u", number);
    out->value = malloc(kind->length);
    memcpy(out->value, kind->value, kind->length);
    memcpy(out->value + kind->serial_at, digits, NUMBER_LENGTH);
    memcpy(out->value + kind->subject_at, digits, NUMBER_LENGTH);
    (void)crypto_sha256(digits, NUMBER_LENGTH, hash);
    memcpy(out->ident, hash, sizeof(out->ident));
    set(out, BENCH_CLASS, CKA_CLASS, &certificate_class,
        sizeof(certificate_class));
    set(out, BENCH_TYPE, CKA_CERTIFICATE_TYPE, &type, sizeof(type));
    set(out, BENCH_TOKEN, CKA_TOKEN, &yes, sizeof(yes));
    set(out, BENCH_VALUE, CKA_VALUE, out->value, kind->length);
    set(out, BENCH_IDENT, CKA_ID, out->ident, sizeof(out->ident));
    set(out, BENCH_LABEL, CKA_LABEL, out->subject + 60, 20);
    set_text(out, BENCH_SUBJECT, CKA_SUBJECT, out->subject,
             "C=DE, O=Example Trust Services, OU=Bench, CN=host-%08u"
             ".example.net, and what else there is in a name",
             number);
    set_text(out, BENCH_ISSUER, CKA_ISSUER, out->issuer,
             "C=DE, O=Example Trust Services, CN=Issuing Authority %u",
             number % N_ISSUERS);
    set_text(out, BENCH_SERIAL, CKA_SERIAL_NUMBER, out->serial, "\x02\x08%08u",
             number);
}

void
bench_certificate_clear(struct bench_certificate *certificate)
{
    free(certificate->value);
}
