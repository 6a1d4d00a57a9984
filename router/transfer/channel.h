/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * Keys that two members share for as long as keys are copied from one to the
 * other: an RSA pair of the target's, whose private half never leaves it, and
 * an AES key that has come to it wrapped by that pair. All of them are session
 * objects.
 */
#ifndef ROUTER_TRANSFER_CHANNEL_H
#define ROUTER_TRANSFER_CHANNEL_H

#include "router/identity-read.h"
#include "router/transfer/outcome.h"

struct channel {
    struct identity_place from;
    struct identity_place to;
    CK_OBJECT_HANDLE pair[2];    /* public and private, at the target */
    CK_OBJECT_HANDLE public_key; /* the same one, where keys come from */
    CK_OBJECT_HANDLE key_there;  /* AES */
    CK_OBJECT_HANDLE key;        /* the same one, where keys come from */
    bool has_pair;
    bool has_key;
    bool permits_cleartext; /* of keys that are not sensitive */
    bool is_open;           /* what is copied lies open where it comes from */
    struct transfer_outcome trouble[2]; /* with the pair, with the key: said
                                           again without asking again */
};

/* Nothing is made yet. */
void channel_begin(struct channel *channel, struct identity_place from,
                   struct identity_place to);

/* Makes the pair, and with it the key, where that has not been done; false with
 * what is in the way. */
bool channel_need_pair(struct channel *channel,
                       struct transfer_outcome *outcome);
bool channel_need_key(struct channel *channel,
                      struct transfer_outcome *outcome);

void channel_end(struct channel *channel);

/* RSA-OAEP with a hash: how it is asked for, in turn; NULL: there is no such
 * one. */
const CK_RSA_PKCS_OAEP_PARAMS *channel_oaep(size_t index);

/* A key wrapped; the caller frees the bytes. */
struct wrapped {
    CK_BYTE *bytes;
    CK_ULONG length;
};

CK_RV channel_wrap(struct identity_place place, CK_MECHANISM *mechanism,
                   CK_OBJECT_HANDLE by, CK_OBJECT_HANDLE key,
                   struct wrapped *out);

#endif
