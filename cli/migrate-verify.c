/* SPDX-License-Identifier: BSD-3-Clause */
/* The command migrate verify: what both members have is compared, by operations
 * and attribute by attribute. */
#include "cli/message.h"
#include "cli/migrate.h"
#include "cli/object-cells.h"
#include "cli/progress.h"
#include "common/cleanup.h"
#include "common/names.h"

#include <stdatomic.h>

enum column {
    COLUMN_STATE = OBJECT_CELLS,
    COLUMN_STATE_SHOWN,
    COLUMN_EXPECTED,
    COLUMN_UNEXPECTED,
    N_COLUMNS
};

static const struct report_column columns[N_COLUMNS] = {
    OBJECT_COLUMNS,
    [COLUMN_STATE] = { .name = "state" },
    [COLUMN_STATE_SHOWN] = { .heading = "STATE" },
    [COLUMN_EXPECTED] = { .name = "expected",
                          .heading = "DIFFERS AS EXPECTED",
                          .is_list = true },
    [COLUMN_UNEXPECTED] = { .name = "unexpected",
                            .heading = "DIFFERS",
                            .is_list = true },
};

enum verdict {
    VERDICT_PROVEN,
    VERDICT_ALIKE,
    VERDICT_UNPROVEN,
    VERDICT_DIFFERENT,
    VERDICT_UNREADABLE,
    VERDICTS
};

static const struct transfer_text verdicts[VERDICTS] = {
    [VERDICT_PROVEN] = { "proven", "the same, by an operation" },
    [VERDICT_ALIKE] = { "alike", "the same, by what it shows" },
    [VERDICT_UNPROVEN] = { "unproven", "nothing tells" },
    [VERDICT_DIFFERENT] = { "different", "another one" },
    [VERDICT_UNREADABLE] = { "unreadable", "cannot be read" },
};

struct comparison {
    struct migrate *migrate;
    struct report *report; /* NULL: nobody reads it */
    size_t n_all;
    size_t n_wrong;
    size_t n_others; /* of these: not known to be the same */
    _Atomic(size_t) n_done;
};

static enum verdict
judge(const struct transfer_evidence *evidence)
{
    if (evidence->proof == PROOF_GIVEN)
        return evidence->is_by_operation ? VERDICT_PROVEN : VERDICT_ALIKE;
    return evidence->proof == PROOF_DIFFERENT ? VERDICT_DIFFERENT
                                              : VERDICT_UNPROVEN;
}

static void
add_row(struct comparison *comparison, const struct move *move,
        enum verdict verdict, const struct trait_differences *differences)
{
    struct report *report = comparison->report;

    if (report == NULL)
        return;
    report_add_row(report);
    object_cells_set(report, comparison->migrate->copying.sessions[MIGRATE_OLD],
                     move->object, move->identity);
    report_set_text(report, COLUMN_STATE, verdicts[verdict].name);
    report_set_text(report, COLUMN_STATE_SHOWN, verdicts[verdict].words);
    for (size_t i = 0; i < differences->count; i++) {
        const struct trait_difference *its = &differences->items[i];
        char name[NAME_LENGTH];

        report_set_text(report,
                        its->is_expected ? COLUMN_EXPECTED : COLUMN_UNEXPECTED,
                        name_of(NAME_CKA, its->type, name));
    }
}

static void
compare(struct comparison *comparison, const struct move *move)
{
    struct copying *copying = &comparison->migrate->copying;
    struct transfer_evidence evidence;
    struct transfer_outcome outcome;
    enum verdict verdict =
        transfer_verify(copying_transfer(copying, MIGRATE_OLD, MIGRATE_NEW),
                        move->object, move->identity, move->twin, &evidence,
                        &outcome)
            ? judge(&evidence)
            : VERDICT_UNREADABLE;

    add_row(comparison, move, verdict, &evidence.differences);
    comparison->n_all++;
    if (verdict > VERDICT_ALIKE)
        comparison->n_others++;
    if (verdict > VERDICT_ALIKE || evidence.differences.n_unexpected > 0)
        comparison->n_wrong++;
}

static void
describe(const void *context, char *out, size_t room)
{
    const struct comparison *comparison = context;

    (void)snprintf(out, room, "comparing: %zu of %zu objects",
                   atomic_load(&comparison->n_done),
                   comparison->migrate->moves.n_old);
}

static void
compare_all(struct comparison *comparison)
{
    const struct migrate *migrate = comparison->migrate;
    struct progress *progress = progress_begin(describe, comparison);

    for (size_t i = 0; i < migrate->moves.n_old; i++) {
        const struct move *move = &migrate->moves.items[i];

        if (move->state == MOVE_THERE &&
            move_choice_fits(&migrate->choice, move->identity))
            compare(comparison, move);
        atomic_fetch_add(&comparison->n_done, 1);
    }
    progress_end(progress);
}

bool
migrate_prove(struct migrate *migrate, struct error *error)
{
    struct comparison comparison = { .migrate = migrate };
    const char *label = migrate->visit->token->label;

    compare_all(&comparison);
    return comparison.n_others == 0 ||
           error_set(
               error, CKR_FUNCTION_FAILED,
               "%zu of %zu objects that both members of \"%s\" have are "
               "not known to be the same; \"p11mux migrate verify --login "
               "%s\" says which, destroy those on the new member and run "
               "again",
               comparison.n_others, comparison.n_all, label, label);
}

static void
print(const struct comparison *comparison)
{
    const struct migrate *migrate = comparison->migrate;
    struct json json = { .stream = stdout };

    if (!migrate->visit->request->is_given[OPTION_JSON]) {
        if (comparison->n_all > 0)
            report_print_table(comparison->report, stdout);
        (void)printf("%zu objects that both members have: %zu the same, %zu "
                     "not\n",
                     comparison->n_all, comparison->n_all - comparison->n_wrong,
                     comparison->n_wrong);
        return;
    }
    json_begin_object(&json, NULL);
    json_text(&json, "token", migrate->visit->token->label);
    json_number(&json, "slot", migrate->visit->token->slot);
    json_truth(&json, "logged_in", migrate->visit->is_logged_in);
    json_number(&json, "same", comparison->n_all - comparison->n_wrong);
    json_number(&json, "not_same", comparison->n_wrong);
    report_write_json(comparison->report, &json, "objects");
    json_end_object(&json);
}

static bool
verify(struct migrate *migrate, struct error *error)
{
    CLEANUP(report_freep)
    struct report *report = report_new(columns, N_COLUMNS);
    struct comparison comparison = { .migrate = migrate, .report = report };

    if (!migrate_open(migrate, false, error) || !migrate_find(migrate, error))
        return false;
    compare_all(&comparison);
    print(&comparison);
    if (comparison.n_wrong > 0)
        return error_set(error, CKR_FUNCTION_FAILED,
                         "%zu of %zu objects are not the same on both members",
                         comparison.n_wrong, comparison.n_all);
    return migrate_is_seen(migrate, error);
}

enum status
cmd_migrate_verify(const struct request *request)
{
    return migrate_run(request, verify, true);
}
