/* SPDX-License-Identifier: BSD-3-Clause */
/* An object that a member of a group has, or lacks, as a row of a report: what
 * comes of copying it. */
#ifndef CLI_COPY_ROW_H
#define CLI_COPY_ROW_H

#include "cli/report.h"
#include "router/identity.h"
#include "router/token.h"
#include "router/transfer/outcome.h"

struct copy_row {
    CK_SESSION_HANDLE session; /* on which the object can be read */
    CK_OBJECT_HANDLE object;
    const struct identity *identity;
    const struct member *from;
    const struct member *to;           /* NULL: none */
    const struct transfer_text *state; /* what the command says of it */
    struct transfer_outcome outcome;
};

struct report *copy_report_new(void);
void copy_row_add(struct report *report, const struct copy_row *row);

#endif
