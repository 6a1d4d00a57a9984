/* SPDX-License-Identifier: BSD-3-Clause */
/* An object that is tried anew: it was changed meanwhile, or seems to be gone.
 */
#ifndef CLI_MOVE_AGAIN_H
#define CLI_MOVE_AGAIN_H

#include "cli/move.h"

/* Whether its handle was found to be no good, which does not say yet that the
 * object has gone. */
bool move_is_lost(const struct move *move);

/* It becomes what it is on the old member by now, under its handle there.
 * False: it has gone (MOVE_GONE), or that cannot be found out (MOVE_STAYS). */
bool move_read_anew(struct move *move, struct copying *copying);

/* The same of one that is lost, for who tries no more: if it is there it stays.
 */
void move_end_lost(struct move *move, const struct copying *copying);

#endif
