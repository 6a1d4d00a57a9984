/* SPDX-License-Identifier: BSD-3-Clause */
/* The command migrate plan: which objects of a token can be moved to its new
 * member, and how. */
#include "cli/migrate.h"

static bool
plan(struct migrate *migrate, struct error *error)
{
    return migrate_open(migrate, false, error) &&
           migrate_find(migrate, error) && migrate_move(migrate, error) &&
           migrate_print(migrate) && migrate_judge(migrate, error);
}

enum status
cmd_migrate_plan(const struct request *request)
{
    return migrate_run(request, plan, true);
}
