/* SPDX-License-Identifier: BSD-3-Clause */
/* What a plan or a run has found, for people, for programs and as a page. */
#include "cli/message.h"
#include "cli/migrate.h"
#include "cli/page-file.h"
#include "cli/page.h"
#include "common/cleanup.h"
#include "common/clock.h"

#include <stdlib.h>

/* -- In words ----------------------------------------------------------------
 */

static const struct {
    enum move_state state;
    const char *one; /* "1 object ..." */
    const char *many;
} sums[] = {
    { MOVE_MOVES, "object moves", "objects move" },
    { MOVE_MOVED, "object was moved", "objects were moved" },
    { MOVE_THERE, "is on both members", "are on both members" },
    { MOVE_STAYS, "stays on the old member", "stay on the old member" },
    { MOVE_WAITS, "was not tried", "were not tried" },
    { MOVE_GONE, "was destroyed meanwhile", "were destroyed meanwhile" },
    { MOVE_NEW_ONLY, "is on the new member alone",
      "are on the new member alone" },
    { MOVE_BURIED, "is destroyed but for the old member",
      "are destroyed but for the old member" },
    { MOVE_DESTROYED, "that was buried is destroyed",
      "that were buried are destroyed" },
};

static void
print_sums(const struct migrate *migrate)
{
    size_t n_of[MOVE_STATES];
    const char *before = "";

    moves_count(&migrate->moves, n_of);
    for (size_t i = 0; i < sizeof(sums) / sizeof(sums[0]); i++) {
        size_t count = n_of[sums[i].state];

        if (count == 0)
            continue;
        (void)printf("%s%zu %s", before, count,
                     count == 1 ? sums[i].one : sums[i].many);
        before = ", ";
    }
    (void)puts(migrate->moves.n_items == 0
                   ? "neither member has anything that could be moved"
                   : "");
}

static void
print_table(const struct migrate *migrate, const struct report *report)
{
    if (migrate->mending.n_mended > 0)
        (void)printf("%zu left half way: mended\n", migrate->mending.n_mended);
    if (report_count(report) > 0)
        report_print_table(report, stdout);
    print_sums(migrate);
}

static void
print_json(const struct migrate *migrate, const struct report *report)
{
    struct json json = { .stream = stdout };
    size_t n_of[MOVE_STATES];

    moves_count(&migrate->moves, n_of);
    json_begin_object(&json, NULL);
    json_text(&json, "token", migrate->visit->token->label);
    json_number(&json, "slot", migrate->visit->token->slot);
    json_truth(&json, "logged_in", migrate->visit->is_logged_in);
    json_number(&json, "mended", migrate->mending.n_mended);
    json_number(&json, "unmended", migrate->mending.n_left);
    json_begin_object(&json, "counts");
    for (unsigned i = 0; i < MOVE_STATES; i++)
        json_number(&json, move_states[i].name, n_of[i]);
    json_end_object(&json);
    report_write_json(report, &json, "objects");
    json_end_object(&json);
}

/* -- As a page ---------------------------------------------------------------
 */

struct sheet {
    const struct migrate *migrate;
    const struct report *report;
};

static void
write_member(FILE *stream, const struct migrate *migrate, unsigned member,
             const char *role)
{
    const struct config_member *rule =
        migrate->copying.token->members[member].rule;

    (void)fprintf(stream, "<p>The %s member: module <bdi>", role);
    page_text(stream, rule->module->name);
    (void)fputs("</bdi>, <code>", stream);
    page_text(stream, rule->match.uri);
    (void)fputs("</code></p>\n", stream);
}

static void
write_header(FILE *stream, const struct migrate *migrate)
{
    char made[CLOCK_TEXT_LENGTH + 1];
    struct timespec now;

    (void)clock_gettime(CLOCK_REALTIME, &now);
    clock_format(now, made);
    (void)fprintf(stream, "<header>\n<h1>Migration %s</h1>\n<p>Token <bdi>",
                  migrate->is_plan ? "plan" : "run");
    page_text(stream, migrate->visit->token->label);
    (void)fputs("</bdi>, made ", stream);
    page_time(stream, made);
    (void)fputs(" UTC by p11mux " PACKAGE_VERSION "</p>\n</header>\n", stream);
}

static void
write_summary(FILE *stream, const struct migrate *migrate)
{
    size_t n_of[MOVE_STATES];

    moves_count(&migrate->moves, n_of);
    page_section_begin(stream, "summary", "Summary");
    write_member(stream, migrate, MIGRATE_OLD, "old");
    write_member(stream, migrate, MIGRATE_NEW, "new");
    if (migrate_is_partial(migrate))
        (void)fputs("<p>Nobody was logged in: private objects are not "
                    "here.</p>\n",
                    stream);
    (void)fputs("<dl class=\"tiles\">\n", stream);
    for (unsigned i = 0; i < MOVE_STATES; i++)
        if (n_of[i] > 0)
            page_tile(stream, move_states[i].name, n_of[i],
                      move_states[i].words);
    (void)fputs("</dl>\n", stream);
    page_section_end(stream);
}

static void
write_sheet(FILE *stream, const void *context)
{
    const struct sheet *sheet = context;

    page_begin(stream,
               sheet->migrate->is_plan ? "Migration plan" : "Migration run",
               sheet->migrate->visit->token->label);
    write_header(stream, sheet->migrate);
    (void)fputs("<main>\n", stream);
    write_summary(stream, sheet->migrate);
    page_section_begin(stream, "objects", "Objects");
    (void)fputs("<p>What moves was tried with a copy that ends with its "
                "session; a key was found to be the same by an operation on "
                "both members.</p>\n",
                stream);
    report_write_page(sheet->report, stream, "All objects");
    page_section_end(stream);
    (void)fputs("</main>\n", stream);
    page_end(stream);
}

bool
migrate_print(const struct migrate *migrate)
{
    CLEANUP(report_freep)
    struct report *report =
        moves_report(&migrate->moves, &migrate->copying, SHOW_ALL);
    const struct request *request = migrate->visit->request;
    const struct sheet sheet = { migrate, report };

    if (request->is_given[OPTION_JSON])
        print_json(migrate, report);
    else
        print_table(migrate, report);
    return !request->is_given[OPTION_REPORT] ||
           page_file_write(request->values[OPTION_REPORT], write_sheet, &sheet);
}
