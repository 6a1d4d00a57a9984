/* SPDX-License-Identifier: BSD-3-Clause */
/* The session table: handles, and one call at a time in each session. */
#include "tests/router-fixture.h"

#include <criterion/criterion.h>
#include <pthread.h>
#include <sched.h>
#include <sys/wait.h>
#include <unistd.h>

enum { N_SESSIONS = 100 };

static void
finish(void)
{
    toy_release();
    C_Finalize(NULL);
}

TestSuite(session, .init = router_start_one, .fini = finish, .timeout = 60);

static struct session *
cell_of(CK_SESSION_HANDLE handle)
{
    return session_cell(handle_index(handle));
}

/* -- Handles (R2.4)
 * ------------------------------------------------------------ */

Test(session, handles_hold_generation_kind_and_index)
{
    CK_ULONG handle = handle_make(HANDLE_OBJECT, 5, 7);

    cr_assert_eq(handle, 5ul << 24 | 1ul << 23 | 7);
    cr_assert_eq(handle_kind(handle), HANDLE_OBJECT);
    cr_assert_eq(handle_generation(handle), 5);
    cr_assert_eq(handle_index(handle), 7);
    cr_assert_eq(handle_make(HANDLE_SESSION, 0, 1), 1);
    cr_assert_lt(handle_make(HANDLE_OBJECT, HANDLE_MAX_GENERATION,
                             HANDLE_MAX_INDEX),
                 1ul << 62);
}

Test(session, first_handles_are_small)
{
    for (int i = 0; i < N_SESSIONS; i++) {
        CK_SESSION_HANDLE handle = router_session(1);

        cr_assert_gt(handle, 0);
        cr_assert_leq(handle, 2 * N_SESSIONS);
    }
}

static bool
is_open(const CK_SESSION_HANDLE *handles, CK_SESSION_HANDLE handle)
{
    for (int i = 0; i < N_SESSIONS; i++)
        if (handles[i] == handle)
            return true;
    return false;
}

/* Fails unless a handle that nobody was given is refused. */
static void
check_forged(const CK_SESSION_HANDLE *handles, CK_SESSION_HANDLE forged)
{
    struct session *session;

    if (is_open(handles, forged))
        return;
    session = session_take(forged);
    cr_assert_null(session, "0x%lx was taken", forged);
    cr_assert_not(session_close(forged), "0x%lx was closed", forged);
}

Test(session, a_handle_with_any_one_or_two_bits_changed_is_refused)
{
    CK_SESSION_HANDLE handles[N_SESSIONS];

    for (int i = 0; i < N_SESSIONS; i++)
        handles[i] = router_session(1);
    for (int i = 0; i < N_SESSIONS; i++)
        for (int one = 0; one < 64; one++)
            for (int other = one; other < 64; other++)
                check_forged(handles, handles[i] ^ (1ul << one) ^
                                          (one == other ? 0 : 1ul << other));
    check_forged(handles, 0);
    check_forged(handles, CK_UNAVAILABLE_INFORMATION);
    cr_assert_eq(token_sessions(router_token(1)).all, N_SESSIONS);
}

Test(session, an_objects_handle_is_no_sessions_and_the_other_way)
{
    CK_SESSION_HANDLE session = router_session(1);
    CK_SESSION_INFO info;
    CK_ULONG size;
    CK_OBJECT_HANDLE key;

    toy_add_key(0, CKO_PRIVATE_KEY, 1);
    key = router_find_key(session, CKO_PRIVATE_KEY, 1);
    cr_assert_eq(C_GetSessionInfo(key, &info), CKR_SESSION_HANDLE_INVALID);
    cr_assert_eq(C_GetObjectSize(session, session, &size),
                 CKR_OBJECT_HANDLE_INVALID);
}

Test(session, a_cell_that_is_used_again_has_another_handle)
{
    CK_SESSION_HANDLE before = 0;

    for (int i = 0; i < 1000; i++) {
        CK_SESSION_HANDLE handle = router_session(1);
        CK_SESSION_INFO info;

        cr_assert_neq(handle, before);
        if (before != 0)
            cr_assert_eq(C_GetSessionInfo(before, &info),
                         CKR_SESSION_HANDLE_INVALID);
        cr_assert_eq(C_GetSessionInfo(handle, &info), CKR_OK);
        cr_assert_eq(C_CloseSession(handle), CKR_OK);
        cr_assert_eq(C_CloseSession(handle), CKR_SESSION_HANDLE_INVALID);
        if (handle_index(handle) == handle_index(before))
            cr_assert_gt(handle_generation(handle), handle_generation(before));
        before = handle;
    }
}

