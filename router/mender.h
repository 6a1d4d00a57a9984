/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * Tries members again that are down, until they are up (R7.3), and asks those
 * of groups that nobody asks, so that one that is lost is found before a call
 * needs it: a tender of its own, since a device that does not answer is no
 * matter of the pools.
 */
#ifndef ROUTER_MENDER_H
#define ROUTER_MENDER_H

#include "router/tender.h"

extern const struct tender_work tender_of_members;

/* A member is down: there is something to try. */
void mender_wake(void);

/* The token's first session is open. */
void mender_begin(const struct token *token);

/* Whether p11mux's own threads do it, and not those of calls. */
bool mender_has_thread(void);

/* A call has had a look at the slots: what is there again is tried at once. */
void mender_note_look(const struct slot_list *slots);

/* A call needs a member that is down. Where p11mux has no threads this one
 * tries what is due. */
void mender_help(void);

#endif
