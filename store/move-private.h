/* SPDX-License-Identifier: BSD-3-Clause */
/* What the files of moving share. */
#ifndef STORE_MOVE_PRIVATE_H
#define STORE_MOVE_PRIVATE_H

#include "store/move.h"
#include "store/operation.h"

/* In a transaction on the other one: it is still filled from the first. */
enum store_result move_expect_filling(const struct move *move,
                                      struct operation *to);

/* Whether that is the SHA-256 of the bytes. */
bool move_is_value(const struct field *bytes, const struct field *hash);

/* One pass. `held`: an operation on the first that nobody else writes beside,
 * or NULL. Without `writes` it only counts what it would do. */
enum store_result move_merge(struct move *move, struct operation *held,
                             bool writes);

#endif
