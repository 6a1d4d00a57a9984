/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * A token that is paused: what runs on it comes to its end, what would begin
 * waits, and its device can be restarted or replaced meanwhile. Sessions,
 * logins and handles of the application stay.
 */
#ifndef ROUTER_PAUSE_H
#define ROUTER_PAUSE_H

#include "router/call.h"
#include "router/pool.h"
#include "router/token.h"

/* Nothing begins on the token from now on. */
void pause_begin(struct token *token);

/*
 * Closes what backend sessions are not in use any more, and says how many
 * operations still run on the token. 0: nothing is on the device any more but
 * session objects and a login that could not be had again. What the objects are
 * is read before their handles go. By one thread at a time.
 */
size_t pause_rest(struct token *token);

/* What waits goes on. */
void pause_end(struct token *token);

/* Calls that wait for that. */
size_t pause_count_waiting(const struct token *token);

/*
 * While process_heeds(): true when the call may go on. It waits where its token
 * is paused, unless it ends what is there or only asks what p11mux knows; after
 * `pool.wait` it is refused (CKR_FUNCTION_FAILED).
 */
bool pause_admits(struct call *call);

/* The same for who needs a backend session of the pool, for its session (or
 * NULL): CKR_OK at once while its token is not paused, CKR_DEVICE_REMOVED on
 * a member that is drained. */
CK_RV pause_wait(struct pool *pool, struct session *session);

#endif
