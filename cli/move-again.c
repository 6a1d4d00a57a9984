/* SPDX-License-Identifier: BSD-3-Clause */
/* Looks at an object on the old member once more. */
#include "cli/move-again.h"

#include "cli/original.h"

bool
move_is_lost(const struct move *move)
{
    return move->state == MOVE_STAYS && original_is_lost(&move->outcome);
}

/* Nothing more is tried with it. */
static bool
end(struct move *move, CK_RV rv)
{
    move->state = original_end(rv, &move->outcome) ? MOVE_GONE : MOVE_STAYS;
    return false;
}

bool
move_read_anew(struct move *move, struct copying *copying)
{
    CK_RV rv = original_read_anew(copying, MIGRATE_OLD, &move->outcome,
                                  &move->object, &move->identity);

    return rv == CKR_OK || end(move, rv);
}

void
move_end_lost(struct move *move, const struct copying *copying)
{
    CK_RV rv =
        original_find(copying, MIGRATE_OLD, move->identity, &move->object);

    (void)end(move, rv == CKR_OK ? CKR_FUNCTION_FAILED : rv);
}
