/* SPDX-License-Identifier: BSD-3-Clause */
/* The overflow backend over a store of the test's own, with faults. The
 * fixture goes around the store's functions with the linker's --wrap. */
#ifndef TESTS_OVERFLOW_FIXTURE_H
#define TESTS_OVERFLOW_FIXTURE_H

#include "backends/overflow.h"
#include "tests/sheet.h"

/* Slots: of two tokens that were seen, one that derives what is missing, and
 * one that nobody has seen. */
enum { FIRST_SLOT, SECOND_SLOT, DERIVING_SLOT, UNSEEN_SLOT, SLOTS };

extern const CK_FUNCTION_LIST_3_2 *overflow;

/* A second way to the store, as another process has one. */
extern struct store *other_store;

/* Begins and ends all of it; for criterion's .init and .fini. */
void overflow_fixture_begin(void);
void overflow_fixture_end(void);

/* From now on the store answers this, as long as it is not STORE_DONE; how
 * often it was asked. */
void store_fails(enum store_result result);
unsigned store_asked(void);

/* What follows fails the test where it is not CKR_OK. */
CK_SESSION_HANDLE open_session(CK_SLOT_ID slot, bool may_write);
CK_OBJECT_HANDLE create(CK_SESSION_HANDLE session, const struct sheet *sheet);

/* Those that a search finds, in its order; how many. */
enum { MOST_FOUND = 16 };
size_t find(CK_SESSION_HANDLE session, const struct sheet *sheet,
            CK_OBJECT_HANDLE found[MOST_FOUND]);
size_t count_all(CK_SESSION_HANDLE session);

/* C_GetAttributeValue of one attribute, and whether it is this text. */
bool shows(CK_SESSION_HANDLE session, CK_OBJECT_HANDLE object,
           CK_ATTRIBUTE_TYPE type, const char *text);
CK_RV set_label(CK_SESSION_HANDLE session, CK_OBJECT_HANDLE object,
                const char *label);

#endif
