/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * A public key as one canonical SubjectPublicKeyInfo, whatever form a token
 * gives it in: what two tokens' keys are compared by (SEMANTICS 7.4).
 */
#ifndef ROUTER_PUBLIC_KEY_H
#define ROUTER_PUBLIC_KEY_H

#include "common/cryptoki.h"
#include "common/der.h"

#include <stdbool.h>
#include <stddef.h>

/* Canonical: named curves by name, points uncompressed, numbers without
 * leading zeros, RSA keys as rsaEncryption. The same bytes as OpenSSL's
 * i2d_PUBKEY. */
struct public_key {
    CK_KEY_TYPE type; /* CK_UNAVAILABLE_INFORMATION: of another algorithm */
    int curve;        /* OpenSSL's number, 0 where none */
    struct der der;
};

/*
 * From attributes as they are read. Each is false, with nothing to clear,
 * when the values are no such key, or when memory is out: der.has_failed.
 */
bool public_key_from_rsa(struct octets modulus, struct octets exponent,
                         struct public_key *out);

/* Edwards and Montgomery keys too; the point bare or in an OCTET STRING. */
bool public_key_from_ec(struct octets parameters, struct octets point,
                        struct public_key *out);
bool public_key_from_dsa(struct octets prime, struct octets subprime,
                         struct octets base, struct octets value,
                         struct public_key *out);

/* Without a subprime: PKCS #3, else X9.42. */
bool public_key_from_dh(struct octets prime, struct octets subprime,
                        struct octets base, struct octets value,
                        struct public_key *out);

/* ML-DSA, SLH-DSA, ML-KEM by CKA_PARAMETER_SET. */
bool public_key_from_parameter_set(CK_KEY_TYPE type, CK_ULONG parameter_set,
                                   struct octets value, struct public_key *out);

/* From another SubjectPublicKeyInfo, and from a certificate. */
bool public_key_from_info(struct octets info, struct public_key *out);
bool public_key_from_certificate(struct octets certificate,
                                 struct public_key *out);

/* The curve of a CKA_EC_PARAMS, 0 when it has no name. */
int public_key_curve(struct octets parameters);

/* Whether the (RSA) key holds this number as one of its own. */
bool public_key_has_number(const struct public_key *key, struct octets number);

bool public_key_fingerprint(const struct public_key *key,
                            unsigned char out[32]);
void public_key_clear(struct public_key *key);

#endif
