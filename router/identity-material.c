/* SPDX-License-Identifier: BSD-3-Clause */
/* Which attributes of which objects tell a public key. */
#include "router/identity-read.h"

enum { NUMBER_ROOM = 2080, INFO_ROOM = 4096, CERTIFICATE_ROOM = 8192 };

static const struct value_request rsa[] = {
    { .type = CKA_MODULUS, .room = NUMBER_ROOM },
    { .type = CKA_PUBLIC_EXPONENT, .room = NUMBER_ROOM },
    { .type = CKA_PUBLIC_KEY_INFO, .room = INFO_ROOM },
};
static const struct value_request ec[] = {
    { .type = CKA_EC_PARAMS, .room = 1024 },
    { .type = CKA_EC_POINT, .room = 512 },
    { .type = CKA_PUBLIC_KEY_INFO, .room = INFO_ROOM },
};
static const struct value_request domain[] = {
    { .type = CKA_PRIME, .room = NUMBER_ROOM },
    { .type = CKA_SUBPRIME, .room = NUMBER_ROOM },
    { .type = CKA_BASE, .room = NUMBER_ROOM },
    { .type = CKA_VALUE, .room = NUMBER_ROOM },
    { .type = CKA_PUBLIC_KEY_INFO, .room = INFO_ROOM },
};
static const struct value_request parameter_set[] = {
    { .type = CKA_PARAMETER_SET, .room = sizeof(CK_ULONG) },
    { .type = CKA_VALUE, .room = INFO_ROOM },
    { .type = CKA_PUBLIC_KEY_INFO, .room = INFO_ROOM },
};
static const struct value_request info[] = {
    { .type = CKA_PUBLIC_KEY_INFO, .room = INFO_ROOM },
};
static const struct value_request certificate[] = {
    { .type = CKA_VALUE, .room = CERTIFICATE_ROOM, .may_be_longer = true },
    { .type = CKA_PUBLIC_KEY_INFO, .room = INFO_ROOM },
};

static bool
build_rsa(const struct values *values, CK_KEY_TYPE type, struct public_key *out)
{
    (void)type;
    return public_key_from_rsa(values_get(values, CKA_MODULUS),
                               values_get(values, CKA_PUBLIC_EXPONENT), out);
}

static bool
build_ec(const struct values *values, CK_KEY_TYPE type, struct public_key *out)
{
    (void)type;
    return public_key_from_ec(values_get(values, CKA_EC_PARAMS),
                              values_get(values, CKA_EC_POINT), out);
}

static bool
build_dsa(const struct values *values, CK_KEY_TYPE type, struct public_key *out)
{
    (void)type;
    return public_key_from_dsa(values_get(values, CKA_PRIME),
                               values_get(values, CKA_SUBPRIME),
                               values_get(values, CKA_BASE),
                               values_get(values, CKA_VALUE), out);
}

static bool
build_dh(const struct values *values, CK_KEY_TYPE type, struct public_key *out)
{
    struct octets subprime = { 0 };

    if (type == CKK_X9_42_DH)
        subprime = values_get(values, CKA_SUBPRIME);
    return public_key_from_dh(values_get(values, CKA_PRIME), subprime,
                              values_get(values, CKA_BASE),
                              values_get(values, CKA_VALUE), out);
}

static bool
build_parameter_set(const struct values *values, CK_KEY_TYPE type,
                    struct public_key *out)
{
    return public_key_from_parameter_set(type,
                                         values_number(values,
                                                       CKA_PARAMETER_SET, 0),
                                         values_get(values, CKA_VALUE), out);
}

/* CKA_VALUE of a private key is its secret: only public ones are asked. */
static const struct material_row {
    CK_KEY_TYPE type;
    bool is_for_private; /* the same attributes are public there too */
    const struct value_request *requests;
    size_t n_requests;
    bool (*build)(const struct values *values, CK_KEY_TYPE type,
                  struct public_key *out);
} rows[] = {
    { CKK_RSA, true, rsa, 3, build_rsa },
    { CKK_EC, true, ec, 3, build_ec },
    { CKK_EC_EDWARDS, true, ec, 3, build_ec },
    { CKK_EC_MONTGOMERY, true, ec, 3, build_ec },
    { CKK_DSA, false, domain, 5, build_dsa },
    { CKK_DH, false, domain, 5, build_dh },
    { CKK_X9_42_DH, false, domain, 5, build_dh },
    { CKK_ML_DSA, false, parameter_set, 3, build_parameter_set },
    { CKK_SLH_DSA, false, parameter_set, 3, build_parameter_set },
    { CKK_ML_KEM, false, parameter_set, 3, build_parameter_set },
};

static bool
build_certificate(const struct values *values, CK_KEY_TYPE type,
                  struct public_key *out)
{
    (void)type;
    return public_key_from_certificate(values_get(values, CKA_VALUE), out);
}

static const struct material_row other_key = { .requests = info,
                                               .n_requests = 1 };
static const struct material_row any_certificate = {
    .requests = certificate, .n_requests = 2, .build = build_certificate
};

static const struct material_row *
row_find(CK_OBJECT_CLASS object_class, CK_KEY_TYPE type)
{
    if (object_class == CKO_CERTIFICATE)
        return &any_certificate;
    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++)
        if (rows[i].type == type &&
            (object_class == CKO_PUBLIC_KEY || rows[i].is_for_private))
            return &rows[i];
    return &other_key;
}

/*
 * The numbers themselves come before CKA_PUBLIC_KEY_INFO: tokens keep in that
 * one whatever an application once wrote there, often nothing.
 */
CK_RV
identity_material_read(struct identity_place place, CK_OBJECT_HANDLE object,
                       CK_OBJECT_CLASS object_class, CK_KEY_TYPE type,
                       struct identity_material *out)
{
    const struct material_row *row = row_find(object_class, type);
    CK_RV rv;

    *out = (struct identity_material){ 0 };
    rv = values_read(place.functions, place.session, object, row->requests,
                     row->n_requests, &out->values);
    if (rv != CKR_OK)
        return rv;
    out->has_key =
        row->build != NULL && row->build(&out->values, type, &out->key);
    if (!out->has_key && !out->key.der.has_failed)
        out->has_key =
            public_key_from_info(values_get(&out->values, CKA_PUBLIC_KEY_INFO),
                                 &out->key);
    if (!out->has_key && out->key.der.has_failed) {
        values_clear(&out->values);
        return CKR_HOST_MEMORY;
    }
    if (!out->has_key && row->requests == ec)
        out->curve = public_key_curve(values_get(&out->values, CKA_EC_PARAMS));
    out->modulus = values_get(&out->values, CKA_MODULUS);
    return CKR_OK;
}

void
identity_material_clear(struct identity_material *material)
{
    public_key_clear(&material->key);
    values_clear(&material->values);
}
