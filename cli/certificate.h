/* SPDX-License-Identifier: BSD-3-Clause */
/* What people want to know of a certificate. */
#ifndef CLI_CERTIFICATE_H
#define CLI_CERTIFICATE_H

#include "backends/certificate.h"

#include <stdbool.h>
#include <time.h>

struct certificate {
    char *subject; /* as RFC 4514 writes it */
    char *issuer;
    char *serial_number; /* in hexadecimal; NULL where it is none */
    struct tm expiry;
};

/* False, with nothing to clear, when the bytes are no X.509 certificate. */
bool certificate_read(struct octets der, struct certificate *out);
void certificate_clear(struct certificate *certificate);

/* The day; the caller frees it. */
char *certificate_expiry_text(const struct certificate *certificate);

/* Whether its time is over. */
bool certificate_has_expired(const struct certificate *certificate, time_t now);

#endif
