/* SPDX-License-Identifier: BSD-3-Clause */
/* Reads what an object is. */
#include "router/identity-read.h"

#include "common/cleanup.h"
#include "common/clock.h"
#include "common/crypto.h"

#include <stdlib.h>
#include <string.h>

static const struct value_request description[] = {
    { .type = CKA_CLASS, .room = sizeof(CK_OBJECT_CLASS) },
    { .type = CKA_KEY_TYPE, .room = sizeof(CK_KEY_TYPE) },
    { .type = CKA_TOKEN, .room = sizeof(CK_BBOOL) },
    { .type = CKA_PRIVATE, .room = sizeof(CK_BBOOL) },
    { .type = CKA_ID, .room = 256, .may_be_longer = true },
    { .type = CKA_LABEL, .room = 256, .may_be_longer = true },
    { .type = CKA_UNIQUE_ID, .room = 256 },
    { .type = CKA_CHECK_VALUE, .room = 64 },
    { .type = CKA_ALWAYS_AUTHENTICATE, .room = sizeof(CK_BBOOL) },
};

/* What makes an object of such a class what it is; without the first of them
 * it is nothing in particular. */
static const struct value_request data[] = {
    { .type = CKA_VALUE, .room = 4096, .may_be_longer = true },
    { .type = CKA_APPLICATION, .room = 256, .may_be_longer = true },
    { .type = CKA_OBJECT_ID, .room = 256, .may_be_longer = true },
};
/* The certificate that it names, and what that is trusted for. */
static const struct value_request trust[] = {
    { .type = CKA_ISSUER, .room = 512, .may_be_longer = true },
    { .type = CKA_SERIAL_NUMBER, .room = 64, .may_be_longer = true },
    { .type = CKA_HASH_OF_CERTIFICATE, .room = 64 },
    { .type = CKA_NAME_HASH_ALGORITHM, .room = sizeof(CK_ULONG) },
    { .type = CKA_TRUST_SERVER_AUTH, .room = sizeof(CK_ULONG) },
    { .type = CKA_TRUST_CLIENT_AUTH, .room = sizeof(CK_ULONG) },
    { .type = CKA_TRUST_CODE_SIGNING, .room = sizeof(CK_ULONG) },
    { .type = CKA_TRUST_EMAIL_PROTECTION, .room = sizeof(CK_ULONG) },
    { .type = CKA_TRUST_IPSEC_IKE, .room = sizeof(CK_ULONG) },
    { .type = CKA_TRUST_TIME_STAMPING, .room = sizeof(CK_ULONG) },
    { .type = CKA_TRUST_OCSP_SIGNING, .room = sizeof(CK_ULONG) },
};
static const struct value_request profile[] = {
    { .type = CKA_PROFILE_ID, .room = sizeof(CK_ULONG) },
};
static const struct value_request mechanism[] = {
    { .type = CKA_MECHANISM_TYPE, .room = sizeof(CK_MECHANISM_TYPE) },
};

static const struct content {
    CK_OBJECT_CLASS object_class;
    const struct value_request *requests;
    size_t n_requests;
} contents[] = {
    { CKO_DATA, data, sizeof(data) / sizeof(data[0]) },
    { CKO_TRUST, trust, sizeof(trust) / sizeof(trust[0]) },
    { CKO_PROFILE, profile, sizeof(profile) / sizeof(profile[0]) },
    { CKO_MECHANISM, mechanism, sizeof(mechanism) / sizeof(mechanism[0]) },
};

/* Copies a value behind the identity that it belongs to. */
static void
identity_keep(unsigned char **room, struct octets value, unsigned char **bytes,
              size_t *length)
{
    if (value.length > 0)
        memcpy(*room, value.bytes, value.length);
    *bytes = *room;
    *length = value.length;
    *room += value.length;
}

static struct identity *
identity_new(const struct values *values, CK_OBJECT_CLASS object_class)
{
    struct octets id = values_get(values, CKA_ID);
    struct octets label = values_get(values, CKA_LABEL);
    struct octets unique_id = values_get(values, CKA_UNIQUE_ID);
    struct octets check_value = values_get(values, CKA_CHECK_VALUE);
    struct identity *identity = calloc(1, sizeof(*identity) + id.length +
                                              label.length + unique_id.length);
    unsigned char *room;

    if (identity == NULL)
        return NULL;
    room = (unsigned char *)(identity + 1);
    identity->object_class = object_class;
    identity->key_type =
        values_number(values, CKA_KEY_TYPE, CK_UNAVAILABLE_INFORMATION);
    identity->is_private = values_is_true(values, CKA_PRIVATE);
    identity->is_token = values_is_true(values, CKA_TOKEN);
    identity->asks_each_time = values_is_true(values, CKA_ALWAYS_AUTHENTICATE);
    identity_keep(&room, id, &identity->id, &identity->id_length);
    identity_keep(&room, label, &identity->label, &identity->label_length);
    identity_keep(&room, unique_id, &identity->unique_id,
                  &identity->unique_id_length);
    if (object_class == CKO_SECRET_KEY &&
        check_value.length >= IDENTITY_CHECK_VALUE_LENGTH) {
        identity->has_check_value = true;
        memcpy(identity->check_value, check_value.bytes,
               IDENTITY_CHECK_VALUE_LENGTH);
    }
    return identity;
}

