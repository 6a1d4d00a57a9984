/* SPDX-License-Identifier: BSD-3-Clause */
/* Reads common names and key usages. */
#include "cli/certificate-hint.h"

#include "cli/memory.h"
#include "cli/software.h"

#include <openssl/err.h>
#include <openssl/x509.h>
#include <openssl/x509v3.h>
#include <stdlib.h>

/* What the bits of RFC 5280, 4.2.1.3, want of a private key. */
static const struct meaning {
    unsigned bits;
    unsigned usages;
} meanings[] = {
    { KU_DIGITAL_SIGNATURE | KU_NON_REPUDIATION | KU_KEY_CERT_SIGN |
          KU_CRL_SIGN,
      USAGE_SIGN },
    { KU_KEY_ENCIPHERMENT, USAGE_DECRYPT | USAGE_UNWRAP },
    { KU_DATA_ENCIPHERMENT, USAGE_DECRYPT },
    { KU_KEY_AGREEMENT, USAGE_DERIVE },
};

static char *
read_name(X509 *certificate)
{
    X509_NAME *subject = X509_get_subject_name(certificate);
    int at = X509_NAME_get_index_by_NID(subject, NID_commonName, -1);
    X509_NAME_ENTRY *entry = X509_NAME_get_entry(subject, at);
    unsigned char *text = NULL;
    char *copy;

    if (entry == NULL ||
        ASN1_STRING_to_UTF8(&text, X509_NAME_ENTRY_get_data(entry)) < 0)
        return NULL;
    copy = memory_copy((const char *)text);
    OPENSSL_free(text);
    return copy;
}

bool
certificate_hint_read(struct octets certificate, struct certificate_hint *out)
{
    const unsigned char *at = certificate.bytes;
    X509 *its = d2i_X509(NULL, &at, (long)certificate.length);
    unsigned bits;

    *out = (struct certificate_hint){ .name = NULL };
    if (its == NULL) {
        ERR_clear_error();
        return false;
    }
    out->name = read_name(its);
    bits = X509_get_key_usage(its);
    out->has_usage = bits != UINT32_MAX;
    for (size_t i = 0; i < sizeof(meanings) / sizeof(meanings[0]); i++)
        if ((bits & meanings[i].bits) != 0)
            out->usages |= meanings[i].usages;
    X509_free(its);
    ERR_clear_error();
    return true;
}

void
certificate_hint_clear(struct certificate_hint *hint)
{
    free(hint->name);
}
