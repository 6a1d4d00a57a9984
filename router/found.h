/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * Objects that a member showed: each gets its handle. Where a forked child
 * may go on with the handles, or each backend session has handles of its own,
 * it is also read what the objects are, while that can still be read: they are
 * found again by that.
 */
#ifndef ROUTER_FOUND_H
#define ROUTER_FOUND_H

#include "router/call.h"
#include "router/process.h"

/*
 * Replaces a member's handles with the application's, in place. The caller is
 * between backend_enter and backend_leave. `may_search`: the backend session
 * has no operation. CKR_OK or CKR_HOST_MEMORY.
 */
CK_RV found_register(const struct pool_session *pooled,
                     CK_OBJECT_HANDLE *handles, CK_ULONG count,
                     bool may_search);

/* The same for who asks one member of a group alone: each is read once, so that
 * it has the handle that it had when the member has been away (R2.8). */
CK_RV found_register_alone(const struct pool_session *pooled,
                           CK_OBJECT_HANDLE *handles, CK_ULONG count);

/* What the objects of the call are, where nobody has looked yet: before the
 * first use of a key. */
void found_identify(struct call *call);

/* What the first object of the call is, for its record: read before its first
 * use, and again after ten minutes. */
void found_describe(struct call *call);

/* What an object is, read where it is not known yet; the caller has entered the
 * backend. */
void found_identify_at(const struct pool_session *pooled,
                       CK_OBJECT_HANDLE handle, CK_OBJECT_HANDLE member_handle);

/* What is by now under the handle that the call's member has for an entry's
 * object; NULL where that does not say. The caller has entered the backend. */
struct identity *found_read(const struct call *call, CK_OBJECT_HANDLE handle);

/* What an object that this call made is, where a forked child may go on with it
 * or records tell of it. */
void found_remember(struct call *call, CK_OBJECT_HANDLE handle,
                    CK_OBJECT_HANDLE member_handle);

/* The same of one that it changed; else what it was is forgotten. Until it is
 * known what it is now it is what it was. */
void found_change(struct call *call, CK_OBJECT_HANDLE handle,
                  CK_OBJECT_HANDLE member_handle);

#endif
