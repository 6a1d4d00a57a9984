/* SPDX-License-Identifier: BSD-3-Clause */
/* The command migrate finish: the old member is not asked any more. */
#include "cli/buried.h"
#include "cli/control.h"
#include "cli/message.h"
#include "cli/migrate.h"
#include "cli/quiet.h"
#include "common/cleanup.h"
#include "config/duration.h"
#include "router/instance.h"

/* Nothing may be left on the old member, or on its way. */
static bool
may_finish(const struct migrate *migrate, struct error *error)
{
    const char *label = migrate->visit->token->label;
    size_t n_of[MOVE_STATES];

    moves_count(&migrate->moves, n_of);
    if (migrate_is_partial(migrate))
        return error_set(error, CKR_USER_NOT_LOGGED_IN,
                         "what is private on the old member of \"%s\" is not "
                         "seen; log in with --login",
                         label);
    if (migrate->n_left_half_way > 0)
        return error_set(error, CKR_FUNCTION_FAILED,
                         "copies were left half way: %zu; \"p11mux migrate "
                         "run --login %s\" mends them",
                         migrate->n_left_half_way, label);
    return n_of[MOVE_WAITS] == 0 ||
           error_set(error, CKR_FUNCTION_FAILED,
                     "%zu of %zu objects of \"%s\" are on the old member "
                     "alone; \"p11mux migrate status --login %s\" says which, "
                     "move or destroy them first",
                     n_of[MOVE_WAITS], migrate->moves.n_old, label, label);
}

static void
print_next(const struct migrate *migrate)
{
    const struct token *token = migrate->visit->token;
    const struct config_member *rule = token->members[MIGRATE_NEW].rule;
    size_t n_of[MOVE_STATES];

    moves_count(&migrate->moves, n_of);
    if (migrate->visit->request->is_given[OPTION_JSON])
        return;
    (void)printf("the old member of \"%s\" is not asked any more; take it from "
                 "the configuration when you like:\n"
                 "  remove mode = \"migrate\" and the member with role = "
                 "\"old\"; keep\n"
                 "  { module = \"%s\"; match = \"%s\"; } without its role\n",
                 token->label, rule->module->name, rule->match.uri);
    if (n_of[MOVE_BURIED] > 0)
        (void)printf("it keeps what applications have destroyed: %zu objects; "
                     "see that nobody gets it\n",
                     n_of[MOVE_BURIED]);
}

static bool
has_not_gone_back(const struct migrate *migrate, struct error *error)
{
    const char *label = migrate->visit->token->label;

    return migrate->phase != MIGRATION_ROLLED_BACK ||
           error_set(error, CKR_FUNCTION_FAILED,
                     "the migration of \"%s\" is rolled back, and its old "
                     "member comes first; go on with \"p11mux migrate run "
                     "--login %s\" before",
                     label, label);
}

static bool
is_quiet(const struct migrate *migrate, struct error *error)
{
    const struct visit *visit = migrate->visit;
    const char *text = visit->request->values[OPTION_QUIET_FOR];
    uint64_t quiet_ms;

    if (!visit->request->is_given[OPTION_QUIET_FOR])
        return true;
    return duration_parse(text, &quiet_ms) == DURATION_OK
               ? quiet_check(instance_get()->config, visit->token, quiet_ms,
                             error)
               : error_set(error, CKR_ARGUMENTS_BAD,
                           "--quiet-for: \"%s\" is no time; give one such as "
                           "7d",
                           text);
}

/* Somebody may have gone back while all was proven. */
static bool
leave_old(struct migrate *migrate, struct error *error)
{
    const struct token *token = migrate->visit->token;
    const char *state_dir = migrate->copying.state_dir;
    CLEANUP(closep)
    int lock = migration_phase_lock(state_dir, token->rule, error);

    return lock >= 0 && migrate_read_phase(migrate, true, error) &&
           has_not_gone_back(migrate, error) &&
           migrate_change_phase(migrate, MIGRATION_FINISHED, error);
}

static bool
finish(struct migrate *migrate, struct error *error)
{
    if (!migrate_open(migrate, true, error))
        return false;
    if (migrate->phase != MIGRATION_FINISHED &&
        (!has_not_gone_back(migrate, error) || !is_quiet(migrate, error) ||
         !copying_lock(&migrate->copying, error) ||
         !migrate_count_left(migrate, error) || !migrate_find(migrate, error) ||
         !buried_destroy(&migrate->copying, &migrate->moves, &migrate->choice,
                         error) ||
         !may_finish(migrate, error) || !migrate_prove(migrate, error) ||
         !leave_old(migrate, error)))
        return false;
    print_next(migrate);
    return true;
}

enum status
cmd_migrate_finish(const struct request *request)
{
    enum status status = migrate_run(request, finish, true);

    return status == STATUS_FINE ? control_run(request, CONTROL_MOVED) : status;
}
