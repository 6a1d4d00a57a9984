/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * Threads that have a record at the same time share a write. One of them, the
 * leader, writes what there is while the next batch is being put together;
 * then the first who waits in that one leads. The lock is held for memory
 * alone, never while something is written.
 */
#include "audit/run.h"

#include "audit/batch.h"
#include "audit/fields.h"
#include "common/crypto.h"
#include "common/lock.h"
#include "common/log.h"

#include <stdatomic.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

enum {
    /* A leader that hangs in its write keeps nobody for longer. */
    PATIENCE_MS = 5000,
    LOSS_LENGTH = 256
};

struct run {
    const char *name; /* of the file */
    const struct audit_program *program;
    struct audit_file *file; /* of the leader alone */
    bool to_disk;
    struct mutex lock;
    struct condition room;
    struct batch *filling;
    struct batch *writing;
    bool is_led;
    bool is_torn;             /* half a line is the last thing in the file */
    struct audit_place place; /* of the next record */
    unsigned long n_lost;     /* since it worked last */
    char lost_since[CLOCK_TEXT_LENGTH + 1];
    int lost_reason; /* an errno */
    _Atomic(bool) is_failing;
};

/* -- What went wrong ------------------------------------------------------ */

/* A record of the log's own, first thing when it may work again. */
static void add_own_locked(struct run *run, const struct audit_user *user,
                           enum audit_event_kind kind, const char *detail,
                           unsigned long n_lost) REQUIRES(run->lock);

static void
add_own_locked(struct run *run, const struct audit_user *user,
               enum audit_event_kind kind, const char *detail,
               unsigned long n_lost)
{
    struct audit_event event = { .kind = kind,
                                 .rv = CKR_FUNCTION_FAILED,
                                 .detail = detail };
    struct batch_record record = { .lost = n_lost, .is_own = true };
    char body[AUDIT_BODY_LENGTH + LOSS_LENGTH];
    size_t length =
        audit_line_body(&event, run->program, user, body, sizeof(body));

    batch_add(run->filling, &run->place, body, length, &record);
}

static void add_loss_locked(struct run *run, const struct audit_user *user)
    REQUIRES(run->lock);

static void
add_loss_locked(struct run *run, const struct audit_user *user)
{
    char detail[LOSS_LENGTH];
    struct fields fields;

    fields_begin(&fields, detail, sizeof(detail) - 1);
    fields_open(&fields, NULL, '{');
    fields_number(&fields, "records", run->n_lost);
    fields_text(&fields, "since", run->lost_since, CLOCK_TEXT_LENGTH);
    fields_text(&fields, "reason", error_reason(run->lost_reason), 100);
    fields_close(&fields, '}');
    detail[fields_length(&fields)] = '\0';
    add_own_locked(run, user, AUDIT_LOST, detail, run->n_lost);
    run->n_lost = 0;
}

/* Before anybody's record, once the log may work again. */
static void add_trouble_locked(struct run *run, const struct audit_user *user)
    REQUIRES(run->lock);

static void
add_trouble_locked(struct run *run, const struct audit_user *user)
{
    struct batch *batch = run->filling;

    if (batch->n_records > 0)
        return;
    batch->begins_torn = run->is_torn;
    if (run->is_torn) {
        batch->bytes[batch->length++] = '\n';
        add_own_locked(run, user, AUDIT_TORN, NULL, 0);
    }
    if (run->n_lost > 0)
        add_loss_locked(run, user);
    run->is_torn = false;
}

static void note_loss_locked(struct run *run, const struct batch_record *record,
                             int reason) REQUIRES(run->lock);

static void
note_loss_locked(struct run *run, const struct batch_record *record, int reason)
{
    unsigned long n = record->is_own ? record->lost : 1;
    struct timespec now;

    if (n > 0 && run->n_lost == 0 && run->lost_since[0] == '\0') {
        clock_gettime(CLOCK_REALTIME, &now);
        clock_format(now, run->lost_since);
    }
    run->n_lost += n;
    run->lost_reason = reason;
}

/* -- Batches -------------------------------------------------------------- */

static void
answer(struct batch_record *record, bool is_kept)
{
    struct batch_waiter *waiter = record->waiter;

    if (waiter == NULL)
        return;
    record->waiter = NULL;
    waiter->is_done = true;
    waiter->is_kept = is_kept;
    wake_up(&waiter->wake);
}

/* What follows something that is not in the file would not follow anything. */
static void drop_locked(struct run *run, struct batch *batch, size_t n_kept,
                        int reason) REQUIRES(run->lock);

