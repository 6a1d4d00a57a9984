/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * Symbols for handles: a session is called by the call that opened it, an
 * object by its class and label, a slot by its token's label. A handle that
 * comes back after its session or object is gone is another one.
 */
#ifndef TESTS_DIFFERENTIAL_SYMBOL_H
#define TESTS_DIFFERENTIAL_SYMBOL_H

#include "tests/differential/talk.h"

struct symbols *symbols_new(void);
void symbols_free(struct symbols *symbols);

/* The symbol, lent: of a new session; of one that is an argument. */
const char *symbol_new_session(struct talk *talk, CK_SESSION_HANDLE session);
const char *symbol_session(struct talk *talk, CK_SESSION_HANDLE session);
void symbol_forget_session(struct talk *talk, CK_SESSION_HANDLE session);

/*
 * Of an object that was just made; of one that was found, which may be known
 * already; of one that is an argument. The first two read its label in that
 * session, if it is not known.
 */
const char *symbol_new_object(struct talk *talk, CK_SESSION_HANDLE session,
                              CK_OBJECT_HANDLE object);
const char *symbol_found_object(struct talk *talk, CK_SESSION_HANDLE session,
                                CK_OBJECT_HANDLE object);
const char *symbol_object(struct talk *talk, CK_OBJECT_HANDLE object);
void symbol_forget_object(struct talk *talk, CK_OBJECT_HANDLE object);

/* Asks for the token's label now: a slot can change its token. */
const char *symbol_slot(struct talk *talk, CK_SLOT_ID slot);

#endif
