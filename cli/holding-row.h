/* SPDX-License-Identifier: BSD-3-Clause */
/* One certificate of a token as a row of a report. */
#ifndef CLI_HOLDING_ROW_H
#define CLI_HOLDING_ROW_H

#include "cli/holding.h"
#include "cli/key-ring.h"
#include "cli/report.h"

/* A report for them, with what became of each or without. */
struct report *holding_report_new(bool has_outcome);

void holding_row_add(struct report *report, const struct visit *visit,
                     const struct holding *holding,
                     const struct key_ring *ring);

/* What became of it, in the last row. */
void holding_row_set_outcome(struct report *report, const char *outcome);

/* As a table, or with --json as an object with the list "certificates". */
void holding_report_print(const struct request *request,
                          const struct report *report);

#endif
