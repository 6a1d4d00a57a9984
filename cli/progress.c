/* SPDX-License-Identifier: BSD-3-Clause */
/* A thread that writes what takes so long. */
#include "cli/progress.h"

#include "cli/memory.h"
#include "common/clock.h"

#include <pthread.h>
#include <signal.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

static const uint64_t second = 1000 * 1000 * 1000;
static const uint64_t patience = 1000 * 1000 * 1000;
static const uint64_t interval = 200 * 1000 * 1000;

struct progress {
    pthread_mutex_t lock;
    pthread_cond_t ended;
    pthread_t thread;
    progress_describe describe;
    const void *context;
    uint64_t begun_at;
    bool has_ended;
};

/* True when it has ended before the time. */
static bool
wait_for_end(struct progress *progress, uint64_t at)
{
    struct timespec until = { .tv_sec = (time_t)(at / second),
                              .tv_nsec = (long)(at % second) };
    int failed = 0;
    bool has_ended;

    pthread_mutex_lock(&progress->lock);
    while (!progress->has_ended && failed == 0)
        failed = pthread_cond_clockwait(&progress->ended, &progress->lock,
                                        CLOCK_MONOTONIC, &until);
    has_ended = progress->has_ended;
    pthread_mutex_unlock(&progress->lock);
    return has_ended;
}

/* Over the line before; "clear to the end of the line" removes what is left
 * of it. */
static void
show(const struct progress *progress, uint64_t now)
{
    char what[256] = "";

    progress->describe(progress->context, what, sizeof(what));
    if (what[0] != '\0')
        (void)fprintf(stderr, "\r%s … %llu s\033[K", what,
                      (unsigned long long)((now - progress->begun_at) /
                                           second));
}

static void *
run(void *argument)
{
    struct progress *progress = argument;
    uint64_t next = progress->begun_at + patience;
    bool is_shown = false;

    while (!wait_for_end(progress, next)) {
        show(progress, next);
        is_shown = true;
        next += interval;
    }
    if (is_shown)
        (void)fputs("\r\033[K", stderr);
    return NULL;
}

struct progress *
progress_begin(progress_describe describe, const void *context)
{
    struct progress *progress;
    sigset_t all, before;
    int failed;

    if (isatty(STDERR_FILENO) == 0)
        return NULL;
    progress = memory_new(1, sizeof(*progress));
    pthread_mutex_init(&progress->lock, NULL);
    pthread_cond_init(&progress->ended, NULL);
    progress->describe = describe;
    progress->context = context;
    progress->begun_at = clock_now();
    /* Signals end the tool in its first thread. */
    sigfillset(&all);
    (void)pthread_sigmask(SIG_SETMASK, &all, &before);
    failed = pthread_create(&progress->thread, NULL, run, progress);
    (void)pthread_sigmask(SIG_SETMASK, &before, NULL);
    if (failed == 0)
        return progress;
    free(progress);
    return NULL;
}

void
progress_end(struct progress *progress)
{
    if (progress == NULL)
        return;
    pthread_mutex_lock(&progress->lock);
    progress->has_ended = true;
    pthread_cond_signal(&progress->ended);
    pthread_mutex_unlock(&progress->lock);
    (void)pthread_join(progress->thread, NULL);
    pthread_cond_destroy(&progress->ended);
    pthread_mutex_destroy(&progress->lock);
    free(progress);
}
