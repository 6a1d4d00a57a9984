/* SPDX-License-Identifier: BSD-3-Clause */
/* p11mux with an audit log whose checkpoints the process makes itself. */
#ifndef TESTS_CLERKED_H
#define TESTS_CLERKED_H

#include "audit/note-key.h"
#include "audit/verify.h"
#include "config/config.h"

/* Says what happens to a file, down to the level debug; the clock stands. */
struct config *clerked_configure(void);

/* Makes the key that signs, where the configuration has it from then on. */
struct note_key *clerked_make_key(struct config *config);

/* The log is as it was written; the key may be NULL. */
struct verify_result clerked_verify(const struct note_key *key);

/* How many lines it said with that text. */
size_t clerked_count_messages(const char *text);

#endif