/* Keys and certificates. A key that the token does not let see is none. */
static CK_RV
read_public_key(struct identity_place place, CK_OBJECT_HANDLE object,
                bool may_search, struct identity *identity)
{
    struct identity_material material;
    struct octets value;
    CK_RV rv = identity_material_read(place, object, identity->object_class,
                                      identity->key_type, &material);

    if (rv != CKR_OK)
        return rv == CKR_HOST_MEMORY ? rv : CKR_OK;
    if (material.has_key)
        identity->has_fingerprint =
            public_key_fingerprint(&material.key, identity->fingerprint);
    else if (may_search && identity->object_class == CKO_PRIVATE_KEY)
        rv = identity_find_twin(place, identity, &material,
                                &identity->has_fingerprint,
                                identity->fingerprint);
    if (identity->object_class == CKO_CERTIFICATE &&
        values_find(&material.values, CKA_VALUE, &value) && value.length > 0)
        identity->has_content =
            crypto_sha256(value.bytes, value.length, identity->content);
    identity_material_clear(&material);
    return rv;
}

/* Each value after its length. */
static CK_RV
read_content(struct identity_place place, CK_OBJECT_HANDLE object,
             const struct content *content, struct identity *identity)
{
    struct values values;
    struct octets octets[VALUES_MAX];
    struct crypto_piece pieces[2 * VALUES_MAX];
    CK_RV rv = values_read(place.functions, place.session, object,
                           content->requests, content->n_requests, &values);

    if (rv != CKR_OK)
        return rv == CKR_HOST_MEMORY ? rv : CKR_OK;
    for (size_t i = 0; i < content->n_requests; i++) {
        octets[i] = values_get(&values, content->requests[i].type);
        pieces[2 * i] = (struct crypto_piece){ &octets[i].length,
                                               sizeof(octets[i].length) };
        pieces[2 * i + 1] =
            (struct crypto_piece){ octets[i].bytes, octets[i].length };
    }
    if (values_find(&values, content->requests[0].type, &octets[0]))
        identity->has_content =
            crypto_sha256_pieces(pieces, 2 * content->n_requests,
                                 identity->content);
    values_clear(&values);
    return CKR_OK;
}

static CK_RV
read_contents(struct identity_place place, CK_OBJECT_HANDLE object,
              struct identity *identity)
{
    for (size_t i = 0; i < sizeof(contents) / sizeof(contents[0]); i++)
        if (contents[i].object_class == identity->object_class)
            return read_content(place, object, &contents[i], identity);
    return CKR_OK;
}

CK_RV
identity_read_at(struct identity_place place, CK_OBJECT_HANDLE object,
                 bool may_search, struct identity **out)
{
    CLEANUP(identity_freep) struct identity *identity = NULL;
    struct values values;
    struct octets object_class;
    CK_RV rv =
        values_read(place.functions, place.session, object, description,
                    sizeof(description) / sizeof(description[0]), &values);

    if (rv != CKR_OK)
        return rv;
    if (values_find(&values, CKA_CLASS, &object_class) &&
        object_class.length == sizeof(CK_OBJECT_CLASS))
        identity = identity_new(&values, values_number(&values, CKA_CLASS, 0));
    else
        rv = CKR_OBJECT_HANDLE_INVALID; /* whatever it is, it is no object */
    values_clear(&values);
    if (rv != CKR_OK)
        return rv;
    if (identity == NULL)
        return CKR_HOST_MEMORY;
    switch (identity->object_class) {
    case CKO_PUBLIC_KEY:
    case CKO_PRIVATE_KEY:
    case CKO_CERTIFICATE:
        rv = read_public_key(place, object, may_search, identity);
        break;
    default:
        rv = read_contents(place, object, identity);
        break;
    }
    if (rv != CKR_OK)
        return rv;
    identity->read_at = clock_now();
    *out = identity;
    identity = NULL;
    return CKR_OK;
}

CK_RV
identity_read(const CK_FUNCTION_LIST_3_2 *functions, CK_SESSION_HANDLE session,
              CK_OBJECT_HANDLE object, bool may_search, struct identity **out)
{
    struct identity_place place = { functions, session, NULL };

    return identity_read_at(place, object, may_search, out);
}
