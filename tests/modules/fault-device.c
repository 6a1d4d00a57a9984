/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * A limit of sessions that processes share (fault.h: `device`). A session is
 * a record lock on a byte of a file, so that the kernel gives back those of a
 * process that dies, and a child does not inherit its parent's.
 */
#include "tests/modules/fault-call.h"

#include <errno.h>
#include <fcntl.h>
#include <pthread.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

/* Behind the text of the counters. */
enum { MOST_SESSIONS = 1024, TEXT = 128, AT_GUARD = TEXT, AT_SESSIONS };

struct counters {
    unsigned long opened, refused;
    size_t most, most_of_one;
};

static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;
static int file = -1;
static size_t limit;
static bool is_reported;
static pid_t owner;
static bool is_ours[MOST_SESSIONS];
static size_t n_ours;

static void
must(bool is_done, const char *what)
{
    if (!is_done) {
        fprintf(stderr, "fault module: device: %s: %s\n", what,
                strerror(errno));
        abort();
    }
}

/* The type of the lock that is in the way, F_UNLCK for none. */
static short
byte_lock(int command, short type, off_t at)
{
    struct flock byte = { .l_type = type, .l_start = at, .l_len = 1 };
    int result;

    do
        result = fcntl(file, command, &byte);
    while (result < 0 && errno == EINTR);
    must(result == 0, "fcntl");
    return byte.l_type;
}

static struct counters
counters_read(void)
{
    struct counters counters = { 0 };
    char text[TEXT + 1] = "";

    if (pread(file, text, TEXT, 0) > 0)
        must(sscanf(text, "opened %lu refused %lu most %zu most-of-one %zu",
                    &counters.opened, &counters.refused, &counters.most,
                    &counters.most_of_one) == 4,
             "the file is not one of these");
    return counters;
}

static void
counters_write(const struct counters *counters)
{
    char text[TEXT + 1];

    snprintf(text, sizeof(text),
             "opened %lu refused %lu most %zu most-of-one %zu",
             counters->opened, counters->refused, counters->most,
             counters->most_of_one);
    memset(text + strlen(text), ' ', TEXT - strlen(text));
    text[TEXT - 1] = '\n';
    must(pwrite(file, text, TEXT, 0) == TEXT, "write");
}

/* One process at a time, and in it one thread. */
static void
device_enter(void)
{
    pthread_mutex_lock(&lock);
    if (owner != getpid()) {
        owner = getpid();
        memset(is_ours, 0, sizeof(is_ours));
        n_ours = 0;
    }
    if (file >= 0)
        byte_lock(F_SETLKW, F_WRLCK, AT_GUARD);
}

static void
device_leave(void)
{
    if (file >= 0)
        byte_lock(F_SETLK, F_UNLCK, AT_GUARD);
    pthread_mutex_unlock(&lock);
}

static void
session_free(size_t session)
{
    byte_lock(F_SETLK, F_UNLCK, AT_SESSIONS + (off_t)session);
    is_ours[session] = false;
    n_ours--;
}

/* Sessions of this process, whichever they are. */
static void
sessions_free(size_t n_sessions)
{
    for (size_t i = 0; i < MOST_SESSIONS && n_sessions > 0; i++)
        if (is_ours[i]) {
            session_free(i);
            n_sessions--;
        }
}

/* How many there are in all processes; `out` is one that is free. */
static size_t
sessions_count(size_t *out)
{
    size_t n_taken = 0;

    for (size_t i = 0; i < limit; i++)
        if (is_ours[i] ||
            byte_lock(F_GETLK, F_WRLCK, AT_SESSIONS + (off_t)i) != F_UNLCK)
            n_taken++;
        else
            *out = i;
    return n_taken;
}

/* With the guard held. */
static bool
session_take(void)
{
    struct counters counters = counters_read();
    size_t session = 0, n_taken = sessions_count(&session);
    bool has_room = n_taken < limit;

    if (has_room) {
        byte_lock(F_SETLK, F_WRLCK, AT_SESSIONS + (off_t)session);
        is_ours[session] = true;
        n_ours++;
        n_taken++;
        counters.opened++;
    } else
        counters.refused++;
    if (counters.most < n_taken)
        counters.most = n_taken;
    if (counters.most_of_one < n_ours)
        counters.most_of_one = n_ours;
    counters_write(&counters);
    return has_room;
}

bool
device_take(void)
{
    bool has_room;

    device_enter();
    has_room = file < 0 || session_take();
    device_leave();
    return has_room;
}

void
device_give(size_t n_sessions)
{
    device_enter();
    sessions_free(n_sessions);
    device_leave();
}

void
device_give_all(void)
{
    device_give(MOST_SESSIONS);
}

bool
device_limit(CK_ULONG *out)
{
    bool is_known;

    pthread_mutex_lock(&lock);
    is_known = file >= 0 && is_reported;
    *out = limit;
    pthread_mutex_unlock(&lock);
    return is_known;
}

/* To close a file gives back every lock on it. */
void
device_unset(void)
{
    device_give_all();
    pthread_mutex_lock(&lock);
    if (file >= 0)
        close(file);
    file = -1;
    pthread_mutex_unlock(&lock);
}

bool
device_set(const char *path, unsigned long new_limit, bool reported)
{
    int opened;

    if (new_limit > MOST_SESSIONS)
        return false;
    device_unset();
    opened = open(path, O_RDWR | O_CREAT | O_CLOEXEC, 0666);
    if (opened < 0)
        return false;
    pthread_mutex_lock(&lock);
    file = opened;
    limit = new_limit;
    is_reported = reported;
    pthread_mutex_unlock(&lock);
    return true;
}
