/* SPDX-License-Identifier: BSD-3-Clause */
/* What comes of importing a key: rows of a report, and sentences. */
#ifndef CLI_IMPORT_ROW_H
#define CLI_IMPORT_ROW_H

#include "cli/holding.h"
#include "cli/report.h"
#include "router/transfer/outcome.h"

void import_row_add_key(struct report *report, const struct member *member,
                        const struct identity *identity,
                        const struct transfer_outcome *outcome);
/* What was made has been taken back, or stays though it should not. */
void import_row_undo(struct report *report, size_t row, bool is_gone);
void import_row_add_certificate(struct report *report,
                                const struct member *member,
                                const struct holding *holding, bool is_new);

/* Why a token does not take an object; false. */
bool import_row_refuse(const struct visit *visit,
                       const struct identity *identity,
                       const struct transfer_outcome *outcome,
                       struct error *error);

#endif
