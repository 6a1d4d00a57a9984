/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * Eight processes write one log while its disk fills up, and while their files
 * may not grow, again and again: what has no record has no result, each process
 * goes on by itself once there is room, and says what it lost, unless it was
 * killed meanwhile.
 */
#include "audit/link.h"
#include "tests/audit-reader.h"
#include "tests/fixture.h"
#include "tests/own-mounts.h"
#include "tests/signers.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/stat.h>

enum {
    PROCESSES = 8,
    ROUNDS = 4,
    MOST_STARTED = PROCESSES + ROUNDS,
    RESULTS = 20, /* of each process, that end one half of a round */
    TURNS = 1000000,
    MOST_BEGUN = ROUNDS * PROCESSES * SIGNERS_THREADS,
    LITTLE = 96 * 1024, /* bytes that are left */
    ENOUGH = 64 * 1024 * 1024
};

/* How room is taken away and given. */
struct squeeze {
    const char *name;
    const char *log;
    void (*take)(const struct squeeze *squeeze, const struct signers *signers);
    void (*give)(const struct squeeze *squeeze, const struct signers *signers);
};

/* -- A disk ---------------------------------------------------------------- */

static void
take_disk(const struct squeeze *squeeze, const struct signers *signers)
{
    (void)squeeze;
    (void)signers;
    own_mounts_resize(fixture_path("disk"), LITTLE);
}

static void
give_disk(const struct squeeze *squeeze, const struct signers *signers)
{
    (void)squeeze;
    (void)signers;
    own_mounts_resize(fixture_path("disk"), ENOUGH);
}

/* -- A limit --------------------------------------------------------------- */

static void
limit(const struct signers *signers, rlim_t size)
{
    for (size_t i = 0; i < signers->n; i++) {
        struct rlimit limit = { size, RLIM_INFINITY };

        if (!signers->each[i].is_meant &&
            prlimit(signers->each[i].pid, RLIMIT_FSIZE, &limit, NULL) != 0)
            fixture_fail("no limit for a signer: %s", strerror(errno));
    }
}

static void
take_limit(const struct squeeze *squeeze, const struct signers *signers)
{
    struct stat is;

    if (stat(squeeze->log, &is) != 0)
        fixture_fail("%s: %s", squeeze->log, strerror(errno));
    limit(signers, (rlim_t)is.st_size + LITTLE);
}

static void
give_limit(const struct squeeze *squeeze, const struct signers *signers)
{
    (void)squeeze;
    limit(signers, RLIM_INFINITY);
}

/* -- The rounds ------------------------------------------------------------ */

/* Whether all have had so many more results, or were denied that many. */
static bool
all_have(const struct signers *signers, const size_t *before, bool is_denied)
{
    for (size_t i = 0; i < signers->n; i++) {
        const struct signer *signer = &signers->each[i];
        size_t n = is_denied ? signer->n_denied : signer->n_kept;

        if (!signer->is_meant && n < before[i] + RESULTS)
            return false;
    }
    return true;
}

static void
wait_for(struct signers *signers, bool is_denied)
{
    size_t before[MOST_STARTED];

    for (size_t i = 0; i < signers->n; i++)
        before[i] =
            is_denied ? signers->each[i].n_denied : signers->each[i].n_kept;
    while (!all_have(signers, before, is_denied))
        if (!signers_read(signers))
            fixture_fail("the signers have ended before the end");
}

static void
run_all(const struct squeeze *squeeze, struct signers *signers)
{
    for (unsigned i = 0; i < PROCESSES; i++)
        signers_start(signers);
    wait_for(signers, false);
    for (unsigned i = 0; i < ROUNDS; i++) {
        squeeze->take(squeeze, signers);
        wait_for(signers, true);
        signers_kill(&signers->each[i]);
        squeeze->give(squeeze, signers);
        signers_start(signers);
        wait_for(signers, false);
    }
    signers_end(signers);
    while (signers_read(signers))
        continue;
}

/* What the records of an event say of what was lost or denied. */
static size_t
count_told(const char *log, const char *event, const char *number)
{
    struct audit_lines lines;
    size_t n = 0;

    audit_read(log, &lines);
    for (size_t i = 0; i < lines.n; i++) {
        size_t length = strlen(lines.lines[i]);
        const char *record = lines.lines[i] + link_find(lines.lines[i], length);
        const char *at = strstr(record, event);
        struct link link;

        /* One that is torn is told again. */
        if (at != NULL && link_read(record, strlen(record), &link) &&
            (at = strstr(at, number)) != NULL)
            n += strtoul(at + strlen(number), NULL, 10);
    }
    audit_lines_free(&lines);
    return n;
}

static void
check_told(const struct squeeze *squeeze, const struct signers *signers,
           const struct verify_result *result)
{
    size_t n_lost = count_told(squeeze->log, "\"event\":\"lost\"",
                               "\"detail\":{\"records\":");
    size_t n_denied = count_told(squeeze->log, "\"event\":\"deny\"",
                                 "\"detail\":{\"calls\":");
    size_t n_denials = signers_count_denied(signers), n_dead = 0;
    size_t n_torn = audit_count(squeeze->log, "\"event\":\"torn\"");

    /* Who has torn a line may be the one that was killed. */
    if (n_lost == 0 || n_denied == 0 || n_torn + result->n_unfinished == 0)
        fixture_fail("%s: the log tells of %zu lost, %zu denied, %zu torn",
                     squeeze->name, n_lost, n_denied, n_torn);
    for (size_t i = 0; i < signers->n; i++)
        if (signers->each[i].is_meant)
            n_dead += signers->each[i].n_denied;
    /* A signature that was begun when the log failed is denied, and that it was
     * abandoned is lost as well. Who was killed tells nothing. */
    if (n_lost + n_denied < n_denials - n_dead ||
        n_lost + n_denied > n_denials + MOST_BEGUN)
        fixture_fail("%s: the log tells of %zu lost and %zu denied, but %zu "
                     "were denied, %zu of them to who was killed",
                     squeeze->name, n_lost, n_denied, n_denials, n_dead);
    printf("%s: %zu results, %zu lost, %zu denied, %zu torn\n", squeeze->name,
           signers_count_kept(signers), n_lost, n_denied, n_torn);
}

static void
run(const struct squeeze *squeeze)
{
    struct verify_result result;
    struct signers signers;

    signers_configure(&signers, squeeze->log, "", TURNS);
    run_all(squeeze, &signers);
    signers_check(&signers, &squeeze->log, 1, &result);
    if (result.n_runs != MOST_STARTED || result.n_unfinished > ROUNDS)
        fixture_fail("%s: %zu runs, %zu unfinished lines", squeeze->name,
                     (size_t)result.n_runs, (size_t)result.n_unfinished);
    check_told(squeeze, &signers, &result);
    signers_free(&signers);
}

int
main(int count, char **arguments)
{
    struct squeeze disk = { "a full disk", NULL, take_disk, give_disk };
    struct squeeze size = { "a limit", NULL, take_limit, give_limit };

    own_mounts_enter(count, arguments);
    if (!own_mounts_add(fixture_make_folder("disk"), "size=64m,mode=700"))
        return 77;
    disk.log = fixture_path("disk/audit.jsonl");
    size.log = fixture_path("audit.jsonl");
    run(&disk);
    run(&size);
    return 0;
}
