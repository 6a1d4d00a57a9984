/* SPDX-License-Identifier: BSD-3-Clause */
/* A key that is imported beside the one on the old member of a token whose
 * objects move (SEMANTICS 9): it is in the journal until it is proven. */
#ifndef CLI_IMPORT_JOURNAL_H
#define CLI_IMPORT_JOURNAL_H

#include "cli/importing.h"

/* *out_path is for import_journal_end; NULL: nothing has to be written. */
bool import_journal_begin(const struct import_target *target,
                          const struct identity *identity, char **out_path,
                          struct error *error);

/* What has come of it; the path is freed, and NULL then, which is fine too. */
bool import_journal_end(char **path, enum transfer_verdict verdict,
                        struct error *error);

#endif
