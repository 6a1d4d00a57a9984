/* SPDX-License-Identifier: BSD-3-Clause */
/* The page as a whole. */
#include "cli/dossier.h"

#include "cli/page.h"

static const struct {
    const char *id;
    const char *title;
} sections[] = {
    { "time", "Calls over time" },
    { "keys", "Keys" },
    { "users", "Programs and users" },
    { "failures", "Failures" },
    { "latency", "Times" },
    { "administration", "Administration" },
    { "gaps", "Gaps" },
};

static const char *
log_name(const struct dossier *dossier)
{
    const struct account *account = dossier->account;

    return account->n_files == 0 ? ""
                                 : account->files[account->n_files - 1].path;
}

static void
write_header(FILE *stream, const struct dossier *dossier)
{
    (void)fputs("<header>\n<h1>Audit report</h1>\n<p><bdi>", stream);
    page_text(stream, log_name(dossier));
    (void)fputs("</bdi>, made ", stream);
    page_time(stream, dossier->made);
    (void)fputs(" UTC by p11mux " PACKAGE_VERSION "</p>\n", stream);
    (void)fputs("<nav aria-label=\"Sections\"><ul>", stream);
    for (size_t i = 0; i < sizeof(sections) / sizeof(sections[0]); i++)
        (void)fprintf(stream, "<li><a href=\"#%s\">%s</a></li>", sections[i].id,
                      sections[i].title);
    (void)fputs("</ul></nav>\n</header>\n", stream);
}

/* -- What was counted ------------------------------------------------------ */

static void
write_selection(FILE *stream, const struct dossier *dossier)
{
    const struct request *request = dossier->request;

    (void)fputs("<p>", stream);
    page_count(stream, dossier->account->n_records, "record");
    if (filter_is_empty(dossier->account->filter)) {
        (void)fputs(": all of the log.</p>\n", stream);
        return;
    }
    (void)fputs(" selected by", stream);
    for (size_t i = 0; i < request->n_given; i++) {
        enum option_id option = request->given[i].option;

        if ((FILTER_OPTIONS & OPTION_BIT(option)) == 0)
            continue;
        (void)fprintf(stream, " <code>--%s ", option_facts[option].name);
        page_text(stream, request->given[i].value);
        (void)fputs("</code>", stream);
    }
    (void)fputs(". The verification and the gaps are of the whole log.</p>\n",
                stream);
}

static void
write_summary(FILE *stream, const struct dossier *dossier)
{
    const struct account *account = dossier->account;

    page_section_begin(stream, "summary", "What was counted");
    write_selection(stream, dossier);
    (void)fputs("<dl class=\"tiles\">\n", stream);
    page_tile(stream, "n-calls", account->n_calls, "calls");
    page_tile(stream, "n-failed", account->n_calls_failed, "failed");
    page_tile(stream, "n-denied", account->n_calls_denied, "denied");
    page_tile(stream, "n-tokens", group_table_count(account->tokens), "tokens");
    page_tile(stream, "n-keys", group_table_count(account->keys), "keys");
    page_tile(stream, "n-programs", group_table_count(account->programs),
              "callers");
    (void)fputs("</dl>\n", stream);
    page_section_end(stream);
}

void
dossier_write(FILE *stream, const struct dossier *dossier)
{
    const struct account *account = dossier->account;

    page_begin(stream, "Audit report", log_name(dossier));
    write_header(stream, dossier);
    (void)fputs("<main>\n", stream);
    dossier_write_verdict(stream, dossier);
    dossier_write_coverage(stream, dossier);
    write_summary(stream, dossier);
    dossier_write_time(stream, account);
    dossier_write_keys(stream, account);
    dossier_write_users(stream, account);
    dossier_write_failures(stream, account);
    dossier_write_latency(stream, account);
    dossier_write_administration(stream, account);
    dossier_write_gaps(stream, account);
    (void)fputs("</main>\n", stream);
    page_end(stream);
}