Test(session, a_cell_whose_generations_are_used_up_is_retired)
{
    CK_SESSION_HANDLE handle = router_session(1);
    struct session *cell = cell_of(handle);
    uint32_t index = cell->index;

    atomic_store(&cell->word,
                 HANDLE_MAX_GENERATION << SESSION_GENERATION_SHIFT |
                     SESSION_LIVE);
    atomic_store(&cell->notice,
                 HANDLE_MAX_GENERATION << SESSION_GENERATION_SHIFT);
    handle = handle_make(HANDLE_SESSION, HANDLE_MAX_GENERATION, index);
    cr_assert_lt(handle, 1ul << 62);
    cr_assert_eq(C_CloseSession(handle), CKR_OK);
    cr_assert_null(session_take(handle));
    for (int i = 0; i < 3 * SESSION_CHUNK_CELLS; i++)
        cr_assert_neq(handle_index(router_session(1)), index);
    session_forget_all();
    for (int i = 0; i < 3 * SESSION_CHUNK_CELLS; i++) {
        struct session *session = session_new(router_token(1), 0);

        cr_assert_neq(session->index, index, "retired is for ever");
        session_give(session);
    }
}

/* -- One call at a time
 * -------------------------------------------------------- */

struct caller {
    pthread_t thread;
    CK_SESSION_HANDLE session;
    CK_RV rv;
    _Atomic(bool) is_over;
};

static void *
get_random(void *argument)
{
    struct caller *caller = argument;
    CK_BYTE byte;

    caller->rv = C_GenerateRandom(caller->session, &byte, 1);
    return NULL;
}

static void *
get_info(void *argument)
{
    struct caller *caller = argument;
    CK_SESSION_INFO info;

    caller->rv = C_GetSessionInfo(caller->session, &info);
    atomic_store(&caller->is_over, true);
    return NULL;
}

static void
start(struct caller *caller, void *(*run)(void *), CK_SESSION_HANDLE session)
{
    caller->session = session;
    caller->rv = CKR_VENDOR_DEFINED;
    atomic_store(&caller->is_over, false);
    cr_assert_eq(pthread_create(&caller->thread, NULL, run, caller), 0);
}

static void
wait_for_waiter(CK_SESSION_HANDLE session)
{
    while ((atomic_load(&cell_of(session)->notice) & SESSION_WAITERS) == 0)
        sched_yield();
}

/* A call that waits inside the module. */
static void
start_held(struct caller *caller, CK_SESSION_HANDLE session)
{
    toy_hold(TOY_ANY, FUNCTION_C_GenerateRandom);
    start(caller, get_random, session);
    toy_wait_for_held();
}

Test(session, a_second_thread_in_the_same_session_waits)
{
    CK_SESSION_HANDLE session = router_session(1);
    struct caller first, second;

    start_held(&first, session);
    start(&second, get_info, session);
    wait_for_waiter(session);
    cr_assert(!atomic_load(&second.is_over));
    toy_release();
    pthread_join(first.thread, NULL);
    pthread_join(second.thread, NULL);
    cr_assert_eq(first.rv, CKR_OK);
    cr_assert_eq(second.rv, CKR_OK);
}

Test(session, many_that_wait_all_get_their_turn)
{
    CK_SESSION_HANDLE session = router_session(1);
    struct caller first, others[8];

    start_held(&first, session);
    for (size_t i = 0; i < 8; i++)
        start(&others[i], get_info, session);
    wait_for_waiter(session);
    toy_release();
    pthread_join(first.thread, NULL);
    for (size_t i = 0; i < 8; i++) {
        pthread_join(others[i].thread, NULL);
        cr_assert_eq(others[i].rv, CKR_OK);
    }
    cr_assert_eq(atomic_load(&cell_of(session)->word) & SESSION_BUSY, 0);
}

Test(session, another_session_of_the_token_does_not_wait)
{
    CK_SESSION_HANDLE session = router_session(1), other = router_session(1);
    CK_SESSION_INFO info;
    struct caller first;

    start_held(&first, session);
    cr_assert_eq(C_GetSessionInfo(other, &info), CKR_OK);
    toy_release();
    pthread_join(first.thread, NULL);
}

/* -- Closing
 * ---------------------------------------------------------------------- */

Test(session, closed_while_its_call_hangs_is_dead_at_once)
{
    CK_SESSION_HANDLE session = router_session(1);
    CK_SESSION_INFO info;
    struct caller inside;

    start_held(&inside, session);
    cr_assert_eq(C_CloseSession(session), CKR_OK);
    cr_assert_eq(C_GetSessionInfo(session, &info), CKR_SESSION_HANDLE_INVALID);
    cr_assert_eq(C_CloseSession(session), CKR_SESSION_HANDLE_INVALID);
    cr_assert_eq(toy_count_sessions(0), 1, "the call is still in it");
    cr_assert_neq(router_session(1), session);
    toy_release();
    pthread_join(inside.thread, NULL);
    cr_assert_eq(inside.rv, CKR_OK, "the call has its result");
    cr_assert_eq(toy_count_sessions(0), 1, "the returning call freed it");
    cr_assert_eq(token_sessions(router_token(1)).all, 1);
}

