/* SPDX-License-Identifier: BSD-3-Clause */
/* Records read in two ways, and compared. */
#ifndef TESTS_ENTRY_FIXTURE_H
#define TESTS_ENTRY_FIXTURE_H

#include "cli/audit-entry.h"

/* Reads a record with a blank before its last bracket, which is JSON all the
 * same, and nothing that p11mux writes: not at a glance. */
enum entry_kind entry_read_spaced(const char *record, size_t length,
                                  struct log_entry *out);

/* Whether both have the same fields. */
bool entry_is_same(const struct log_entry *one, const struct log_entry *other);

#endif
