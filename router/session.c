/* SPDX-License-Identifier: BSD-3-Clause */
/* The session table: type-stable cells, taken and let go without a lock. */
#include "router/session.h"

#include "common/lock.h"
#include "router/search.h"
#include "router/session-end.h"
#include "router/session-notice.h"
#include "router/token.h"

#include <stdlib.h>
#include <string.h>

_Atomic(struct session *) session_chunks[SESSION_CHUNKS];

static _Atomic(uint32_t) n_cells = 1; /* index 0 would make a handle of 0 */

/* A stack of free cells: the count above keeps a reused index apart. */
static _Atomic(uint64_t) free_cells;
enum { FREE_COUNT_SHIFT = 32 };

static struct mutex growing = MUTEX_INIT(LOCK_CHUNKS);

/* A cell that is known to be there. */
static struct session *
known_cell(uint32_t index)
{
    struct session *chunk =
        atomic_load_explicit(&session_chunks[index / SESSION_CHUNK_CELLS],
                             memory_order_acquire);

    return &chunk[index % SESSION_CHUNK_CELLS];
}

static uint64_t
generation_of(uint64_t word)
{
    return word >> SESSION_GENERATION_SHIFT;
}

/* -- Free cells ----------------------------------------------------------- */

static void
push_free(struct session *session)
{
    uint64_t head = atomic_load(&free_cells);
    uint64_t new_head;

    do {
        __atomic_store_n(&session->next_free, (uint32_t)head, __ATOMIC_RELAXED);
        new_head = ((head >> FREE_COUNT_SHIFT) + 1) << FREE_COUNT_SHIFT |
                   session->index;
    } while (!atomic_compare_exchange_weak(&free_cells, &head, new_head));
}

static struct session *
pop_free(void)
{
    uint64_t head = atomic_load(&free_cells);

    while ((uint32_t)head != 0) {
        struct session *session = known_cell((uint32_t)head);
        uint32_t next = __atomic_load_n(&session->next_free, __ATOMIC_RELAXED);
        uint64_t new_head =
            ((head >> FREE_COUNT_SHIFT) + 1) << FREE_COUNT_SHIFT | next;

        if (atomic_compare_exchange_weak(&free_cells, &head, new_head))
            return session;
    }
    return NULL;
}

static bool
grow_locked(void)
{
    uint32_t first = atomic_load(&n_cells);
    uint32_t end = (first / SESSION_CHUNK_CELLS + 1) * SESSION_CHUNK_CELLS;
    struct session *chunk;

    if (first >= HANDLE_MAX_INDEX)
        return false;
    chunk = calloc(SESSION_CHUNK_CELLS, sizeof(*chunk));
    if (chunk == NULL)
        return false;
    atomic_store_explicit(&session_chunks[first / SESSION_CHUNK_CELLS], chunk,
                          memory_order_release);
    atomic_store(&n_cells, end);
    for (uint32_t index = first; index < end; index++) {
        struct session *session = known_cell(index);

        session->index = index;
        push_free(session);
    }
    return true;
}

struct session *
session_new(struct token *token, CK_FLAGS flags)
{
    struct session *session;

    while ((session = pop_free()) == NULL) {
        bool grown;

        mutex_lock(&growing);
        grown = (uint32_t)atomic_load(&free_cells) != 0 || grow_locked();
        mutex_unlock(&growing);
        if (!grown)
            return NULL;
    }
    __atomic_store_n(&session->token, token, __ATOMIC_RELAXED);
    session->flags = flags;
    session->application = NULL;
    session->notify = NULL;
    session->opened = false;
    session->is_lost = false;
    session->device_error = 0;
    session->validated = 0;
    atomic_fetch_or_explicit(&session->word, SESSION_LIVE | SESSION_BUSY,
                             memory_order_release);
    return session;
}

bool
session_take_if_idle(struct session *session)
{
    uint64_t word = atomic_load(&session->word);

    return (word & (SESSION_LIVE | SESSION_BUSY)) == SESSION_LIVE &&
           atomic_compare_exchange_strong(&session->word, &word,
                                          word | SESSION_BUSY) &&
           ((atomic_load(&session->notice) & SESSION_CLOSING) == 0 ||
            session_refuse(session) != NULL);
}

