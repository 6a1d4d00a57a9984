/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * The watch: it sees which calls do not come back from their module
 * (`call_timeout`), so that everybody else gets an answer at once. One thread
 * for the process, which looks at what calls write down for themselves; where
 * the application forbids threads those that wait look.
 */
#ifndef ROUTER_WATCH_H
#define ROUTER_WATCH_H

#include "common/clock.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct backend;
struct member;
struct session;
struct slot_list;

/*
 * A thread's stay in a module for something else than what its call asks for:
 * what p11mux needs itself, or what is asked without a session. Lies where the
 * thread keeps it.
 */
struct stay {
    struct member *member;
    struct backend *backend;
    struct session *session; /* that says it; NULL: `link` is in a list */
    struct stay *next;
    struct stay **link; /* NULL: not begun, or over */
    uint64_t since;     /* as first seen; 0: not yet */
    uint8_t function;   /* enum call_id */
    bool is_stuck;
    bool is_slow;
    bool is_apart;     /* and never is */
    bool holds_cancel; /* its thread is not cancelled meanwhile */
    int cancel_state;
};

/* Before and after serving; the list is lent in between. */
void watch_start(struct slot_list *slots, bool may_create_threads);
void watch_stop(void);

/* Another consumer forbids threads. */
void watch_forbid_threads(void);

/* In a forked child: the parent's is not here. */
void watch_forget(void);

/* A token is used from now on. */
void watch_wake(void);

/*
 * Goes into the member's module for a call of that function: backend_enter,
 * written down, in the session that the thread holds if it has one. False when
 * a call there hangs, or does from then on: then nobody is asked, and no
 * stay_end follows.
 */
bool stay_begin(struct stay *stay, struct member *member,
                struct backend *backend, struct session *session,
                unsigned function);
void stay_end(struct stay *stay);

/* The same for what has nothing to do with how long calls take there. */
bool stay_begin_apart(struct stay *stay, struct member *member,
                      struct backend *backend, unsigned function);

/* The same for a call of the application's without a session; its thread may be
 * cancelled inside, and calls stay_end then. */
bool stay_begin_call(struct stay *stay, struct member *member,
                     struct backend *backend, unsigned function);

/* How many are in a backend's library for something else than what a call asks
 * for. */
size_t watch_count_stays(const struct backend *backend);

/* backend_enter on the way of a call; false as above. */
bool watch_enter(struct backend *backend);

/* The same for the call of a session, which is not inside yet while it waits.
 */
bool watch_enter_for(struct session *session, const struct member *member,
                     struct backend *backend);

/* The call that was found to hang in the session of that index is out. */
void watch_note_return(uint32_t session);

/* For who waits: the deadline, or when it has to look itself if that is sooner;
 * and the look, if it is due. No lock is held. */
struct deadline watch_until(struct deadline until);
void watch_look(void);

/* Where no thread does it: whether members of a token that are slow still
 * are. */
struct token;
void watch_look_at_slow(const struct token *token);

/* The same as a pause; false: it need not look. */
bool watch_pause(struct timespec *out);

/* Whether a call hangs at the moment. */
bool watch_has_stuck(void);

#endif
