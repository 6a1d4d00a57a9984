/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * Notice to whoever is inside a session. Giving a session is a plain store
 * and a look at the notice; for that to be enough, whoever leaves a notice
 * and then looks at the word makes all other threads of the process pass a
 * memory barrier in between (membarrier). So either the giver sees the
 * notice, or the one who left it sees the session idle, or both do. Where
 * the kernel has no membarrier the giver pays for the barrier itself.
 */
#include "router/session-notice.h"

#include "router/session-end.h"
#include "router/watch.h"

#include <limits.h>
#include <linux/futex.h>
#include <linux/membarrier.h>
#include <sys/syscall.h>
#include <unistd.h>

bool session_gives_plainly;

void
session_notice_prepare(void)
{
    session_gives_plainly =
        syscall(SYS_membarrier, MEMBARRIER_CMD_REGISTER_PRIVATE_EXPEDITED, 0,
                0) == 0;
}

void
session_notice_barrier(void)
{
    if (session_gives_plainly)
        (void)syscall(SYS_membarrier, MEMBARRIER_CMD_PRIVATE_EXPEDITED, 0, 0);
}

/* The half of the notice that holds its flags, for the kernel to compare. */
static uint32_t *
flags_address(struct session *session)
{
    uint32_t *halves = (uint32_t *)(uintptr_t)&session->notice;

    return __BYTE_ORDER__ == __ORDER_LITTLE_ENDIAN__ ? halves : halves + 1;
}

/* Until the notice changes: who gives the session takes it down, who closes
 * the session writes on it, and so does the watch. Where no thread watches it
 * is for the one that waits to look. */
static void
wait_for_change(struct session *session, uint64_t notice)
{
    struct timespec pause;
    bool is_endless = !watch_pause(&pause);

    (void)syscall(SYS_futex, flags_address(session), FUTEX_WAIT_PRIVATE,
                  (uint32_t)notice, is_endless ? NULL : &pause, NULL, 0);
    if (!is_endless)
        watch_look();
}

void
session_wake(struct session *session)
{
    (void)syscall(SYS_futex, flags_address(session), FUTEX_WAKE_PRIVATE,
                  INT_MAX, NULL, NULL, 0);
}

/* -- Waiting ------------------------------------------------------------------
 */

static bool
take_idle(struct session *session, uint64_t generation)
{
    uint64_t idle = generation << SESSION_GENERATION_SHIFT | SESSION_LIVE;

    return atomic_compare_exchange_strong(&session->word, &idle,
                                          idle | SESSION_BUSY);
}

/* False when the session is closed, another one by now, or stuck. */
static bool
leave_waiting(struct session *session, uint64_t generation)
{
    uint64_t notice = atomic_load(&session->notice);

    do {
        if (notice >> SESSION_GENERATION_SHIFT != generation ||
            (notice & (SESSION_CLOSING | SESSION_STUCK)) != 0)
            return false;
    } while (!atomic_compare_exchange_weak(&session->notice, &notice,
                                           notice | SESSION_WAITERS));
    return true;
}

/* It was closed just before it was taken: giving it frees it, unless its
 * closer does. */
struct session *
session_refuse(struct session *session)
{
    session_give(session);
    return NULL;
}

struct session *
session_take_slowly(struct session *session, uint64_t generation)
{
    uint64_t busy =
        generation << SESSION_GENERATION_SHIFT | SESSION_LIVE | SESSION_BUSY;
    uint64_t waits = generation << SESSION_GENERATION_SHIFT | SESSION_WAITERS;

    for (;;) {
        uint64_t word = atomic_load(&session->word);

        if (word >> SESSION_GENERATION_SHIFT != generation ||
            (word & SESSION_LIVE) == 0)
            return NULL;
        if (take_idle(session, generation))
            return (atomic_load(&session->notice) & SESSION_CLOSING) != 0
                       ? session_refuse(session)
                       : session;
        if (!leave_waiting(session, generation))
            return NULL;
        session_notice_barrier();
        if (atomic_load(&session->word) == busy)
            wait_for_change(session, waits);
    }
}

CK_RV
session_refusal(CK_SESSION_HANDLE handle)
{
    const struct session *session = session_cell(handle_index(handle));
    uint64_t notice = session == NULL ? 0 : atomic_load(&session->notice);

    return session != NULL && handle_kind(handle) == HANDLE_SESSION &&
                   notice >> SESSION_GENERATION_SHIFT ==
                       handle_generation(handle) &&
                   (notice & (SESSION_CLOSING | SESSION_STUCK)) == SESSION_STUCK
               ? CKR_FUNCTION_FAILED
               : CKR_SESSION_HANDLE_INVALID;
}

/* -- Hanging ------------------------------------------------------------------
 */

static void
take_down(struct session *session, uint64_t generation, uint64_t flags)
{
    uint64_t notice = atomic_load(&session->notice);

    while (notice >> SESSION_GENERATION_SHIFT == generation &&
           (notice & flags) != 0 &&
           !atomic_compare_exchange_weak(&session->notice, &notice,
                                         notice & ~flags))
        continue;
}

/* Either the call that comes out sees the notice, or this sees that it has come
 * out: then another one may be inside, and it is no news. */
bool
session_mark_stuck(struct session *session, uint64_t calls, uint32_t place)
{
    uint64_t word = atomic_load(&session->word);
    uint64_t generation = word >> SESSION_GENERATION_SHIFT;
    uint64_t notice = atomic_load(&session->notice);

    do {
        if (notice >> SESSION_GENERATION_SHIFT != generation)
            return false;
    } while (!atomic_compare_exchange_weak(&session->notice, &notice,
                                           notice | SESSION_STUCK));
    session_notice_barrier();
    if (atomic_load(&session->word) == word && (word & SESSION_BUSY) != 0 &&
        atomic_load(&session->calls) == calls &&
        atomic_load(&session->place) == place) {
        session_wake(session);
        return true;
    }
    take_down(session, generation, SESSION_STUCK);
    return false;
}

/* -- Closing ------------------------------------------------------------------
 */

bool
session_mark_closing(struct session *session, uint64_t generation)
{
    uint64_t word = atomic_load(&session->word);
    uint64_t notice = atomic_load(&session->notice);

    if (word >> SESSION_GENERATION_SHIFT != generation ||
        (word & SESSION_LIVE) == 0)
        return false;
    do {
        if (notice >> SESSION_GENERATION_SHIFT != generation ||
            (notice & SESSION_CLOSING) != 0)
            return false;
    } while (!atomic_compare_exchange_weak(&session->notice, &notice,
                                           notice | SESSION_CLOSING));
    if ((notice & SESSION_WAITERS) != 0)
        session_wake(session);
    return true;
}

bool
session_take_closing(struct session *session, uint64_t generation)
{
    if (take_idle(session, generation))
        return true;
    session_notice_barrier();
    return take_idle(session, generation);
}

void
session_heed(struct session *session)
{
    uint64_t notice = atomic_load(&session->notice);
    uint64_t generation = notice >> SESSION_GENERATION_SHIFT;

    if ((notice & SESSION_STUCK) != 0) {
        take_down(session, generation, SESSION_STUCK);
        watch_note_return(session->index);
    }
    if ((notice & SESSION_CLOSING) != 0) {
        if (take_idle(session, generation))
            session_free(session);
        return;
    }
    notice = generation << SESSION_GENERATION_SHIFT | SESSION_WAITERS;
    (void)atomic_compare_exchange_strong(&session->notice, &notice,
                                         notice & ~SESSION_WAITERS);
    session_wake(session);
}
