/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * A log that is moved to its next file again and again while eight processes
 * sign through p11mux.so and make checkpoints: some have given up root, some of
 * those can open no new file, some are killed. Every record is there once, in
 * one tree, and nothing is wrong in between.
 */
#include "audit/rotation.h"
#include "common/crypto.h"
#include "tests/fixture.h"
#include "tests/own-mounts.h"
#include "tests/signers.h"

#include <stdio.h>
#include <stdlib.h>

enum {
    PROCESSES = 8,
    ROTATIONS = 12,
    RESULTS = 1000, /* of all processes, from one to the next */
    KILL_EACH = 3,
    VERIFY_EACH = 4,
    TURNS = 1000000
};

/* Where others may go, too. */
#define FOLDER "/mnt"

static const char path[] = FOLDER "/audit.jsonl";

static void
rotate(void)
{
    struct rotation_request request = { .signer = { .path = path,
                                                    .origin = "host/stress",
                                                    .patience_ms =
                                                        SIGNER_PATIENCE_MS } };
    struct rotation_result result;
    struct error error = { .rv = CKR_OK };

    if (!rotation_run(&request, &result, &error))
        fixture_fail("%s", error.text);
    free(result.path);
}

/* A line that is being written just now has no end yet. */
static void
verify_meanwhile(void)
{
    const char *log = path;
    struct verify_request request = { .paths = &log, .n_paths = 1 };
    struct verify_result result;
    struct error error = { .rv = CKR_OK };

    if (!verify_run(&request, &result, &error))
        fixture_fail("%s", error.text);
    if (result.n_findings > 0 && result.findings[0].fault.kind != FAULT_TORN)
        fixture_fail("%s", result.findings[0].text);
}

static void
wait_for_results(struct signers *signers)
{
    size_t goal = signers_count_kept(signers) + RESULTS;

    while (signers_count_kept(signers) < goal)
        if (!signers_read(signers))
            fixture_fail("the signers have ended before the end");
}

static void
run_all(struct signers *signers)
{
    for (unsigned i = 0; i < PROCESSES; i++)
        signers_start(signers);
    for (unsigned i = 0; i < ROTATIONS; i++) {
        wait_for_results(signers);
        if (i % KILL_EACH == 0) {
            signers_kill(&signers->each[i / KILL_EACH]);
            signers_start(signers);
        }
        rotate();
        if (i % VERIFY_EACH == 0)
            verify_meanwhile();
    }
    signers_end(signers);
    while (signers_read(signers))
        continue;
    rotate();
}

int
main(int count, char **arguments)
{
    const char *log = path;
    struct error error = { .rv = CKR_OK };
    struct verify_result result;
    struct signers signers;

    own_mounts_enter(count, arguments);
    if (!own_mounts_add(FOLDER, "mode=2775"))
        return 77;
    if (!crypto_open(&error))
        fixture_fail("%s", error.text);
    signers_configure(&signers, log, "checkpoint_records = 200;", TURNS);
    signers_share(&signers, FOLDER);
    run_all(&signers);
    if (signers_count_denied(&signers) > 0)
        fixture_fail("signatures were denied");
    signers_check(&signers, &log, 1, &result);
    /* Who was killed may not have begun one. */
    if (result.n_runs < PROCESSES || result.n_runs > signers.n ||
        result.n_covered != result.n_lines)
        fixture_fail("%zu runs, %zu lines, %zu of them covered",
                     (size_t)result.n_runs, (size_t)result.n_lines,
                     (size_t)result.n_covered);
    printf("%zu records in %d files, %zu lines unfinished\n",
           (size_t)result.n_lines, ROTATIONS + 2, (size_t)result.n_unfinished);
    crypto_close();
    signers_free(&signers);
    return 0;
}
