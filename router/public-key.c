/* SPDX-License-Identifier: BSD-3-Clause */
/* Brings public keys into one form: SubjectPublicKeyInfo. */
#include "router/public-key.h"

#include "common/crypto.h"
#include "router/public-key-parts.h"

#include <string.h>

/* Object identifiers, with their headers. The first of a type is its own;
 * the others say how a key is to be used, which is no part of what it is. */
static const struct {
    CK_KEY_TYPE type;
    unsigned char length;
    unsigned char oid[11];
} algorithms[] = {
    { CKK_RSA,
      11,
      { 0x06, 0x09, 0x2a, 0x86, 0x48, 0x86, 0xf7, 0x0d, 0x01, 0x01, 0x01 } },
    { CKK_RSA, /* OAEP */
      11,
      { 0x06, 0x09, 0x2a, 0x86, 0x48, 0x86, 0xf7, 0x0d, 0x01, 0x01, 0x07 } },
    { CKK_RSA, /* PSS */
      11,
      { 0x06, 0x09, 0x2a, 0x86, 0x48, 0x86, 0xf7, 0x0d, 0x01, 0x01, 0x0a } },
    { CKK_EC, 9, { 0x06, 0x07, 0x2a, 0x86, 0x48, 0xce, 0x3d, 0x02, 0x01 } },
    { CKK_DSA, 9, { 0x06, 0x07, 0x2a, 0x86, 0x48, 0xce, 0x38, 0x04, 0x01 } },
    { CKK_DH,
      11,
      { 0x06, 0x09, 0x2a, 0x86, 0x48, 0x86, 0xf7, 0x0d, 0x01, 0x03, 0x01 } },
    { CKK_X9_42_DH,
      9,
      { 0x06, 0x07, 0x2a, 0x86, 0x48, 0xce, 0x3e, 0x02, 0x01 } },
};

enum { N_ALGORITHMS = sizeof(algorithms) / sizeof(algorithms[0]) };

/* rsaEncryption has the parameter NULL. */
static const unsigned char no_parameters[] = { 0x05, 0x00 };

/* 2.16.840.1.101.3.4: the arc of NIST's algorithms, without its header. */
static const unsigned char oid_nist[] = { 0x60, 0x86, 0x48, 0x01,
                                          0x65, 0x03, 0x04 };

/* Keys of plain bytes by CKA_PARAMETER_SET: two more numbers below NIST's. */
static const struct {
    CK_KEY_TYPE type;
    CK_ULONG parameter_set;
    unsigned char arc[2];
} parameter_sets[] = {
    { CKK_ML_DSA, CKP_ML_DSA_44, { 3, 17 } },
    { CKK_ML_DSA, CKP_ML_DSA_65, { 3, 18 } },
    { CKK_ML_DSA, CKP_ML_DSA_87, { 3, 19 } },
    { CKK_SLH_DSA, CKP_SLH_DSA_SHA2_128S, { 3, 20 } },
    { CKK_SLH_DSA, CKP_SLH_DSA_SHA2_128F, { 3, 21 } },
    { CKK_SLH_DSA, CKP_SLH_DSA_SHA2_192S, { 3, 22 } },
    { CKK_SLH_DSA, CKP_SLH_DSA_SHA2_192F, { 3, 23 } },
    { CKK_SLH_DSA, CKP_SLH_DSA_SHA2_256S, { 3, 24 } },
    { CKK_SLH_DSA, CKP_SLH_DSA_SHA2_256F, { 3, 25 } },
    { CKK_SLH_DSA, CKP_SLH_DSA_SHAKE_128S, { 3, 26 } },
    { CKK_SLH_DSA, CKP_SLH_DSA_SHAKE_128F, { 3, 27 } },
    { CKK_SLH_DSA, CKP_SLH_DSA_SHAKE_192S, { 3, 28 } },
    { CKK_SLH_DSA, CKP_SLH_DSA_SHAKE_192F, { 3, 29 } },
    { CKK_SLH_DSA, CKP_SLH_DSA_SHAKE_256S, { 3, 30 } },
    { CKK_SLH_DSA, CKP_SLH_DSA_SHAKE_256F, { 3, 31 } },
    { CKK_ML_KEM, CKP_ML_KEM_512, { 4, 1 } },
    { CKK_ML_KEM, CKP_ML_KEM_768, { 4, 2 } },
    { CKK_ML_KEM, CKP_ML_KEM_1024, { 4, 3 } },
};

enum { N_PARAMETER_SETS = sizeof(parameter_sets) / sizeof(parameter_sets[0]) };

CK_KEY_TYPE
algorithm_type(struct octets oid)
{
    struct octets arc;

    for (size_t i = 0; i < N_ALGORITHMS; i++)
        if (octets_equal(oid, (struct octets){ algorithms[i].oid,
                                               algorithms[i].length }))
            return algorithms[i].type;
    if (!der_open(oid, DER_OID, &arc) || arc.length != sizeof(oid_nist) + 2 ||
        memcmp(arc.bytes, oid_nist, sizeof(oid_nist)) != 0)
        return CK_UNAVAILABLE_INFORMATION;
    for (size_t i = 0; i < N_PARAMETER_SETS; i++)
        if (memcmp(arc.bytes + sizeof(oid_nist), parameter_sets[i].arc, 2) == 0)
            return parameter_sets[i].type;
    return CK_UNAVAILABLE_INFORMATION;
}

static void
key_begin(struct public_key *key, CK_KEY_TYPE type, int curve)
{
    *key = (struct public_key){ .type = type, .curve = curve };
    for (size_t i = 0; i < N_ALGORITHMS && key->der.length == 0; i++)
        if (algorithms[i].type == type)
            der_add(&key->der, algorithms[i].oid, algorithms[i].length);
}

