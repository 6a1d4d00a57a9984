/* SPDX-License-Identifier: BSD-3-Clause */
/* Keys and certificates made with OpenSSL, in every form that tokens give.
 * All memory is lent until the process ends. */
#ifndef TESTS_KEY_FIXTURE_H
#define TESTS_KEY_FIXTURE_H

#include "common/der.h"

#include <openssl/err.h>
#include <openssl/types.h>

/* Keeps memory in sight, so that leak checkers know that it is lent. */
void *fixture_keep(void *memory);

/* Bytes: a text's, joined, in a DER value, to be changed. */
struct octets fixture_octets(const char *text);
struct octets fixture_octets_join(const char *before, size_t n_before,
                                  struct octets octets);
struct octets fixture_octets_after(struct octets octets, const char *after,
                                   size_t n_after);
struct octets fixture_octets_wrap(enum der_tag tag, struct octets octets);
unsigned char *fixture_bytes_of(struct octets octets);

/* Key pairs: RSA of 2048 bits; a named curve; Ed25519 and the like; DSA, DH
 * and X9.42 DH of small size. */
EVP_PKEY *fixture_key_rsa(void);
EVP_PKEY *fixture_key_ec(const char *curve);
EVP_PKEY *fixture_key_raw(const char *type);
EVP_PKEY *fixture_key_domain(const char *type);

/* What OpenSSL writes for the public key: i2d_PUBKEY. */
struct octets fixture_key_info(EVP_PKEY *key);

/* The same with explicit parameters and a compressed point, and the same for
 * an RSA key that is meant for PSS. */
struct octets fixture_key_info_odd(EVP_PKEY *key);
struct octets fixture_key_info_pss(EVP_PKEY *key);

/* A number of the key; its point in a form, or its bytes (NULL). */
struct octets fixture_key_number(EVP_PKEY *key, const char *name);
struct octets fixture_key_point(EVP_PKEY *key, const char *form);

/* CKA_EC_PARAMS: of a curve, named or explicit; of P-256 with another
 * generator, which has no name; an OBJECT IDENTIFIER. */
struct octets fixture_curve(int curve, int form);
struct octets fixture_curve_unnamed(void);
struct octets fixture_oid(const char *text);

/* A certificate of the key, signed by another or by itself; DER. */
struct octets fixture_certificate(EVP_PKEY *key, EVP_PKEY *signer,
                                  const char *name, long version);

#endif
