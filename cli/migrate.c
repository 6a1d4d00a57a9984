/* SPDX-License-Identifier: BSD-3-Clause */
/* Plans and runs: finds the objects of a token in mode "migrate", and has them
 * tried or moved. */
#include "cli/migrate.h"

#include "cli/message.h"
#include "cli/moving.h"
#include "cli/page-file.h"
#include "cli/phase-change.h"
#include "cli/target.h"
#include "common/cleanup.h"
#include "router/instance.h"
#include "router/transfer/journal.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

enum { DEFAULT_JOBS = 4 };

/* -- The command line --------------------------------------------------------
 */

static bool
read_jobs(const struct request *request, unsigned *out)
{
    const char *word = request->values[OPTION_JOBS];
    unsigned long number = DEFAULT_JOBS;
    char *end = NULL;

    errno = 0;
    if (word != NULL)
        number = strtoul(word, &end, 10);
    if (errno != 0 || (end != NULL && *end != '\0') || number < 1 ||
        number > MOST_JOBS) {
        message_error("%s: \"%s\" is no number of jobs; give --jobs 1 to %d",
                      request->command->name, word, MOST_JOBS);
        return false;
    }
    *out = (unsigned)number;
    return true;
}

/* What visit_run hands through. */
struct asked {
    struct migrate *migrate;
    migrate_work *work;
};

static bool
visit_migration(struct visit *visit, struct error *error)
{
    const struct asked *asked = visit->asked;
    bool is_done;

    asked->migrate->visit = visit;
    is_done = asked->work(asked->migrate, error);
    copying_end(&asked->migrate->copying);
    moves_clear(&asked->migrate->moves);
    return is_done;
}

enum status
migrate_run(const struct request *request, migrate_work *work, bool is_plan)
{
    struct migrate migrate = { .copying = { .lock = -1 }, .is_plan = is_plan };
    struct asked asked = { &migrate, work };
    enum status status = STATUS_USAGE;

    if (move_choice_read(request, &migrate.choice) &&
        read_jobs(request, &migrate.n_jobs))
        status = request->is_given[OPTION_REPORT] &&
                         !page_file_check(request, OPTION_REPORT)
                     ? STATUS_WRONG
                     : visit_run(request, visit_migration, &asked);
    move_choice_clear(&migrate.choice);
    return status;
}

/* -- The token ---------------------------------------------------------------
 */

bool
migrate_read_phase(struct migrate *migrate, bool may_be_finished,
                   struct error *error)
{
    const struct token *token = migrate->visit->token;

    if (!migration_phase_read(instance_get()->config->state_dir, token->rule,
                              &migrate->phase, error))
        return false;
    return may_be_finished || migrate->phase != MIGRATION_FINISHED ||
           error_set(error, CKR_FUNCTION_FAILED,
                     "the migration of \"%s\" is finished; take its old "
                     "member and the mode from the configuration",
                     token->label);
}

bool
migrate_change_phase(const struct migrate *migrate,
                     enum migration_phase becomes, struct error *error)
{
    const struct token *token = migrate->visit->token;
    struct phase_change change = { .config = instance_get()->config,
                                   .rule = token->rule,
                                   .slot = token->slot,
                                   .was = migrate->phase,
                                   .becomes = becomes };

    return phase_change_make(&change, error);
}

/* What was asked for is said, and done. */
static bool
permit(struct migrate *migrate)
{
    if (!migrate->visit->request->is_given[OPTION_THROUGH_HOST])
        return true;
    migrate->copying.permits_cleartext = true;
    message_error("warning: keys that are not sensitive and cannot be wrapped "
                  "pass through this machine's memory in the clear, since "
                  "--through-host was given");
    return true;
}

bool
migrate_open(struct migrate *migrate, bool may_be_finished, struct error *error)
{
    struct visit *visit = (struct visit *)(uintptr_t)migrate->visit;
    const struct token *token;

    return target_find_migration(visit->request->operands[0], &token, error) &&
           visit_open(visit, token, true, error) &&
           migrate_read_phase(migrate, may_be_finished, error) &&
           copying_begin(&migrate->copying, visit, error) && permit(migrate);
}

bool
migrate_count_left(struct migrate *migrate, struct error *error)
{
    CLEANUP(journal_clear) struct journal journal;
    bool is_read = journal_read(migrate->copying.state_dir, &journal, error);

    for (size_t i = 0; is_read && i < journal.n_entries; i++) {
        struct journal_entry *entry = &journal.entries[i];
        struct error ignored = { .rv = CKR_OK };

        /* Of one that cannot be read nobody knows whose it is. */
        if (!journal_read_entry(&journal, entry, &ignored) ||
            strcmp(entry->token, migrate->visit->token->label) == 0)
            migrate->n_left_half_way++;
    }
    return is_read;
}

bool
migrate_is_partial(const struct migrate *migrate)
{
    const struct visit *visit = migrate->visit;

    return !visit->is_logged_in &&
           (visit->info.flags & CKF_LOGIN_REQUIRED) != 0;
}

bool
migrate_find(struct migrate *migrate, struct error *error)
{
    for (unsigned i = 0; i < MIGRATE_MEMBERS; i++)
        if (migrate->copying.sessions[i] != 0)
            copying_look(&migrate->copying, i);
    return moves_find(&migrate->copying, migrate->visit->is_logged_in,
                      &migrate->moves, error);
}

bool
migrate_move(struct migrate *migrate, struct error *error)
{
    const struct moving moving = { .visit = migrate->visit,
                                   .copying = &migrate->copying,
                                   .moves = &migrate->moves,
                                   .choice = &migrate->choice,
                                   .n_jobs = migrate->n_jobs,
                                   .is_plan = migrate->is_plan,
                                   .n_left = migrate->mending.n_left };

    return moving_run(&moving, error);
}

bool
migrate_is_seen(const struct migrate *migrate, struct error *error)
{
    return !migrate_is_partial(migrate) ||
           move_choice_is_public(&migrate->choice) ||
           error_set(error, CKR_USER_NOT_LOGGED_IN,
                     "private objects were not looked at; log in with "
                     "--login");
}

static const char *
verb(size_t count)
{
    return count == 1 ? "s" : "";
}

static bool
complain_of_rest(const struct migrate *migrate, size_t n_stay,
                 struct error *error)
{
    bool is_back;
    const char *lost = copying_find_lost(&migrate->copying, &is_back);

    if (lost != NULL)
        return error_set(error, CKR_DEVICE_REMOVED,
                         "the %s member of \"%s\" was lost meanwhile%s; %zu of "
                         "%zu objects stay%s on the old member until %s",
                         lost, migrate->visit->token->label,
                         is_back ? " and has come back" : "", n_stay,
                         migrate->moves.n_old, verb(n_stay),
                         is_back ? "you try again"
                                 : "it is back and you try again");
    return error_set(error, CKR_FUNCTION_FAILED,
                     "%zu of %zu objects stay%s on the old member", n_stay,
                     migrate->moves.n_old, verb(n_stay));
}

bool
migrate_judge(const struct migrate *migrate, struct error *error)
{
    size_t n_of[MOVE_STATES];

    moves_count(&migrate->moves, n_of);
    if (migrate->mending.n_left > 0)
        return error_set(error, CKR_FUNCTION_FAILED,
                         "%zu of the copies that were left half way cannot be "
                         "mended",
                         migrate->mending.n_left);
    if (!migrate_is_seen(migrate, error))
        return false;
    return n_of[MOVE_STAYS] == 0 ||
           complain_of_rest(migrate, n_of[MOVE_STAYS], error);
}
