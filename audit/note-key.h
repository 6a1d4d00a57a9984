/* SPDX-License-Identifier: BSD-3-Clause */
/* An Ed25519 key with a name, that signs notes or checks them
 * (c2sp.org/signed-note). */
#ifndef AUDIT_NOTE_KEY_H
#define AUDIT_NOTE_KEY_H

#include "common/error.h"

#include <stdbool.h>
#include <stddef.h>

enum {
    NOTE_NAME_LENGTH = 200, /* at most, in bytes */
    NOTE_KEY_ID_LENGTH = 4,
    NOTE_SIGNATURE_LENGTH = 64,
    NOTE_KEY_TEXT_LENGTH = 320 /* of either half, with its NUL */
};

struct note_key;

/* Both halves, with a new secret. `name` is checked. All of this needs the
 * open context of common/crypto.h. */
bool note_key_make(const char *name, struct note_key **out,
                   struct error *error);

/* Reads "PRIVATE+KEY+NAME+ID+BASE64", or a verifier key "NAME+ID+BASE64"; a
 * line end behind it is allowed. `where` begins the messages. */
bool note_key_read(const char *where, const char *text, struct note_key **out,
                   struct error *error);
bool note_key_read_verifier(const char *where, const char *text,
                            struct note_key **out, struct error *error);

void note_key_free(struct note_key *key);
void note_key_freep(struct note_key **key);

/* Lent. */
const char *note_key_name(const struct note_key *key);
const unsigned char *note_key_id(const struct note_key *key);

/* The two texts, each a line without its end. The secret one is to be wiped;
 * only a key that was just made has it. */
void note_key_write_verifier(const struct note_key *key,
                             char out[NOTE_KEY_TEXT_LENGTH]);
bool note_key_write_secret(const struct note_key *key,
                           char out[NOTE_KEY_TEXT_LENGTH]);

bool note_key_sign(const struct note_key *key, const char *text, size_t length,
                   unsigned char out[NOTE_SIGNATURE_LENGTH]);
bool note_key_verifies(const struct note_key *key, const char *text,
                       size_t length,
                       const unsigned char signature[NOTE_SIGNATURE_LENGTH]);

/* Whether a text may be the name of a key: not empty, no blank of any kind, no
 * plus sign, no control character. */
bool note_name_is_right(const char *name, size_t length);

#endif
