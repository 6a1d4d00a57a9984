/* SPDX-License-Identifier: BSD-3-Clause */
/* That one key takes the place of another: a line in the text of a checkpoint
 * which both have signed. */
#ifndef AUDIT_KEY_CHANGE_H
#define AUDIT_KEY_CHANGE_H

#include "audit/note.h"

struct key_change {
    struct note_key *before;
    struct note_key *after;
};

enum { KEY_CHANGE_LENGTH = 2 * NOTE_KEY_TEXT_LENGTH + 32 };

/* The line, with its end. */
void key_change_write(const struct note_key *before,
                      const struct note_key *after,
                      char out[KEY_CHANGE_LENGTH]);

/* False where the note tells of none, or not of two keys of one name. The
 * signatures are not checked. */
bool key_change_read(const struct note *note, struct key_change *out);
void key_change_clear(struct key_change *change);

/* Whether both keys have signed it. */
bool key_change_is_signed(const struct key_change *change,
                          const struct note *note);

bool note_key_equals(const struct note_key *a, const struct note_key *b);

#endif
