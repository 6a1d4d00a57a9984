/* SPDX-License-Identifier: BSD-3-Clause */
/* Whether a copy has the attributes that it must have, and no others. */
#include "router/transfer/traits.h"

/* A protection that the object has, and whether its copy has it too. */
static bool
is_protected(const struct traits *traits, const struct traits *copy,
             CK_ATTRIBUTE_TYPE type)
{
    return !traits_is_true(traits, type, false) ||
           traits_is_true(copy, type, false);
}

/* NSS's softoken lets every private EC key derive, whatever it is told: what
 * comes of it is no part of the key. */
static bool
is_tolerated(const struct traits *traits, CK_ATTRIBUTE_TYPE usage)
{
    return usage == CKA_DERIVE &&
           traits_number(traits, CKA_CLASS) == CKO_PRIVATE_KEY;
}

/* A key that only wraps and may suddenly decrypt too gives the keys away that
 * it has wrapped. */
static bool
is_limited(const struct traits *traits, const struct traits *copy)
{
    for (CK_ULONG i = 0; i < traits->count; i++) {
        CK_ATTRIBUTE_TYPE type = traits->items[i].type;

        if (traits->needs[i] == TRAIT_DENIED &&
            traits_is_true(copy, type, false) && !is_tolerated(traits, type))
            return false;
    }
    return true;
}

static bool
is_equal(const struct traits *traits, const struct traits *copy,
         CK_ATTRIBUTE_TYPE type)
{
    struct octets one = { 0 }, other = { 0 };

    (void)traits_find(traits, type, &one);
    (void)traits_find(copy, type, &other);
    return octets_equal(one, other);
}

static void
set(struct identity_place place, CK_OBJECT_HANDLE copy, CK_ATTRIBUTE_TYPE type,
    struct octets value)
{
    CK_ATTRIBUTE attribute = { type, (void *)(uintptr_t)value.bytes,
                               value.length };

    (void)place.functions->C_SetAttributeValue(place.session, copy, &attribute,
                                               1);
}

void
traits_restore(const struct traits *traits, struct identity_place place,
               CK_OBJECT_HANDLE copy)
{
    static const CK_BBOOL yes = CK_TRUE;
    struct octets check_value, its;
    struct traits has;

    if (traits_read(place, copy, &has) == CKR_OK) {
        if (!is_protected(traits, &has, CKA_SENSITIVE))
            set(place, copy, CKA_SENSITIVE,
                (struct octets){ &yes, sizeof(yes) });
        if (traits_find(traits, CKA_CHECK_VALUE, &check_value) &&
            !traits_find(&has, CKA_CHECK_VALUE, &its))
            set(place, copy, CKA_CHECK_VALUE, check_value);
    }
    traits_clear(&has);
}

bool
traits_are_kept(const struct traits *traits, struct identity_place place,
                CK_OBJECT_HANDLE copy)
{
    struct traits has;
    bool is_kept = traits_read(place, copy, &has) == CKR_OK &&
                   is_equal(traits, &has, CKA_ID) &&
                   is_equal(traits, &has, CKA_LABEL) &&
                   is_equal(traits, &has, CKA_ALLOWED_MECHANISMS) &&
                   is_protected(traits, &has, CKA_PRIVATE) &&
                   is_protected(traits, &has, CKA_SENSITIVE) &&
                   is_protected(traits, &has, CKA_ALWAYS_AUTHENTICATE) &&
                   is_limited(traits, &has);

    traits_clear(&has);
    return is_kept;
}
