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
is_limited(const struct traits *traits, const struct traits *copy,
           CK_ATTRIBUTE_TYPE *out)
{
    for (CK_ULONG i = 0; i < traits->count; i++) {
        *out = traits->items[i].type;
        if (traits->needs[i] == TRAIT_DENIED &&
            traits_is_true(copy, *out, false) && !is_tolerated(traits, *out))
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

static bool
set(struct identity_place place, CK_OBJECT_HANDLE copy, CK_ATTRIBUTE_TYPE type,
    struct octets value)
{
    CK_ATTRIBUTE attribute = { type, (void *)(uintptr_t)value.bytes,
                               value.length };

    return place.functions->C_SetAttributeValue(place.session, copy, &attribute,
                                                1) == CKR_OK;
}

/* What the copy may, and its object may not. */
static bool
is_more(const struct traits *traits, CK_ULONG index, const struct traits *copy)
{
    CK_ATTRIBUTE_TYPE type = traits->items[index].type;

    return (traits->needs[index] == TRAIT_DENIED || type == CKA_EXTRACTABLE) &&
           !traits_is_true(traits, type, false) &&
           traits_is_true(copy, type, false);
}

/* Gives it what it was read without; whether something is otherwise now. */
static bool
restore(const struct traits *traits, struct identity_place place,
        CK_OBJECT_HANDLE copy, const struct traits *has)
{
    static const CK_BBOOL yes = CK_TRUE, no = CK_FALSE;
    struct octets check_value, its;
    bool is_set = false;

    if (!is_protected(traits, has, CKA_SENSITIVE))
        is_set = set(place, copy, CKA_SENSITIVE,
                     (struct octets){ &yes, sizeof(yes) });
    if (traits_find(traits, CKA_CHECK_VALUE, &check_value) &&
        !traits_find(has, CKA_CHECK_VALUE, &its))
        is_set = set(place, copy, CKA_CHECK_VALUE, check_value) || is_set;
    /* CKA_MODIFIABLE is the last, and then nothing can be set. */
    for (CK_ULONG i = 0; i < traits->count; i++)
        if (is_more(traits, i, has))
            is_set = set(place, copy, traits->items[i].type,
                         (struct octets){ &no, sizeof(no) }) ||
                     is_set;
    return is_set;
}

/* As its original's attributes, so that they can be compared. */
static CK_RV
read_like(const struct traits *traits, struct identity_place place,
          CK_OBJECT_HANDLE copy, struct traits *out)
{
    return traits_read(place, copy, traits_number(traits, CKA_CLASS), out);
}

/* As it is after that. */
static bool
read_restored(const struct traits *traits, struct identity_place place,
              CK_OBJECT_HANDLE copy, struct traits *out)
{
    if (read_like(traits, place, copy, out) != CKR_OK)
        return false;
    if (!restore(traits, place, copy, out))
        return true;
    traits_clear(out);
    return read_like(traits, place, copy, out) == CKR_OK;
}

/* What a copy must have as it is, and what it may have more of. */
static const struct {
    CK_ATTRIBUTE_TYPE type;
    bool (*is_kept)(const struct traits *traits, const struct traits *copy,
                    CK_ATTRIBUTE_TYPE type);
} kept[] = {
    { CKA_ID, is_equal },
    { CKA_LABEL, is_equal },
    { CKA_ALLOWED_MECHANISMS, is_equal },
    { CKA_PRIVATE, is_protected },
    { CKA_SENSITIVE, is_protected },
    { CKA_ALWAYS_AUTHENTICATE, is_protected },
};

/* What is denied to the original, and of which the copy says nothing. */
static bool
is_silent(const struct traits *traits, const struct traits *copy,
          CK_ULONG index)
{
    CK_ATTRIBUTE_TYPE type = traits->items[index].type;
    struct octets its;

    return traits->needs[index] == TRAIT_DENIED &&
           traits_is_false_only_if_said(type) && !traits_find(copy, type, &its);
}

bool
traits_are_kept(const struct traits *traits, struct identity_place place,
                CK_OBJECT_HANDLE copy, struct trait_losses *out)
{
    struct traits has;
    bool is_kept = read_restored(traits, place, copy, &has);

    *out = (struct trait_losses){ .first = CK_UNAVAILABLE_INFORMATION };
    for (size_t i = 0; is_kept && i < sizeof(kept) / sizeof(kept[0]); i++) {
        out->first = kept[i].type;
        is_kept = kept[i].is_kept(traits, &has, out->first);
    }
    is_kept = is_kept && is_limited(traits, &has, &out->first);
    for (CK_ULONG i = 0; is_kept && i < traits->count; i++)
        if (is_silent(traits, &has, i))
            out->silent[out->n_silent++] = traits->items[i].type;
    traits_clear(&has);
    return is_kept;
}

CK_RV
traits_compare(const struct traits *traits, struct identity_place place,
               CK_OBJECT_HANDLE object, bool *are_equal)
{
    struct traits has;
    CK_RV rv = read_like(traits, place, object, &has);

    *are_equal = rv == CKR_OK && has.count == traits->count;
    for (CK_ULONG i = 0; *are_equal && i < traits->count; i++)
        *are_equal = is_equal(traits, &has, traits->items[i].type);
    traits_clear(&has);
    return rv;
}

/* -- One by one --------------------------------------------------------------
 */

/* Of which there is more than one form. */
static bool
is_point(CK_ATTRIBUTE_TYPE type)
{
    return type == CKA_EC_POINT || type == CKA_EC_PARAMS;
}

/* What is true where nothing is said of it. */
static bool
is_default(const struct traits *traits, CK_ULONG index)
{
    return traits->needs[index] == TRAIT_TOLD &&
           traits_is_false_only_if_said(traits->items[index].type);
}

static bool
is_same(const struct traits *traits, const struct traits *copy, CK_ULONG index)
{
    CK_ATTRIBUTE_TYPE type = traits->items[index].type;

    if (traits->needs[index] == TRAIT_DENIED)
        return !traits_is_true(copy, type, false) &&
               !is_silent(traits, copy, index);
    return is_default(traits, index) ? traits_is_true(copy, type, true)
                                     : is_equal(traits, copy, type);
}

/* Whether the copy may have it otherwise. */
static bool
is_expected(const struct traits *traits, const struct traits *copy,
            CK_ULONG index)
{
    CK_ATTRIBUTE_TYPE type = traits->items[index].type;

    for (size_t i = 0; i < sizeof(kept) / sizeof(kept[0]); i++)
        if (kept[i].type == type)
            return kept[i].is_kept(traits, copy, type);
    if (traits->needs[index] == TRAIT_DENIED)
        return is_tolerated(traits, type) || is_silent(traits, copy, index);
    return traits->needs[index] != TRAIT_NEEDED || is_point(type);
}

static bool
is_protection(CK_ATTRIBUTE_TYPE type)
{
    return type == CKA_PRIVATE || type == CKA_SENSITIVE ||
           type == CKA_ALWAYS_AUTHENTICATE || type == CKA_WRAP_WITH_TRUSTED;
}

/* A permission that the original does not know of. */
static bool
is_gained(const struct traits *traits, const struct traits *copy,
          CK_ULONG index)
{
    const CK_ATTRIBUTE *its = &copy->items[index];

    return copy->needs[index] == TRAIT_NEEDED &&
           its->ulValueLen == sizeof(CK_BBOOL) &&
           traits_is_true(copy, its->type, false) &&
           !is_protection(its->type) && !is_tolerated(traits, its->type);
}

static void
add(struct trait_differences *out, CK_ATTRIBUTE_TYPE type, bool is_expected)
{
    out->items[out->count++] = (struct trait_difference){ type, is_expected };
    out->n_unexpected += is_expected ? 0 : 1;
}

CK_RV
traits_differ(const struct traits *traits, struct identity_place place,
              CK_OBJECT_HANDLE copy, struct trait_differences *out)
{
    struct traits has;
    CK_RV rv = read_like(traits, place, copy, &has);
    struct octets value;

    *out = (struct trait_differences){ .count = 0 };
    for (CK_ULONG i = 0; rv == CKR_OK && i < traits->count; i++)
        if (!is_same(traits, &has, i))
            add(out, traits->items[i].type, is_expected(traits, &has, i));
    for (CK_ULONG i = 0; rv == CKR_OK && i < has.count; i++)
        if (has.needs[i] != TRAIT_DENIED && !is_default(&has, i) &&
            !traits_find(traits, has.items[i].type, &value))
            add(out, has.items[i].type, !is_gained(traits, &has, i));
    traits_clear(&has);
    return rv;
}
