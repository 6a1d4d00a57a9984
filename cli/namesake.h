/* SPDX-License-Identifier: BSD-3-Clause */
/* Objects of one class with one CKA_ID, or else one label: where a name is one
 * key's alone (R7.8), only the first one of them can move. */
#ifndef CLI_NAMESAKE_H
#define CLI_NAMESAKE_H

#include "cli/move-choice.h"
#include "cli/move.h"

/* Finds the first namesake of each that waits and is chosen, which leads. */
void namesakes_find(struct moves *moves, const struct move_choice *choice);

/* Whether what has become of those before it decides about one that is only
 * tried; its state and outcome say how. */
bool namesake_decides(struct moves *moves, size_t index, bool overwrites);

#endif
