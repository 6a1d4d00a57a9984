/* SPDX-License-Identifier: BSD-3-Clause */
/* Reads the values that make a key. */
#include "router/transfer/cleartext.h"

#include "common/pages.h"

/* All of an RSA key of 16384 bits. */
enum { ROOM = 16 * 1024 };

/* What a key of a kind is made of, all of it. */
static const struct recipe {
    CK_OBJECT_CLASS object_class;
    CK_KEY_TYPE type; /* CK_UNAVAILABLE_INFORMATION: any */
    CK_ATTRIBUTE_TYPE parts[CLEARTEXT_MOST];
    CK_ULONG n_parts;
} recipes[] = {
    { CKO_PRIVATE_KEY,
      CKK_RSA,
      { CKA_MODULUS, CKA_PUBLIC_EXPONENT, CKA_PRIVATE_EXPONENT, CKA_PRIME_1,
        CKA_PRIME_2, CKA_EXPONENT_1, CKA_EXPONENT_2, CKA_COEFFICIENT },
      8 },
    { CKO_PRIVATE_KEY, CKK_EC, { CKA_EC_PARAMS, CKA_VALUE }, 2 },
    { CKO_PRIVATE_KEY, CKK_EC_EDWARDS, { CKA_EC_PARAMS, CKA_VALUE }, 2 },
    { CKO_SECRET_KEY, CK_UNAVAILABLE_INFORMATION, { CKA_VALUE }, 1 },
};

static const struct recipe *
find_recipe(const struct identity *identity)
{
    for (size_t i = 0; i < sizeof(recipes) / sizeof(recipes[0]); i++)
        if (recipes[i].object_class == identity->object_class &&
            (recipes[i].type == identity->key_type ||
             recipes[i].type == CK_UNAVAILABLE_INFORMATION))
            return &recipes[i];
    return NULL;
}

static CK_RV
read_part(struct identity_place place, CK_OBJECT_HANDLE key,
          CK_ATTRIBUTE_TYPE type, size_t *used, struct cleartext *out)
{
    CK_ATTRIBUTE part = { type, NULL, 0 };
    CK_ULONG room;
    CK_RV rv =
        place.functions->C_GetAttributeValue(place.session, key, &part, 1);

    if (rv == CKR_OK && part.ulValueLen == CK_UNAVAILABLE_INFORMATION)
        rv = CKR_ATTRIBUTE_SENSITIVE;
    if (rv != CKR_OK)
        return rv;
    room = part.ulValueLen;
    if (room > ROOM - *used)
        return CKR_KEY_SIZE_RANGE;
    part.pValue = out->pages + *used;
    rv = place.functions->C_GetAttributeValue(place.session, key, &part, 1);
    if (rv == CKR_OK && part.ulValueLen > room)
        rv = CKR_GENERAL_ERROR;
    if (rv == CKR_OK)
        out->items[out->count++] = part;
    *used += room;
    return rv;
}

CK_RV
cleartext_read(struct identity_place place, CK_OBJECT_HANDLE key,
               const struct identity *identity, struct cleartext *out)
{
    const struct recipe *recipe = find_recipe(identity);
    size_t used = 0;
    CK_RV rv = CKR_OK;

    *out = (struct cleartext){ .count = 0 };
    if (recipe == NULL)
        return CKR_KEY_TYPE_INCONSISTENT;
    out->pages = pages_new(ROOM);
    if (out->pages == NULL)
        return CKR_HOST_MEMORY;
    for (CK_ULONG i = 0; rv == CKR_OK && i < recipe->n_parts; i++)
        rv = read_part(place, key, recipe->parts[i], &used, out);
    return rv;
}

void
cleartext_clear(struct cleartext *cleartext)
{
    pages_free(cleartext->pages, ROOM);
    *cleartext = (struct cleartext){ .count = 0 };
}