/* The AlgorithmIdentifier is complete; the key's BIT STRING follows. */
static size_t
key_open_bits(struct public_key *key)
{
    size_t start;

    der_wrap(&key->der, 0, DER_SEQUENCE);
    start = key->der.length;
    der_add(&key->der, "", 1); /* no unused bits */
    return start;
}

bool
public_key_fail(struct public_key *key)
{
    bool has_failed = key->der.has_failed;

    public_key_clear(key);
    key->der.has_failed = has_failed;
    return false;
}

static bool
key_end(struct public_key *key, size_t bits, bool is_good)
{
    der_wrap(&key->der, bits, DER_BIT_STRING);
    der_wrap(&key->der, 0, DER_SEQUENCE);
    if (is_good && !key->der.has_failed)
        return true;
    return public_key_fail(key);
}

bool
public_key_from_rsa(struct octets modulus, struct octets exponent,
                    struct public_key *out)
{
    size_t bits, numbers;

    key_begin(out, CKK_RSA, 0);
    der_add(&out->der, no_parameters, sizeof(no_parameters));
    bits = key_open_bits(out);
    numbers = out->der.length;
    der_add_integer(&out->der, modulus);
    der_add_integer(&out->der, exponent);
    der_wrap(&out->der, numbers, DER_SEQUENCE);
    return key_end(out, bits, modulus.length > 0 && exponent.length > 0);
}

static bool
from_raw_curve(const struct raw_curve *curve, struct octets point,
               struct public_key *out)
{
    struct octets key = { 0 };
    size_t bits;
    bool is_good = raw_curve_key(curve, point, &key);

    key_begin(out, curve->type, curve->curve);
    der_add(&out->der, curve->oid, sizeof(curve->oid));
    bits = key_open_bits(out);
    if (is_good)
        der_add(&out->der, key.bytes, key.length);
    return key_end(out, bits, is_good);
}

bool
public_key_from_ec(struct octets parameters, struct octets point,
                   struct public_key *out)
{
    const struct raw_curve *raw = raw_curve_find(parameters);
    EC_GROUP *group;
    bool is_good;
    size_t bits;
    int curve;

    *out = (struct public_key){ 0 };
    if (raw != NULL)
        return from_raw_curve(raw, point, out);
    group = ec_group_open(parameters, &curve);
    if (group == NULL)
        return false;
    key_begin(out, CKK_EC, curve);
    is_good = ec_group_add(&out->der, group, curve);
    bits = key_open_bits(out);
    is_good = is_good && ec_point_add(&out->der, group, point);
    EC_GROUP_free(group);
    return key_end(out, bits, is_good);
}

/* DSA and DH: the domain's numbers in the order of their standard. */
static bool
from_domain(CK_KEY_TYPE type, const struct octets *domain, size_t n_domain,
            struct octets value, struct public_key *out)
{
    size_t numbers, bits;
    bool is_good = value.length > 0;

    key_begin(out, type, 0);
    numbers = out->der.length;
    for (size_t i = 0; i < n_domain; i++) {
        is_good = is_good && domain[i].length > 0;
        der_add_integer(&out->der, domain[i]);
    }
    der_wrap(&out->der, numbers, DER_SEQUENCE);
    bits = key_open_bits(out);
    der_add_integer(&out->der, value);
    return key_end(out, bits, is_good);
}

bool
public_key_from_dsa(struct octets prime, struct octets subprime,
                    struct octets base, struct octets value,
                    struct public_key *out)
{
    struct octets domain[] = { prime, subprime, base };

    return from_domain(CKK_DSA, domain, 3, value, out);
}

bool
public_key_from_dh(struct octets prime, struct octets subprime,
                   struct octets base, struct octets value,
                   struct public_key *out)
{
    struct octets domain[] = { prime, base, subprime };

    if (subprime.length == 0)
        return from_domain(CKK_DH, domain, 2, value, out);
    return from_domain(CKK_X9_42_DH, domain, 3, value, out);
}

bool
public_key_from_parameter_set(CK_KEY_TYPE type, CK_ULONG parameter_set,
                              struct octets value, struct public_key *out)
{
    size_t i, bits;

    *out = (struct public_key){ 0 };
    for (i = 0; i < N_PARAMETER_SETS; i++)
        if (parameter_sets[i].type == type &&
            parameter_sets[i].parameter_set == parameter_set)
            break;
    if (i == N_PARAMETER_SETS)
        return false;
    key_begin(out, type, 0);
    der_add(&out->der, oid_nist, sizeof(oid_nist));
    der_add(&out->der, parameter_sets[i].arc, 2);
    der_wrap(&out->der, 0, DER_OID);
    bits = key_open_bits(out);
    der_add(&out->der, value.bytes, value.length);
    return key_end(out, bits, value.length > 0);
}

int
public_key_curve(struct octets parameters)
{
    const struct raw_curve *raw = raw_curve_find(parameters);
    int curve;

    if (raw != NULL)
        return raw->curve;
    EC_GROUP_free(ec_group_open(parameters, &curve));
    return curve;
}

bool
public_key_has_number(const struct public_key *key, struct octets number)
{
    while (number.length > 0 && number.bytes[0] == 0) {
        number.bytes++;
        number.length--;
    }
    return number.length > 0 && memmem(key->der.bytes, key->der.length,
                                       number.bytes, number.length) != NULL;
}

bool
public_key_fingerprint(const struct public_key *key, unsigned char out[32])
{
    return crypto_sha256(key->der.bytes, key->der.length, out);
}

void
public_key_clear(struct public_key *key)
{
    der_free(&key->der);
}
