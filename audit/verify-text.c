/* SPDX-License-Identifier: BSD-3-Clause */
/* Puts faults into words. */
#include "audit/verify-text.h"

#include <inttypes.h>
#include <stdio.h>

static const char *const words[] = {
    [FAULT_NONE] = "none",
    [FAULT_CHANGED] = "changed",
    [FAULT_MISSING] = "missing",
    [FAULT_ADDED] = "added",
    [FAULT_MOVED] = "moved",
    [FAULT_TORN] = "torn",
    [FAULT_DIFFERENT] = "different",
    [FAULT_CUT] = "cut",
    [FAULT_ROLLED_BACK] = "rolled back",
    [FAULT_SIGNATURE] = "signature",
    [FAULT_CHECKPOINT] = "checkpoint",
    [FAULT_ABSENT] = "absent",
};

const char *
verify_word(enum fault_kind kind)
{
    return words[kind];
}

/* The room that a place takes at most in a sentence. */
enum { PLACE_LENGTH = 160 };

static void
place(const struct lines *lines, uint64_t line, bool is_whole,
      char out[PLACE_LENGTH])
{
    const char *path;
    uint64_t number;

    lines_place(lines, line, is_whole, &path, &number);
    (void)snprintf(out, PLACE_LENGTH, "%s: line %" PRIu64, path, number);
}

/* What is said of a fault with a line, and of one with two. */
static const struct sentence {
    enum fault_kind kind;
    bool has_other;
    const char *middle; /* between the two places */
    const char *end;
} sentences[] = {
    { FAULT_CHANGED, false, " was changed: it is not what its run wrote", "" },
    { FAULT_CHANGED, true, " was changed, or ", " was, which names it" },
    { FAULT_ADDED, false, " was added: its run has had a record of that number",
      "" },
    { FAULT_ADDED, true, " was added, or ",
      " was: both have one number in one run" },
    { FAULT_MOVED, true,
      " or what belongs before it was moved: that stands at ", "" },
    { FAULT_TORN, false,
      " is not whole and no record says why; where it is the last one and a "
      "process writes just now, verify again",
      "" },
    { FAULT_DIFFERENT, true, " to ",
      " are not those of the checkpoint behind them: the last record of a run "
      "was changed, removed or added there, or records of several runs changed "
      "places" },
};

static const char advice[] = "keep this file and look for a copy of the log";

static void
explain_lines(const char *here, const char *there,
              struct verify_finding *finding)
{
    const struct fault *fault = &finding->fault;

    for (size_t i = 0; i < sizeof(sentences) / sizeof(sentences[0]); i++) {
        const struct sentence *row = &sentences[i];

        if (row->kind == fault->kind && row->has_other == (fault->other != 0))
            (void)snprintf(finding->text, VERIFY_TEXT_LENGTH, "%s%s%s%s; %s",
                           here, row->middle, row->has_other ? there : "",
                           row->end, advice);
    }
}

static void
explain_missing(const char *here, const char *there,
                struct verify_finding *finding)
{
    const struct fault *fault = &finding->fault;

    (void)snprintf(finding->text, VERIFY_TEXT_LENGTH,
                   "%s: %" PRIu64 " record%s of its run %s missing %s%s; %s",
                   here, fault->count, fault->count == 1 ? "" : "s",
                   fault->count == 1 ? "is" : "are",
                   fault->other == 0 ? "before it, from its beginning: were "
                                       "older files given too?"
                                     : "behind ",
                   fault->other == 0 ? "" : there, advice);
}

/* What has no line: the size of the checkpoint stands in `count`. */
static void
explain_checkpoint(const char *where, const char *there,
                   struct verify_finding *finding)
{
    const struct fault *fault = &finding->fault;
    const char *what = "it has no signature of the key; verify with the key "
                       "that signed this log";

    if (fault->kind == FAULT_CUT)
        what = fault->other == 0
                   ? "the log is shorter: it was cut off at its end, or the "
                     "last records of runs were removed"
                   : "the log is shorter: it was cut off at its end, or the "
                     "last records of runs were removed behind ";
    else if (fault->kind == FAULT_ROLLED_BACK)
        what = "the log is not what it was then: it was rolled back, or "
               "written anew";
    else if (fault->kind == FAULT_CHECKPOINT)
        what = "what stands behind it is no checkpoint of a log that grows";
    (void)snprintf(finding->text, VERIFY_TEXT_LENGTH,
                   "%s: checkpoint of %" PRIu64 " records: %s%s; %s", where,
                   fault->count, what, there, advice);
}

static void
explain_absent(const char *where, struct verify_finding *finding)
{
    const struct fault *fault = &finding->fault;

    if (fault->other != 0)
        (void)snprintf(finding->text, VERIFY_TEXT_LENGTH,
                       "%s: checkpoint of %" PRIu64
                       " records: lines 1 to %" PRIu64
                       " are not there, so that nothing shows that the log has "
                       "grown from it; name the older files where they are",
                       where, fault->count, fault->other);
    else
        (void)
            snprintf(finding->text, VERIFY_TEXT_LENGTH,
                     "%s: is not there: lines 1 to %" PRIu64
                     " of the log are not verified; name the file where it is, "
                     "or say with --rest that it was removed on purpose",
                     where, fault->count);
}

void
verify_explain(const struct lines *lines, const char *where,
               struct verify_finding *finding)
{
    const struct fault *fault = &finding->fault;
    char here[PLACE_LENGTH] = "";
    char there[PLACE_LENGTH] = "";

    if (fault->kind == FAULT_ABSENT) {
        explain_absent(where, finding);
        return;
    }
    if (fault->other != 0)
        place(lines, fault->other, true, there);
    if (fault->line == 0) {
        explain_checkpoint(where, there, finding);
        return;
    }
    place(lines, fault->line, !fault->is_piece, here);
    if (fault->kind == FAULT_MISSING)
        explain_missing(here, there, finding);
    else
        explain_lines(here, there, finding);
}
