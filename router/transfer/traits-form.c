/* SPDX-License-Identifier: BSD-3-Clause */
/* Values that vendors write in more than one way. */
#include "router/transfer/traits.h"

#include "common/der.h"

#include <stdlib.h>
#include <string.h>

/* In an OCTET STRING, as the standard has it, or bare. */
static bool
change_point(struct octets from, struct der *out)
{
    struct octets content;

    if (der_open(from, DER_OCTET_STRING, &content)) {
        der_add(out, content.bytes, content.length);
    } else {
        der_add(out, from.bytes, from.length);
        der_wrap(out, 0, DER_OCTET_STRING);
    }
    return !out->has_failed;
}

static const struct trait_form {
    CK_ATTRIBUTE_TYPE type;
    CK_OBJECT_CLASS object_class;
    bool (*change)(struct octets from, struct der *out);
} forms[] = {
    { CKA_EC_POINT, CKO_PUBLIC_KEY, change_point },
};

static bool
reform(CK_ATTRIBUTE *attribute, const struct trait_form *form)
{
    struct octets value = { attribute->pValue, attribute->ulValueLen };
    struct der changed = { .has_failed = false };
    unsigned char *copy = NULL;

    if (form->change(value, &changed) && changed.length > 0)
        copy = malloc(changed.length);
    if (copy != NULL) {
        memcpy(copy, changed.bytes, changed.length);
        free(attribute->pValue);
        attribute->pValue = copy;
        attribute->ulValueLen = changed.length;
    }
    der_free(&changed);
    return copy != NULL;
}

bool
traits_reform(struct traits *traits)
{
    CK_OBJECT_CLASS object_class = traits_number(traits, CKA_CLASS);
    bool is_changed = false;

    for (CK_ULONG i = 0; i < traits->count; i++)
        for (size_t k = 0; k < sizeof(forms) / sizeof(forms[0]); k++)
            if (forms[k].type == traits->items[i].type &&
                forms[k].object_class == object_class)
                is_changed |= reform(&traits->items[i], &forms[k]);
    return is_changed;
}
