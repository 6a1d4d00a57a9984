/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * Forks while other threads are inside everything that a child takes over:
 * calls, searches, sessions and objects that come and go, scans of the slots.
 * Whatever they were changing, each child goes on with the sessions and the
 * key that were there all the time. A plain program, since it also runs under
 * ThreadSanitizer.
 */
#include "router/session.h"
#include "tests/child.h"
#include "tests/router-fixture.h"
#include "tests/sanitized.h"

#include <pthread.h>
#include <sched.h>
#include <stdio.h>
#include <unistd.h>

enum { N_ROUNDS = 80, N_SIGNERS = 3, MOST_SECONDS = 60 };

/* ThreadSanitizer's library cannot begin a thread in the child of a process
 * with threads. */
enum { CHILDREN_HAVE_THREADS = !HAS_THREAD_SANITIZER };

static CK_SESSION_HANDLE sessions[N_SIGNERS];
static CK_OBJECT_HANDLE key;
static _Atomic(bool) has_ended;
static _Atomic(unsigned) n_wrong;
static _Atomic(unsigned long) n_turns;

static void
expect(bool holds)
{
    if (!holds)
        atomic_fetch_add(&n_wrong, 1);
}

static bool
signs(CK_SESSION_HANDLE session)
{
    struct toy_result result = { 0 };

    return router_sign_init(session, key) == CKR_OK &&
           router_sign(session, "data", &result) == CKR_OK &&
           result.number == 7;
}

/* -- The parent's threads ------------------------------------------------- */

static void *
sign(void *argument)
{
    CK_SESSION_HANDLE session = *(CK_SESSION_HANDLE *)argument;
    CK_OBJECT_HANDLE found[4];

    while (!atomic_load(&has_ended)) {
        expect(signs(session));
        expect(router_find_all(session, found, 4) > 0);
        atomic_fetch_add(&n_turns, 1);
    }
    return NULL;
}

static void *
open_and_close(void *ignored)
{
    while (!atomic_load(&has_ended)) {
        CK_SESSION_HANDLE session = router_session(1), other = 0;

        expect(C_OpenSession(1, CKF_SERIAL_SESSION, NULL, NULL, &other) ==
               CKR_OK);
        expect(router_sign_init(session, key) == CKR_OK);
        expect(C_CloseSession(other) == CKR_OK);
        expect(C_CloseSession(session) == CKR_OK);
        atomic_fetch_add(&n_turns, 1);
    }
    return ignored;
}

static void
make_and_destroy(CK_SESSION_HANDLE session, CK_BBOOL is_token)
{
    CK_OBJECT_CLASS class = CKO_DATA;
    CK_BYTE label[] = "made";
    CK_ATTRIBUTE template[] = {
        { CKA_CLASS, &class, sizeof(class) },
        { CKA_TOKEN, &is_token, sizeof(is_token) },
        { CKA_LABEL, label, 4 },
    };
    CK_OBJECT_HANDLE made = 0;

    expect(C_CreateObject(session, template, 3, &made) == CKR_OK);
    expect(C_SetAttributeValue(session, made, &template[2], 1) == CKR_OK);
    expect(C_DestroyObject(session, made) == CKR_OK);
}

static void *
make_objects(void *ignored)
{
    CK_SESSION_HANDLE session = router_session(1);

    while (!atomic_load(&has_ended)) {
        make_and_destroy(session, CK_TRUE);
        make_and_destroy(session, CK_FALSE);
        atomic_fetch_add(&n_turns, 1);
    }
    return ignored;
}

static void *
look_at_slots(void *ignored)
{
    while (!atomic_load(&has_ended)) {
        CK_TOKEN_INFO info;
        CK_ULONG count;

        expect(C_GetSlotList(CK_TRUE, NULL, &count) == CKR_OK);
        expect(C_GetTokenInfo(1, &info) == CKR_OK);
        atomic_fetch_add(&n_turns, 1);
    }
    return ignored;
}

/* -- The children --------------------------------------------------------- */

static bool may_create_threads = true;

