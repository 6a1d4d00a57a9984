/* SPDX-License-Identifier: BSD-3-Clause */
/* Takes records in, and sends them when the daemon takes them. */
#include "audit/relay.h"

#include "audit/message.h"
#include "audit/relay-queue.h"
#include "audit/relay-socket.h"
#include "common/lock.h"
#include "common/log.h"
#include "common/thread.h"

#include <errno.h>
#include <pthread.h>
#include <stdlib.h>

enum {
    LOOK_AGAIN_MS = 50,  /* whether it is to end, while a daemon hangs */
    TRY_AGAIN_MS = 1000, /* whether a daemon is back */
    LAST_MS = 250        /* for what is left at the end */
};

struct relay {
    enum daemon which;
    bool may_create_threads;
    struct mutex lock; /* of the queue and what follows */
    struct condition changed;
    struct relay_queue queue;
    unsigned long n_dropped; /* since it went well last */
    bool is_idle;            /* the thread waits for a record */
    bool is_stopping;
    struct deadline last; /* of the stopping */
    bool has_thread;
    pthread_t thread;
    /* Of whoever sends: the thread, or who brings records without one. */
    struct relay_socket socket;
    bool is_trouble_said;
    bool has_message;
    struct message message;
    char line[MESSAGE_ROOM];
};

/* -- What the operator is told -------------------------------------------- */

/* A daemon that is slow is no trouble until something finds no room. */
static void
say_trouble(struct relay *relay, int reason)
{
    unsigned long n_dropped;

    mutex_lock(&relay->lock);
    n_dropped = relay->n_dropped;
    mutex_unlock(&relay->lock);
    if (relay->is_trouble_said || (daemon_is_full(reason) && n_dropped == 0))
        return;
    relay->is_trouble_said = true;
    log_write(LOG_LEVEL_WARNING,
              "audit sink \"%s\": %s takes no records: %s; the file has them; "
              "see to the daemon that listens there",
              daemon_name(relay->which), daemon_path(relay->which),
              daemon_is_full(reason) ? "what was sent is not read"
                                     : error_reason(reason));
}

static void
say_end(struct relay *relay, unsigned long n_dropped)
{
    if (!relay->is_trouble_said && n_dropped == 0)
        return;
    relay->is_trouble_said = false;
    log_write(LOG_LEVEL_WARNING,
              "audit sink \"%s\": takes records again; %lu did not reach it",
              daemon_name(relay->which), n_dropped);
}

/* -- Sending -------------------------------------------------------------- */

static bool
take_message(struct relay *relay)
{
    size_t length = 0;
    bool is_there;

    do {
        mutex_lock(&relay->lock);
        is_there = relay_queue_take(&relay->queue, relay->line,
                                    sizeof(relay->line), &length);
        mutex_unlock(&relay->lock);
    } while (is_there && length == 0); /* the line end behind a torn line */
    if (is_there)
        message_of_record(&relay->message, relay->which, relay->line, length);
    return is_there;
}

static unsigned long
take_dropped(struct relay *relay)
{
    unsigned long n_dropped;

    mutex_lock(&relay->lock);
    n_dropped = relay->n_dropped;
    relay->n_dropped = 0;
    mutex_unlock(&relay->lock);
    return n_dropped;
}

static void
count_dropped(struct relay *relay, unsigned long n)
{
    mutex_lock(&relay->lock);
    relay->n_dropped += n;
    mutex_unlock(&relay->lock);
}

/* Sends what waits, without waiting itself: 0 when nothing is left, or an
 * errno. */
static int
send_all(struct relay *relay)
{
    for (;;) {
        int reason;

        if (!relay->has_message && !take_message(relay)) {
            say_end(relay, take_dropped(relay));
            return 0;
        }
        relay->has_message = true;
        reason = relay_socket_send(&relay->socket, relay->message.bytes,
                                   relay->message.length);
        if (reason != 0 && reason != EMSGSIZE)
            return reason;
        if (reason == EMSGSIZE)
            count_dropped(relay, 1);
        relay->has_message = false;
    }
}

static void
send_at_once(struct relay *relay)
{
    int reason = send_all(relay);

    if (reason != 0)
        say_trouble(relay, reason);
}

/* -- The thread ----------------------------------------------------------- */

