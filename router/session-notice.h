/* SPDX-License-Identifier: BSD-3-Clause */
/* Telling whoever is inside a session that somebody waits, or has closed
 * it. */
#ifndef ROUTER_SESSION_NOTICE_H
#define ROUTER_SESSION_NOTICE_H

#include "router/session.h"

/* Asks the kernel for what lets session_give be a plain store; before the
 * first session of a process. */
void session_notice_prepare(void);

/* Leaves notice that the session is closed; false when it was already, or is
 * of another generation. */
bool session_mark_closing(struct session *session, uint64_t generation);

/* Takes a session that was marked: true when the caller is to free it, false
 * when a call is inside, which will. */
bool session_take_closing(struct session *session, uint64_t generation);

/* Leaves notice that the call inside hangs, which is the `calls`th at that
 * place: who waits for the session leaves. False when it has come out. */
bool session_mark_stuck(struct session *session, uint64_t calls,
                        uint32_t place);

/* Wakes all who wait for the session. */
void session_wake(struct session *session);

/* For others that share the bargain of session-notice.c: between a store and
 * a look that follows it; and for whoever has left notice, before it looks at
 * what was stored. */
static inline void
session_notice_order(void)
{
    if (__builtin_expect(session_gives_plainly, 1))
        atomic_signal_fence(memory_order_seq_cst);
    else
        __sync_synchronize(); /* gcc's ThreadSanitizer refuses C11's fence */
}

void session_notice_barrier(void);

#endif