static void
begin_child(void)
{
    (void)alarm(MOST_SECONDS); /* waiting for ever is a failure */
    toy_fork();
    may_create_threads = CHILDREN_HAVE_THREADS;
    /* The parent's word, which the child takes over. */
    atomic_store(&instance_get()->may_create_threads, CHILDREN_HAVE_THREADS);
}

static void
start(void)
{
    struct error error = { .rv = CKR_OK };
    struct config *config = router_config();

    config->follows_forks = true;
    config->slot_refresh_ms = 1;
    router_config_token(config, "one", "A", NULL);
    toy_add_key(0, CKO_PRIVATE_KEY, 7);
    if (router_try_start(config, may_create_threads, &error) != CKR_OK)
        fixture_fail("%s", error.text);
}

static void
go_on(void)
{
    CK_OBJECT_HANDLE found[4];
    CK_ULONG count = 0;

    begin_child();
    for (size_t i = 0; i < N_SIGNERS; i++)
        CHILD_EXPECT(signs(sessions[i]));
    CHILD_EXPECT(router_find_all(sessions[0], found, 4) > 0);
    CHILD_EXPECT(C_GetSlotList(CK_TRUE, NULL, &count) == CKR_OK);
    CHILD_EXPECT(count == 1);
    CHILD_EXPECT(C_CloseSession(router_session(1)) == CKR_OK);
    CHILD_EXPECT(C_CloseAllSessions(1) == CKR_OK);
    CHILD_EXPECT(token_sessions(router_token(1)).all == 0);
    CHILD_EXPECT(!session_any_is_busy());
    CHILD_EXPECT(C_Finalize(NULL) == CKR_OK);
}

static void
fork_and_go_on(void)
{
    (void)alarm(MOST_SECONDS);
    CHILD_EXPECT(child_run(go_on));
}

static void
begin_anew(void)
{
    CK_SESSION_INFO info;

    begin_child();
    CHILD_EXPECT(C_Finalize(NULL) == CKR_OK);
    start();
    CHILD_EXPECT(C_GetSessionInfo(sessions[0], &info) ==
                 CKR_SESSION_HANDLE_INVALID);
    CHILD_EXPECT(C_CloseSession(router_session(1)) == CKR_OK);
    CHILD_EXPECT(C_Finalize(NULL) == CKR_OK);
}

/* -- Together ------------------------------------------------------------- */

static void
start_parent(void)
{
    start();
    for (size_t i = 0; i < N_SIGNERS; i++)
        sessions[i] = router_session(1);
    key = router_find_key(sessions[0], CKO_PRIVATE_KEY, 7);
}

/* So that it is never the same moment. */
static void
wait_for_turn(void)
{
    unsigned long before = atomic_load(&n_turns);

    while (atomic_load(&n_turns) == before)
        (void)sched_yield();
}

int
main(void)
{
    static void *(*const others[])(void *) = { open_and_close, make_objects,
                                               look_at_slots };
    static void (*const children[])(void) = { go_on, go_on, fork_and_go_on,
                                              begin_anew };
    pthread_t threads[N_SIGNERS + 3];
    unsigned n_discontent = 0;

    start_parent();
    for (size_t i = 0; i < N_SIGNERS; i++)
        (void)pthread_create(&threads[i], NULL, sign, &sessions[i]);
    for (size_t i = 0; i < 3; i++)
        (void)pthread_create(&threads[N_SIGNERS + i], NULL, others[i], NULL);
    for (unsigned round = 0; round < N_ROUNDS; round++) {
        wait_for_turn();
        if (!child_run(children[round % 4]))
            n_discontent++;
    }
    atomic_store(&has_ended, true);
    for (size_t i = 0; i < N_SIGNERS + 3; i++)
        (void)pthread_join(threads[i], NULL);
    if (n_discontent > 0 || atomic_load(&n_wrong) > 0)
        fixture_fail("%u of %d children, and %u calls of their parent, found "
                     "what they should not",
                     n_discontent, N_ROUNDS, atomic_load(&n_wrong));
    if (C_Finalize(NULL) != CKR_OK)
        fixture_fail("C_Finalize of the parent failed");
    printf("%d children, %lu turns of their parent's threads\n", N_ROUNDS,
           atomic_load(&n_turns));
    return 0;
}
