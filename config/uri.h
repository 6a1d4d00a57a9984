/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * A PKCS#11 URI (RFC 7512) that selects tokens, as plain strings: p11-kit's
 * own PKCS#11 header and ours cannot meet in one source file.
 */
#ifndef CONFIG_URI_H
#define CONFIG_URI_H

#include <stdbool.h>

/* Decoded, without padding. NULL: not in the URI. */
struct uri {
    char *token;
    char *serial;
    char *manufacturer;
    char *model;
    bool has_slot_id;
    unsigned long slot_id;
    char *pin_source;
};

enum { URI_MISTAKE_LENGTH = 256 };

/*
 * False with "what; what to do" in `mistake`, which never shows a value of
 * the URI (it may be a PIN) and is empty when memory is short. The caller
 * frees with uri_clear.
 */
bool uri_parse(const char *text, struct uri *out,
               char mistake[URI_MISTAKE_LENGTH]);

/* The same of a URI that is there for its pin-source, whatever else it has;
 * the caller frees *out. */
bool uri_parse_pin_source(const char *text, char **out,
                          char mistake[URI_MISTAKE_LENGTH]);
void uri_clear(struct uri *uri);

#endif
