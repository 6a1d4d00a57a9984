/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * A log that is moved again and again while processes of several threads write
 * to it, one of which can open no new file: every record is there once, in one
 * tree.
 */
#include "audit/log.h"
#include "audit/rotation.h"
#include "audit/verify.h"
#include "common/crypto.h"
#include "tests/fixture.h"

#include <pthread.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/wait.h>
#include <unistd.h>

enum { PROCESSES = 4, THREADS = 3, RECORDS = 1500, ROTATIONS = 12 };

/* What the processes tell one another. */
struct told {
    atomic_ulong kept;
    atomic_uint ended;
};

static struct told *told;
static struct config_audit settings = { .level = AUDIT_LEVEL_OPERATIONS,
                                        .durability = AUDIT_DURABILITY_WRITE,
                                        .denies = true };

static void *
write_records(void *argument)
{
    struct audit_event event = { .kind = AUDIT_SIGN,
                                 .function = "C_Sign",
                                 .token = "stress" };

    for (unsigned i = 0; i < RECORDS; i++) {
        if (!audit_log_write(argument, &event))
            fixture_fail("a record was not kept");
        atomic_fetch_add(&told->kept, 1);
    }
    return NULL;
}

static void
run_process(unsigned process)
{
    struct error error = { .rv = CKR_OK };
    pthread_t threads[THREADS];
    struct audit_log *log;

    if (!audit_log_new(&settings, (gid_t)-1, false, false, &log, &error))
        fixture_fail("%s", error.text);
    /* As a server does that gives up its privileges. */
    if (process == 0 && geteuid() == 0 && setuid(65534) != 0)
        fixture_fail("no other user");
    for (unsigned i = 0; i < THREADS; i++)
        if (pthread_create(&threads[i], NULL, write_records, log) != 0)
            fixture_fail("no thread");
    for (unsigned i = 0; i < THREADS; i++)
        (void)pthread_join(threads[i], NULL);
    audit_log_free(log);
    atomic_fetch_add(&told->ended, 1);
    _exit(0);
}

static void
rotate(void)
{
    struct rotation_request request = { .signer = { .path = settings.file,
                                                    .origin = "host/stress" } };
    struct rotation_result result;
    struct error error = { .rv = CKR_OK };

    if (!rotation_run(&request, &result, &error))
        fixture_fail("%s", error.text);
    free(result.path);
}

/* No false alarm either, while records come and files are moved. */
static uint64_t
verify(void)
{
    const char *path = settings.file;
    struct verify_request request = { &path, 1, NULL, NULL, false };
    struct verify_result result;
    struct error error = { .rv = CKR_OK };

    if (!verify_run(&request, &result, &error))
        fixture_fail("%s", error.text);
    /* One that is being written just now has no end yet. */
    if (result.n_findings > 0 && (result.findings[0].fault.kind != FAULT_TORN ||
                                  atomic_load(&told->ended) == PROCESSES))
        fixture_fail("%s", result.findings[0].text);
    return result.n_lines;
}

int
main(void)
{
    const unsigned long all = PROCESSES * THREADS * RECORDS;
    struct error error = { .rv = CKR_OK };
    pid_t children[PROCESSES];

    settings.file = strdup(fixture_path("audit.jsonl"));
    told = mmap(NULL, sizeof(*told), PROT_READ | PROT_WRITE,
                MAP_SHARED | MAP_ANONYMOUS, -1, 0);
    if (told == MAP_FAILED || !crypto_open(&error))
        fixture_fail("no memory");
    for (unsigned i = 0; i < PROCESSES; i++) {
        children[i] = fork();
        if (children[i] == 0)
            run_process(i);
    }
    for (unsigned i = 1; i < ROTATIONS; i++) {
        while (atomic_load(&told->kept) < all / ROTATIONS * i)
            if (waitpid(-1, NULL, WNOHANG) > 0 &&
                atomic_load(&told->ended) == 0)
                fixture_fail("a process ended by itself");
        rotate();
        (void)verify();
    }
    for (unsigned i = 0; i < PROCESSES; i++)
        (void)waitpid(children[i], NULL, 0);
    if (atomic_load(&told->ended) != PROCESSES)
        fixture_fail("a process ended by itself");
    rotate();
    if (verify() != all)
        fixture_fail("%lu records are there, not %lu", (unsigned long)verify(),
                     all);
    crypto_close();
    free(settings.file);
    puts("[====] Synthesis: Tested: 1 | Passing: 1 | Failing: 0 | Crashing: 0");
    return 0;
}
