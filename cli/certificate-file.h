/* SPDX-License-Identifier: BSD-3-Clause */
/* Certificates in files: PEM, one or several, or DER. */
#ifndef CLI_CERTIFICATE_FILE_H
#define CLI_CERTIFICATE_FILE_H

#include "backends/certificate.h"
#include "common/error.h"

#include <stdio.h>

struct certificate_file {
    struct octets *items; /* DER */
    size_t n_items;
};

/* Adds what is in the file, in its order. What else PEM holds is passed over;
 * false where there is no certificate, or one that is damaged. */
bool certificate_file_read(const char *path, struct certificate_file *out,
                           struct error *error);

/* Adds one, of which what stands behind it is no part; false: it is none. */
bool certificate_file_add(struct octets certificate,
                          struct certificate_file *out);
void certificate_file_clear(struct certificate_file *file);

/* Writes one as PEM. */
void certificate_file_write(struct octets certificate, FILE *stream);

#endif
