/* SPDX-License-Identifier: BSD-3-Clause */
/* Which attributes are copied, of objects of each class. */
#include "router/transfer/traits.h"

#include "router/template.h"

#include <openssl/crypto.h>
#include <stdlib.h>
#include <string.h>

enum {
    OF_CERTIFICATE = 1 << 0,
    OF_DATA = 1 << 1,
    OF_PUBLIC = 1 << 2,
    OF_PRIVATE = 1 << 3,
    OF_SECRET = 1 << 4,
    OF_KEYS = OF_PUBLIC | OF_PRIVATE | OF_SECRET,
    OF_HIDDEN = OF_PRIVATE | OF_SECRET,
    OF_ALL = OF_CERTIFICATE | OF_DATA | OF_KEYS
};

/* When it is in the template, and whether the copy is none without it. */
enum giving {
    GIVEN,   /* where the object has a value */
    IF_TRUE, /* a permission or a protection: false is the default */
    WISHED,  /* left out where the member does not take it */
    TOLD,    /* by the member itself, or to it when the copy is there */
    USAGE,   /* true it is needed, false denied */
    OPTION,  /* a usage whose default is the member's: true it is wished, false
                denied */
    LIMIT    /* true is the default, and not every member knows it: false is
                denied */
};

/* CKA_VALUE is public, but for keys that are not; what a token says of itself
 * (CKA_LOCAL), or would not believe (CKA_TRUSTED), is in no copy. */
static const struct trait_fact {
    CK_ATTRIBUTE_TYPE type;
    unsigned classes;
    enum giving giving;
} facts[] = {
    { CKA_CLASS, OF_ALL, GIVEN },
    { CKA_CERTIFICATE_TYPE, OF_CERTIFICATE, GIVEN },
    { CKA_KEY_TYPE, OF_KEYS, GIVEN },
    { CKA_PRIVATE, OF_ALL, GIVEN },
    { CKA_LABEL, OF_ALL, GIVEN },
    { CKA_ID, OF_CERTIFICATE | OF_KEYS, GIVEN },
    { CKA_VALUE, OF_CERTIFICATE | OF_DATA | OF_PUBLIC, GIVEN },
    { CKA_SUBJECT, OF_CERTIFICATE, GIVEN },
    { CKA_SUBJECT, OF_PUBLIC | OF_PRIVATE, WISHED },
    { CKA_ISSUER, OF_CERTIFICATE, GIVEN },
    { CKA_SERIAL_NUMBER, OF_CERTIFICATE, GIVEN },
    { CKA_URL, OF_CERTIFICATE, WISHED },
    { CKA_CERTIFICATE_CATEGORY, OF_CERTIFICATE, WISHED },
    { CKA_APPLICATION, OF_DATA, GIVEN },
    { CKA_OBJECT_ID, OF_DATA, GIVEN },
    { CKA_MODULUS, OF_PUBLIC, GIVEN },
    { CKA_PUBLIC_EXPONENT, OF_PUBLIC, GIVEN },
    { CKA_EC_PARAMS, OF_PUBLIC, GIVEN },
    { CKA_EC_POINT, OF_PUBLIC, GIVEN },
    { CKA_PRIME, OF_PUBLIC, GIVEN },
    { CKA_SUBPRIME, OF_PUBLIC, GIVEN },
    { CKA_BASE, OF_PUBLIC, GIVEN },
    { CKA_PARAMETER_SET, OF_PUBLIC, GIVEN },
    { CKA_SENSITIVE, OF_HIDDEN, GIVEN },
    { CKA_EXTRACTABLE, OF_HIDDEN, WISHED },
    { CKA_ALWAYS_AUTHENTICATE, OF_PRIVATE, IF_TRUE },
    { CKA_WRAP_WITH_TRUSTED, OF_HIDDEN, IF_TRUE },
    { CKA_ENCRYPT, OF_PUBLIC | OF_SECRET, USAGE },
    { CKA_VERIFY, OF_PUBLIC | OF_SECRET, USAGE },
    { CKA_VERIFY_RECOVER, OF_PUBLIC, OPTION },
    { CKA_WRAP, OF_PUBLIC | OF_SECRET, USAGE },
    { CKA_DECRYPT, OF_HIDDEN, USAGE },
    { CKA_SIGN, OF_HIDDEN, USAGE },
    { CKA_SIGN_RECOVER, OF_PRIVATE, OPTION },
    { CKA_UNWRAP, OF_HIDDEN, USAGE },
    { CKA_DERIVE, OF_KEYS, USAGE },
    { CKA_ENCAPSULATE, OF_PUBLIC, IF_TRUE },
    { CKA_DECAPSULATE, OF_PRIVATE, IF_TRUE },
    { CKA_CHECK_VALUE, OF_SECRET, TOLD },
    { CKA_START_DATE, OF_CERTIFICATE | OF_KEYS, GIVEN },
    { CKA_END_DATE, OF_CERTIFICATE | OF_KEYS, GIVEN },
    { CKA_ALLOWED_MECHANISMS, OF_KEYS, GIVEN },
    { CKA_COPYABLE, OF_ALL, LIMIT },
    { CKA_DESTROYABLE, OF_ALL, LIMIT },
    /* The last one to be set: nothing else can be set after it. */
    { CKA_MODIFIABLE, OF_ALL, LIMIT },
};

