/* SPDX-License-Identifier: BSD-3-Clause */
/* Public keys that come as DER: SubjectPublicKeyInfo and certificates. */
#include "router/public-key-parts.h"

#include "backends/certificate.h"

/* A SubjectPublicKeyInfo taken apart. */
struct info {
    struct octets oid; /* with its header */
    struct octets parameters;
    struct octets key;
};

static bool
info_open(struct octets der, struct info *out)
{
    struct octets content, algorithm, ignored, bits;

    if (!der_open(der, DER_SEQUENCE, &content) ||
        !der_take(&content, DER_SEQUENCE, &algorithm, NULL) ||
        !der_take(&algorithm, DER_OID, &ignored, &out->oid) ||
        !der_take(&content, DER_BIT_STRING, &bits, NULL) ||
        content.length != 0 || bits.length < 1 || bits.bytes[0] != 0)
        return false;
    out->parameters = algorithm;
    out->key = (struct octets){ bits.bytes + 1, bits.length - 1 };
    return true;
}

/* The first `count` numbers of a SEQUENCE. */
static bool
numbers_open(struct octets der, struct octets *out, size_t count)
{
    struct octets content;

    if (!der_open(der, DER_SEQUENCE, &content))
        return false;
    for (size_t i = 0; i < count; i++)
        if (!der_take(&content, DER_INTEGER, &out[i], NULL))
            return false;
    return true;
}

/* Those whose form differs between tokens; false for the others. */
static bool
from_numbers(const struct info *info, struct public_key *out)
{
    struct octets n[3], value;

    switch (algorithm_type(info->oid)) {
    case CKK_RSA:
        return numbers_open(info->key, n, 2) &&
               public_key_from_rsa(n[0], n[1], out);
    case CKK_EC:
        return public_key_from_ec(info->parameters, info->key, out);
    case CKK_DSA: /* prime, subprime, base */
        return numbers_open(info->parameters, n, 3) &&
               der_open(info->key, DER_INTEGER, &value) &&
               public_key_from_dsa(n[0], n[1], n[2], value, out);
    case CKK_DH: /* prime, base, perhaps a length that is no part of it */
        return numbers_open(info->parameters, n, 2) &&
               der_open(info->key, DER_INTEGER, &value) &&
               public_key_from_dh(n[0], (struct octets){ 0 }, n[1], value, out);
    case CKK_X9_42_DH: /* prime, base, subprime, perhaps more */
        return numbers_open(info->parameters, n, 3) &&
               der_open(info->key, DER_INTEGER, &value) &&
               public_key_from_dh(n[0], n[2], n[1], value, out);
    default:
        return false;
    }
}

bool
public_key_from_info(struct octets der, struct public_key *out)
{
    const struct raw_curve *raw;
    struct info info;

    *out = (struct public_key){ 0 };
    if (!info_open(der, &info))
        return false;
    if (from_numbers(&info, out))
        return true;
    if (out->der.has_failed)
        return false;
    /* The rest has one form only, and is known by it. */
    raw = raw_curve_find(info.oid);
    *out = (struct public_key){ .type = raw != NULL ? raw->type
                                                    : algorithm_type(info.oid),
                                .curve = raw != NULL ? raw->curve : 0 };
    der_add(&out->der, der.bytes, der.length);
    return !out->der.has_failed || public_key_fail(out);
}

bool
public_key_from_certificate(struct octets der, struct public_key *out)
{
    struct certificate_parts parts;

    *out = (struct public_key){ 0 };
    return certificate_find_parts(der, &parts) &&
           public_key_from_info(parts.key_info, out);
}
