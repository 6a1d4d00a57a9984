/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * What an object is, apart from its handle: enough to know it again on
 * another session and on another member (SEMANTICS 7.4).
 */
#ifndef ROUTER_IDENTITY_H
#define ROUTER_IDENTITY_H

#include "common/cryptoki.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum { IDENTITY_HASH_LENGTH = 32, IDENTITY_CHECK_VALUE_LENGTH = 3 };

/* Read once, never changed; one allocation. */
struct identity {
    CK_OBJECT_CLASS object_class;
    CK_KEY_TYPE key_type; /* CK_UNAVAILABLE_INFORMATION where none */
    bool has_fingerprint;
    bool has_content;
    bool has_check_value;
    bool is_private; /* CKA_PRIVATE and CKA_TOKEN as read; false if absent */
    bool is_token;
    bool asks_each_time; /* CKA_ALWAYS_AUTHENTICATE */
    /* SHA-256 of the SubjectPublicKeyInfo, DER: of a key, and of the key in
     * a certificate. */
    unsigned char fingerprint[IDENTITY_HASH_LENGTH];
    /* SHA-256 of what a certificate or a data object holds, and of which
     * certificate, profile or mechanism another one speaks. */
    unsigned char content[IDENTITY_HASH_LENGTH];
    unsigned char check_value[IDENTITY_CHECK_VALUE_LENGTH]; /* secret keys */
    unsigned char *id;
    size_t id_length;
    unsigned char *label;
    size_t label_length;
    unsigned char *unique_id; /* CKA_UNIQUE_ID, where the token has it */
    size_t unique_id_length;
    uint64_t read_at; /* by clock_now */
};

/*
 * Reads whatever the token gives on this session; no secret attribute is
 * asked for, and a missing one is no error. With `may_search` (the session
 * has no search active) the public key of a private key that does not show
 * it is taken from its twin: the public key or certificate with the same
 * CKA_ID, unless more than one key could be meant. CKR_OK, CKR_HOST_MEMORY,
 * or the token's code when the object cannot be read at all.
 */
CK_RV identity_read(const CK_FUNCTION_LIST_3_2 *functions,
                    CK_SESSION_HANDLE session, CK_OBJECT_HANDLE object,
                    bool may_search, struct identity **out);
void identity_free(struct identity *identity);
void identity_freep(struct identity **identity);

/* NULL without memory. */
struct identity *identity_copy(const struct identity *identity);

/*
 * The same object of one member, for rebinding: the same CKA_UNIQUE_ID, or
 * class, type, id and label, with nothing that contradicts. False when
 * nothing tells the two from others.
 */
bool identity_is_same_object(const struct identity *a,
                             const struct identity *b);

/*
 * The same, but two that nothing tells apart are taken for one: for an object
 * that is looked at again under the handle it had.
 */
bool identity_may_be_same_object(const struct identity *a,
                                 const struct identity *b);

/* Of one class and type, with the same CKA_ID and label: which tells nothing of
 * what it is. */
bool identity_is_called_alike(const struct identity *a,
                              const struct identity *b);

/*
 * The same key (or certificate, or data object) on two members: by public
 * key, by content, or for secret keys by id, label, type and check value
 * together; never by CKA_ID alone (R7.8).
 */
bool identity_is_same_key(const struct identity *a, const struct identity *b);

/* Whether each signature uses it up, so that a copy gives it away (7.3). */
static inline bool
identity_is_stateful(const struct identity *identity)
{
    return identity->object_class == CKO_PRIVATE_KEY &&
           (identity->key_type == CKK_HSS || identity->key_type == CKK_XMSS ||
            identity->key_type == CKK_XMSSMT);
}

/*
 * What may_be_same_object says of one member's object, of an object that may
 * have been read on one member of a group and is looked at on another: the
 * same key, where both can be told by it, whatever else differs.
 */
bool identity_may_be_same_twin(const struct identity *a,
                               const struct identity *b);

/* What is_same_key goes by, as a number: the same for what may be the same,
 * and rarely for others. 0: it is the same as no other. */
uint64_t identity_key_hash(const struct identity *identity);

/*
 * Finds the object again on a session without an active search. Exactly one
 * hit is CKR_OK; none or several are CKR_OBJECT_HANDLE_INVALID (R2.13: do
 * not guess). Else the token's code or CKR_HOST_MEMORY.
 */
CK_RV identity_find(const CK_FUNCTION_LIST_3_2 *functions,
                    CK_SESSION_HANDLE session, const struct identity *wanted,
                    bool same_member, CK_OBJECT_HANDLE *out);

/* The same on another member, under its own CKA_ID if it has one: for what has
 * just been copied, which has it too. There may be very many of its type: they
 * are searched once. */
CK_RV identity_find_named(const CK_FUNCTION_LIST_3_2 *functions,
                          CK_SESSION_HANDLE session,
                          const struct identity *wanted, CK_OBJECT_HANDLE *out);

/*
 * The same on another member, for who must know that there is none:
 * CKR_OBJECT_HANDLE_INVALID only then. Where several are the wanted one, or one
 * of its name does not tell what it is, CKR_FUNCTION_FAILED.
 */
CK_RV identity_find_surely(const CK_FUNCTION_LIST_3_2 *functions,
                           CK_SESSION_HANDLE session,
                           const struct identity *wanted,
                           CK_OBJECT_HANDLE *out);

#endif
