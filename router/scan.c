/* SPDX-License-Identifier: BSD-3-Clause */
/* Looking at what the modules show. */
#include "router/scan.h"

#include "common/lock.h"
#include "common/log.h"
#include "common/text.h"
#include "common/thread.h"
#include "router/process.h"
#include "router/watch.h"

#include <pthread.h>
#include <stdlib.h>
#include <string.h>

/* What is known of one module. */
struct look {
    struct scanner *scanner;
    struct backend *backend;
    struct seen_token *tokens;
    size_t n_tokens;
    CK_SLOT_ID *slots; /* as it listed them last; of whoever looks */
    CK_ULONG n_slots;
    pthread_t thread;
    bool has_thread; /* to be joined */
    bool is_chosen;  /* by the scan that is beginning */
    bool is_running;
    bool is_late;       /* was not waited for to the end */
    bool is_to_be_told; /* by the scan that found it late */
    bool is_held;       /* nobody begins to look */
};

struct scanner {
    struct mutex lock;
    struct condition finished;
    struct backend_set *backends;
    struct look *looks; /* one for each backend */
    size_t n_looks;
    size_t n_running;
    _Atomic(bool) may_create_threads;
    bool is_scanning;
};

struct scanner *
scanner_new(struct backend_set *backends, bool may_create_threads)
{
    struct scanner *scanner = calloc(1, sizeof(*scanner));
    size_t n_looks = backend_set_count(backends);

    if (scanner == NULL)
        return NULL;
    scanner->looks = calloc(n_looks + 1, sizeof(*scanner->looks));
    if (scanner->looks == NULL) {
        free(scanner);
        return NULL;
    }
    mutex_init(&scanner->lock, LOCK_SCAN);
    condition_init(&scanner->finished);
    scanner->backends = backends;
    scanner->may_create_threads = may_create_threads;
    scanner->n_looks = n_looks;
    for (size_t i = 0; i < n_looks; i++) {
        scanner->looks[i].scanner = scanner;
        scanner->looks[i].backend = backend_set_get(backends, i);
    }
    return scanner;
}

/* -- One module ------------------------------------------------------------ */

static CK_RV
list_slots(const CK_FUNCTION_LIST_3_2 *module, CK_SLOT_ID **out,
           CK_ULONG *n_out)
{
    CK_RV rv = CKR_BUFFER_TOO_SMALL;

    *out = NULL;
    /* The list may grow between the two calls (R6.1). */
    for (int tries = 0; tries < 4 && rv == CKR_BUFFER_TOO_SMALL; tries++) {
        free(*out);
        *out = NULL;
        rv = module->C_GetSlotList(CK_FALSE, NULL, n_out);
        if (rv != CKR_OK)
            return rv;
        *out = calloc(*n_out + 1, sizeof(**out));
        if (*out == NULL)
            return CKR_HOST_MEMORY;
        rv = module->C_GetSlotList(CK_FALSE, *out, n_out);
    }
    return rv;
}

void
scan_normalise(CK_TOKEN_INFO *info)
{
    text_normalise(info->label, sizeof(info->label));
    text_normalise(info->manufacturerID, sizeof(info->manufacturerID));
    text_normalise(info->model, sizeof(info->model));
    text_normalise(info->serialNumber, sizeof(info->serialNumber));
}

static void
normalise(struct seen_token *seen)
{
    CK_SLOT_INFO *slot = &seen->slot_info;

    scan_normalise(&seen->info);
    text_normalise(slot->slotDescription, sizeof(slot->slotDescription));
    text_normalise(slot->manufacturerID, sizeof(slot->manufacturerID));
}

static bool
look_at_slot(const CK_FUNCTION_LIST_3_2 *module, CK_SLOT_ID slot,
             struct seen_token *seen)
{
    seen->slot = slot;
    if (module->C_GetSlotInfo(slot, &seen->slot_info) != CKR_OK ||
        (seen->slot_info.flags & CKF_TOKEN_PRESENT) == 0 ||
        module->C_GetTokenInfo(slot, &seen->info) != CKR_OK)
        return false;
    normalise(seen);
    return true;
}

