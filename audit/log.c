/* SPDX-License-Identifier: BSD-3-Clause */
/* Which events become records, and of which program they tell. */
#include "audit/log.h"

#include "audit/flusher.h"
#include "audit/relay.h"
#include "audit/run.h"
#include "common/cleanup.h"
#include "common/lock.h"
#include "common/log.h"
#include "common/origin.h"

#include <stdatomic.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

struct audit_log {
    struct audit_sink sink;
    const struct config_audit *settings;
    _Atomic(const struct config_audit *) wanted; /* which records */
    _Atomic(bool) wants_calls;
    struct run *run;
    struct relay *relays[DAEMONS]; /* NULL: no such sink */
    struct flusher *flusher;       /* NULL: records are written at once */
    struct audit_program program;
    struct origin origin;
    struct mutex lock; /* of the user alone */
    struct audit_user user;
    _Atomic(uint64_t) n_kept;
};

/* -- Which records -------------------------------------------------------- */

/* The least level that has each event; without one here it is kept. */
static const uint8_t levels[AUDIT_KINDS] = {
    [AUDIT_VERIFY] = AUDIT_LEVEL_OPERATIONS,
    [AUDIT_ENCRYPT] = AUDIT_LEVEL_OPERATIONS,
    [AUDIT_DIGEST] = AUDIT_LEVEL_OPERATIONS,
    [AUDIT_RANDOM] = AUDIT_LEVEL_OPERATIONS,
    [AUDIT_OPEN] = AUDIT_LEVEL_CALLS,
    [AUDIT_CLOSE] = AUDIT_LEVEL_CALLS,
    [AUDIT_FIND] = AUDIT_LEVEL_CALLS,
    [AUDIT_CALL] = AUDIT_LEVEL_CALLS,
};

/* What is done with a key that everybody may know is kept as what is done
 * without one. In doubt a key is secret. */
static bool
uses_secret_key(const struct audit_event *event)
{
    const struct audit_key *key = event->description;

    return event->key != 0 && (key == NULL || !key->is_known ||
                               key->object_class == CKO_PRIVATE_KEY ||
                               key->object_class == CKO_SECRET_KEY);
}

static bool
is_left_out(const struct audit_log *log, const struct audit_event *event)
{
    const struct config_audit *wanted = log->wanted;
    unsigned level =
        event->level != AUDIT_LEVEL_UNSET ? event->level : wanted->level;
    enum audit_event_kind kind =
        event->kind == AUDIT_INTENT ? event->intended : event->kind;
    unsigned least = levels[kind];

    if ((wanted->excluded >> kind & 1) != 0)
        return true;
    if (least == AUDIT_LEVEL_OPERATIONS && uses_secret_key(event))
        least = AUDIT_LEVEL_KEYS;
    return level < least;
}

/* -- Writing -------------------------------------------------------------- */

/* A process that gave up its privileges is somebody else from then on. */
static void
read_user(struct audit_log *log, struct audit_user *out)
{
    uid_t uid = geteuid();

    mutex_lock(&log->lock);
    *out = log->user;
    mutex_unlock(&log->lock);
    if (out->uid == uid)
        return;
    audit_user_find(uid, out);
    mutex_lock(&log->lock);
    log->user = *out;
    mutex_unlock(&log->lock);
}

/* A call whose intent is not recorded is not made. */
static enum run_stake
stake_of(const struct audit_log *log, const struct audit_event *event)
{
    return event->kind == AUDIT_INTENT && log->settings->denies ? RUN_DENIES
                                                                : RUN_LOSES;
}

/* While the log fails a record is written at once, so that nothing is answered
 * whose record is known to be lost; and an intent is there before the deed. A
 * forked child has its parent's flusher, and starts no thread of it. */
static bool
is_behind(const struct audit_log *log, const struct audit_event *event)
{
    return origin_is_here(&log->origin) && log->flusher != NULL &&
           event->kind != AUDIT_INTENT && !atomic_load(run_failing(log->run)) &&
           flusher_is_ready(log->flusher);
}

static bool
put(struct audit_log *log, const struct audit_user *user, const char *body,
    size_t length)
{
    enum batch_fill news;
    bool is_kept = run_put(log->run, user, body, length, &news);

    if (news != BATCH_AS_BEFORE)
        flusher_wake(log->flusher, news);
    return is_kept;
}

/* One with a detail is longer, and none of a call. */
static bool
write_event(struct audit_log *log, const struct audit_event *event, bool waits)
{
    char short_body[AUDIT_BODY_LENGTH];
    size_t room =
        AUDIT_BODY_LENGTH + (event->detail == NULL ? 0 : strlen(event->detail));
    CLEANUP(freep)
    char *long_body = event->detail == NULL ? NULL : malloc(room);
    char *body = event->detail == NULL ? short_body : long_body;
    struct audit_user user;
    size_t length;
    bool is_kept;

    /* A forked child that has not begun a run of its own. */
    if (!origin_is_here(&log->origin))
        return false;
    if (body == NULL) {
        run_lose(log->run, stake_of(log, event));
        return false;
    }
    read_user(log, &user);
    length = audit_line_body(event, &log->program, &user, body, room);
    is_kept =
        waits ? run_append(log->run, &user, stake_of(log, event), body, length)
              : put(log, &user, body, length);
    if (is_kept)
        atomic_fetch_add_explicit(&log->n_kept, 1, memory_order_relaxed);
    return is_kept;
}

