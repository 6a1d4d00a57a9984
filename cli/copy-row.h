/* SPDX-License-Identifier: BSD-3-Clause */
/* An object that a member of a group lacks, as a row of a report: what comes of
 * copying it. */
#ifndef CLI_COPY_ROW_H
#define CLI_COPY_ROW_H

#include "cli/report.h"
#include "router/identity.h"
#include "router/token.h"
#include "router/transfer/outcome.h"

enum copy_state {
    COPY_PLANNED,
    COPY_MADE,
    COPY_THERE, /* the same key, which only an operation could tell */
    COPY_NOT_MADE
};

struct copy_row {
    CK_SESSION_HANDLE session; /* on which the object can be read */
    CK_OBJECT_HANDLE object;
    const struct identity *identity;
    const struct member *from;
    const struct member *to;
    enum copy_state state;
    struct transfer_outcome outcome;
};

struct report *copy_report_new(void);
void copy_row_add(struct report *report, const struct copy_row *row);

#endif