/* Until there is something to do; false: it is to end. */
static bool
wait_for_records(struct relay *relay)
{
    bool has_records;

    mutex_lock(&relay->lock);
    relay->is_idle = true;
    while (!relay->is_stopping && relay->queue.length == 0)
        (void)condition_wait(&relay->changed, &relay->lock, deadline_never());
    relay->is_idle = false;
    has_records = relay->queue.length > 0;
    mutex_unlock(&relay->lock);
    return has_records;
}

/* The daemon is away. */
static bool
wait_for_daemon(struct relay *relay)
{
    struct deadline until = deadline_in(TRY_AGAIN_MS);
    bool is_stopping;

    mutex_lock(&relay->lock);
    while (!relay->is_stopping && !deadline_has_passed(until))
        (void)condition_wait(&relay->changed, &relay->lock, until);
    is_stopping = relay->is_stopping;
    mutex_unlock(&relay->lock);
    return !is_stopping;
}

/* The daemon hangs; at the end it is given some more time. */
static bool
wait_for_room(struct relay *relay)
{
    bool may_go_on;

    relay_socket_wait(&relay->socket, LOOK_AGAIN_MS);
    mutex_lock(&relay->lock);
    may_go_on = !relay->is_stopping || !deadline_has_passed(relay->last);
    mutex_unlock(&relay->lock);
    return may_go_on;
}

static bool
wait_for(struct relay *relay, int reason)
{
    if (reason == 0)
        return wait_for_records(relay);
    say_trouble(relay, reason);
    return daemon_is_full(reason) ? wait_for_room(relay)
                                  : wait_for_daemon(relay);
}

static void *
send_in_thread(void *argument)
{
    struct relay *relay = argument;

    (void)pthread_setname_np(pthread_self(), "p11mux-audit");
    while (wait_for(relay, send_all(relay)))
        continue;
    return NULL;
}

static void start_locked(struct relay *relay) REQUIRES(relay->lock);

static void
start_locked(struct relay *relay)
{
    relay->has_thread = thread_start(&relay->thread, send_in_thread, relay);
}

/* -- Taking in ------------------------------------------------------------ */

void
relay_put(struct relay *relay, const char *lines, size_t length)
{
    bool has_thread;

    mutex_lock(&relay->lock);
    relay->n_dropped += relay_queue_put(&relay->queue, lines, length);
    if (relay->may_create_threads && !relay->has_thread)
        start_locked(relay);
    has_thread = relay->has_thread;
    if (relay->is_idle)
        condition_signal(&relay->changed);
    mutex_unlock(&relay->lock);
    if (!has_thread)
        send_at_once(relay);
}

/* -- Beginning and end ---------------------------------------------------- */

struct relay *
relay_new(enum daemon which, bool may_create_threads)
{
    struct relay *relay = calloc(1, sizeof(*relay));

    if (relay == NULL)
        return NULL;
    if (!relay_queue_begin(&relay->queue, RELAY_BYTES)) {
        free(relay);
        return NULL;
    }
    relay->which = which;
    relay->may_create_threads = may_create_threads;
    mutex_init(&relay->lock, LOCK_RELAY);
    condition_init(&relay->changed);
    relay_socket_begin(&relay->socket, which);
    return relay;
}

void
relay_forbid_threads(struct relay *relay)
{
    mutex_lock(&relay->lock);
    relay->may_create_threads = false;
    mutex_unlock(&relay->lock);
}

static void
say_left(struct relay *relay)
{
    unsigned long n_left = relay->n_dropped + relay->has_message +
                           relay_queue_count(&relay->queue);

    if (n_left > 0)
        log_write(LOG_LEVEL_WARNING,
                  "audit sink \"%s\": the last %lu records did not reach %s; "
                  "the file has them",
                  daemon_name(relay->which), n_left, daemon_path(relay->which));
}

void
relay_free(struct relay *relay)
{
    if (relay == NULL)
        return;
    mutex_lock(&relay->lock);
    relay->is_stopping = true;
    relay->last = deadline_in(LAST_MS);
    condition_signal(&relay->changed);
    mutex_unlock(&relay->lock);
    if (relay->has_thread)
        (void)pthread_join(relay->thread, NULL);
    else
        (void)send_all(relay);
    say_left(relay);
    relay_socket_end(&relay->socket);
    relay_queue_end(&relay->queue);
    condition_destroy(&relay->changed);
    mutex_destroy(&relay->lock);
    free(relay);
}
