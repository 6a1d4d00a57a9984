/* SPDX-License-Identifier: BSD-3-Clause */
/* Where the parts of an X.509 certificate are. */
#include "backends/certificate.h"

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
        { DER_SEQUENCE, NULL }, /* validity */
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
    return true;
}
