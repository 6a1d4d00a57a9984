/* SPDX-License-Identifier: BSD-3-Clause */
/* A public key of OpenSSL's or of a certificate, taken apart. */
#ifndef CLI_KEY_INFO_H
#define CLI_KEY_INFO_H

#include "common/crypto.h"
#include "router/public-key.h"

struct key_info {
    struct public_key key;    /* in its canonical form, of which lent are: */
    struct octets oid;        /* of the algorithm, with its header */
    struct octets parameters; /* and the curve's */
    struct octets bits;       /* the key itself */
    unsigned char fingerprint[SHA256_LENGTH];
    unsigned char id[SHA1_LENGTH]; /* as certificates name it (RFC 5280,
                                      4.2.1.2, the first way) */
};

/* False, with nothing to clear, where it is none that is known here. */
bool key_info_of_key(const EVP_PKEY *key, struct key_info *out);
bool key_info_of_certificate(struct octets certificate, struct key_info *out);
void key_info_clear(struct key_info *info);

#endif
