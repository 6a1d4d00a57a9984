/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * Several processes write one log, and each makes checkpoints of it; one is
 * killed in the middle. Their list is that of one log that grows, and when the
 * last has ended nothing is left that no checkpoint covers.
 */
#include "audit/clerk.h"
#include "audit/verify.h"
#include "common/cleanup.h"
#include "tests/fixture.h"

#include <pthread.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

enum { PROCESSES = 5, THREADS = 3, RECORDS = 400 };

static struct config config = {
    .audit = { .level = AUDIT_LEVEL_OPERATIONS,
               .durability = AUDIT_DURABILITY_WRITE,
               .checkpoint_records = 100,
               .checkpoint_interval_ms = 5,
               .denies = true },
};

static void *
write_records(void *argument)
{
    const struct audit_sink *sink = argument;
    struct audit_event event = { .kind = AUDIT_SIGN,
                                 .function = "C_Sign",
                                 .token = "stress" };

    for (unsigned i = 0; i < RECORDS; i++)
        if (!sink->write(sink->context, &event))
            fixture_fail("a record was not kept");
    return NULL;
}

static void
write_stop(void *log)
{
    struct audit_event event = { .kind = AUDIT_STOP };

    (void)audit_log_write_always(log, &event);
}

/* The first one never ends by itself. */
static void
run_process(unsigned process)
{
    struct error error = { .rv = CKR_OK };
    const struct audit_sink *sink;
    struct audit_log *log;
    struct clerk *clerk;
    pthread_t threads[THREADS];

    if (!audit_log_new(&config.audit, (gid_t)-1, false, true, &log, &error))
        fixture_fail("%s", error.text);
    clerk = clerk_new(&config, &config, log, true);
    if (clerk == NULL)
        fixture_fail("no memory");
    sink = clerk_serve(clerk);
    do {
        for (unsigned i = 0; i < THREADS; i++)
            if (pthread_create(&threads[i], NULL, write_records,
                               (void *)(uintptr_t)sink) != 0)
                fixture_fail("no thread");
        for (unsigned i = 0; i < THREADS; i++)
            (void)pthread_join(threads[i], NULL);
    } while (process == 0);
    if (!clerk_rest(clerk, 10000))
        fixture_fail("the clerk does not rest");
    clerk_finish(clerk, write_stop, log);
    clerk_free(clerk);
    audit_log_free(log);
    _exit(0);
}

static void
run_all(void)
{
    pid_t children[PROCESSES];
    int status;

    for (unsigned i = 0; i < PROCESSES; i++) {
        children[i] = fork();
        if (children[i] == 0)
            run_process(i);
        if (children[i] < 0)
            fixture_fail("no process");
    }
    /* Others end behind it. */
    if (waitpid(children[1], &status, 0) != children[1] || status != 0)
        fixture_fail("a process ended with %d", status);
    (void)kill(children[0], SIGKILL);
    for (unsigned i = 0; i < PROCESSES; i++)
        if (i != 1 && (waitpid(children[i], &status, 0) != children[i] ||
                       (i > 0 && status != 0)))
            fixture_fail("process %u ended with %d", i, status);
}

/* One more, which ends behind all others. */
static void
run_last(void)
{
    pid_t child = fork();
    int status;

    if (child == 0)
        run_process(PROCESSES);
    if (child < 0 || waitpid(child, &status, 0) != child || status != 0)
        fixture_fail("the last process failed");
}

static struct note_key *
make_key(void)
{
    struct error error = { .rv = CKR_OK };
    char text[NOTE_KEY_TEXT_LENGTH];
    struct note_key *key;

    if (!crypto_open(&error) || !note_key_make("host/log", &key, &error) ||
        !note_key_write_secret(key, text))
        fixture_fail("no key: %s", error.text);
    config.audit.key = strdup(fixture_write("key", 0600, "%s\n", text));
    return key;
}

int
main(void)
{
    CLEANUP(note_key_freep) struct note_key *key = make_key();
    struct error error = { .rv = CKR_OK };
    struct verify_request request = { .n_paths = 1, .key = key };
    struct verify_result result;

    config.audit.file = strdup(fixture_path("audit.jsonl"));
    request.paths = (const char *const *)&config.audit.file;
    run_all();
    run_last();
    if (!verify_run(&request, &result, &error))
        fixture_fail("%s", error.text);
    if (result.n_findings > 0)
        fixture_fail("%s", result.findings[0].text);
    if (result.n_covered != result.n_lines || result.n_checkpoints < PROCESSES)
        fixture_fail("%llu of %llu records are covered, by %llu checkpoints",
                     (unsigned long long)result.n_covered,
                     (unsigned long long)result.n_lines,
                     (unsigned long long)result.n_checkpoints);
    crypto_close();
    free(config.audit.file);
    free(config.audit.key);
    puts("[====] Synthesis: Tested: 1 | Passing: 1 | Failing: 0 | Crashing: 0");
    return 0;
}
