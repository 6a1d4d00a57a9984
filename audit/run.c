/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * Threads that have a record at the same time share a write. One of them, the
 * leader, writes what there is while the next batch is being put together;
 * then the first who waits in that one leads. The lock is held for memory
 * alone, never while something is written.
 */
#include "audit/run-private.h"
#include "common/cancel.h"
#include "common/cleanup.h"
#include "common/crypto.h"

#include <errno.h>
#include <stdlib.h>

/* -- Batches -------------------------------------------------------------- */

/* What follows something that is not in the file would not follow anything. */
static void drop_locked(struct run *run, struct batch_sleepers *sleepers,
                        struct batch *batch, size_t n_kept, int reason)
    REQUIRES(run->lock);

static void
drop_locked(struct run *run, struct batch_sleepers *sleepers,
            struct batch *batch, size_t n_kept, int reason)
{
    for (size_t i = n_kept; i < batch->n_records; i++) {
        trouble_note_loss(&run->trouble, &batch->records[i], reason);
        batch_answer(&batch->records[i], false, sleepers);
    }
}

static void fail_locked(struct run *run, struct batch_sleepers *sleepers,
                        size_t written, int reason) REQUIRES(run->lock);

static void
fail_locked(struct run *run, struct batch_sleepers *sleepers, size_t written,
            int reason)
{
    struct batch *batch = run->writing;
    size_t n_kept = batch_count_kept(batch, written);

    for (size_t i = 0; i < n_kept; i++)
        batch_answer(&batch->records[i], true, sleepers);
    run->trouble.is_torn = batch_is_torn(batch, written);
    if (written > 0)
        run->trouble.is_found = false;
    run->place = batch_place_after(batch, n_kept);
    drop_locked(run, sleepers, batch, n_kept, reason);
    drop_locked(run, sleepers, run->filling, 0, reason);
    batch_clear(run->filling);
}

/* Records of a batch that is in the file; `is_safe`: as it was asked for. */
static void keep_locked(struct run *run, struct batch_sleepers *sleepers,
                        bool is_safe) REQUIRES(run->lock);

static void
keep_locked(struct run *run, struct batch_sleepers *sleepers, bool is_safe)
{
    struct batch *batch = run->writing;

    for (size_t i = 0; i < batch->n_records; i++)
        batch_answer(&batch->records[i], is_safe, sleepers);
    trouble_was_told(&run->trouble);
}

/* Who leads next, to be woken; nobody where nobody waits. */
static const void *hand_on_locked(struct run *run) REQUIRES(run->lock);

static const void *
hand_on_locked(struct run *run)
{
    struct batch *batch = run->filling;

    run->is_led = false;
    for (size_t i = 0; i < batch->n_records; i++) {
        struct batch_waiter *waiter = batch->records[i].waiter;

        if (waiter == NULL)
            continue;
        run->is_led = true;
        waiter->leads = true;
        return wake_tell(&waiter->wake);
    }
    condition_broadcast(&run->room); /* run_flush may go on */
    return NULL;
}

static struct batch *take_locked(struct run *run) REQUIRES(run->lock);

static struct batch *
take_locked(struct run *run)
{
    struct batch *batch = run->filling;

    run->filling = run->writing;
    run->writing = batch;
    batch_clear(run->filling);
    condition_broadcast(&run->room);
    return batch;
}

/* -- Whether it works ----------------------------------------------------- */

/* Before anybody is told what came of a write; true: it is news. */
static bool
note_working(struct run *run, bool works)
{
    return atomic_exchange(&run->is_failing, !works) == works;
}

void
run_say_late(struct run *run)
{
    if (note_working(run, false))
        trouble_say(run->name, ETIMEDOUT);
}

/* Shows what is in the file. */
static void
show(const struct run *run, const struct batch *batch, size_t written)
{
    size_t n_kept = batch_count_kept(batch, written);

    if (run->reader != NULL && n_kept > 0)
        run->reader(run->reader_context, batch->bytes,
                    batch->records[n_kept - 1].end);
}

/* What was taken; and says what came of it. Whoever leads does it to the end:
 * others wait for what it hands on. */
static void
write_batch(struct run *run, const struct batch *batch)
{
    CLEANUP(cancel_allow) int cancel_state = cancel_hold();
    struct batch_sleepers sleepers;
    const void *next;
    size_t written;
    bool is_news;
    int reason;

    reason = audit_file_append(run->file, batch->bytes, batch->length,
                               run->to_disk, &written);
    show(run, batch, written);
    sleepers.n = 0;
    mutex_lock(&run->lock);
    is_news = note_working(run, reason == 0);
    if (reason != 0)
        run->trouble.reason = reason;
    if (written == batch->length)
        keep_locked(run, &sleepers, reason == 0);
    else
        fail_locked(run, &sleepers, written, reason);
    next = hand_on_locked(run);
    mutex_unlock(&run->lock);
    wake_call(next); /* first: the others are woken while it writes */
    batch_wake(&sleepers);
    if (is_news)
        trouble_say(run->name, reason);
}

void
run_lead(struct run *run)
{
    struct batch *batch;

    mutex_lock(&run->lock);
    batch = take_locked(run);
    mutex_unlock(&run->lock);
    write_batch(run, batch);
}

const _Atomic(bool) *
run_failing(const struct run *run)
{
    return &run->is_failing;
}

/* Whoever finds somebody at it has not got to wait. */
static bool begin_probe_locked(struct run *run, const struct audit_user *user)
    REQUIRES(run->lock);

static bool
begin_probe_locked(struct run *run, const struct audit_user *user)
{
    if (run->is_led)
        return false;
    run->is_led = true;
    if (run->filling->n_records == 0)
        trouble_tell(&run->trouble, run->program, user, &run->place,
                     run->filling);
    return true;
}

