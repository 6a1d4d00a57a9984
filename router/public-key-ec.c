/* SPDX-License-Identifier: BSD-3-Clause */
/* CKA_EC_PARAMS and CKA_EC_POINT in all the forms that tokens give them. */
#include "router/public-key-parts.h"

#include "common/crypto.h"

#include <openssl/ec.h>
#include <openssl/err.h>
#include <openssl/objects.h>
#include <string.h>

static const struct raw_curve raw_curves[] = {
    { .type = CKK_EC_EDWARDS,
      .curve = NID_ED25519,
      .key_length = 32,
      .names = { "edwards25519", "Ed25519" },
      .oid = { 0x06, 0x03, 0x2b, 0x65, 0x70 },
      /* 1.3.6.1.4.1.11591.15.1 */
      .old_oid = { 0x06, 0x09, 0x2b, 0x06, 0x01, 0x04, 0x01, 0xda, 0x47, 0x0f,
                   0x01 },
      .old_oid_length = 11 },
    { .type = CKK_EC_EDWARDS,
      .curve = NID_ED448,
      .key_length = 57,
      .names = { "edwards448", "Ed448" },
      .oid = { 0x06, 0x03, 0x2b, 0x65, 0x71 } },
    { .type = CKK_EC_MONTGOMERY,
      .curve = NID_X25519,
      .key_length = 32,
      .names = { "curve25519", "X25519" },
      .oid = { 0x06, 0x03, 0x2b, 0x65, 0x6e },
      /* 1.3.6.1.4.1.3029.1.5.1 */
      .old_oid = { 0x06, 0x0a, 0x2b, 0x06, 0x01, 0x04, 0x01, 0x97, 0x55, 0x01,
                   0x05, 0x01 },
      .old_oid_length = 12 },
    { .type = CKK_EC_MONTGOMERY,
      .curve = NID_X448,
      .key_length = 56,
      .names = { "curve448", "X448" },
      .oid = { 0x06, 0x03, 0x2b, 0x65, 0x6f } },
};

/* Names of curves that OpenSSL knows by another one. */
static const struct {
    const char *name;
    int curve;
} curve_names[] = {
    { "secp192r1", NID_X9_62_prime192v1 },
    { "secp256r1", NID_X9_62_prime256v1 },
    { "P-192", NID_X9_62_prime192v1 },
    { "P-224", NID_secp224r1 },
    { "P-256", NID_X9_62_prime256v1 },
    { "P-384", NID_secp384r1 },
    { "P-521", NID_secp521r1 },
};

/* The only field that explicit parameters are read for. */
static const unsigned char prime_field[] = { 0x2a, 0x86, 0x48, 0xce,
                                             0x3d, 0x01, 0x01 };

static bool
text_is(struct octets text, const char *wanted)
{
    return octets_equal(text, (struct octets){ (const unsigned char *)wanted,
                                               strlen(wanted) });
}

/* The name in a curve's parameters, where it has one. */
static bool
name_open(struct octets parameters, struct octets *name)
{
    return der_open(parameters, DER_PRINTABLE_STRING, name) ||
           der_open(parameters, DER_UTF8_STRING, name);
}

const struct raw_curve *
raw_curve_find(struct octets parameters)
{
    struct octets name = { 0 };
    bool has_name = name_open(parameters, &name);

    for (size_t i = 0; i < sizeof(raw_curves) / sizeof(raw_curves[0]); i++) {
        const struct raw_curve *curve = &raw_curves[i];
        struct octets oid = { curve->oid, sizeof(curve->oid) };
        struct octets old = { curve->old_oid, curve->old_oid_length };

        if (octets_equal(parameters, oid) ||
            (old.length > 0 && octets_equal(parameters, old)) ||
            (has_name && (text_is(name, curve->names[0]) ||
                          text_is(name, curve->names[1]))))
            return curve;
    }
    return NULL;
}

/* Takes a point out of the string that it is wrapped in. */
static bool
point_unwrap(struct octets point, struct octets *out)
{
    if (der_open(point, DER_OCTET_STRING, out))
        return true;
    if (!der_open(point, DER_BIT_STRING, out) || out->length == 0 ||
        out->bytes[0] != 0)
        return false;
    out->bytes++;
    out->length--;
    return true;
}

bool
raw_curve_key(const struct raw_curve *curve, struct octets point,
              struct octets *out)
{
    *out = point;
    return point.length == curve->key_length ||
           (point_unwrap(point, out) && out->length == curve->key_length);
}

/*
 * A built-in curve by its object identifier. OBJ_obj2nid would read OpenSSL's
 * configuration file for those that it does not know.
 */