static void
drop_locked(struct run *run, struct batch *batch, size_t n_kept, int reason)
{
    for (size_t i = n_kept; i < batch->n_records; i++) {
        note_loss_locked(run, &batch->records[i], reason);
        answer(&batch->records[i], false);
    }
}

static void fail_locked(struct run *run, size_t written, int reason)
    REQUIRES(run->lock);

static void
fail_locked(struct run *run, size_t written, int reason)
{
    struct batch *batch = run->writing;
    size_t n_kept = batch_count_kept(batch, written);

    for (size_t i = 0; i < n_kept; i++)
        answer(&batch->records[i], true);
    run->is_torn = batch_is_torn(batch, written);
    run->place = batch_place_after(batch, n_kept);
    drop_locked(run, batch, n_kept, reason);
    drop_locked(run, run->filling, 0, reason);
    batch_clear(run->filling);
}

/* Records of a batch that is in the file; `is_safe`: as it was asked for. */
static void keep_locked(struct run *run, bool is_safe) REQUIRES(run->lock);

static void
keep_locked(struct run *run, bool is_safe)
{
    struct batch *batch = run->writing;

    for (size_t i = 0; i < batch->n_records; i++)
        answer(&batch->records[i], is_safe);
    if (run->n_lost == 0)
        run->lost_since[0] = '\0';
}

/* Who leads next; nobody where nobody waits. */
static void hand_on_locked(struct run *run) REQUIRES(run->lock);

static void
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
        wake_up(&waiter->wake);
        return;
    }
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

static void
say(struct run *run, int reason)
{
    if (reason != 0 && !atomic_exchange(&run->is_failing, true))
        log_write(LOG_LEVEL_ERROR,
                  "audit log %s: cannot be written: %s; make room or mend it, "
                  "and it goes on by itself",
                  run->name, error_reason(reason));
    else if (reason == 0 && atomic_load(&run->is_failing) &&
             atomic_exchange(&run->is_failing, false))
        log_write(LOG_LEVEL_WARNING, "audit log %s: is written again",
                  run->name);
}

/* Writes what there is; by the thread that leads. */
static void
lead(struct run *run)
{
    struct batch *batch;
    size_t written;
    int reason;

    mutex_lock(&run->lock);
    batch = take_locked(run);
    mutex_unlock(&run->lock);

    reason = audit_file_append(run->file, batch->bytes, batch->length,
                               run->to_disk, &written);
    mutex_lock(&run->lock);
    if (written == batch->length)
        keep_locked(run, reason == 0);
    else
        fail_locked(run, written, reason);
    hand_on_locked(run);
    mutex_unlock(&run->lock);
    say(run, reason);
}

/* -- Writing -------------------------------------------------------------- */

/* False: the leader hangs, and there is no room behind it. */
static bool add_locked(struct run *run, const struct audit_user *user,
                       struct batch_waiter *waiter, const char *body,
                       size_t length) REQUIRES(run->lock);

static bool
add_locked(struct run *run, const struct audit_user *user,
           struct batch_waiter *waiter, const char *body, size_t length)
{
    struct batch_record record = { .waiter = waiter };

    if (!batch_has_room(run->filling, length)) {
        struct deadline until = deadline_in(PATIENCE_MS);

        while (!batch_has_room(run->filling, length))
            if (!condition_wait(&run->room, &run->lock, until))
                return false;
    }
    add_trouble_locked(run, user);
    batch_add(run->filling, &run->place, body, length, &record);
    if (!run->is_led)
        run->is_led = waiter->leads = true;
    return true;
}

/* Another thread's leader has the record, or will; else this thread leads. */
static bool
wait_for(struct run *run, struct batch_waiter *waiter)
{
    struct deadline until = deadline_in(PATIENCE_MS);
    bool leads, is_done;

    for (;;) {
        wake_wait(&waiter->wake, until);
        mutex_lock(&run->lock);
        leads = waiter->leads;
        is_done = waiter->is_done;
        if (!leads && !is_done && deadline_has_passed(until)) {
            batch_forget_waiter(run->filling, waiter);
            batch_forget_waiter(run->writing, waiter);
            is_done = true;
        }
        mutex_unlock(&run->lock);
        if (leads && !is_done)
            lead(run);
        if (is_done || leads)
            return waiter->is_kept;
    }
}

bool
run_append(struct run *run, const struct audit_user *user, const char *body,
           size_t length)
{
    struct batch_waiter waiter = { .is_done = false };
    bool is_added, leads;

    mutex_lock(&run->lock);
    is_added = add_locked(run, user, &waiter, body, length);
    leads = waiter.leads;
    mutex_unlock(&run->lock);
    if (!is_added)
        return false;
    if (!leads)
        return wait_for(run, &waiter);
    lead(run);
    return waiter.is_kept;
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
