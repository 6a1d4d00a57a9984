/* SPDX-License-Identifier: BSD-3-Clause */
/* The last lines of a log: so many of them are kept. */
#ifndef CLI_AUDIT_TAIL_H
#define CLI_AUDIT_TAIL_H

#include "audit/lines.h"

struct tail;

struct tail *tail_new(size_t limit);
void tail_free(struct tail *tail);

/* Copies the line; the oldest one goes where there are as many as there may
 * be. */
void tail_add(struct tail *tail, const struct line *line);

/* Takes the oldest line; lent until the next call. False: there is none. */
bool tail_take(struct tail *tail, struct line *out);

#endif