static int
curve_by_oid(struct octets oid)
{
    enum { CURVES_MAX = 256 };
    EC_builtin_curve curves[CURVES_MAX];
    size_t count = EC_get_builtin_curves(curves, CURVES_MAX);

    for (size_t i = 0; i < count && i < CURVES_MAX; i++) {
        const ASN1_OBJECT *object = OBJ_nid2obj(curves[i].nid);
        struct octets known = { 0 };

        if (object != NULL)
            known =
                (struct octets){ OBJ_get0_data(object), OBJ_length(object) };
        if (known.length > 0 && octets_equal(known, oid))
            return curves[i].nid;
    }
    return NID_undef;
}

static int
curve_by_name(struct octets name)
{
    enum { CURVES_MAX = 256 };
    EC_builtin_curve curves[CURVES_MAX];
    size_t count = EC_get_builtin_curves(curves, CURVES_MAX);

    for (size_t i = 0; i < sizeof(curve_names) / sizeof(curve_names[0]); i++)
        if (text_is(name, curve_names[i].name))
            return curve_names[i].curve;
    for (size_t i = 0; i < count && i < CURVES_MAX; i++)
        if (text_is(name, OBJ_nid2sn(curves[i].nid)))
            return curves[i].nid;
    return NID_undef;
}

/* Explicit parameters: SEQUENCE { version, SEQUENCE { field, ... }, ... }. */
static EC_GROUP *
group_explicit(struct octets parameters)
{
    struct octets content, version, field, type;
    const unsigned char *bytes = parameters.bytes;

    if (!der_open(parameters, DER_SEQUENCE, &content) ||
        !der_take(&content, DER_INTEGER, &version, NULL) ||
        !der_take(&content, DER_SEQUENCE, &field, NULL) ||
        !der_take(&field, DER_OID, &type, NULL) ||
        !octets_equal(type,
                      (struct octets){ prime_field, sizeof(prime_field) }))
        return NULL;
    return d2i_ECPKParameters(NULL, &bytes, (long)parameters.length);
}

EC_GROUP *
ec_group_open(struct octets parameters, int *curve)
{
    OSSL_LIB_CTX *context = crypto_context();
    EC_GROUP *group = NULL;
    struct octets content;

    *curve = NID_undef;
    if (context == NULL)
        return NULL;
    ERR_set_mark();
    if (der_open(parameters, DER_OID, &content))
        *curve = curve_by_oid(content);
    else if (name_open(parameters, &content))
        *curve = curve_by_name(content);
    else if ((group = group_explicit(parameters)) != NULL)
        *curve = EC_GROUP_get_curve_name(group);
    if (*curve != NID_undef) {
        EC_GROUP_free(group);
        group = EC_GROUP_new_by_curve_name_ex(context, NULL, *curve);
    }
    ERR_pop_to_mark();
    return group;
}

bool
ec_group_add(struct der *der, const EC_GROUP *group, int curve)
{
    const ASN1_OBJECT *name = curve != 0 ? OBJ_nid2obj(curve) : NULL;
    unsigned char *bytes = NULL;
    int length;

    if (name != NULL && OBJ_length(name) > 0) {
        size_t start = der->length;

        der_add(der, OBJ_get0_data(name), OBJ_length(name));
        der_wrap(der, start, DER_OID);
        return true;
    }
    ERR_set_mark();
    length = i2d_ECPKParameters(group, &bytes);
    ERR_pop_to_mark();
    if (length <= 0)
        return false;
    der_add(der, bytes, (size_t)length);
    OPENSSL_free(bytes);
    return true;
}

/*
 * The lengths of a bare point tell it from a wrapped one: both may begin
 * with 4.
 */
static bool
point_is_bare(struct octets point, size_t field_length)
{
    if (point.length == 2 * field_length + 1)
        return point.bytes[0] == POINT_CONVERSION_UNCOMPRESSED ||
               (point.bytes[0] & 0xfe) == POINT_CONVERSION_HYBRID;
    return point.length == field_length + 1 &&
           (point.bytes[0] & 0xfe) == POINT_CONVERSION_COMPRESSED;
}

bool
ec_point_add(struct der *der, const EC_GROUP *group, struct octets point)
{
    enum { POINT_MAX = 2 * 128 + 1 };
    unsigned char bytes[POINT_MAX];
    size_t field_length = ((size_t)EC_GROUP_get_degree(group) + 7) / 8;
    size_t length = 0;
    EC_POINT *parsed;

    if (!point_is_bare(point, field_length) &&
        !(point_unwrap(point, &point) && point_is_bare(point, field_length)))
        return false;
    ERR_set_mark();
    parsed = EC_POINT_new(group);
    if (parsed != NULL &&
        EC_POINT_oct2point(group, parsed, point.bytes, point.length, NULL) == 1)
        length =
            EC_POINT_point2oct(group, parsed, POINT_CONVERSION_UNCOMPRESSED,
                               bytes, sizeof(bytes), NULL);
    EC_POINT_free(parsed);
    ERR_pop_to_mark();
    der_add(der, bytes, length);
    return length > 0;
}
