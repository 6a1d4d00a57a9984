/* SPDX-License-Identifier: BSD-3-Clause */
/* What is appended to an audit log that was read, also when the file was moved
 * and another one is in its place. */
#ifndef CLI_AUDIT_FOLLOW_H
#define CLI_AUDIT_FOLLOW_H

#include "audit/lines.h"

struct follow;

/* Lends the log, as it was read up to its offset and to the line `number`. */
bool follow_new(const struct sequence_file *log, uint64_t number,
                struct follow **out, struct error *error);
void follow_free(struct follow *follow);
void follow_freep(struct follow **follow);

/* The next line that has its end, if there is one yet; lent until the next
 * call. Lines are numbered as they come. */
bool follow_next(struct follow *follow, struct line *out);

/* Waits until there may be more. False: that is no use any more, since the
 * process was told to end or nobody reads standard output. */
bool follow_wait(struct follow *follow);

#endif
