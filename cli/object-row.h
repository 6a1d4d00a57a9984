/* SPDX-License-Identifier: BSD-3-Clause */
/* One object of a token as a row of a report. */
#ifndef CLI_OBJECT_ROW_H
#define CLI_OBJECT_ROW_H

#include "cli/report.h"
#include "common/cryptoki.h"
#include "router/identity.h"

/* A report for objects: of a group it says who has them, of a token whose
 * objects move where they are. */
enum object_report { OBJECTS_ALONE, OBJECTS_OF_GROUP, OBJECTS_MOVE };
struct report *object_report_new(enum object_report kind);

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

/* Where the last object added is. */
void object_row_set_where(struct report *report, const char *where);

/* Of a group: a member that has the last object added, or that has not. */
void object_row_set_member(struct report *report, const char *name,
                           bool has_it);

#endif
