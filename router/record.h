/* SPDX-License-Identifier: BSD-3-Clause */
/* The record of a call, written before its result reaches the application. */
#ifndef ROUTER_RECORD_H
#define ROUTER_RECORD_H

#include "audit/event.h"
#include "router/call.h"
#include "router/identity.h"

/*
 * Before a token is asked: whether the call is refused because its record
 * cannot be written at the moment (DESIGN 5). What it would have gone on with
 * is over then.
 */
bool record_denies(struct call *call);

/* Writes, if wanted, what is about to change a token; false: that cannot be
 * recorded, and the call is refused. */
bool record_intent(struct call *call);

/* Before what came of the call is settled: what it ends is still known. */
void record_begin(const struct call *call, struct audit_key *out);

/*
 * Writes the record, if the call is one. When it cannot be kept the result is
 * taken back (DESIGN 5): outputs wiped, objects destroyed, who was logged in
 * logged out, CKR_FUNCTION_FAILED.
 */
void record_call(struct call *call, const struct audit_sink *sink,
                 struct audit_key *key);

/* Writes the record of a call whose thread was cancelled inside the module;
 * nobody knows what came of it. What it went on with has a record of its own
 * when that ends. */
void record_forsaken(struct call *call);

/*
 * Writes the record of an operation that is over before its end, if records
 * are kept; the session is the caller's. There is no result to take back.
 */
void record_abandoned(const struct session *session,
                      const struct operation *operation);

/* Writes that a login with a PIN which the token has refused, or on its last
 * try, was not tried. */
void record_login_denied(const struct pool_session *pooled);

/* The call goes on on another member than this one. */
void record_fail_over(const struct call *call, const struct member *from);

/* A member was lost with this code, or has come back: CKR_OK. */
void record_reconnect(const struct member *member, CK_RV rv);

/* A copy of an object was made on a member of a group from another one's, in
 * this way; NULL: from a file. False: that cannot be recorded, and the copy
 * must not stay. */
bool record_transfer(const struct member *from, const struct member *to,
                     const struct identity *identity, const char *way);

/* Such a copy has gone again: its original was changed or destroyed, or it was
 * not right. False: that cannot be recorded. */
bool record_taken_back(const struct member *from, const struct member *to,
                       const struct identity *identity);

/* An operator has said this of a member. */
void record_member(const struct member *member, const char *what);

/* The token of the session has a serial number that its store had never seen,
 * so that it has none of the certificates of the other one. */
void record_other_serial(const struct session *session);

/* The token has no room for a certificate, which goes to the store; it has
 * said so itself, or was not asked. */
void record_spill(const struct call *call, bool was_asked);

#endif
