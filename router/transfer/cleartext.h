/* SPDX-License-Identifier: BSD-3-Clause */
/* The values of a private or secret key that its member gives away, in pages of
 * their own for as long as its copy is being made. */
#ifndef ROUTER_TRANSFER_CLEARTEXT_H
#define ROUTER_TRANSFER_CLEARTEXT_H

#include "router/identity-read.h"

enum { CLEARTEXT_MOST = 8 };

/* Zero-initialised is none. */
struct cleartext {
    CK_ATTRIBUTE items[CLEARTEXT_MOST]; /* in the pages */
    CK_ULONG count;
    unsigned char *pages;
};

/* CKR_OK, or what the member says; CKR_KEY_TYPE_INCONSISTENT: of keys of this
 * kind nobody knows what makes them. To be cleared in any case. */
CK_RV cleartext_read(struct identity_place place, CK_OBJECT_HANDLE key,
                     const struct identity *identity, struct cleartext *out);

/* Wipes them. */
void cleartext_clear(struct cleartext *cleartext);

#endif
