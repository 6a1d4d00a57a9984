/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * A backend without a library: certificates that a token has no room for. Each
 * of its slots is one token's; a search, a read, a change there are answered
 * as that token would answer. What a caller may do by his login is for the
 * router to say: a login is always CKR_OK, and only C_GetSessionInfo shows it.
 *
 * Objects of tokens are in the store, under its numbers as handles, so that
 * they mean the same in each process. Objects of sessions are in memory, under
 * handles with the highest bit, and are never written anywhere.
 *
 * What the store cannot do now is CKR_FUNCTION_FAILED (locked, unreachable),
 * CKR_DEVICE_MEMORY (full), CKR_TOKEN_WRITE_PROTECTED (this user may not
 * write it) or CKR_DEVICE_ERROR (broken). But a search finds what it can and
 * is CKR_OK (R8.9, R7.19): the token itself stays usable, and the store has
 * said in the log what is wrong.
 *
 * A session is used by one thread at a time; no lock is held while the store
 * is asked.
 */
#ifndef BACKENDS_OVERFLOW_H
#define BACKENDS_OVERFLOW_H

#include "backends/backend.h"
#include "common/crypto.h"
#include "store/store.h"

/* What a slot is for; lent for the backend's life. */
struct overflow_slot {
    const char *token; /* as the configuration calls it, or its identity */
    const struct config_certificates *settings;
};

/*
 * One in a process. Lends the store and the slots; the slot ids are the
 * indexes. NULL: no memory. backend_free frees it, after overflow_end. Its
 * C_GetSlotList is empty: nobody who looks for tokens finds any.
 */
struct backend *overflow_begin(struct store *store,
                               const struct overflow_slot *slots,
                               size_t n_slots);
void overflow_end(void);

/* In a forked child, before anything else of it: sessions and logins of the
 * parent's are forgotten, none of its locks is looked at. */
void overflow_fork_child(void);

/* The token was seen with this serial number, or NULL where such numbers are
 * not real: another one than before begins a new life, when the store is next
 * asked. Before, nobody can open a session there: CKR_TOKEN_NOT_PRESENT. */
CK_RV overflow_see(CK_SLOT_ID slot, const char *serial);

/* Asks the store for the token's life, if that is not known. True, once: it
 * begins now, because the store had never seen the serial number, and another
 * one of the token. */
bool overflow_takes_another(CK_SLOT_ID slot);

/* Whether the store could be told that the token was initialised. */
CK_RV overflow_may_init_token(CK_SLOT_ID slot);

/* The token was initialised: its certificates are gone (R6.20). Where the store
 * cannot be told now, this process has none of them, and tells it as soon as
 * it can. */
CK_RV overflow_init_token(CK_SLOT_ID slot);

/* Whether the store can be asked now: what it says to all but searches. */
CK_RV overflow_ask(CK_SLOT_ID slot);

/* A certificate in the store, and the SHA-256 of its CKA_VALUE. */
struct overflow_note {
    CK_OBJECT_HANDLE number; /* as the store counts; 0: none */
    unsigned char sha256[SHA256_LENGTH];
};

/* The one that the session's last C_CreateObject, C_CopyObject,
 * C_SetAttributeValue or C_DestroyObject has made, changed or destroyed;
 * false: none. A C_SetAttributeValue that failed does not count. */
bool overflow_noted(CK_SESSION_HANDLE session, struct overflow_note *out);

/* What C_CreateObject would say of a template, without making anything
 * (8.3). */
CK_RV overflow_check(CK_SLOT_ID slot, const CK_ATTRIBUTE *template,
                     CK_ULONG count);

/* The same of C_SetAttributeValue, and of C_CopyObject, for an object that is
 * elsewhere and has these attributes (8.4, 8.5). */
CK_RV overflow_check_change(const CK_ATTRIBUTE *attributes,
                            CK_ULONG n_attributes, const CK_ATTRIBUTE *template,
                            CK_ULONG count);
CK_RV overflow_check_copy(const CK_ATTRIBUTE *attributes, CK_ULONG n_attributes,
                          const CK_ATTRIBUTE *template, CK_ULONG count);

#endif
