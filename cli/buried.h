/* SPDX-License-Identifier: BSD-3-Clause */
/* Objects of a token in mode "migrate" that applications have destroyed, and
 * that its old member has all the same (router/tombstone.h). */
#ifndef CLI_BURIED_H
#define CLI_BURIED_H

#include "cli/move-choice.h"
#include "cli/move.h"

/* Which of the old member's objects they are; false, with a sentence: nobody
 * knows. */
bool buried_find(struct moves *moves, const struct copying *copying,
                 struct error *error);

/*
 * Destroys those that the command line chooses, as far as the old member lets
 * them go, and removes the tombstones of what it does not have any more. False,
 * with a sentence, where one of these stays.
 */
bool buried_destroy(const struct copying *copying, struct moves *moves,
                    const struct move_choice *choice, struct error *error);

/* The tombstones, each with whether the old member has shown what it hides. */
struct report *buried_report(const struct moves *moves);

#endif
