/* SPDX-License-Identifier: BSD-3-Clause */
/* Where the parts of an X.509 certificate are. */
#include "backends/certificate.h"

/* Behind unique identifiers, which nobody uses. */
static void
find_extensions(struct octets rest, struct octets *out)
{
    struct octets content;

    while (der_tag(rest) >= 0 && der_tag(rest) != DER_EXPLICIT_3)
        if (!der_take(&rest, (enum der_tag)der_tag(rest), &content, NULL))
            return;
    if (der_take(&rest, DER_EXPLICIT_3, &content, NULL))
        (void)der_open(content, DER_SEQUENCE, out);
}

bool
certificate_find_parts(struct octets der, struct certificate_parts *out)
{
    const struct {
        enum der_tag tag;
        struct octets *whole;
    } parts[] = {
        { DER_INTEGER, &out->serial_number },
        { DER_SEQUENCE, NULL }, /* algorithm */
        { DER_SEQUENCE, &out->issuer },
        { DER_SEQUENCE, &out->validity },
        { DER_SEQUENCE, &out->subject },
        { DER_SEQUENCE, &out->key_info },
    };
    struct octets signed_part, content, ignored;

    *out = (struct certificate_parts){ 0 };
    if (!der_take(&der, DER_SEQUENCE, &content, NULL) ||
        !der_take(&content, DER_SEQUENCE, &signed_part, NULL))
        return false;
    if (der_tag(signed_part) == DER_EXPLICIT_0 &&
        !der_take(&signed_part, DER_EXPLICIT_0, &ignored, NULL))
        return false;
    for (size_t i = 0; i < sizeof(parts) / sizeof(parts[0]); i++)
        if (!der_take(&signed_part, parts[i].tag, &ignored, parts[i].whole))
            return false;
    find_extensions(signed_part, &out->extensions);
    return true;
}

struct octets
certificate_find_extension(const struct certificate_parts *parts,
                           struct octets oid)
{
    struct octets rest = parts->extensions;
    struct octets extension, its_oid, value, ignored;

    while (der_take(&rest, DER_SEQUENCE, &extension, NULL)) {
        if (!der_take(&extension, DER_OID, &its_oid, NULL))
            break;
        (void)der_take(&extension, DER_BOOLEAN, &ignored, NULL); /* critical */
        if (octets_equal(its_oid, oid) &&
            der_take(&extension, DER_OCTET_STRING, &value, NULL))
            return value;
    }
    return (struct octets){ NULL, 0 };
}
