/* SPDX-License-Identifier: BSD-3-Clause */
/* Records of an audit log counted by what they have in common; what is kept
 * grows with the number of groups, not with that of records. */
#ifndef CLI_AUDIT_TALLY_H
#define CLI_AUDIT_TALLY_H

#include "cli/audit-entry.h"
#include "cli/report.h"
#include "cli/request.h"

struct tally;

/* By what the request's --by say, else by the event. NULL, with a sentence on
 * stderr: there is no such thing. */
struct tally *tally_new(const struct request *request);
void tally_free(struct tally *tally);
void tally_freep(struct tally **tally);

void tally_add(struct tally *tally, const struct log_entry *entry);

uint64_t tally_count(const struct tally *tally);

/* A row for each group: hours in their order, else the largest first. It lends
 * the tally; the caller frees it. */
struct report *tally_report(const struct tally *tally);

#endif
