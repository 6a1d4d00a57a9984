/* SPDX-License-Identifier: BSD-3-Clause */
/* What the files of the spilling share; for them alone. */
#ifndef ROUTER_SPILL_PRIVATE_H
#define ROUTER_SPILL_PRIVATE_H

#include "router/call.h"
#include "router/pool.h"
#include "router/room.h"

/* The session's own session in the store, opened when first needed. */
CK_RV spill_reach(struct session *session, struct pool_session **out);

/* Whether the template is one of a certificate. */
bool spill_is_certificate(const CK_ATTRIBUTE *template, CK_ULONG count);

/* A search on a backend session without one: at most `room` handles. */
CK_RV spill_search(const struct pool_session *pooled, CK_ATTRIBUTE *template,
                   CK_ULONG count, CK_OBJECT_HANDLE *found, CK_ULONG room,
                   CK_ULONG *n_found);

/* Of certificates that are alike: more are not looked at. */
enum { SPILL_MOST_TWINS = 16 };

/* One of those that a search has found on the call's member which nobody knows,
 * so that the call may have made it; or 0. */
CK_OBJECT_HANDLE spill_pick_new(const struct call *call,
                                const CK_OBJECT_HANDLE *found, CK_ULONG count);

/* Writing the store without a login where the token would want one
 * (R8.14). */
bool spill_needs_login(const struct call *call);

/* Whether the token means what its answer says: that there is no room. What was
 * made all the same is in *made, else 0 (R8.3, R8.4). */
bool spill_is_full(struct call *call, enum room_class room,
                   CK_OBJECT_HANDLE *made);

/* Whether the token is to have no such certificate, by what is configured. */
bool spill_has_no_place(const struct call *call, const CK_ATTRIBUTE *template,
                        CK_ULONG count);

/* Whether the object that the call is about, which is on the token, is a
 * certificate. */
bool spill_is_about_certificate(const struct call *call);

/* Whether the token has the certificate that it says it has made: tokens answer
 * CKR_OK on a full disk. */
bool spill_is_kept(const struct call *call);

/* Whether an object of the token has that value; the module has been entered.
 */
bool spill_gives_back(const struct pool_session *pooled,
                      CK_OBJECT_HANDLE object, const CK_ATTRIBUTE *value);

/* Whether a token that does not say when it is full has room for `more` bytes;
 * the module has been entered. */
bool spill_has_something_left(const struct pool_session *pooled, size_t more);

/* A certificate that was just made in the store without a CKA_ID has that of
 * the token's key, where the configuration wants it. */
void spill_derive_id(struct call *call);

/*
 * C_CopyObject and C_SetAttributeValue of a certificate on the token that has
 * no room for the result: it is made in the store, and of the latter the one
 * on the token is gone after that. call->rv is what came of it; where the store
 * cannot have it, what the token has said: CKR_OK if it was not asked.
 */
void spill_copy(struct call *call);
void spill_grow(struct call *call);

/* The copy that the token has made though it said no, or 0; whether it has made
 * the change (R8.4). */
CK_OBJECT_HANDLE spill_find_copy(const struct call *call);
bool spill_has_changed(const struct call *call);

#endif
