/* SPDX-License-Identifier: BSD-3-Clause */
/* Key material that is the same in every run. */
#include "tests/differential/material.h"

#include "tests/differential/material-prime.h"

#include <openssl/bn.h>
#include <openssl/ec.h>
#include <openssl/evp.h>
#include <openssl/obj_mac.h>
#include <stdlib.h>
#include <string.h>

/* Whatever was computed; it stays until the process ends. */
static struct part {
    struct part *next;
    char name[32];
    CK_ULONG length;
    CK_BYTE bytes[];
} * parts;

static CK_BYTE *
part_add(const char *key, const char *part, size_t length)
{
    struct part *one = calloc(1, sizeof(*one) + length);

    if (one == NULL)
        fixture_fail("no memory");
    snprintf(one->name, sizeof(one->name), "%s%s%s", key,
             *part == '\0' ? "" : ".", part);
    one->length = length;
    one->next = parts;
    parts = one;
    return one->bytes;
}

static void
part_copy(const char *key, const char *part, const void *bytes, size_t length)
{
    memcpy(part_add(key, part, length), bytes, length);
}

/* -- RSA ------------------------------------------------------------------ */

static void
number_add(const char *key, const char *part, const BIGNUM *number)
{
    BN_bn2bin(number, part_add(key, part, (size_t)BN_num_bytes(number)));
}

static void
rsa_add(const struct rsa_primes *primes)
{
    BN_CTX *context = BN_CTX_new();
    BIGNUM *p = NULL, *q = NULL, *e = BN_new(), *n = BN_new(), *d = BN_new();
    BIGNUM *p1 = BN_new(), *q1 = BN_new(), *phi = BN_new(), *part = BN_new();

    BN_set_word(e, 65537);
    BN_hex2bn(&p, primes->p);
    BN_hex2bn(&q, primes->q);
    BN_mul(n, p, q, context);
    BN_sub(p1, p, BN_value_one());
    BN_sub(q1, q, BN_value_one());
    BN_mul(phi, p1, q1, context);
    BN_mod_inverse(d, e, phi, context);
    number_add(primes->name, "n", n);
    number_add(primes->name, "e", e);
    number_add(primes->name, "d", d);
    number_add(primes->name, "p", p);
    number_add(primes->name, "q", q);
    BN_mod(part, d, p1, context);
    number_add(primes->name, "dp", part);
    BN_mod(part, d, q1, context);
    number_add(primes->name, "dq", part);
    BN_mod_inverse(part, q, p, context);
    number_add(primes->name, "qinv", part);
    BN_free(p), BN_free(q), BN_free(e), BN_free(n), BN_free(d);
    BN_free(p1), BN_free(q1), BN_free(phi), BN_free(part);
    BN_CTX_free(context);
}

/* -- Curves --------------------------------------------------------------- */

static const struct curve {
    const char *name;
    int nid;
    size_t n_value;
    CK_BYTE parameters[12];
    size_t n_parameters;
} curves[] = {
    { "p-256",
      NID_X9_62_prime256v1,
      32,
      { 6, 8, 0x2a, 0x86, 0x48, 0xce, 0x3d, 3, 1, 7 },
      10 },
    { "p-384", NID_secp384r1, 48, { 6, 5, 0x2b, 0x81, 4, 0, 0x22 }, 7 },
    { "p-521", NID_secp521r1, 65, { 6, 5, 0x2b, 0x81, 4, 0, 0x23 }, 7 },
};

/* A point as PKCS#11 has it: the DER of an octet string. */
static void
point_add(const char *key, const CK_BYTE *point, size_t length)
{
    size_t header = length < 128 ? 2 : 3;
    CK_BYTE *der = part_add(key, "point", header + length);

    der[0] = 0x04;
    if (header == 3)
        der[1] = 0x81;
    der[header - 1] = (CK_BYTE)length;
    memcpy(der + header, point, length);
    part_copy(key, "bare", point, length);
}

static void
curve_add(const struct curve *curve)
{
    EC_GROUP *group = EC_GROUP_new_by_curve_name(curve->nid);
    EC_POINT *point = EC_POINT_new(group);
    BIGNUM *number =
        BN_bin2bn(bytes_pattern(curve->n_value).at, (int)curve->n_value, NULL);
    CK_BYTE bytes[256];
    size_t length;

    EC_POINT_mul(group, point, number, NULL, NULL, NULL);
    length = EC_POINT_point2oct(group, point, POINT_CONVERSION_UNCOMPRESSED,
                                bytes, sizeof(bytes), NULL);
    part_copy(curve->name, "params", curve->parameters, curve->n_parameters);
    part_copy(curve->name, "value", bytes_pattern(curve->n_value).at,
              curve->n_value);
    point_add(curve->name, bytes, length);
    BN_free(number);
    EC_POINT_free(point);
    EC_GROUP_free(group);
}

