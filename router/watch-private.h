/* SPDX-License-Identifier: BSD-3-Clause */
/* What the files of the watch share; for them alone. */
#ifndef ROUTER_WATCH_PRIVATE_H
#define ROUTER_WATCH_PRIVATE_H

#include "common/lock.h"
#include "router/watch.h"

#include <pthread.h>

/* A session as it was when it was last looked at. */
struct watched {
    uint64_t word;
    uint64_t calls;
    uint32_t place;
    uint64_t since;
    struct member *stuck;    /* where its call hangs; NULL: it does not */
    struct member *slow;     /* that takes long for it; NULL: none does */
    struct backend *backend; /* the one that it hangs in */
    uint8_t function;
};

struct watch {
    struct mutex lock;
    struct condition changed;
    struct slot_list *slots; /* NULL: p11mux does not serve */
    bool may_create_threads;
    bool has_thread;
    bool is_called; /* a token is used, or a module, since the last look */
    struct deadline next_look;
    pthread_t thread;
    struct stay *stays;
    struct watched *watched; /* by the index of their cells */
    uint32_t n_watched;
    unsigned n_stuck;
};

extern struct watch watch;

enum watch_news_kind { NEWS_HANGS, NEWS_RETURNED, NEWS_SLOW, NEWS_QUICK };

/* What is said in the log, with no lock held. */
struct watch_news {
    enum watch_news_kind kind;
    char token[33];
    char module[65];
    unsigned function;
    uint64_t milliseconds;
};

/* Of a call there that has been seen since then, by clock_now. */
void watch_note_news(enum watch_news_kind kind, const struct member *member,
                     unsigned function, uint64_t since, struct watch_news *out);

/* Finds the next call that has begun to hang, or has returned; false: none. */
bool watch_look_once(struct watch_news *out);
void watch_tell(const struct watch_news *news);

/* Notes that it returned; false: nobody had found it to hang. */
bool watch_return_locked(struct watched *watched, struct watch_news *out)
    REQUIRES(watch.lock);
bool watch_return_stay_locked(struct stay *stay, struct watch_news *out)
    REQUIRES(watch.lock);

/* Between two looks: a quarter of the shortest call_timeout, at most a second;
 * while a group is used no more than watch_slow_period_ns. UINT64_MAX where all
 * calls may take as long as they like. */
uint64_t watch_period_locked(void) REQUIRES(watch.lock);
extern const uint64_t watch_slow_period_ns;

/* Whether calls of a function take as long as they take. */
bool watch_is_patient_with(unsigned function);

/*
 * What is inside a member of a group still takes far longer than usual, or does
 * so no more. True: the member was not slow before, or is slow no more, and
 * that is news.
 */
bool watch_slow_locked(struct watched *watched, struct member *member,
                       unsigned function, uint64_t now, struct watch_news *out)
    REQUIRES(watch.lock);
bool watch_quicken_locked(struct watched *watched, struct watch_news *out)
    REQUIRES(watch.lock);
bool watch_slow_stay_locked(struct stay *stay, uint64_t now,
                            struct watch_news *out) REQUIRES(watch.lock);
bool watch_quicken_stay_locked(struct stay *stay, struct watch_news *out)
    REQUIRES(watch.lock);

#endif
