/* SPDX-License-Identifier: BSD-3-Clause */
/* Object entries that have to be looked at before they can be used. */
#ifndef ROUTER_SETTLE_H
#define ROUTER_SETTLE_H

#include "router/call.h"
#include "router/object.h"

/*
 * What to do about an entry that object_space_find did not simply give:
 * in doubt after a logout (R2.10), found again under a handle that may be
 * recycled (R2.11), or without a handle on this member (R2.13, 7.4). CKR_OK
 * with the member's handle in *out, `bad` when the entry is dead, or
 * CKR_HOST_MEMORY.
 */
CK_RV settle_object(struct call *call, CK_OBJECT_HANDLE handle,
                    enum object_answer answer, CK_RV bad,
                    CK_OBJECT_HANDLE *out);

/* Reads what a member's object is now, in the call's backend session; the
 * caller frees it. CKR_DEVICE_REMOVED: nobody is let in there. */
CK_RV settle_read(const struct call *call, CK_OBJECT_HANDLE member_handle,
                  struct identity **out);

enum rebound {
    REBOUND_NOT,  /* they are where they were, as far as that can be known */
    REBOUND_GONE, /* one of them is there no more */
    REBOUND       /* one has another handle now: the call is worth repeating */
};

/* After a member said that it does not know an object (R2.13): finds those
 * of the call again by what they are. */
enum rebound settle_rebind(struct call *call);

#endif
