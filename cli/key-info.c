/* SPDX-License-Identifier: BSD-3-Clause */
/* Takes public keys apart. */
#include "cli/key-info.h"

#include <openssl/x509.h>

/* SEQUENCE { SEQUENCE { OID, parameters }, BIT STRING } */
static bool
take_apart(struct key_info *info)
{
    struct octets whole = { info->key.der.bytes, info->key.der.length };
    struct octets content, ignored;

    if (!der_open(whole, DER_SEQUENCE, &content) ||
        !der_take(&content, DER_SEQUENCE, &info->parameters, NULL) ||
        !der_take(&info->parameters, DER_OID, &ignored, &info->oid) ||
        !der_take(&content, DER_BIT_STRING, &info->bits, NULL) ||
        info->bits.length < 1)
        return false;
    info->bits.bytes++;
    info->bits.length--;
    return public_key_fingerprint(&info->key, info->fingerprint) &&
           crypto_sha1(info->bits.bytes, info->bits.length, info->id);
}

static bool
finish(struct key_info *info)
{
    if (take_apart(info))
        return true;
    key_info_clear(info);
    return false;
}

bool
key_info_of_key(const EVP_PKEY *key, struct key_info *out)
{
    unsigned char *bytes = NULL;
    int length = i2d_PUBKEY(key, &bytes);
    struct octets info = { bytes, length < 0 ? 0 : (size_t)length };
    bool is_read;

    *out = (struct key_info){ .oid = { NULL, 0 } };
    is_read = public_key_from_info(info, &out->key);
    OPENSSL_free(bytes);
    return is_read && finish(out);
}

bool
key_info_of_certificate(struct octets certificate, struct key_info *out)
{
    *out = (struct key_info){ .oid = { NULL, 0 } };
    return public_key_from_certificate(certificate, &out->key) && finish(out);
}

void
key_info_clear(struct key_info *info)
{
    public_key_clear(&info->key);
    *info = (struct key_info){ .oid = { NULL, 0 } };
}
