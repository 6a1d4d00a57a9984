/* SPDX-License-Identifier: BSD-3-Clause */
/* The command migrate run: objects of a token are moved to its new member. */
#include "cli/migrate.h"

/* What was begun before comes first. */
static bool
run(struct migrate *migrate, struct error *error)
{
    bool is_done;

    if (!migrate_open(migrate, error) ||
        !copying_lock(&migrate->copying, error) ||
        !copying_mend(&migrate->copying, &migrate->mending, error) ||
        !migrate_find(migrate, error))
        return false;
    is_done = migrate_move(migrate, error);
    return migrate_print(migrate) && is_done && migrate_judge(migrate, error);
}

enum status
cmd_migrate_run(const struct request *request)
{
    return migrate_run(request, run, false);
}