/* One device that is away may keep its module from listing any slot: those that
 * it had are each asked then. */
static CK_RV
list_anew(struct look *its)
{
    CK_SLOT_ID *slots;
    CK_ULONG n_slots;
    CK_RV rv = list_slots(backend_functions(its->backend), &slots, &n_slots);

    if (rv == CKR_CRYPTOKI_NOT_INITIALIZED)
        its->n_slots = 0;
    if (rv != CKR_OK) {
        free(slots);
        return rv;
    }
    free(its->slots);
    its->slots = slots;
    its->n_slots = n_slots;
    return CKR_OK;
}

/* False: a call hangs inside, and nobody can look. */
static bool
look_at_module(struct look *its, struct seen_token **out, size_t *n_out)
{
    struct backend *backend = its->backend;
    CK_RV rv;

    *out = NULL;
    *n_out = 0;
    if (!watch_enter(backend))
        return false;
    rv = list_anew(its);
    *out = calloc(its->n_slots + 1, sizeof(**out));
    for (CK_ULONG i = 0; *out != NULL && i < its->n_slots; i++) {
        struct seen_token *seen = &(*out)[*n_out];

        seen->backend = backend;
        if (look_at_slot(backend_functions(backend), its->slots[i], seen))
            (*n_out)++;
    }
    backend_leave(backend);
    /* Somebody else in this process has finalised it (R3.38). */
    if (rv == CKR_CRYPTOKI_NOT_INITIALIZED)
        backend_vanish(backend);
    return true;
}

static void
look(struct look *its)
{
    struct scanner *scanner = its->scanner;
    struct seen_token *tokens;
    size_t n_tokens;
    bool has_looked;

    has_looked = look_at_module(its, &tokens, &n_tokens);
    mutex_lock(&scanner->lock);
    if (has_looked) {
        free(its->tokens);
        its->tokens = tokens;
        its->n_tokens = n_tokens;
    }
    its->is_running = false;
    its->is_late = false;
    scanner->n_running--;
    condition_broadcast(&scanner->finished);
    mutex_unlock(&scanner->lock);
}

/* -- All modules -------------------------------------------------------------
 */

static void *
look_in_thread(void *argument)
{
    /* A module that leads back into p11mux from here is refused. */
    thread_is_inside = true;
    look(argument);
    return NULL;
}

static void
join(struct look *its)
{
    if (its->has_thread)
        (void)pthread_join(its->thread, NULL);
    its->has_thread = false;
}

static bool
start_thread(struct look *its)
{
    join(its); /* it has finished: only its end is waited for */
    its->has_thread = thread_start(&its->thread, look_in_thread, its);
    return its->has_thread;
}

/* Those to look at now are marked; a module that is down is forgotten, one in
 * which a call hangs stays as it was. */
static void
choose_locked(struct scanner *scanner) REQUIRES(scanner->lock)
{
    for (size_t i = 0; i < scanner->n_looks; i++) {
        struct look *its = &scanner->looks[i];

        its->is_chosen = !its->is_running && !its->is_held &&
                         backend_state(its->backend) == BACKEND_UP &&
                         !backend_is_stuck(its->backend);
        if (its->is_chosen) {
            its->is_running = true;
            scanner->n_running++;
        } else if (!its->is_running &&
                   backend_state(its->backend) != BACKEND_UP) {
            its->n_tokens = 0;
            its->n_slots = 0;
        }
    }
}

static bool
is_waited_for_locked(const struct scanner *scanner)
{
    for (size_t i = 0; i < scanner->n_looks; i++)
        if (scanner->looks[i].is_running && !scanner->looks[i].is_late)
            return true;
    return false;
}

static void
wait_locked(struct scanner *scanner, struct deadline until)
    REQUIRES(scanner->lock)
{
    while (is_waited_for_locked(scanner))
        if (!condition_wait(&scanner->finished, &scanner->lock, until))
            break;
    for (size_t i = 0; i < scanner->n_looks; i++) {
        struct look *its = &scanner->looks[i];

        if (its->is_running && !its->is_late) {
            its->is_late = true;
            its->is_to_be_told = true;
        }
    }
}

