/* SPDX-License-Identifier: BSD-3-Clause */
/* The command migrate status: how far a migration is, and what is left. */
#include "cli/buried.h"
#include "cli/message.h"
#include "cli/migrate.h"
#include "common/cleanup.h"

/* What either member has. */
struct standing {
    size_t n_both;
    size_t n_old;
    size_t n_new;
    size_t n_buried;
};

static struct standing
count(const struct migrate *migrate)
{
    size_t n_of[MOVE_STATES];

    moves_count(&migrate->moves, n_of);
    return (struct standing){ .n_both = n_of[MOVE_THERE],
                              .n_old = n_of[MOVE_MOVES] + n_of[MOVE_STAYS],
                              .n_new = n_of[MOVE_NEW_ONLY],
                              .n_buried = n_of[MOVE_BURIED] };
}

static void
print_json(const struct migrate *migrate, const struct report *report,
           const struct report *buried)
{
    struct json json = { .stream = stdout };
    struct standing standing = count(migrate);

    json_begin_object(&json, NULL);
    json_text(&json, "token", migrate->visit->token->label);
    json_number(&json, "slot", migrate->visit->token->slot);
    json_truth(&json, "logged_in", migrate->visit->is_logged_in);
    json_text(&json, "phase", migration_phase_name(migrate->phase));
    json_number(&json, "left_half_way", migrate->n_left_half_way);
    json_begin_object(&json, "counts");
    json_number(&json, "both", standing.n_both);
    json_number(&json, "old", standing.n_old);
    json_number(&json, "new", standing.n_new);
    json_number(&json, "buried", standing.n_buried);
    json_end_object(&json);
    report_write_json(report, &json, "objects");
    report_write_json(buried, &json, "tombstones");
    json_end_object(&json);
}

static void
print_table(const struct migrate *migrate, const struct report *report,
            const struct report *buried)
{
    struct standing standing = count(migrate);

    (void)printf("the migration of \"%s\" is %s\n",
                 migrate->visit->token->label,
                 migration_phase_name(migrate->phase));
    if (migrate->phase == MIGRATION_FINISHED)
        return;
    (void)printf("objects: %zu on both members, %zu on the old one alone, %zu "
                 "on the new one alone\n",
                 standing.n_both, standing.n_old, standing.n_new);
    if (report_count(report) > 0)
        report_print_table(report, stdout);
    if (report_count(buried) > 0) {
        (void)printf("tombstones of what applications have destroyed: %zu\n",
                     report_count(buried));
        report_print_table(buried, stdout);
    }
    if (migrate_is_partial(migrate))
        (void)puts("private objects are only seen with --login");
}

static bool
show(struct migrate *migrate, struct error *error)
{
    CLEANUP(report_freep) struct report *report = NULL;
    CLEANUP(report_freep) struct report *buried = NULL;
    const char *label;

    if (!migrate_open(migrate, true, error) ||
        !migrate_count_left(migrate, error) ||
        (migrate->phase != MIGRATION_FINISHED &&
         (!migrate_find(migrate, error) || !migrate_move(migrate, error))))
        return false;
    report = moves_report(&migrate->moves, &migrate->copying, SHOW_LEFT);
    buried = buried_report(&migrate->moves);
    if (migrate->visit->request->is_given[OPTION_JSON])
        print_json(migrate, report, buried);
    else
        print_table(migrate, report, buried);
    label = migrate->visit->token->label;
    return migrate->n_left_half_way == 0 ||
           error_set(error, CKR_FUNCTION_FAILED,
                     "copies were left half way: %zu; \"p11mux migrate run "
                     "--login %s\" mends them",
                     migrate->n_left_half_way, label);
}

enum status
cmd_migrate_status(const struct request *request)
{
    return migrate_run(request, show, true);
}
