/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * Many writers, one log: eight processes of eight threads, some of them killed
 * in the middle, without a lock between them. Every record that a thread knows
 * to be kept is there, whole and in its place.
 */
#include "audit/log.h"
#include "common/crypto.h"
#include "tests/audit-reader.h"
#include "tests/fixture.h"

#include <pthread.h>
#include <signal.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/wait.h>
#include <unistd.h>

enum { PROCESSES = 8, KILLED = 3, THREADS = 8, RECORDS = 1500 };

/* How many records each process knows to be kept, told while it lives. */
struct told {
    atomic_ulong kept[PROCESSES];
};

static struct told *told;
static struct config_audit settings = { .level = AUDIT_LEVEL_OPERATIONS,
                                        .durability = AUDIT_DURABILITY_WRITE,
                                        .denies = true };

struct writer {
    struct audit_log *log;
    unsigned process;
};

static void *
write_records(void *argument)
{
    const struct writer *writer = argument;
    struct audit_event event = { .kind = AUDIT_SIGN,
                                 .function = "C_Sign",
                                 .token = "stress",
                                 .slot = writer->process };

    for (unsigned i = 0; i < RECORDS; i++) {
        event.bytes_in = i;
        if (!audit_log_write(writer->log, &event))
            fixture_fail("a record was not kept");
        atomic_fetch_add(&told->kept[writer->process], 1);
    }
    return NULL;
}

static void
run_process(unsigned process)
{
    struct error error = { .rv = CKR_OK };
    struct writer writer = { .process = process };
    pthread_t threads[THREADS];

    if (!audit_log_new(&settings, (gid_t)-1, false, &writer.log, &error))
        fixture_fail("%s", error.text);
    for (unsigned i = 0; i < THREADS; i++)
        if (pthread_create(&threads[i], NULL, write_records, &writer) != 0)
            fixture_fail("no thread");
    for (unsigned i = 0; i < THREADS; i++)
        (void)pthread_join(threads[i], NULL);
    audit_log_free(writer.log);
    _exit(0);
}

/* Once it has done so much. */
static void
kill_when(pid_t child, unsigned process, unsigned long kept)
{
    while (atomic_load(&told->kept[process]) < kept)
        if (waitpid(child, NULL, WNOHANG) != 0)
            fixture_fail("a process ended by itself");
    (void)kill(child, SIGKILL);
}

static void
run_all(void)
{
    pid_t children[PROCESSES];

    for (unsigned i = 0; i < PROCESSES; i++) {
        children[i] = fork();
        if (children[i] == 0)
            run_process(i);
        if (children[i] < 0)
            fixture_fail("no process");
    }
    for (unsigned i = 0; i < KILLED; i++)
        kill_when(children[i], i, 100 + 1000 * i);
    for (unsigned i = 0; i < PROCESSES; i++) {
        int status;

        if (waitpid(children[i], &status, 0) != children[i] ||
            (i >= KILLED && status != 0))
            fixture_fail("process %u ended with %d", i, status);
    }
}

static void
check_process(unsigned process)
{
    unsigned long kept = atomic_load(&told->kept[process]);
    size_t n =
        audit_count(settings.file, fixture_text("\"slot\":%u,", process));

    /* One that was killed may have written what it could not tell any more. */
    if (n < kept || n > kept + (process < KILLED ? THREADS : 0))
        fixture_fail("process %u: %lu records were kept and %zu are there",
                     process, kept, n);
}

int
main(void)
{
    struct error error = { .rv = CKR_OK };
    const char *trouble;
    size_t n_runs;

    settings.file = strdup(fixture_path("audit.jsonl"));
    told = mmap(NULL, sizeof(*told), PROT_READ | PROT_WRITE,
                MAP_SHARED | MAP_ANONYMOUS, -1, 0);
    if (told == MAP_FAILED || !crypto_open(&error))
        fixture_fail("no memory");
    run_all();
    trouble = audit_check(settings.file, &n_runs, NULL);
    if (trouble != NULL)
        fixture_fail("%s", trouble);
    if (n_runs != PROCESSES)
        fixture_fail("%zu runs", n_runs);
    for (unsigned i = 0; i < PROCESSES; i++)
        check_process(i);
    crypto_close();
    free(settings.file);
    puts("[====] Synthesis: Tested: 1 | Passing: 1 | Failing: 0 | Crashing: 0");
    return 0;
}
