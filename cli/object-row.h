/* SPDX-License-Identifier: BSD-3-Clause */
/* One object of a token as a row of a report. */
#ifndef CLI_OBJECT_ROW_H
#define CLI_OBJECT_ROW_H

#include "cli/report.h"
#include "common/cryptoki.h"
#include "router/identity.h"

/* A report for objects; of a group it says who has them. */
struct report *object_report_new(bool of_group);

/* Reads an object with a session on which no search is active. Adds no row
 * unless it is CKR_OK. */
CK_RV object_row_add(struct report *report, CK_SESSION_HANDLE session,
                     CK_OBJECT_HANDLE object);

/* The same of one of which it is known what it is. */
void object_row_add_known(struct report *report, CK_SESSION_HANDLE session,
                          CK_OBJECT_HANDLE object,
                          const struct identity *identity);

/* What its class is called, and what it is; the caller frees it. */
char *object_class_text(CK_OBJECT_CLASS object_class);
char *object_label_text(const struct identity *identity);

/* Of a group: a member that has the last object added, or that has not. */
void object_row_set_member(struct report *report, const char *name,
                           bool has_it);

#endif
