/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * Backend sessions of one member, and which virtual session has which. A
 * backend session is a record with one owner word, so that taking one needs
 * no lock while nobody waits.
 */
#ifndef ROUTER_POOL_H
#define ROUTER_POOL_H

#include "common/cryptoki.h"

#include <stdatomic.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct backend;
struct member;
struct pool;
struct session;

enum pool_mode {
    POOL_ALONE, /* `none`: one for each virtual session, closed with it */
    POOL_ROTATE /* of the tests: another one for each operation */
};

/* A record stays while its pool does: one that was parked may be looked at
 * after somebody else has taken and closed it. */
struct pool_session {
    /* 0: free; a session's address: in use by it; that address with
     * POOL_PARKED: kept for it until somebody else takes it. */
    _Atomic(uintptr_t) owner;
    CK_SESSION_HANDLE handle;
    const CK_FUNCTION_LIST_3_2 *functions; /* of the module it was opened in */
    struct backend *backend;
    struct member *member;
    CK_FLAGS flags;
    bool is_lent;                 /* goes back after each operation */
    uint32_t epoch;               /* the member's life it belongs to */
    struct pool_session *next;    /* held by the same virtual session */
    struct pool_session *sibling; /* in the same list of the pool */
    struct pool_session *previous;
};

#define POOL_PARKED ((uintptr_t)1)

/* NULL: no memory. */
struct pool *pool_new(struct member *member, enum pool_mode mode);
void pool_free(struct pool *pool);
enum pool_mode pool_mode(const struct pool *pool);

/*
 * A backend session of this member for the virtual session: one it holds, or
 * one that is free, or a new one. The vendor's code when none can be opened
 * (R3.5: errors surface here).
 */
CK_RV pool_take(struct pool *pool, struct session *session,
                struct pool_session **out);

/*
 * After a call or an operation. A session that is not clean is closed
 * (R3.14). In POOL_ALONE a clean one stays with its virtual session.
 */
void pool_give(struct pool_session *pooled, struct session *session,
               bool is_clean);

/*
 * In POOL_ALONE: another backend session in the place of one, opened before
 * the old one is closed so that the token's login stays. On failure the old
 * one stays.
 */
CK_RV pool_replace(struct pool_session *pooled, struct session *session,
                   struct pool_session **out);

/* The virtual session ends: what it holds is closed, what is parked for it
 * becomes free. */
void pool_close_session(struct session *session);

/* Closes what nobody has; before C_InitToken and at the end (R6.20). */
void pool_drain(struct pool *pool);

/* Open backend sessions, also those in use. */
size_t pool_count(struct pool *pool);

#endif
