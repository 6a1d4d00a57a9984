/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * Many writers, one log: eight processes of eight threads sign a hundred
 * thousand times, --long a million times, and no record is lost, torn or out of
 * order, also where they are written behind the calls. A plain program, since
 * it also runs under ThreadSanitizer.
 */
#include "tests/fixture.h"
#include "tests/signers.h"

#include <stdio.h>
#include <string.h>

enum { PROCESSES = 8, RECORDS = 100000, LONG_RECORDS = 1000000 };

static void
run(const char *name, const char *more, size_t turns)
{
    const char *log = fixture_path("%s", name);
    struct verify_result result;
    struct signers signers;

    signers_configure(&signers, log, more, turns);
    for (unsigned i = 0; i < PROCESSES; i++)
        signers_start(&signers);
    while (signers_read(&signers))
        continue;
    if (signers_count_kept(&signers) != turns * PROCESSES * SIGNERS_THREADS)
        fixture_fail("%zu signatures were denied",
                     signers_count_denied(&signers));
    signers_check(&signers, &log, 1, &result);
    if (result.n_runs != PROCESSES || result.n_unfinished != 0)
        fixture_fail("%zu runs, %zu unfinished lines", (size_t)result.n_runs,
                     (size_t)result.n_unfinished);
    printf("%s: %zu records of %d processes are one tree\n", name,
           (size_t)result.n_lines, PROCESSES);
    signers_free(&signers);
}

int
main(int count, char **arguments)
{
    bool is_long = count > 1 && strcmp(arguments[1], "--long") == 0;
    size_t turns =
        (is_long ? LONG_RECORDS : RECORDS) / PROCESSES / SIGNERS_THREADS + 1;

    run("audit.jsonl", "", turns);
    run("buffered.jsonl", "durability = \"buffer\";", turns);
    return 0;
}
