/* SPDX-License-Identifier: BSD-3-Clause */
/* A signed note: a text, an empty line, and lines with signatures of it
 * (c2sp.org/signed-note). One without any signature is written the same way. */
#ifndef AUDIT_NOTE_H
#define AUDIT_NOTE_H

#include "audit/note-key.h"

/* Lent from what was read. */
struct note {
    const char *text; /* with the line end that ends it */
    size_t text_length;
    const char *signatures;
    size_t signatures_length;
};

enum note_verdict {
    NOTE_UNSIGNED,  /* there is no signature at all */
    NOTE_OF_OTHERS, /* none of this key */
    NOTE_FORGED,    /* one that says it is of this key, and is not */
    NOTE_SIGNED
};

/* Takes a note apart; false when it is none. Signatures are not checked. */
bool note_read(const char *bytes, size_t length, struct note *out);

enum note_verdict note_check(const struct note *note,
                             const struct note_key *key);

/* The note over `text`, which ends with a line end; without a key (NULL) it has
 * no signature, with a second one two. The caller frees it; NULL: no memory, or
 * OpenSSL failed. */
char *note_write(const char *text, const struct note_key *key,
                 const struct note_key *second);

#endif
