/* SPDX-License-Identifier: BSD-3-Clause */
/* p11mux with an audit log over a toy token, which has one key. */
#ifndef TESTS_AUDITED_H
#define TESTS_AUDITED_H

#include "tests/audit-reader.h"
#include "tests/router-fixture.h"

#include <sys/types.h>

extern const char *audited_path;
extern CK_SESSION_HANDLE audited_session;
extern CK_OBJECT_HANDLE audited_key;

/* What a record of audited_sign has in it. */
#define AUDITED_SIGNED                                                         \
    "\"event\":\"sign\",\"function\":\"C_Sign\",\"outcome\":\"success\""

/* The level `operations`, and what cannot be recorded is denied. */
struct config *audited_configure(void);

/* Starts with it; a session, and the key in it. */
void audited_start(struct config *config);

/* Both; and C_Finalize. */
void audited_setup(void);
void audited_finish(void);

/* Signs four bytes with the key. */
CK_RV audited_sign(void);

/* No file of this process may grow beyond that many bytes more of the log. */
void audited_limit(off_t more);
void audited_unlimit(void);

/* The log is whole, has so many runs, and so many lines with the text. */
void audited_check(size_t n_runs, const char *text, size_t n_lines);

#endif