enum { N_FACTS = sizeof(facts) / sizeof(facts[0]) };

_Static_assert((int)N_FACTS <= (int)TRAITS_MOST,
               "all of them are read at once");

static unsigned
class_bit(CK_OBJECT_CLASS object_class)
{
    switch (object_class) {
    case CKO_CERTIFICATE:
        return OF_CERTIFICATE;
    case CKO_DATA:
        return OF_DATA;
    case CKO_PUBLIC_KEY:
        return OF_PUBLIC;
    case CKO_PRIVATE_KEY:
        return OF_PRIVATE;
    case CKO_SECRET_KEY:
        return OF_SECRET;
    default:
        return 0;
    }
}

bool
traits_is_false_only_if_said(CK_ATTRIBUTE_TYPE type)
{
    for (size_t i = 0; i < N_FACTS; i++)
        if (facts[i].type == type)
            return facts[i].giving == OPTION || facts[i].giving == LIMIT;
    return false;
}

/* -- The list -------------------------------------------------------------- */

bool
traits_add(struct traits *traits, CK_ATTRIBUTE_TYPE type, const void *value,
           size_t length)
{
    unsigned char *copy;

    if (traits->count == TRAITS_MOST)
        return false;
    copy = malloc(length + 1);
    if (copy == NULL)
        return false;
    if (length > 0)
        memcpy(copy, value, length);
    traits->needs[traits->count] = TRAIT_NEEDED;
    traits->items[traits->count++] = (CK_ATTRIBUTE){ type, copy, length };
    return true;
}

void
traits_clear(struct traits *traits)
{
    for (CK_ULONG i = 0; i < traits->count; i++) {
        OPENSSL_cleanse(traits->items[i].pValue, traits->items[i].ulValueLen);
        free(traits->items[i].pValue);
    }
    traits->count = 0;
}

bool
traits_find(const struct traits *traits, CK_ATTRIBUTE_TYPE type,
            struct octets *out)
{
    const CK_ATTRIBUTE *found =
        template_find(traits->items, traits->count, type);

    if (found != NULL)
        *out = (struct octets){ found->pValue, found->ulValueLen };
    return found != NULL;
}

bool
traits_is_true(const struct traits *traits, CK_ATTRIBUTE_TYPE type,
               bool missing)
{
    return template_bool(traits->items, traits->count, type, missing);
}

CK_ULONG
traits_number(const struct traits *traits, CK_ATTRIBUTE_TYPE type)
{
    CK_ULONG number = CK_UNAVAILABLE_INFORMATION;
    struct octets value;

    if (traits_find(traits, type, &value) && value.length == sizeof(number))
        memcpy(&number, value.bytes, sizeof(number));
    return number;
}

