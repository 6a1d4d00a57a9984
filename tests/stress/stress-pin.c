/* SPDX-License-Identifier: BSD-3-Clause */
/* PINs read by many threads, of a host that starts and waits for children of
 * its own: each PIN is right, each child is the host's. */
#include "common/cleanup.h"
#include "pin/source.h"

#include <errno.h>
#include <pthread.h>
#include <spawn.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

enum { N_THREADS = 6, N_READS = 40, N_CHILDREN = 60 };

static struct config_pin sources[2];
static atomic_uint n_wrong;
static unsigned n_passed, n_failed;

static void
check(bool holds, const char *what)
{
    if (holds)
        n_passed++;
    else
        n_failed++;
    if (!holds)
        printf("not so: %s\n", what);
}

static void *
read_pins(void *unused)
{
    for (int i = 0; i < N_READS; i++) {
        CLEANUP(secret_wipe) struct secret pin = { 0 };
        struct error error = { 0 };

        if (pin_read(&sources[i % 2], NULL, &pin, &error) &&
            secret_equals(&pin, "1234", 4))
            continue;
        atomic_fetch_add(&n_wrong, 1);
        printf("wrong: %s\n", error.text);
    }
    return unused;
}

/* As a server does: whatever child ends is one of its own. */
static void *
have_children(void *out_strangers)
{
    char program[] = "/bin/true";
    char *const arguments[] = { program, NULL };

    for (int i = 0; i < N_CHILDREN; i++) {
        pid_t child;
        int status;

        if (posix_spawn(&child, program, NULL, NULL, arguments, environ) != 0 ||
            waitpid(-1, &status, 0) != child || status != 0)
            ++*(unsigned *)out_strangers;
    }
    return NULL;
}

/* What this process has open from 200, where ours would be. */
static unsigned
count_descriptors(void)
{
    struct stat entry;
    unsigned n = 0;

    for (int i = 200; i < 2048; i++)
        n += fstat(i, &entry) == 0;
    return n;
}

static void
run_threads(void)
{
    pthread_t readers[N_THREADS], parent;
    unsigned n_strangers = 0;

    pthread_create(&parent, NULL, have_children, &n_strangers);
    for (size_t i = 0; i < N_THREADS; i++)
        pthread_create(&readers[i], NULL, read_pins, NULL);
    for (size_t i = 0; i < N_THREADS; i++)
        pthread_join(readers[i], NULL);
    pthread_join(parent, NULL);
    check(n_strangers == 0, "the host finds its own children only");
    check(atomic_load(&n_wrong) == 0, "each PIN is right");
    check(waitpid(-1, NULL, WNOHANG) == -1 && errno == ECHILD,
          "no child is left");
}

int
main(void)
{
    const char *parent = getenv("TMPDIR");
    char path[256], text[300];
    const char *mistake;
    unsigned n_open = count_descriptors();
    FILE *file;

    snprintf(path, sizeof(path), "%s/stress-pin-%ld",
             parent != NULL ? parent : "/tmp", (long)getpid());
    snprintf(text, sizeof(text), "file:%s", path);
    file = fopen(path, "we");
    if (file == NULL || fchmod(fileno(file), 0600) != 0 ||
        fputs("1234\n", file) < 0 || fclose(file) != 0 ||
        !config_pin_parse(text, &sources[0], &mistake) ||
        !config_pin_parse("command:/bin/echo 1234", &sources[1], &mistake))
        return 1;
    run_threads();
    check(count_descriptors() == n_open, "no descriptor is left open");
    config_pin_clear(&sources[0]);
    config_pin_clear(&sources[1]);
    unlink(path);
    printf("%u passed, %u failed, 0 skipped\n", n_passed, n_failed);
    return n_failed == 0 ? 0 : 1;
}
