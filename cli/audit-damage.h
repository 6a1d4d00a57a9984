/* SPDX-License-Identifier: BSD-3-Clause */
/* Lines of an audit log that are no whole records, as far as a command came
 * across them. */
#ifndef CLI_AUDIT_DAMAGE_H
#define CLI_AUDIT_DAMAGE_H

#include "cli/audit-entry.h"

/* Zero-initialised is "none". */
struct damage {
    uint64_t count;
    uint64_t first; /* its line */
};

/* What a line was; one that is being written is not damaged. */
void damage_note(struct damage *damage, enum entry_kind kind, uint64_t line);

/* A sentence on stderr, if there are any. */
void damage_report(const struct damage *damage, const struct lines *lines);

#endif
