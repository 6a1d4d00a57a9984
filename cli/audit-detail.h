/* SPDX-License-Identifier: BSD-3-Clause */
/* What the detail of a record of an audit log says, for people. */
#ifndef CLI_AUDIT_DETAIL_H
#define CLI_AUDIT_DETAIL_H

#include "cli/audit-entry.h"

/* "records 3, reason No space left on device"; the caller frees it. NULL: there
 * is none. */
char *detail_text(const struct log_entry *entry);

#endif
