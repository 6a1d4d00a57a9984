/* SPDX-License-Identifier: BSD-3-Clause */
/* Two transcripts of one conversation, compared line by line. */
#include "tests/differential/transcript.h"

#include "tests/fixture.h"

#include <errno.h>
#include <fnmatch.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* A file, and its lines cut at the tab between step and call. */
struct transcript {
    char *text;
    size_t n_lines;
    struct line {
        char *step;
        char *call;
    } * lines;
};

static void
lines_cut(struct transcript *transcript, const char *path)
{
    char *at = transcript->text, *end;

    for (; (end = strchr(at, '\n')) != NULL; at = end + 1) {
        struct line *line = &transcript->lines[transcript->n_lines++];

        *end = '\0';
        line->step = at;
        line->call = strchr(at, '\t');
        if (line->call == NULL)
            fixture_fail("%s:%zu: no step", path, transcript->n_lines);
        *line->call++ = '\0';
    }
}

static struct transcript
transcript_read(const char *path)
{
    struct transcript transcript = { .n_lines = 0 };
    FILE *file = fopen(path, "re");
    size_t room = 0, n_lines = 0;

    if (file == NULL)
        fixture_fail("%s: %s", path, strerror(errno));
    if (getdelim(&transcript.text, &room, '\0', file) < 0)
        fixture_fail("%s is empty", path);
    fclose(file);
    for (const char *at = transcript.text; *at != '\0'; at++)
        n_lines += *at == '\n';
    transcript.lines = calloc(n_lines + 1, sizeof(transcript.lines[0]));
    if (transcript.lines == NULL)
        fixture_fail("no memory");
    lines_cut(&transcript, path);
    return transcript;
}

static void
transcript_clear(struct transcript *transcript)
{
    free(transcript->lines);
    free(transcript->text);
}

/* -- Wanted differences --------------------------------------------------- */

static bool
is_of_vendor(const struct difference *difference, const char *vendor)
{
    return difference->vendor == NULL ||
           strcmp(difference->vendor, vendor) == 0;
}

static bool
belongs(const struct difference *difference,
        const struct comparison *comparison)
{
    size_t length = strlen(comparison->conversation);

    return is_of_vendor(difference, comparison->vendor) &&
           strncmp(difference->step, comparison->conversation, length) == 0 &&
           difference->step[length] == '/';
}

static bool
fits(const struct difference *difference, const struct comparison *comparison,
     const struct line *direct, const struct line *through)
{
    return is_of_vendor(difference, comparison->vendor) &&
           fnmatch(difference->step, direct->step, FNM_NOESCAPE) == 0 &&
           fnmatch(difference->direct, direct->call, FNM_NOESCAPE) == 0 &&
           fnmatch(difference->through, through->call, FNM_NOESCAPE) == 0;
}

/* The next row of all tables; both begin with 0. NULL: no more. */
static const struct difference *
row_next(const struct comparison *comparison, size_t *table, size_t *row)
{
    while (comparison->differences[*table] != NULL) {
        const struct difference *one =
            &comparison->differences[*table][(*row)++];

        if (one->step != NULL)
            return one;
        ++*table;
        *row = 0;
    }
    return NULL;
}

static bool
is_wanted(const struct comparison *comparison, const struct line *direct,
          const struct line *through, unsigned *seen)
{
    size_t table = 0, row = 0;
    const struct difference *one;

    for (; (one = row_next(comparison, &table, &row)) != NULL; seen++)
        if (fits(one, comparison, direct, through)) {
            ++*seen;
            return true;
        }
    return false;
}

static size_t
report_counts(const struct comparison *comparison, const unsigned *seen)
{
    size_t table = 0, row = 0, n = 0;
    const struct difference *one;

    for (; (one = row_next(comparison, &table, &row)) != NULL; seen++) {
        if (!belongs(one, comparison) || *seen == one->times)
            continue;
        printf("%s: this difference occurs %u times, not %u (%s):\n"
               "    direct   %s\n    through  %s\n",
               one->step, *seen, one->times, one->rule, one->direct,
               one->through);
        n++;
    }
    return n;
}

/* -- Comparing ------------------------------------------------------------ */

/* The step names the line in the table: no two may have the same one. */
static size_t
report_twins(const struct transcript *transcript)
{
    size_t n = 0;

    for (size_t i = 0; i < transcript->n_lines; i++)
        for (size_t k = 0; k < i; k++)
            if (strcmp(transcript->lines[i].step, transcript->lines[k].step) ==
                0) {
                printf("%s: two steps have this name\n",
                       transcript->lines[i].step);
                n++;
                break;
            }
    return n;
}

static size_t
report_lines(const struct comparison *comparison,
             const struct transcript *direct, const struct transcript *through,
             unsigned *seen)
{
    size_t n = 0;

    for (size_t i = 0; i < direct->n_lines && i < through->n_lines; i++) {
        const struct line *here = &direct->lines[i];
        const struct line *there = &through->lines[i];

        if (strcmp(here->step, there->step) != 0) {
            printf("the conversations part at line %zu:\n"
                   "    direct   %s\n    through  %s\n",
                   i + 1, here->step, there->step);
            return n + 1;
        }
        if (strcmp(here->call, there->call) == 0 ||
            is_wanted(comparison, here, there, seen))
            continue;
        if (n++ < comparison->shown)
            printf("%s:\n    direct   %s\n    through  %s\n", here->step,
                   here->call, there->call);
    }
    if (n > comparison->shown)
        printf("... and %zu more\n", n - comparison->shown);
    return n;
}

static size_t
count(const struct comparison *comparison)
{
    size_t table = 0, row = 0, n = 0;

    while (row_next(comparison, &table, &row) != NULL)
        n++;
    return n;
}

bool
transcript_compare(const struct comparison *comparison)
{
    struct transcript direct = transcript_read(comparison->direct);
    struct transcript through = transcript_read(comparison->through);
    unsigned *seen = calloc(count(comparison) + 1, sizeof(*seen));
    size_t n = report_twins(&direct);

    if (seen == NULL)
        fixture_fail("no memory");
    n += report_lines(comparison, &direct, &through, seen);
    if (direct.n_lines != through.n_lines) {
        printf("one transcript is shorter: direct %zu lines, through %zu\n",
               direct.n_lines, through.n_lines);
        n++;
    }
    n += report_counts(comparison, seen);
    printf("%s %s %s: %zu calls compared\n", comparison->vendor,
           comparison->conversation, comparison->way, direct.n_lines);
    free(seen);
    transcript_clear(&direct);
    transcript_clear(&through);
    return n == 0;
}
