/* SPDX-License-Identifier: BSD-3-Clause */
/* Mutexes with ranks: the one place where the order of locks is written. */
#ifndef COMMON_LOCK_H
#define COMMON_LOCK_H

#include "common/clock.h"

#include <pthread.h>
#include <stdbool.h>

/* clang's -Wthread-safety; nothing elsewhere. GUARDED_BY needs clang 15. */
#if defined(__clang__)
#define TSA(x) __attribute__((x))
#else
#define TSA(x)
#endif
#define REQUIRES(...) TSA(requires_capability(__VA_ARGS__))
#define ACQUIRE(...)  TSA(acquire_capability(__VA_ARGS__))
#define RELEASE(...)  TSA(release_capability(__VA_ARGS__))
#define CAPABILITY(x) TSA(capability(x))

/* A lock is only taken while every lock already held stands above it. */
#define LOCK_RANKS(RANK)                                                       \
    RANK(LOCK_INSTANCE)  /* one C_Initialize or C_Finalize at a time */        \
    RANK(LOCK_WATCH)     /* which calls do not come back */                    \
    RANK(LOCK_TURN)      /* whose turn it is to change a token's login */      \
    RANK(LOCK_TENDER)    /* when the pools are looked after next */            \
    RANK(LOCK_CONTROL)   /* who looks at the control page */                   \
    RANK(LOCK_SERIALISE) /* the door of a module marked `serialise` */         \
    RANK(LOCK_SLOTS)     /* slot list, token numbers, what a scan found */     \
    RANK(LOCK_OFFERS)    /* what mechanisms a group's members offer */         \
    RANK(LOCK_SCAN)      /* what the modules showed last */                    \
    RANK(LOCK_START)     /* whose turn it is to start or end a module */       \
    RANK(LOCK_BACKEND)   /* a backend's state: starting, up, down */           \
    RANK(LOCK_LOGIN)     /* a token's PIN, and what is known of it */          \
    RANK(LOCK_POOL)      /* a pool's queue and records */                      \
    RANK(LOCK_MAP)       /* one shard of a reverse map */                      \
    RANK(LOCK_OBJECTS)  /* a token's object entries, apart from finding one */ \
    RANK(LOCK_USES)     /* which keys are used on an old member */             \
    RANK(LOCK_CHUNKS)   /* growth of the session and object tables */          \
    RANK(LOCK_OVERFLOW) /* sessions on stored certificates, their objects */   \
    RANK(LOCK_LIBRARY)  /* libraries loaded in this process */                 \
    RANK(LOCK_CRYPTO)   /* opening and closing our OpenSSL context */          \
    RANK(LOCK_STORE)    /* connections to the store of certificates */         \
    RANK(LOCK_CLERK)    /* when a checkpoint of the audit log is due */        \
    RANK(LOCK_FLUSHER)  /* when the audit log's buffer is written next */      \
    RANK(LOCK_AUDIT) /* the audit log's batches, never while one is written */ \
    RANK(LOCK_RELAY) /* records that wait for syslog or the journal */

#define RANK(name) name,
enum lock_rank { LOCK_RANKS(RANK) LOCK_LAST };
#undef RANK

struct CAPABILITY("mutex") mutex {
    pthread_mutex_t lock;
    enum lock_rank rank;
};

#define MUTEX_INIT(its_rank)                                                   \
    {                                                                          \
        PTHREAD_MUTEX_INITIALIZER, (its_rank)                                  \
    }

/* As it is written in the list. */
const char *lock_rank_name(enum lock_rank rank);

void mutex_init(struct mutex *mutex, enum lock_rank rank);
void mutex_destroy(struct mutex *mutex);

/* With --enable-strict a rank out of order aborts and names both ranks; so
 * does giving back, or waiting with, a mutex that the thread does not hold. */
void mutex_lock(struct mutex *mutex) ACQUIRE(*mutex);
void mutex_unlock(struct mutex *mutex) RELEASE(*mutex);

/* A condition that is waited with on CLOCK_MONOTONIC. */
struct condition {
    pthread_cond_t condition;
};

#define CONDITION_INIT                                                         \
    {                                                                          \
        PTHREAD_COND_INITIALIZER                                               \
    }

void condition_init(struct condition *condition);
void condition_destroy(struct condition *condition);
void condition_signal(struct condition *condition);
void condition_broadcast(struct condition *condition);

/*
 * Waits for a signal; false when the deadline passed first, by clock_now.
 * Spurious returns are true, and there is one each second: what is waited
 * for is looked at in a loop. With a test's clock there is one each
 * millisecond, so that a test only moves its clock and signals nobody. No
 * cancellation point.
 */
bool condition_wait(struct condition *condition, struct mutex *mutex,
                    struct deadline until) REQUIRES(*mutex);

#endif
