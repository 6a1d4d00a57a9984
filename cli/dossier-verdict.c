/* SPDX-License-Identifier: BSD-3-Clause */
/* The first thing on the page: whether the log is what was written, and what
 * exactly was looked at. */
#include "audit/base64.h"
#include "cli/dossier.h"
#include "cli/page.h"

#include <string.h>

enum { MOST_FILES = 50 };

enum verdict { VERDICT_GOOD, VERDICT_OPEN, VERDICT_BAD };

/* The shapes tell them apart without colours. */
static const struct {
    const char *class;
    const char *icon;
} looks[] = {
    [VERDICT_GOOD] = { "good", "M4 13l5 5L20 7" },
    [VERDICT_OPEN] = { "open", "M12 4v10M12 18v2" },
    [VERDICT_BAD] = { "bad", "M5 5l14 14M19 5L5 19" },
};

struct judgement {
    enum verdict verdict;
    const char *sentence;
    const char *more;
};

static struct judgement
judge(const struct dossier *dossier)
{
    const struct verify_result *result = dossier->result;

    if (dossier->failure != NULL)
        return (struct judgement){
            VERDICT_BAD, "The log could not be read to its end",
            "What is below was counted up to there, and is not proven."
        };
    if (result->n_findings > 0)
        return (struct judgement){
            VERDICT_BAD, "The log is not what was written",
            "What is below was counted in the log as it is now."
        };
    if (result->n_lines == 0)
        return (struct judgement){ VERDICT_OPEN, "The log is empty", "" };
    if (result->n_covered == 0)
        return (struct judgement){
            VERDICT_OPEN,
            "The records follow one another, but no checkpoint stands for them",
            "Whoever could write the log could have made all of it anew."
        };
    if (dossier->key == NULL)
        return (struct judgement){
            VERDICT_OPEN,
            "The log agrees with its checkpoints, whose signatures were not "
            "checked",
            "Give the verifier key with --verifier: without it, whoever could "
            "write the log and its checkpoints could have made both anew."
        };
    return (struct judgement){
        VERDICT_GOOD, "The log is what was written",
        "Each record follows the one before it of its process, and the "
        "checkpoints, signed by the key, stand for them."
    };
}

void
dossier_write_verdict(FILE *stream, const struct dossier *dossier)
{
    const struct verify_result *result = dossier->result;
    struct judgement judgement = judge(dossier);
    const char *class = looks[judgement.verdict].class;

    (void)fprintf(stream,
                  "<section id=\"verdict\" class=\"%s\" "
                  "aria-labelledby=\"verdict-title\">\n"
                  "<svg class=\"icon\" viewBox=\"0 0 24 24\" "
                  "aria-hidden=\"true\"><path d=\"%s\"/></svg>\n"
                  "<div><h2 id=\"verdict-title\">%s</h2>\n<p>%s</p>\n",
                  class, looks[judgement.verdict].icon, judgement.sentence,
                  judgement.more);
    if (dossier->failure != NULL || result->n_findings > 0)
        (void)fputs("<ol id=\"findings\">\n", stream);
    if (dossier->failure != NULL) {
        (void)fputs("<li>", stream);
        page_text(stream, dossier->failure);
        (void)fputs("</li>\n", stream);
    }
    for (size_t i = 0; i < result->n_findings; i++) {
        (void)fputs("<li>", stream);
        page_text(stream, result->findings[i].text);
        (void)fputs("</li>\n", stream);
    }
    if (dossier->failure != NULL || result->n_findings > 0)
        (void)fputs("</ol>\n", stream);
    (void)fputs("</div>\n</section>\n", stream);
}

/* -- What was covered ------------------------------------------------------ */

static void
begin_fact(FILE *stream, const char *name)
{
    (void)fprintf(stream, "<div><dt>%s</dt><dd>", name);
}

static void
end_fact(FILE *stream)
{
    (void)fputs("</dd></div>\n", stream);
}

static void
write_files(FILE *stream, const struct account *account)
{
    begin_fact(stream, "Files");
    for (size_t i = 0; i < account->n_files && i < MOST_FILES; i++) {
        (void)fputs("<bdi>", stream);
        page_text(stream, account->files[i].path);
        (void)fputs("</bdi> (", stream);
        page_count(stream, account->files[i].n_lines, "line");
        (void)fputs(")<br/>", stream);
    }
    if (account->n_files == 0)
        (void)fputs("no line was read", stream);
    if (account->n_files > MOST_FILES) {
        (void)fputs("and ", stream);
        page_count(stream, account->n_files - MOST_FILES, "more file");
    }
    end_fact(stream);
}