bool
audit_log_write_always(struct audit_log *log, const struct audit_event *event)
{
    return write_event(log, event, true);
}

uint64_t
audit_log_count(const struct audit_log *log)
{
    return atomic_load_explicit(&log->n_kept, memory_order_relaxed);
}

void
audit_log_failures(const struct audit_log *log, uint64_t *out_lost,
                   uint64_t *out_denied)
{
    run_failures(log->run, out_lost, out_denied);
}

bool
audit_log_write(struct audit_log *log, const struct audit_event *event)
{
    return is_left_out(log, event) ||
           write_event(log, event, !is_behind(log, event)) ||
           !log->settings->denies;
}

static bool
write_to_log(void *context, const struct audit_event *event)
{
    return audit_log_write(context, event);
}

static bool
admit(void *context, const struct audit_event *event)
{
    struct audit_log *log = context;
    struct audit_user user;

    if (is_left_out(log, event))
        return true;
    /* A child that has no run of its own writes nothing of its parent's. */
    if (!origin_is_here(&log->origin))
        return false;
    read_user(log, &user);
    return run_probe(log->run, &user);
}

const struct audit_sink *
audit_log_sink(const struct audit_log *log)
{
    return &log->sink;
}

/* -- Beginning and end ---------------------------------------------------- */

static void
relay_lines(void *context, const char *lines, size_t length)
{
    const struct audit_log *log = context;

    for (unsigned i = 0; i < DAEMONS; i++)
        if (log->relays[i] != NULL)
            relay_put(log->relays[i], lines, length);
}

static bool
open_relays(struct audit_log *log, bool may_create_threads, struct error *error)
{
    for (unsigned i = 0; i < DAEMONS; i++) {
        if ((log->settings->sinks >> i & 1) == 0)
            continue;
        log->relays[i] = relay_new(i, may_create_threads);
        if (log->relays[i] == NULL)
            return error_set(error, CKR_HOST_MEMORY, "out of memory");
        run_set_reader(log->run, relay_lines, log);
    }
    return true;
}

static void
say_threads_are_forbidden(const struct audit_log *log)
{
    log_write(LOG_LEVEL_WARNING,
              "audit log %s: durability is \"buffer\", and the application "
              "allows no thread that would write; it is as with \"write\"",
              log->settings->file);
}

static bool
open_buffer(struct audit_log *log, bool may_create_threads, struct error *error)
{
    if (log->settings->durability != AUDIT_DURABILITY_BUFFER)
        return true;
    if (!may_create_threads) {
        say_threads_are_forbidden(log);
        return true;
    }
    log->flusher = flusher_new(log->run);
    return log->flusher != NULL ||
           error_set(error, CKR_HOST_MEMORY, "out of memory");
}

bool
audit_log_new(const struct config_audit *settings, gid_t group,
              bool wants_calls, bool may_create_threads, struct audit_log **out,
              struct error *error)
{
    struct audit_log *log = calloc(1, sizeof(*log));
    struct audit_file *file;

    *out = NULL;
    if (log == NULL)
        return error_set(error, CKR_HOST_MEMORY, "out of memory");
    log->sink = (struct audit_sink){ .write = write_to_log,
                                     .admit = admit,
                                     .context = log,
                                     .wants_calls = &log->wants_calls,
                                     .wants_intents = settings->intends };
    log->settings = settings;
    log->wanted = settings;
    log->wants_calls = wants_calls;
    mutex_init(&log->lock, LOCK_AUDIT);
    origin_begin(&log->origin);
    audit_program_read(&log->program);
    audit_line_prepare(&log->program);
    audit_user_find(geteuid(), &log->user);
    if (!audit_file_open(settings->file, group, &file, error) ||
        !run_new(settings->file, &log->program, file,
                 settings->durability == AUDIT_DURABILITY_DISK, &log->run,
                 error) ||
        !open_buffer(log, may_create_threads, error) ||
        !open_relays(log, may_create_threads, error)) {
        (void)audit_log_rest(log, 0);
        audit_log_free(log);
        return false;
    }
    if (settings->denies)
        log->sink.is_failing = run_failing(log->run);
    *out = log;
    return true;
}

void
audit_log_want(struct audit_log *log, const struct config_audit *settings,
               bool wants_calls)
{
    atomic_store(&log->wanted, settings);
    atomic_store(&log->wants_calls, wants_calls);
}

void
audit_log_forbid_threads(struct audit_log *log)
{
    if (log->flusher != NULL && flusher_forbid_thread(log->flusher))
        say_threads_are_forbidden(log);
    for (unsigned i = 0; i < DAEMONS; i++)
        if (log->relays[i] != NULL)
            relay_forbid_threads(log->relays[i]);
}

bool
audit_log_rest(struct audit_log *log, uint64_t wait_ms)
{
    return flusher_stop(log->flusher, wait_ms);
}

void
audit_log_free(struct audit_log *log)
{
    if (log == NULL)
        return;
    flusher_free(log->flusher);
    run_free(log->run);
    for (unsigned i = 0; i < DAEMONS; i++)
        relay_free(log->relays[i]);
    origin_end(&log->origin);
    mutex_destroy(&log->lock);
    free(log);
}
