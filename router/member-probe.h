/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * Probes: whether a member is there and answers, whatever a call of it said
 * (7.2). A probe is active, since a lost token often looks like a lost object.
 */
#ifndef ROUTER_MEMBER_PROBE_H
#define ROUTER_MEMBER_PROBE_H

#include "router/outcome.h"
#include "router/pool.h"

enum probe_verdict {
    PROBE_WELL,     /* it answers, and has not forgotten its sessions */
    PROBE_RENEWED,  /* it answers, and knows no session of before */
    PROBE_GONE,     /* it does not answer */
    PROBE_TAKEN_OUT /* its slot says that somebody has taken it out (R6.17), or
                       another token is there (R6.18) */
};

/* What is asked for at most this often where a call's answer may as well have
 * nothing to do with the member (R7.1, `probe_min_ms`). */
extern const uint64_t probe_interval_ms;

/*
 * Looks now, or takes over what another thread finds out meanwhile; after an
 * ambiguous answer also what was found in the last probe_interval_ms. `own` is
 * the backend session that gave it. Where the member has forgotten its
 * sessions, it has begun another life when this returns. No lock is held.
 */
enum probe_verdict member_probe(struct member *member,
                                const struct pool_session *own,
                                enum outcome outcome);

/* Whether one of a group that nobody is inside answers, in a session for this
 * alone. No lock is held. */
bool member_answers(struct member *member);

/* One that is down is tried again; true: it is up. */
bool member_mend(struct member *member);

/* After a look at the slots: one that is in use and was not seen is lost. */
void member_note_absence(struct member *member);

#endif