static void
write_records(FILE *stream, const struct dossier *dossier)
{
    const struct account *account = dossier->account;
    const struct verify_result *result = dossier->result;

    begin_fact(stream, "Records");
    page_count(stream, account->n_lines, "line");
    (void)fputs(" of ", stream);
    page_count(stream, run_list_count(account->runs), "run");
    if (result->n_absent > 0) {
        (void)fputs("; the first ", stream);
        page_number(stream, result->n_absent);
        (void)fputs(" of the log are not there and were not verified", stream);
    }
    end_fact(stream);
    begin_fact(stream, "Period (UTC)");
    page_time(stream, account->first);
    (void)fputs(" to ", stream);
    page_time(stream, account->last);
    end_fact(stream);
}

static void
write_checkpoints(FILE *stream, const struct dossier *dossier)
{
    const struct verify_result *result = dossier->result;

    begin_fact(stream, "Checkpoints");
    page_number(stream, result->n_checkpoints);
    if (result->n_covered > 0) {
        (void)fputs(" of <bdi>", stream);
        page_text(stream, result->origin);
        (void)fputs("</bdi>", stream);
    }
    (void)fputs(" held against the lines", stream);
    end_fact(stream);
    begin_fact(stream, "Signatures");
    if (dossier->key == NULL) {
        (void)fputs("not checked: no verifier key was given", stream);
    } else {
        (void)fputs("checked with <code>", stream);
        page_text(stream, dossier->key);
        (void)fputs("</code>", stream);
    }
    end_fact(stream);
    begin_fact(stream, "Covered");
    if (result->n_covered == 0) {
        (void)fputs("no line", stream);
    } else {
        (void)fputs("line 1 to ", stream);
        page_number(stream, result->n_covered);
        (void)fputs(", up to ", stream);
        page_time(stream, dossier->account->covered);
    }
    end_fact(stream);
}

/* Records that no checkpoint stands for, of those that are there. */
static uint64_t
count_open(const struct verify_result *result)
{
    uint64_t known = result->n_covered > result->n_absent ? result->n_covered
                                                          : result->n_absent;

    return result->n_lines > known ? result->n_lines - known : 0;
}

static void
write_gaps(FILE *stream, const struct account *account,
           const struct verify_result *result)
{
    begin_fact(stream, "Gaps");
    page_count(stream, account->n_lost, "lost record");
    (void)fputs(", ", stream);
    page_count(stream, account->n_torn, "torn line");
    (void)fputs(", ", stream);
    page_count(stream, account->damage.count, "damaged line");
    (void)fputs(", ", stream);
    page_count(stream, result->n_unfinished, "unfinished line");
    (void)fputs(", ", stream);
    page_count(stream, account->n_denied, "call");
    (void)fputs(" refused meanwhile, ", stream);
    page_count(stream, run_list_count_open(account->runs), "run");
    (void)fputs(" without an end: <a href=\"#gaps\">Gaps</a>", stream);
    end_fact(stream);
}

void
dossier_write_coverage(FILE *stream, const struct dossier *dossier)
{
    const struct verify_result *result = dossier->result;
    char root[BASE64_LENGTH(SHA256_LENGTH) + 1];

    page_section_begin(stream, "coverage", "What was covered");
    (void)fputs("<dl>\n", stream);
    write_files(stream, dossier->account);
    write_records(stream, dossier);
    write_checkpoints(stream, dossier);
    begin_fact(stream, "Not covered yet");
    page_count(stream, count_open(result), "line");
    (void)fputs(" behind the last checkpoint", stream);
    end_fact(stream);
    write_gaps(stream, dossier->account, result);
    begin_fact(stream, "Root of the tree");
    base64_write(result->root.bytes, SHA256_LENGTH, root);
    (void)fputs("<code>", stream);
    page_text(stream, dossier->failure == NULL ? root : NULL);
    (void)fputs("</code>", stream);
    end_fact(stream);
    (void)fputs("</dl>\n", stream);
    page_section_end(stream);
}
