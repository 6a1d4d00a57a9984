/* SPDX-License-Identifier: BSD-3-Clause */
/* A log with older files, for tests: some lines at a time, in this file or
 * that. */
#ifndef TESTS_ROTATED_H
#define TESTS_ROTATED_H

#include "audit/rotation.h"
#include "audit/verify.h"
#include "tests/proof-fixture.h"

/* Where it is, its key, and the lines that are written to it; others come from
 * processes of their own. */
extern const char *rotated_path;
extern struct note_key *rotated_key;
extern struct audit_log rotated_lines;
extern struct audit_log rotated_others;

void rotated_begin(void);
void rotated_end(void);

/* The next lines, to the log. */
void rotated_write(size_t n_lines);

/* The next lines of others, to one of its files. */
void rotated_write_late(const char *name, size_t n_lines);

/* Moves it, and expects that; the name is lent. */
const char *rotated_rotate(void);
bool rotated_try(const char *moved, struct error *error);

void rotated_sign(void);

/* Expects what is there to be all that was written, so much of it signed. */
void rotated_check(uint64_t n_covered);

/* With the key. */
struct verify_result rotated_verify(void);

#endif
