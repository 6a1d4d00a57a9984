/* SPDX-License-Identifier: BSD-3-Clause */
/* What repeating a call on the same member and on another one have in
 * common. */
#ifndef ROUTER_REPEAT_PRIVATE_H
#define ROUTER_REPEAT_PRIVATE_H

#include "router/outcome.h"

enum finding {
    FOUND_WELL,  /* the answer is about the call, and stands */
    FOUND_FAULT, /* it was the backend session, or what it was opened on */
    FOUND_GONE
};

/* Looks at the member that failed; `function` is what the log calls it. */
enum finding repeat_examine(struct call *call, enum outcome outcome,
                            const char *function);

/* Whether what failed may be made again, from its Init on (7.3). */
bool repeat_is_allowed(const struct call *call);

/* Whether what the module wrote before it failed can be taken back. */
bool repeat_restore_outputs(struct call *call);

/* A lent backend session with an operation on it that nobody here began
 * (R3.13). */
bool repeat_is_spoilt(const struct call *call);

/* The backend session that failed is closed, and what was on it is over. */
void repeat_leave(struct call *call);

/* The operation is lost (R7.7), with this code, or with that of a lost device;
 * always false. */
bool repeat_give_up(struct call *call, CK_RV failure);
bool repeat_lose(struct call *call);

/* The same again, when a device has had time to breathe. */
bool repeat_later(struct call *call);

#endif
