/* SPDX-License-Identifier: BSD-3-Clause */
/* What people want to know of a certificate. */
#ifndef CLI_CERTIFICATE_H
#define CLI_CERTIFICATE_H

#include "common/der.h"

#include <stdbool.h>
#include <time.h>

struct certificate {
    char *subject; /* as RFC 4514 writes it; the caller frees it */
    struct tm expiry;
};

/* False, with nothing to free, when the bytes are no X.509 certificate. */
bool certificate_read(struct octets der, struct certificate *out);

/* Whether its time is over. */
bool certificate_has_expired(const struct certificate *certificate, time_t now);

#endif
