/* SPDX-License-Identifier: BSD-3-Clause */
/* A token "two" in mode "migrate", in slot 1: toy 0 ("A") is its new member and
 * toy 1 ("B") its old one. */
#ifndef TESTS_MIGRATE_FIXTURE_H
#define TESTS_MIGRATE_FIXTURE_H

#include "router/migration.h"
#include "tests/paused.h"

/* The toys as at first, and both with one PIN; may be changed until
 * router_start. */
struct config *migrate_config(void);

/* Started, with a session that is logged in. */
extern CK_SESSION_HANDLE migrate_session;
void migrate_start(struct config *config);
void migrate_log_in(void);

/* Adds the private key of that number to a member. */
CK_OBJECT_HANDLE migrate_add(unsigned index, CK_ULONG number);

/* What the application calls the key; and which member signs with it. */
CK_OBJECT_HANDLE migrate_find(CK_ULONG number);
unsigned migrate_signer(CK_OBJECT_HANDLE key, CK_ULONG number);

/* A member that was lost is there again, and serves. */
void migrate_return(unsigned index);

/* The operator's tool writes the file about the copy on the new member that it
 * will ask for next; the caller frees the path. */
char *migrate_begin_copy(CK_OBJECT_HANDLE object);

/* The operator's tool writes the phase, and says that something was moved,
 * which this process has seen then. */
void migrate_write_phase(enum migration_phase phase);
void migrate_tell(void);

/* What has been written is seen, and its time has come. */
void migrate_look_now(void);

#endif
