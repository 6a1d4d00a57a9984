/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * Threads that take, give, open and close few sessions: one at a time is
 * inside each, whoever waits is woken, each is closed once. Both ways of
 * giving a session are tried: the plain store, and what is done where the
 * kernel has no membarrier. A plain program, since it also runs under
 * ThreadSanitizer.
 */
#include "router/session-notice.h"
#include "router/token.h"

#include <pthread.h>
#include <sched.h>
#include <stdio.h>
#include <unistd.h>

enum {
    N_USERS = 4,
    N_CLOSERS = 2,
    N_SESSIONS = 3,
    N_TURNS = 200000,
    N_CLOSINGS = 5000,
    MOST_SECONDS = 200
};

static struct token *token;
static _Atomic(CK_SESSION_HANDLE) handles[N_SESSIONS];
static _Atomic(unsigned) n_together, n_taken, n_opened, n_closed, n_not_opened;
static _Atomic(unsigned) n_users_left;

/* Nobody else is inside, from the beginning to the end. */
static void
be_inside(struct session *session, void *me, unsigned turn)
{
    if (session->application != NULL)
        atomic_fetch_add(&n_together, 1);
    session->application = me;
    if (turn % 16 == 0)
        sched_yield();
    if (session->application != me)
        atomic_fetch_add(&n_together, 1);
    session->application = NULL;
}

static void *
use_sessions(void *me)
{
    for (unsigned turn = 0; turn < N_TURNS; turn++) {
        struct session *session =
            session_take(atomic_load(&handles[turn % N_SESSIONS]));

        if (session == NULL)
            continue;
        atomic_fetch_add(&n_taken, 1);
        be_inside(session, me, turn);
        session_give(session);
    }
    atomic_fetch_sub(&n_users_left, 1);
    return NULL;
}

static CK_SESSION_HANDLE
open_session(void)
{
    struct session *session = session_new(token, CKF_SERIAL_SESSION);
    CK_SESSION_HANDLE handle;

    if (session == NULL) {
        atomic_fetch_add(&n_not_opened, 1);
        return 0;
    }
    atomic_fetch_add(&n_opened, 1);
    handle = session_handle(session);
    session_give(session);
    return handle;
}

static void
close_session(CK_SESSION_HANDLE handle)
{
    if (session_close(handle))
        atomic_fetch_add(&n_closed, 1);
}

/* Two of them close the same ones, now and then before they are replaced. */
static void *
close_sessions(void *unused)
{
    for (unsigned turn = 0; turn < N_CLOSINGS || atomic_load(&n_users_left) > 0;
         turn++) {
        size_t i = turn % N_SESSIONS;

        if (turn % 2 == 0)
            close_session(atomic_load(&handles[i]));
        close_session(atomic_exchange(&handles[i], open_session()));
        sched_yield();
    }
    return unused;
}

/* 1 for what does not hold. */
static unsigned
failure(bool holds, const char *how, const char *what)
{
    printf("%s %s: %s\n", holds ? "ok  " : "FAIL", how, what);
    return holds ? 0 : 1;
}

static unsigned
run(const char *how)
{
    pthread_t users[N_USERS], closers[N_CLOSERS];
    int selves[N_USERS];
    unsigned n_failed = 0;

    n_together = n_taken = n_opened = n_closed = n_not_opened = 0;
    n_users_left = N_USERS;
    for (size_t i = 0; i < N_SESSIONS; i++)
        atomic_store(&handles[i], open_session());
    for (size_t i = 0; i < N_USERS; i++)
        pthread_create(&users[i], NULL, use_sessions, &selves[i]);
    for (size_t i = 0; i < N_CLOSERS; i++)
        pthread_create(&closers[i], NULL, close_sessions, NULL);
    for (size_t i = 0; i < N_USERS; i++)
        pthread_join(users[i], NULL);
    for (size_t i = 0; i < N_CLOSERS; i++)
        pthread_join(closers[i], NULL);
    for (size_t i = 0; i < N_SESSIONS; i++)
        close_session(atomic_load(&handles[i]));

    n_failed += failure(n_together == 0, how, "one at a time was inside");
    n_failed += failure(n_taken > N_TURNS, how, "sessions were taken");
    n_failed += failure(n_not_opened == 0, how, "cells came back");
    n_failed += failure(n_opened == n_closed, how, "each was closed once");
    n_failed += failure(!session_any_is_busy() && session_close_all(NULL), how,
                        "none is left");
    return n_failed;
}

int
main(void)
{
    unsigned n_failed = 0;

    /* Who is not woken waits for ever. */
    alarm(MOST_SECONDS);
    token = token_new(1, "stress", NULL, 1);
    if (token == NULL)
        return 1;
    session_notice_prepare();
    n_failed += run(session_gives_plainly ? "with membarrier" : "as it comes");
    session_gives_plainly = false;
    n_failed += run("without membarrier");
    token_free(token);
    printf("%u passed, %u failed, 0 skipped\n", 10 - n_failed, n_failed);
    return n_failed == 0 ? 0 : 1;
}
