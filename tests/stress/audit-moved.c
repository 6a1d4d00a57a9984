/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * The log is moved away again and again while eight processes write it, some of
 * which have given up root: each goes on in a file of the old name, whoever
 * makes it, and all files together are one log.
 */
#include "tests/fixture.h"
#include "tests/own-mounts.h"
#include "tests/signers.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

enum {
    PROCESSES = 8,
    MOVES = 60,
    RESULTS = 300, /* of all processes, from one move to the next */
    TURNS = 1000000
};

/* Where others may go, too. */
#define FOLDER "/mnt"

static const char *paths[MOVES + 1];

static void
move(const char *log, unsigned nth)
{
    if (rename(log, paths[nth]) != 0)
        fixture_fail("%s cannot be moved: %s", log, strerror(errno));
}

/* Until so many results are told and the log is there again: of those that were
 * told late the file may be the one before. */
static void
wait_for(struct signers *signers, size_t goal, const char *log)
{
    while (signers_count_kept(signers) < goal || access(log, F_OK) != 0)
        if (!signers_read(signers))
            fixture_fail("the signers have ended before the end");
}

static void
run_all(struct signers *signers, const char *log)
{
    for (unsigned i = 0; i < PROCESSES; i++)
        signers_start(signers);
    for (unsigned i = 0; i < MOVES; i++) {
        wait_for(signers, signers_count_kept(signers) + RESULTS, log);
        move(log, i);
    }
    wait_for(signers, 0, log);
    signers_end(signers);
    while (signers_read(signers))
        continue;
}

int
main(int count, char **arguments)
{
    const char *log = FOLDER "/audit.jsonl";
    struct verify_result result;
    struct signers signers;

    own_mounts_enter(count, arguments);
    if (!own_mounts_add(FOLDER, "mode=2770"))
        return 77;
    for (unsigned i = 0; i < MOVES; i++)
        paths[i] = fixture_text("%s.%u", log, i + 1);
    paths[MOVES] = log;
    /* Nobody signs: what is moved without a word is no log that grows. */
    signers_configure(&signers, log, "key = \"/nonexistent/key\";", TURNS);
    signers_share(&signers, FOLDER);
    run_all(&signers, log);
    if (signers_count_denied(&signers) > 0)
        fixture_fail("signatures were denied");
    signers_check(&signers, paths, MOVES + 1, &result);
    if (result.n_runs != PROCESSES || result.n_unfinished != 0)
        fixture_fail("%zu runs, %zu unfinished lines", (size_t)result.n_runs,
                     (size_t)result.n_unfinished);
    printf("%zu records in %d files\n", (size_t)result.n_lines, MOVES + 1);
    signers_free(&signers);
    return 0;
}
