/* SPDX-License-Identifier: BSD-3-Clause */
/* The command migrate run: objects of a token are moved to its new member. */
#include "cli/buried.h"
#include "cli/migrate.h"
#include "cli/notice.h"
#include "common/cleanup.h"

/* `phase` stays what it was. */
static bool
set_moving(struct migrate *migrate, struct error *error)
{
    const struct config_token *rule = migrate->visit->token->rule;
    const char *state_dir = migrate->copying.state_dir;
    CLEANUP(closep) int lock = migration_phase_lock(state_dir, rule, error);

    return lock >= 0 && migrate_read_phase(migrate, false, error) &&
           (migrate->phase == MIGRATION_MOVING ||
            migrate_change_phase(migrate, MIGRATION_MOVING, error));
}

/* After a rollback the new member comes first again. */
static bool
go_on(struct migrate *migrate, struct error *error)
{
    struct notice notice = { .token = migrate->visit->token };

    if (!set_moving(migrate, error))
        return false;
    if (migrate->phase == MIGRATION_MOVING)
        return true;
    notice_ask(&notice);
    return notice_end(&notice, error);
}

/* What was begun before comes first. */
static bool
run(struct migrate *migrate, struct error *error)
{
    bool is_done;

    if (!migrate_open(migrate, false, error) ||
        !copying_lock(&migrate->copying, error) || !go_on(migrate, error) ||
        !copying_mend(&migrate->copying, &migrate->mending, error) ||
        !migrate_find(migrate, error))
        return false;
    is_done = buried_destroy(&migrate->copying, &migrate->moves,
                             &migrate->choice, error) &&
              migrate_move(migrate, error);
    return migrate_print(migrate) && is_done && migrate_judge(migrate, error);
}

enum status
cmd_migrate_run(const struct request *request)
{
    return migrate_run(request, run, false);
}
