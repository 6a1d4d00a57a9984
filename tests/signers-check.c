/* SPDX-License-Identifier: BSD-3-Clause */
/* Holds a log against what processes that signed were answered. */
#include "tests/signers.h"

#include "audit/link.h"
#include "common/crypto.h"
#include "tests/fixture.h"

#include <stdlib.h>
#include <string.h>

/* Turns of a thread of which a record was seen. */
struct seen {
    size_t n;
    size_t next;   /* the least that may come */
    size_t n_more; /* records without a result */
};

struct check {
    const struct signers *signers;
    struct seen *seen; /* SIGNERS_THREADS of each process */
    size_t n_torn;
};

static const char signed_[] =
    "\"event\":\"sign\",\"function\":\"C_Sign\",\"outcome\":\"success\"";

/* A number behind a name that is in the line once: what is before `pid` and
 * `in` are texts of p11mux and of the null module. */
static size_t
read_number(const char *record, const char *name)
{
    const char *at = strstr(record, name);

    if (at == NULL)
        fixture_fail("a record has no %s: %s", name, record);
    return strtoul(at + strlen(name), NULL, 10);
}

/* A process's number may be used again: it is the last one that had it. */
static size_t
find_signer(const struct signers *signers, size_t pid)
{
    for (size_t i = signers->n; i-- > 0;)
        if ((size_t)signers->each[i].pid == pid)
            return i;
    fixture_fail("a record is of process %zu, which was none of ours", pid);
}

static void
check_record(struct check *check, const char *record)
{
    size_t number = read_number(record, ",\"in\":") - 1;
    size_t process =
        find_signer(check->signers, read_number(record, ",\"pid\":"));
    unsigned thread = number % SIGNERS_THREADS;
    size_t turn = number / SIGNERS_THREADS;
    struct seen *seen = &check->seen[process * SIGNERS_THREADS + thread];

    if (turn < seen->next)
        fixture_fail("a record is there twice or late: %s", record);
    seen->next = turn + 1;
    if (signers_answer(&check->signers->each[process], thread, turn) ==
        SIGNED_KEPT)
        seen->n++;
    else
        seen->n_more++;
}

static void
check_line(struct check *check, const struct line *line)
{
    size_t begin = link_find(line->bytes, line->length);
    struct link link;
    char *record;

    /* What is not whole is told of by another record. */
    if (!link_read(line->bytes + begin, line->length - begin, &link))
        return;
    record = strndup(line->bytes + begin, line->length - begin);
    if (record == NULL)
        fixture_fail("no memory to check a line");
    if (strstr(record, signed_) != NULL)
        check_record(check, record);
    check->n_torn += link.is_torn;
    free(record);
}

static void
check_lines(struct check *check, const char *const *paths, size_t n_paths)
{
    struct error error = { .rv = CKR_OK };
    enum lines_found found = LINES_FAILED;
    struct lines *lines;
    struct line line;

    if (lines_open(paths, n_paths, 0, 0, &lines, &error))
        while ((found = lines_next(lines, &line, &error)) == LINES_LINE)
            check_line(check, &line);
    if (found == LINES_FAILED)
        fixture_fail("%s", error.text);
    lines_free(lines);
}

static void
check_signer(const struct check *check, size_t process, size_t *n_more)
{
    const struct signer *signer = &check->signers->each[process];
    size_t n = 0, here = 0;

    for (unsigned i = 0; i < SIGNERS_THREADS; i++) {
        n += check->seen[process * SIGNERS_THREADS + i].n;
        here += check->seen[process * SIGNERS_THREADS + i].n_more;
    }
    if (n != signer->n_kept)
        fixture_fail("process %d had %zu results, of which %zu have records",
                     (int)signer->pid, signer->n_kept, n);
    /* Each thread that was killed may have been about to tell of one. */
    if (signer->is_meant && here <= SIGNERS_THREADS)
        return;
    *n_more += here;
}

static void
verify_log(const char *const *paths, size_t n_paths, struct verify_result *out)
{
    struct verify_request request = { .paths = paths, .n_paths = n_paths };
    struct error error = { .rv = CKR_OK };

    if (!crypto_open(&error) || !verify_run(&request, out, &error))
        fixture_fail("%s", error.text);
    crypto_close();
    if (out->n_findings > 0)
        fixture_fail("%s", out->findings[0].text);
}

void
signers_check(const struct signers *signers, const char *const *paths,
              size_t n_paths, struct verify_result *out)
{
    struct check check = { .signers = signers };
    size_t n_more = 0;

    verify_log(paths, n_paths, out);
    check.seen = calloc(signers->n * SIGNERS_THREADS, sizeof(*check.seen));
    if (check.seen == NULL)
        fixture_fail("no memory to check a log");
    check_lines(&check, paths, n_paths);
    for (size_t i = 0; i < signers->n; i++)
        check_signer(&check, i, &n_more);
    if (n_more > check.n_torn)
        fixture_fail("%zu records are of results that were not given", n_more);
    free(check.seen);
}
