/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * Reads certificates without their public key: OpenSSL's decoder of keys looks
 * for an engine, which may be one that leads into p11mux.
 */
#include "cli/certificate.h"

#include "cli/memory.h"

#include <openssl/asn1.h>
#include <openssl/bio.h>
#include <openssl/err.h>
#include <openssl/x509.h>
#include <string.h>

/* The part of a certificate that is signed (RFC 5280, section 4.1), up to the
 * subject. */
struct parts {
    struct octets validity;
    struct octets subject; /* with its header */
};

static bool
split(struct octets der, struct parts *out)
{
    struct octets outer, inner, ignored;

    if (!der_take(&der, DER_SEQUENCE, &outer, NULL) ||
        !der_take(&outer, DER_SEQUENCE, &inner, NULL))
        return false;
    if (der_tag(inner) == DER_EXPLICIT_0 &&
        !der_take(&inner, DER_EXPLICIT_0, &ignored, NULL))
        return false;
    return der_take(&inner, DER_INTEGER, &ignored, NULL) &&
           der_take(&inner, DER_SEQUENCE, &ignored, NULL) && /* algorithm */
           der_take(&inner, DER_SEQUENCE, &ignored, NULL) && /* issuer */
           der_take(&inner, DER_SEQUENCE, &out->validity, NULL) &&
           der_take(&inner, DER_SEQUENCE, &ignored, &out->subject);
}

static bool
read_expiry(struct octets validity, struct tm *out)
{
    const unsigned char *at = validity.bytes;
    long length = (long)validity.length;
    ASN1_TIME *first = d2i_ASN1_TIME(NULL, &at, length);
    ASN1_TIME *last = NULL;
    bool is_read;

    if (first != NULL)
        last = d2i_ASN1_TIME(NULL, &at, length - (long)(at - validity.bytes));
    is_read = last != NULL && ASN1_TIME_to_tm(last, out) == 1;
    ASN1_TIME_free(first);
    ASN1_TIME_free(last);
    return is_read;
}

/* The caller frees it; NULL where it is no name. */
static char *
print_subject(struct octets der)
{
    const unsigned char *at = der.bytes;
    X509_NAME *name = d2i_X509_NAME(NULL, &at, (long)der.length);
    BIO *output = BIO_new(BIO_s_mem());
    char *text = NULL;
    char *bytes = NULL;
    long length;

    if (name != NULL && output != NULL &&
        X509_NAME_print_ex(output, name, 0,
                           XN_FLAG_RFC2253 &
                               ~(unsigned long)ASN1_STRFLGS_ESC_MSB) >= 0) {
        length = BIO_get_mem_data(output, &bytes);
        text = memory_new((size_t)length + 1, 1);
        memcpy(text, bytes, (size_t)length);
    }
    BIO_free(output);
    X509_NAME_free(name);
    return text;
}

bool
certificate_read(struct octets der, struct certificate *out)
{
    struct parts parts;
    bool is_read;

    memset(out, 0, sizeof(*out));
    is_read = split(der, &parts) && read_expiry(parts.validity, &out->expiry);
    if (is_read)
        out->subject = print_subject(parts.subject);
    ERR_clear_error();
    return is_read && out->subject != NULL;
}

bool
certificate_has_expired(const struct certificate *certificate, time_t now)
{
    struct tm expiry = certificate->expiry;

    return timegm(&expiry) < now;
}