void
traits_choose(const struct traits *traits, enum traits_level level,
              CK_BBOOL *is_token, struct traits_template *out)
{
    out->count = 0;
    out->items[out->count++] =
        (CK_ATTRIBUTE){ CKA_TOKEN, is_token, sizeof(*is_token) };
    for (CK_ULONG i = 0; i < traits->count; i++)
        if (traits->needs[i] == TRAIT_NEEDED ||
            (traits->needs[i] == TRAIT_DENIED && level != TRAITS_NEEDED) ||
            (traits->needs[i] == TRAIT_WISHED && level == TRAITS_ALL))
            out->items[out->count++] = traits->items[i];
}

/* -- Reading ---------------------------------------------------------------
 */

static enum trait_need
need_of(enum giving giving, bool is_true)
{
    switch (giving) {
    case TOLD:
        return TRAIT_TOLD;
    case WISHED:
        return TRAIT_WISHED;
    case USAGE:
        return is_true ? TRAIT_NEEDED : TRAIT_DENIED;
    case OPTION:
        return is_true ? TRAIT_WISHED : TRAIT_DENIED;
    case LIMIT:
        return is_true ? TRAIT_TOLD : TRAIT_DENIED;
    default:
        return TRAIT_NEEDED;
    }
}

/* Whether a copy is to have it, and how it is to be given. */
static bool
is_kept(const struct trait_fact *fact, const CK_ATTRIBUTE *item,
        enum trait_need *need)
{
    bool is_true = item->ulValueLen == sizeof(CK_BBOOL) &&
                   *(const CK_BBOOL *)item->pValue != CK_FALSE;

    *need = need_of(fact->giving, is_true);
    return item->ulValueLen > 0 && (fact->giving != IF_TRUE || is_true);
}

static const struct trait_fact *
find_fact(unsigned classes, CK_ATTRIBUTE_TYPE type)
{
    size_t i = 0;

    while (facts[i].type != type || (facts[i].classes & classes) == 0)
        i++;
    return &facts[i];
}

/* What was read behind the class, without what no copy has. */
static void
sort(unsigned classes, struct traits *out)
{
    CK_ULONG kept = 1;

    for (CK_ULONG i = 1; i < out->count; i++) {
        CK_ATTRIBUTE item = out->items[i];

        if (is_kept(find_fact(classes, item.type), &item, &out->needs[kept]))
            out->items[kept++] = item;
        else
            free(item.pValue);
    }
    out->count = kept;
}

CK_RV
traits_read(struct identity_place place, CK_OBJECT_HANDLE object,
            CK_OBJECT_CLASS object_class, struct traits *out)
{
    unsigned classes = class_bit(object_class);
    CK_ATTRIBUTE_TYPE types[N_FACTS];
    size_t n_types = 0;
    CK_RV rv;

    *out = (struct traits){ .count = 0 };
    for (size_t i = 0; i < N_FACTS; i++)
        if ((facts[i].classes & classes) != 0)
            types[n_types++] = facts[i].type;
    if (n_types == 0)
        return CKR_OK;
    rv = traits_read_values(place, object, types, n_types, out);
    if (rv != CKR_OK)
        return rv;
    if (out->count > 0 && out->items[0].type == CKA_CLASS)
        sort(classes, out);
    else
        traits_clear(out);
    return CKR_OK;
}

/* Of what a public key is made, and nothing else that it has. */
static bool
is_material(const struct trait_fact *fact, CK_OBJECT_CLASS object_class)
{
    return fact->type == CKA_KEY_TYPE ||
           (fact->type == CKA_VALUE && object_class == CKO_PUBLIC_KEY) ||
           (fact->classes == OF_PUBLIC && fact->giving == GIVEN);
}

CK_RV
traits_read_public(struct identity_place place, CK_OBJECT_HANDLE object,
                   CK_OBJECT_CLASS object_class, struct traits *out)
{
    CK_OBJECT_CLASS public_key = CKO_PUBLIC_KEY;
    CK_ATTRIBUTE_TYPE types[N_FACTS];
    size_t n_types = 0;

    *out = (struct traits){ .count = 0 };
    if (!traits_add(out, CKA_CLASS, &public_key, sizeof(public_key)))
        return CKR_HOST_MEMORY;
    for (size_t i = 0; i < N_FACTS; i++)
        if (is_material(&facts[i], object_class))
            types[n_types++] = facts[i].type;
    return traits_read_values(place, object, types, n_types, out);
}
