/* SPDX-License-Identifier: BSD-3-Clause */
/* The mechanisms of a group: what each of its members offers (R6.12). */
#ifndef ROUTER_OFFER_H
#define ROUTER_OFFER_H

#include "router/call.h"

struct offers;

/* NULL: no memory. */
struct offers *offers_new(unsigned n_members);
void offers_free(struct offers *offers);

/*
 * C_GetMechanismList: what all members offer that were ever there, also while
 * one is away, in the order of the first one. Vendors' own numbers mean
 * something only where all are of one vendor. A call without a buffer looks
 * anew; one with a buffer gets what was counted.
 */
CK_RV offer_list(struct call *call, CK_MECHANISM_TYPE *out, CK_ULONG *count);

/* C_GetMechanismInfo: what any member can do with it. */
CK_RV offer_info(struct call *call, CK_MECHANISM_TYPE type,
                 CK_MECHANISM_INFO *out);

#endif
