/* SPDX-License-Identifier: BSD-3-Clause */
/* One object of a token as a row of a report. */
#ifndef CLI_OBJECT_ROW_H
#define CLI_OBJECT_ROW_H

#include "cli/report.h"
#include "common/cryptoki.h"

/* A report for objects. */
struct report *object_report_new(void);

/* Reads an object with a session on which no search is active. Adds no row
 * unless it is CKR_OK. */
CK_RV object_row_add(struct report *report, CK_SESSION_HANDLE session,
                     CK_OBJECT_HANDLE object);

#endif