void
session_recycle(struct session *session)
{
    uint64_t generation = generation_of(atomic_load(&session->word)) + 1;
    bool is_used_up = generation > HANDLE_MAX_GENERATION;
    uint64_t notice;

    /* A cell that is used up is retired for ever (R2.4): not live, not
     * free. */
    if (is_used_up)
        generation = HANDLE_MAX_GENERATION;
    notice = atomic_exchange(&session->notice,
                             generation << SESSION_GENERATION_SHIFT);
    atomic_store(&session->word, generation << SESSION_GENERATION_SHIFT);
    if ((notice & SESSION_WAITERS) != 0)
        session_wake(session);
    if (!is_used_up)
        push_free(session);
}

CK_SESSION_HANDLE
session_handle(const struct session *session)
{
    return handle_make(HANDLE_SESSION,
                       generation_of(
                           atomic_load_explicit(&session->word,
                                                memory_order_relaxed)),
                       session->index);
}

/* -- Counts ------------------------------------------------------------------
 */

/* The cell's part goes before the token's comes: nothing is counted twice by
 * who looks at the token first. */
void
session_pass_counts(struct session *session)
{
    uint64_t calls =
        atomic_load_explicit(&session->calls, memory_order_relaxed);
    uint64_t before =
        atomic_load_explicit(&session->calls_before, memory_order_relaxed);
    uint64_t refused =
        atomic_load_explicit(&session->refused, memory_order_relaxed);

    atomic_store_explicit(&session->calls_before, calls, memory_order_relaxed);
    atomic_fetch_add_explicit(&session->token->calls, calls - before,
                              memory_order_release);
    if (refused == 0)
        return;
    atomic_store_explicit(&session->refused, 0, memory_order_relaxed);
    atomic_fetch_add_explicit(&session->token->refused, refused,
                              memory_order_release);
}

/* A cell that has become another session's meanwhile tells nothing now. */
static void
tell_counts(struct session *session, session_counts_taker *take, void *context)
{
    uint64_t word = atomic_load(&session->word);
    uint64_t before = atomic_load(&session->calls_before);
    uint64_t calls = atomic_load(&session->calls);
    uint64_t refused = atomic_load(&session->refused);
    const struct token *token =
        __atomic_load_n(&session->token, __ATOMIC_RELAXED);

    if ((word & SESSION_LIVE) != 0 &&
        generation_of(atomic_load(&session->word)) == generation_of(word))
        take(token, calls - before, refused, context);
}

void
session_tell_counts(session_counts_taker *take, void *context)
{
    uint32_t end = atomic_load(&n_cells);

    for (uint32_t index = 1; index < end; index++)
        tell_counts(known_cell(index), take, context);
}

/* -- Closing --------------------------------------------------------------- */

bool
session_close(CK_SESSION_HANDLE handle)
{
    struct session *session = session_cell(handle_index(handle));

    if (session == NULL || handle_kind(handle) != HANDLE_SESSION ||
        handle_generation(handle) > HANDLE_MAX_GENERATION ||
        !session_mark_closing(session, handle_generation(handle)))
        return false;
    if (session_take_closing(session, handle_generation(handle)))
        session_free(session);
    return true;
}

bool
session_close_all(const struct token *token)
{
    uint32_t end = atomic_load(&n_cells);
    bool all_free = true;

    for (uint32_t index = 1; index < end; index++) {
        struct session *session = known_cell(index);
        uint64_t word =
            atomic_load_explicit(&session->word, memory_order_acquire);
        uint64_t generation = generation_of(word);

        if ((word & SESSION_LIVE) == 0)
            continue;
        if (token != NULL &&
            __atomic_load_n(&session->token, __ATOMIC_RELAXED) != token)
            continue;
        (void)session_mark_closing(session, generation);
        if (session_take_closing(session, generation))
            session_free(session);
        else if (generation_of(atomic_load(&session->word)) == generation)
            all_free = false;
    }
    return all_free;
}

