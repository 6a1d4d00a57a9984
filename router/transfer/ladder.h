/* SPDX-License-Identifier: BSD-3-Clause */
/* The ways a key can be wrapped by one member and unwrapped by another one,
 * best first. */
#ifndef ROUTER_TRANSFER_LADDER_H
#define ROUTER_TRANSFER_LADDER_H

#include "router/transfer/channel.h"
#include "router/transfer/cleartext.h"
#include "router/transfer/proof.h"

struct rung;

/* A key on its way; zero-initialised is none. */
struct parcel {
    const struct rung *rung;
    struct wrapped wrapped;
    CK_OBJECT_HANDLE unwrapped_by;
    CK_MECHANISM mechanism; /* that unwraps it; its parameter is one of: */
    CK_RSA_PKCS_OAEP_PARAMS oaep;
    CK_RSA_AES_KEY_WRAP_PARAMS rsa_aes;
    CK_GCM_PARAMS gcm;
    CK_BYTE vector[16];
    struct cleartext cleartext; /* in place of all that */
    struct octets point; /* given with it where the target wants it; lent */
};

/* The key that is copied. */
struct freight {
    CK_OBJECT_HANDLE key;
    const struct identity *identity;
    CK_OBJECT_HANDLE public_key; /* of a private key: itself, or its twin */
    CK_OBJECT_CLASS public_class;
    struct octets point; /* of an EC key */
    bool is_sensitive;
};

/*
 * Climbs down until a key that was unwrapped for the session is the same one.
 * `first`, or NULL, is the rung to begin with. False with what was in the way
 * of the last one that came far.
 */
bool ladder_find(struct channel *channel, const struct freight *freight,
                 const struct rung *first, struct parcel *out,
                 struct transfer_outcome *outcome);

/* By that rung alone, without a proof: what is opened is to be proven. False:
 * it cannot be wrapped so. */
bool ladder_pack(struct channel *channel, const struct freight *freight,
                 const struct rung *rung, struct parcel *out,
                 struct transfer_outcome *outcome);

/* Unwraps it at the target as the template says, or creates it; by which
 * function. */
CK_RV parcel_open(struct channel *channel, struct parcel *parcel,
                  const CK_ATTRIBUTE *template, CK_ULONG count,
                  CK_OBJECT_HANDLE *out);
const char *parcel_function(const struct parcel *parcel);
void parcel_clear(struct parcel *parcel);

#endif