static void
edwards_add(void)
{
    static const CK_BYTE parameters[] = "\x13\x0c"
                                        "edwards25519";
    CK_BYTE bytes[32];
    size_t length = sizeof(bytes);
    EVP_PKEY *key = EVP_PKEY_new_raw_private_key(EVP_PKEY_ED25519, NULL,
                                                 bytes_pattern(32).at, 32);

    if (EVP_PKEY_get_raw_public_key(key, bytes, &length) != 1)
        fixture_fail("OpenSSL has no Ed25519");
    part_copy("ed25519", "params", parameters, sizeof(parameters) - 1);
    part_copy("ed25519", "value", bytes_pattern(32).at, 32);
    point_add("ed25519", bytes, length);
    EVP_PKEY_free(key);
}

/* -- Secrets, and what looks like a certificate ---------------------------- */

static const struct {
    const char *name;
    size_t length;
} secrets[] = {
    { "aes-128", 16 },   { "aes-192", 24 },   { "aes-256", 32 },
    { "des3", 24 },      { "secret-16", 16 }, { "secret-32", 32 },
    { "secret-64", 64 },
};

/* Odd bits, as DES keys want them. */
static void
secret_add(const char *name, size_t length)
{
    CK_BYTE *bytes = part_add(name, "", length);

    for (size_t i = 0; i < length; i++) {
        bytes[i] = (CK_BYTE)(i * 29 + length);
        if (strcmp(name, "des3") == 0 && __builtin_popcount(bytes[i]) % 2 == 0)
            bytes[i] ^= 1;
    }
}

static void
certificate_add(void)
{
    static const CK_BYTE name[] = { 0x30, 0x0f, 0x31, 0x0d, 0x30, 0x0b,
                                    6,    3,    0x55, 4,    3,    0x0c,
                                    4,    'a',  'd',  'a',  '1' };

    part_copy("certificate", "subject", name, sizeof(name));
    part_copy("certificate", "issuer", name, sizeof(name));
    part_copy("certificate", "serial", "\x02\x01\x07", 3);
    part_copy("certificate", "value", bytes_pattern(700).at, 700);
}

/* One SEQUENCE, as far as anybody looks who takes certificates in. */
static void
sequence_add(const char *key, size_t length)
{
    CK_BYTE *der = part_add(key, "value", length);

    memcpy(der, bytes_pattern(length).at, length);
    der[0] = 0x30;
    der[1] = 0x82;
    der[2] = (CK_BYTE)((length - 4) >> 8);
    der[3] = (CK_BYTE)(length - 4);
}

static void
chain_add(void)
{
    static const CK_BYTE leaf[] = { 0x30, 0x0f, 0x31, 0x0d, 0x30, 0x0b,
                                    6,    3,    0x55, 4,    3,    0x0c,
                                    4,    'l',  'e',  'a',  'f' };
    static const CK_BYTE root[] = { 0x30, 0x0f, 0x31, 0x0d, 0x30, 0x0b,
                                    6,    3,    0x55, 4,    3,    0x0c,
                                    4,    'r',  'o',  'o',  't' };

    sequence_add("leaf", 700);
    part_copy("leaf", "subject", leaf, sizeof(leaf));
    part_copy("leaf", "issuer", root, sizeof(root));
    part_copy("leaf", "serial", "\x02\x01\x07", 3);
    sequence_add("authority", 800);
}

struct bytes
material_find(const char *name)
{
    if (parts == NULL) {
        for (const struct rsa_primes *one = rsa_primes; one->name != NULL;
             one++)
            rsa_add(one);
        for (size_t i = 0; i < sizeof(curves) / sizeof(curves[0]); i++)
            curve_add(&curves[i]);
        edwards_add();
        for (size_t i = 0; i < sizeof(secrets) / sizeof(secrets[0]); i++)
            secret_add(secrets[i].name, secrets[i].length);
        certificate_add();
        chain_add();
    }
    for (struct part *one = parts; one != NULL; one = one->next)
        if (strcmp(one->name, name) == 0)
            return (struct bytes){ one->bytes, one->length };
    fixture_fail("there is no material called \"%s\"", name);
}