bool
run_probe(struct run *run, const struct audit_user *user)
{
    bool leads;

    mutex_lock(&run->lock);
    leads = begin_probe_locked(run, user);
    mutex_unlock(&run->lock);
    if (leads)
        run_lead(run);
    if (!atomic_load(&run->is_failing))
        return true;
    mutex_lock(&run->lock);
    trouble_note_denial(&run->trouble);
    mutex_unlock(&run->lock);
    return false;
}

/* -- Writing -------------------------------------------------------------- */

static struct batch_record
record_of(enum run_stake stake, struct batch_waiter *waiter)
{
    return (struct batch_record){ .waiter = waiter,
                                  .loses = stake == RUN_LOSES,
                                  .denies = stake == RUN_DENIES };
}

static bool wait_for_room_locked(struct run *run, size_t length)
    REQUIRES(run->lock);

static bool
wait_for_room_locked(struct run *run, size_t length)
{
    struct deadline until = deadline_in(RUN_PATIENCE_MS);

    while (!batch_has_room(run->filling, length))
        if (!condition_wait(&run->room, &run->lock, until))
            return false;
    return true;
}

bool
run_add_locked(struct run *run, const struct audit_user *user,
               const struct run_addition *addition)
{
    struct batch_waiter *waiter = addition->waiter;
    struct batch_record record = record_of(addition->stake, waiter);

    if (!batch_has_room(run->filling, addition->length) &&
        !wait_for_room_locked(run, addition->length)) {
        trouble_note_loss(&run->trouble, &record, ETIMEDOUT);
        return false;
    }
    if (run->filling->n_records == 0)
        trouble_tell(&run->trouble, run->program, user, &run->place,
                     run->filling);
    batch_add(run->filling, &run->place, addition->body, addition->length,
              &record);
    if (waiter != NULL && !run->is_led)
        run->is_led = waiter->leads = true;
    return true;
}

/* False: it was answered in the last moment, or leads. */
static bool
give_up(struct run *run, struct batch_waiter *waiter)
{
    bool is_told;

    mutex_lock(&run->lock);
    is_told = waiter->is_done || waiter->leads;
    if (!is_told) {
        batch_forget_waiter(run->filling, waiter);
        batch_forget_waiter(run->writing, waiter);
    }
    mutex_unlock(&run->lock);
    return !is_told;
}

/* Another thread's leader has the record, or will; else this thread leads. */
static bool
wait_for(struct run *run, struct batch_waiter *waiter)
{
    struct deadline until = deadline_in(RUN_PATIENCE_MS);

    while (!wake_is_up(&waiter->wake)) {
        wake_wait(&waiter->wake, until);
        if (deadline_has_passed(until) && give_up(run, waiter)) {
            run_say_late(run);
            return false;
        }
    }
    /* Whoever is woken leads, or has been answered. */
    if (!waiter->is_done)
        run_lead(run);
    return waiter->is_kept;
}

bool
run_append(struct run *run, const struct audit_user *user, enum run_stake stake,
           const char *body, size_t length)
{
    struct batch_waiter waiter = { .is_done = false };
    struct run_addition addition = { stake, &waiter, body, length };
    struct batch *batch;
    bool is_added;

    mutex_lock(&run->lock);
    is_added = run_add_locked(run, user, &addition);
    batch = waiter.leads ? take_locked(run) : NULL;
    mutex_unlock(&run->lock);
    if (!is_added) {
        run_say_late(run);
        return false;
    }
    if (batch == NULL)
        return wait_for(run, &waiter);
    write_batch(run, batch);
    return waiter.is_kept;
}

void
run_failures(const struct run *run, uint64_t *out_lost, uint64_t *out_denied)
{
    *out_lost = atomic_load(&run->trouble.all_lost);
    *out_denied = atomic_load(&run->trouble.all_denied);
}

void
run_lose(struct run *run, enum run_stake stake)
{
    struct batch_record record = record_of(stake, NULL);

    mutex_lock(&run->lock);
    trouble_note_loss(&run->trouble, &record, ENOMEM);
    mutex_unlock(&run->lock);
}

/* -- Beginning and end ---------------------------------------------------- */

bool
run_new(const char *name, const struct audit_program *program,
        struct audit_file *file, bool to_disk, struct run **out,
        struct error *error)
{
    struct run *run = calloc(1, sizeof(*run));

    *out = NULL;
    if (run == NULL) {
        audit_file_close(file);
        return error_set(error, CKR_HOST_MEMORY, "out of memory");
    }
    run->name = name;
    run->program = program;
    run->file = file;
    run->to_disk = to_disk;
    run->trouble.is_torn = run->trouble.is_found = audit_file_ends_cut(file);
    mutex_init(&run->lock, LOCK_AUDIT);
    condition_init(&run->room);
    run->filling = calloc(1, sizeof(*run->filling));
    run->writing = calloc(1, sizeof(*run->writing));
    if (run->filling == NULL || run->writing == NULL)
        (void)error_set(error, CKR_HOST_MEMORY, "out of memory");
    else if (!crypto_random(run->place.run, sizeof(run->place.run)))
        (void)error_set(error, CKR_GENERAL_ERROR,
                        "audit log %s: the kernel gives no random number for "
                        "this run",
                        name);
    else {
        *out = run;
        return true;
    }
    run_free(run);
    return false;
}

void
run_set_reader(struct run *run, run_reader *reader, void *context)
{
    run->reader = reader;
    run->reader_context = context;
}

void
run_free(struct run *run)
{
    if (run == NULL)
        return;
    audit_file_close(run->file);
    condition_destroy(&run->room);
    mutex_destroy(&run->lock);
    free(run->filling);
    free(run->writing);
    free(run);
}