Test(session, who_waits_for_a_session_that_is_closed_is_told)
{
    CK_SESSION_HANDLE session = router_session(1);
    struct caller inside, waiting;

    start_held(&inside, session);
    start(&waiting, get_info, session);
    wait_for_waiter(session);
    cr_assert_eq(C_CloseSession(session), CKR_OK);
    pthread_join(waiting.thread, NULL);
    cr_assert_eq(waiting.rv, CKR_SESSION_HANDLE_INVALID);
    toy_release();
    pthread_join(inside.thread, NULL);
    cr_assert_eq(inside.rv, CKR_OK);
}

Test(session, closing_all_leaves_the_busy_one_to_its_call)
{
    CK_SESSION_HANDLE busy = router_session(1), idle = router_session(1);
    CK_SESSION_INFO info;
    struct caller inside;

    start_held(&inside, busy);
    cr_assert_eq(C_CloseAllSessions(1), CKR_OK);
    cr_assert_eq(C_GetSessionInfo(idle, &info), CKR_SESSION_HANDLE_INVALID);
    cr_assert_eq(C_GetSessionInfo(busy, &info), CKR_SESSION_HANDLE_INVALID);
    cr_assert_eq(toy_count_sessions(0), 1);
    cr_assert(session_any_is_busy());
    cr_assert_not(session_close_all(NULL), "one has a call inside");
    toy_release();
    pthread_join(inside.thread, NULL);
    cr_assert_eq(toy_count_sessions(0), 0);
    cr_assert_not(session_any_is_busy());
    cr_assert(session_close_all(NULL));
}

Test(session, closing_all_of_a_token_leaves_those_of_others)
{
    CK_SESSION_HANDLE session, other;
    struct config *config;
    CK_SESSION_INFO info;

    C_Finalize(NULL);
    config = router_config();
    toy_show(1, "B");
    router_config_token(config, "one", "A", NULL);
    router_config_token(config, "two", "B", NULL);
    router_start(config);
    session = router_session(1);
    other = router_session(2);
    cr_assert_eq(C_CloseAllSessions(1), CKR_OK);
    cr_assert_eq(C_GetSessionInfo(session, &info), CKR_SESSION_HANDLE_INVALID);
    cr_assert_eq(C_GetSessionInfo(other, &info), CKR_OK);
    cr_assert_eq(info.slotID, 2);
}

/* -- After a fork
 * ------------------------------------------------------------------ */

/* 0 when all holds in the child. */
static int
look_in_child(CK_SESSION_HANDLE busy, CK_SESSION_HANDLE idle)
{
    struct session *fresh;

    session_forget_all();
    if (session_take(busy) != NULL || session_take(idle) != NULL)
        return 1;
    if (session_any_is_busy() || !session_close_all(NULL))
        return 2;
    for (int i = 0; i < 2 * SESSION_CHUNK_CELLS; i++) {
        fresh = session_new(router_token(1), CKF_SERIAL_SESSION);
        if (fresh == NULL || session_handle(fresh) == busy ||
            session_handle(fresh) == idle)
            return 3;
        if (fresh->index == handle_index(busy) &&
            handle_generation(session_handle(fresh)) <= handle_generation(busy))
            return 4;
        if (fresh->held != NULL || fresh->active != 0)
            return 5;
        session_give(fresh);
        if (session_take(session_handle(fresh)) != fresh)
            return 6;
    }
    return 0;
}

Test(session, a_forked_child_forgets_them_all_and_the_parent_none)
{
    CK_SESSION_HANDLE busy = router_session(1), idle = router_session(1);
    struct caller inside;
    CK_SESSION_INFO info;
    int status;
    pid_t child;

    start_held(&inside, busy);
    child = fork();
    if (child == 0)
        _exit(look_in_child(busy, idle));
    cr_assert_eq(waitpid(child, &status, 0), child);
    cr_assert(WIFEXITED(status));
    cr_assert_eq(WEXITSTATUS(status), 0, "step %d", WEXITSTATUS(status));
    toy_release();
    pthread_join(inside.thread, NULL);
    cr_assert_eq(inside.rv, CKR_OK);
    cr_assert_eq(C_GetSessionInfo(busy, &info), CKR_OK);
    cr_assert_eq(C_GetSessionInfo(idle, &info), CKR_OK);
}
