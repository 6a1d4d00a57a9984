/* SPDX-License-Identifier: BSD-3-Clause */
/* What a certificate proposes for the key that it is for. */
#ifndef CLI_CERTIFICATE_HINT_H
#define CLI_CERTIFICATE_HINT_H

#include "common/der.h"

#include <stdbool.h>

struct certificate_hint {
    char *name;      /* the common name of its subject; NULL: it has none */
    bool has_usage;  /* it restricts what the key may do: */
    unsigned usages; /* of enum software_usage */
};

/* False, with nothing to clear, where it is no certificate. */
bool certificate_hint_read(struct octets certificate,
                           struct certificate_hint *out);
void certificate_hint_clear(struct certificate_hint *hint);

#endif