void
session_unpark_all(void)
{
    uint32_t end = atomic_load(&n_cells);

    for (uint32_t index = 1; index < end; index++)
        known_cell(index)->parked = NULL;
}

static bool
is_of(const struct session *session, const struct token *token)
{
    return (atomic_load(&session->word) & SESSION_LIVE) != 0 &&
           __atomic_load_n(&session->token, __ATOMIC_RELAXED) == token;
}

size_t
session_visit_idle(const struct token *token,
                   void (*visit)(struct session *session, void *context),
                   void *context)
{
    uint32_t end = atomic_load(&n_cells);
    size_t n_busy = 0;

    for (uint32_t index = 1; index < end; index++) {
        struct session *session = known_cell(index);

        if (!is_of(session, token))
            continue;
        if (!session_take_if_idle(session)) {
            n_busy += atomic_load(&session->waits) ? 0 : 1;
            continue;
        }
        /* Another one may be in the cell by now. */
        if (is_of(session, token))
            visit(session, context);
        session_give(session);
    }
    return n_busy;
}

bool
session_any_is_busy(void)
{
    uint32_t end = atomic_load(&n_cells);

    for (uint32_t index = 1; index < end; index++)
        if ((atomic_load(&known_cell(index)->word) & SESSION_BUSY) != 0)
            return true;
    return false;
}

uint32_t
session_count_cells(void)
{
    return atomic_load(&n_cells);
}

/* Whether the application has its handle, and has not closed it. */
static bool
is_open(const struct session *session, uint64_t word)
{
    uint64_t notice = atomic_load(&session->notice);

    return (word & SESSION_LIVE) != 0 && session->opened &&
           notice >> SESSION_GENERATION_SHIFT == generation_of(word) &&
           (notice & SESSION_CLOSING) == 0;
}

static void
empty(struct session *session, uint32_t index)
{
    uint64_t generation = generation_of(atomic_load(&session->word));

    memset(session, 0, sizeof(*session));
    atomic_store(&session->word, generation << SESSION_GENERATION_SHIFT);
    session->index = index;
    session_recycle(session);
}

void
session_rebuild(session_keeper *keeps, void *context)
{
    uint32_t end = atomic_load(&n_cells);

    mutex_init(&growing, LOCK_CHUNKS);
    atomic_store(&free_cells, 0);
    for (uint32_t index = 1; index < end; index++) {
        struct session *session = known_cell(index);
        uint64_t word = atomic_load(&session->word);
        uint64_t generation = generation_of(word) << SESSION_GENERATION_SHIFT;

        if (keeps == NULL || !is_open(session, word) ||
            !keeps(session, (word & SESSION_BUSY) != 0, context)) {
            empty(session, index);
            continue;
        }
        session_leave(session);
        session_unqueue(session);
        /* What was counted was the parent's. */
        atomic_store(&session->calls_before, atomic_load(&session->calls));
        atomic_store(&session->refused, 0);
        atomic_store(&session->notice, generation);
        atomic_store(&session->word, generation | SESSION_LIVE);
    }
}

/* -- Operations ------------------------------------------------------------ */

struct pool_session *
session_bound(const struct session *session)
{
    const struct operation *operation = session_any_operation(session);

    return operation != NULL ? operation->held : search_streams_on(session);
}

bool
session_uses(const struct session *session, const struct pool_session *pooled,
             const struct operation *except)
{
    if (search_streams_on(session) == pooled)
        return true;
    for (unsigned kind = OPERATION_ENCRYPT; kind < OPERATION_KINDS; kind++)
        if (session_is_active(session, kind) &&
            session->operations[kind] != except &&
            session->operations[kind]->held == pooled)
            return true;
    return false;
}

void
session_begins(struct session *session, enum operation_kind kind)
{
    session->active |= (uint16_t)(1u << kind);
}

struct operation *
session_new_operation(struct session *session, enum operation_kind kind)
{
    session->operations[kind] = calloc(1, sizeof(struct operation));
    return session->operations[kind];
}
