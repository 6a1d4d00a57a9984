/* SPDX-License-Identifier: BSD-3-Clause */
/* Looks on the new member of a token in mode "migrate" for what is used on the
 * old one (R9.2), so that no call has to. */
#ifndef ROUTER_MIGRATION_LOOK_H
#define ROUTER_MIGRATION_LOOK_H

#include "router/pool.h"

struct migration_look {
    const struct pool_session *pooled; /* on the new member */
    CK_ULONG number;                   /* for object_space_note_look */
};

/* With a session of pool_take_apart; `looks` is what the token's number is to
 * be. False: calls are to look themselves, since it does not see what the
 * token's user sees, or a handle that is found there is no good for them. */
bool migration_look_begin(struct migration_look *look,
                          const struct pool_session *pooled, uint32_t looks);

/*
 * Its copy is used from now on if it was proven; else calls know that there is
 * none. In a thread that no call waits for; no lock is held. False: there was
 * no answer, and calls are to look.
 */
bool migration_look_for(const struct migration_look *look,
                        CK_OBJECT_HANDLE object);

#endif
