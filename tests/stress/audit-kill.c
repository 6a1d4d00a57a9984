/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * Processes that write one log are killed all the time, wherever they are: each
 * result that one of them had told of has its record, and what they left of a
 * line is no fault.
 */
#include "tests/fixture.h"
#include "tests/signers.h"

#include <stdio.h>
#include <string.h>

enum {
    PROCESSES = 8,
    KILLS = 48,
    LONG_KILLS = 1000,
    TURNS = 2000,
    /* Killed after less than so many results; a prime moves on to others. */
    MOST_RESULTS = 1500,
    STEP = 397
};

/* How many results the nth process has; some are killed while they begin. */
static size_t
fate_of(size_t nth)
{
    return nth % 7 == 0 ? 0 : nth * STEP % MOST_RESULTS;
}

static void
run_all(struct signers *signers, size_t kills)
{
    size_t killed = 0;

    for (unsigned i = 0; i < PROCESSES; i++)
        signers_start(signers);
    do {
        for (size_t i = 0; i < signers->n && killed < kills; i++) {
            struct signer *signer = &signers->each[i];

            if (signer->news < 0 || signer->is_meant ||
                signer->n_kept < fate_of(i))
                continue;
            signers_kill(signer);
            killed++;
            signers_start(signers);
        }
        if (killed == kills)
            signers_end(signers);
    } while (signers_read(signers));
}

int
main(int count, char **arguments)
{
    bool is_long = count > 1 && strcmp(arguments[1], "--long") == 0;
    size_t kills = is_long ? LONG_KILLS : KILLS;
    const char *log = fixture_path("audit.jsonl");
    struct verify_result result;
    struct signers signers;

    signers_configure(&signers, log, "", TURNS);
    run_all(&signers, kills);
    if (signers_count_denied(&signers) > 0)
        fixture_fail("signatures were denied");
    signers_check(&signers, &log, 1, &result);
    if (result.n_runs > kills + PROCESSES)
        fixture_fail("%zu runs", (size_t)result.n_runs);
    printf("%zu records of %zu runs, %zu killed, %zu lines unfinished\n",
           (size_t)result.n_lines, (size_t)result.n_runs, kills,
           (size_t)result.n_unfinished);
    signers_free(&signers);
    return 0;
}
