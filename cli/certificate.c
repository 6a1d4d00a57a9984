/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * Reads certificates without their public key: OpenSSL's decoder of keys looks
 * for an engine, which may be one that leads into p11mux.
 */
#include "cli/certificate.h"

#include "cli/hex.h"
#include "cli/memory.h"

#include <openssl/asn1.h>
#include <openssl/bio.h>
#include <openssl/err.h>
#include <openssl/x509.h>
#include <stdlib.h>
#include <string.h>

static bool
read_expiry(struct octets validity, struct tm *out)
{
    struct octets content;
    const unsigned char *at;
    ASN1_TIME *first = NULL;
    ASN1_TIME *last = NULL;
    bool is_read;

    if (der_open(validity, DER_SEQUENCE, &content)) {
        at = content.bytes;
        first = d2i_ASN1_TIME(NULL, &at, (long)content.length);
    }
    if (first != NULL)
        last = d2i_ASN1_TIME(NULL, &at,
                             (long)content.length - (long)(at - content.bytes));
    is_read = last != NULL && ASN1_TIME_to_tm(last, out) == 1;
    ASN1_TIME_free(first);
    ASN1_TIME_free(last);
    return is_read;
}

/* The caller frees it; NULL where it is no name. */
static char *
print_name(struct octets der)
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

/* A number's octets; the caller frees it. */
static char *
print_number(struct octets der)
{
    struct octets content;

    return der_open(der, DER_INTEGER, &content)
               ? hex_text(content.bytes, content.length)
               : NULL;
}

bool
certificate_read(struct octets der, struct certificate *out)
{
    struct certificate_parts parts;

    memset(out, 0, sizeof(*out));
    if (!certificate_find_parts(der, &parts) ||
        !read_expiry(parts.validity, &out->expiry)) {
        ERR_clear_error();
        return false;
    }
    out->subject = print_name(parts.subject);
    out->issuer = print_name(parts.issuer);
    out->serial_number = print_number(parts.serial_number);
    ERR_clear_error();
    if (out->subject != NULL && out->issuer != NULL)
        return true;
    certificate_clear(out);
    return false;
}

void
certificate_clear(struct certificate *certificate)
{
    free(certificate->subject);
    free(certificate->issuer);
    free(certificate->serial_number);
    memset(certificate, 0, sizeof(*certificate));
}

char *
certificate_expiry_text(const struct certificate *certificate)
{
    return memory_text("%04d-%02d-%02d", certificate->expiry.tm_year + 1900,
                       certificate->expiry.tm_mon + 1,
                       certificate->expiry.tm_mday);
}

bool
certificate_has_expired(const struct certificate *certificate, time_t now)
{
    struct tm expiry = certificate->expiry;

    return timegm(&expiry) < now;
}
