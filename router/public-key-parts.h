/* SPDX-License-Identifier: BSD-3-Clause */
/* Algorithms, curves and points: inside router/public-key*.c. */
#ifndef ROUTER_PUBLIC_KEY_PARTS_H
#define ROUTER_PUBLIC_KEY_PARTS_H

#include "router/public-key.h"

#include <openssl/ec.h>

/* The type of key that an algorithm (OBJECT IDENTIFIER with its header) is
 * for; CK_UNAVAILABLE_INFORMATION for others. */
CK_KEY_TYPE algorithm_type(struct octets oid);

/* Clears a key that could not be built, except for whether memory was out;
 * false. */
bool public_key_fail(struct public_key *key);

/* A curve whose keys are plain bytes: Edwards and Montgomery. */
struct raw_curve {
    CK_KEY_TYPE type;
    int curve;
    size_t key_length;
    const char *names[2];
    unsigned char oid[5];      /* with its header */
    unsigned char old_oid[13]; /* an earlier one that tokens still use */
    size_t old_oid_length;
};

/* NULL when the parameters name no such curve. */
const struct raw_curve *raw_curve_find(struct octets parameters);

/* The key's bytes, bare or in an OCTET STRING or BIT STRING. */
bool raw_curve_key(const struct raw_curve *curve, struct octets point,
                   struct octets *out);

/* The group of CKA_EC_PARAMS, for EC_GROUP_free; NULL when it is none. The
 * curve is 0 when it has no name. */
EC_GROUP *ec_group_open(struct octets parameters, int *curve);

/* Adds the group's parameters, or a point of it, in their canonical form. */
bool ec_group_add(struct der *der, const EC_GROUP *group, int curve);
bool ec_point_add(struct der *der, const EC_GROUP *group, struct octets point);

#endif