/* After the waiting, without the lock: a line in the log is a file. */
static void
tell_late(const struct scanner *scanner)
{
    for (size_t i = 0; i < scanner->n_looks; i++) {
        struct look *its = &scanner->looks[i];

        if (its->is_to_be_told)
            log_write(LOG_LEVEL_WARNING,
                      "module %s: does not answer C_GetSlotList in time; its "
                      "tokens stay as they were last seen until it does",
                      backend_name(its->backend));
        its->is_to_be_told = false;
    }
}

void
scanner_forbid_threads(struct scanner *scanner)
{
    atomic_store(&scanner->may_create_threads, false);
}

void
scanner_run(struct scanner *scanner, struct deadline until)
{
    bool is_first;

    mutex_lock(&scanner->lock);
    is_first = !scanner->is_scanning;
    scanner->is_scanning = true;
    if (is_first)
        choose_locked(scanner);
    mutex_unlock(&scanner->lock);
    if (!is_first)
        return;
    for (size_t i = 0; i < scanner->n_looks; i++) {
        struct look *its = &scanner->looks[i];

        if (its->is_chosen &&
            (!scanner->may_create_threads || !start_thread(its)))
            look(its);
    }
    mutex_lock(&scanner->lock);
    wait_locked(scanner, until);
    mutex_unlock(&scanner->lock);
    tell_late(scanner);
    mutex_lock(&scanner->lock);
    scanner->is_scanning = false;
    mutex_unlock(&scanner->lock);
}

bool
scanner_hold(struct scanner *scanner, const struct backend *backend)
{
    bool is_inside = false;

    mutex_lock(&scanner->lock);
    for (size_t i = 0; i < scanner->n_looks; i++)
        if (backend_shares_library(scanner->looks[i].backend, backend))
            is_inside = is_inside || scanner->looks[i].is_running;
    for (size_t i = 0; !is_inside && i < scanner->n_looks; i++)
        if (backend_shares_library(scanner->looks[i].backend, backend))
            scanner->looks[i].is_held = true;
    mutex_unlock(&scanner->lock);
    return !is_inside;
}

void
scanner_let_go(struct scanner *scanner, const struct backend *backend)
{
    mutex_lock(&scanner->lock);
    for (size_t i = 0; i < scanner->n_looks; i++)
        if (backend_shares_library(scanner->looks[i].backend, backend))
            scanner->looks[i].is_held = false;
    mutex_unlock(&scanner->lock);
}

bool
scanner_seen(struct scanner *scanner, struct seen_token **out, size_t *n_out)
{
    size_t n_seen = 0;

    *n_out = 0;
    mutex_lock(&scanner->lock);
    for (size_t i = 0; i < scanner->n_looks; i++)
        n_seen += scanner->looks[i].n_tokens;
    *out = calloc(n_seen + 1, sizeof(**out));
    for (size_t i = 0; *out != NULL && i < scanner->n_looks; i++) {
        const struct look *its = &scanner->looks[i];

        if (its->n_tokens > 0)
            memcpy(*out + *n_out, its->tokens, its->n_tokens * sizeof(**out));
        *n_out += its->n_tokens;
    }
    mutex_unlock(&scanner->lock);
    return *out != NULL;
}

bool
scanner_free(struct scanner *scanner, uint64_t wait_ms)
{
    struct deadline until = deadline_in(wait_ms);
    bool is_quiet;

    if (scanner == NULL)
        return true;
    mutex_lock(&scanner->lock);
    while (scanner->n_running > 0 &&
           condition_wait(&scanner->finished, &scanner->lock, until))
        continue;
    is_quiet = scanner->n_running == 0;
    mutex_unlock(&scanner->lock);
    if (!is_quiet)
        return false;
    for (size_t i = 0; i < scanner->n_looks; i++) {
        join(&scanner->looks[i]);
        free(scanner->looks[i].tokens);
        free(scanner->looks[i].slots);
    }
    free(scanner->looks);
    condition_destroy(&scanner->finished);
    mutex_destroy(&scanner->lock);
    free(scanner);
    return true;
}
