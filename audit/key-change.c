/* SPDX-License-Identifier: BSD-3-Clause */
/* Reads and writes changes of keys. */
#include "audit/key-change.h"

#include <stdio.h>
#include <string.h>

/* What the line begins with; then the two verifier keys, which have no blank.
 */
static const char mark[] = "p11mux key change ";

void
key_change_write(const struct note_key *before, const struct note_key *after,
                 char out[KEY_CHANGE_LENGTH])
{
    char old[NOTE_KEY_TEXT_LENGTH], new[NOTE_KEY_TEXT_LENGTH];

    note_key_write_verifier(before, old);
    note_key_write_verifier(after, new);
    (void)snprintf(out, KEY_CHANGE_LENGTH, "%s%s %s\n", mark, old, new);
}

/* Behind the mark, at the beginning of a line; NULL: nowhere. */
static const char *
find_mark(const struct note *note, size_t *out_length)
{
    const char *line = note->text;
    const char *end = note->text + note->text_length;

    while (line < end) {
        const char *stop = memchr(line, '\n', (size_t)(end - line));

        if (stop == NULL)
            return NULL;
        if ((size_t)(stop - line) > sizeof(mark) - 1 &&
            memcmp(line, mark, sizeof(mark) - 1) == 0) {
            line += sizeof(mark) - 1;
            *out_length = (size_t)(stop - line);
            return line;
        }
        line = stop + 1;
    }
    return NULL;
}

bool
key_change_read(const struct note *note, struct key_change *out)
{
    char text[KEY_CHANGE_LENGTH];
    struct error error;
    size_t length;
    const char *keys = find_mark(note, &length);
    char *blank;

    *out = (struct key_change){ NULL, NULL };
    if (keys == NULL || length >= sizeof(text))
        return false;
    memcpy(text, keys, length);
    text[length] = '\0';
    blank = strchr(text, ' ');
    if (blank == NULL)
        return false;
    *blank = '\0';
    if (note_key_read_verifier("", text, &out->before, &error) &&
        note_key_read_verifier("", blank + 1, &out->after, &error) &&
        strcmp(note_key_name(out->before), note_key_name(out->after)) == 0)
        return true;
    key_change_clear(out);
    return false;
}

void
key_change_clear(struct key_change *change)
{
    note_key_free(change->before);
    note_key_free(change->after);
    *change = (struct key_change){ NULL, NULL };
}

bool
key_change_is_signed(const struct key_change *change, const struct note *note)
{
    return note_check(note, change->before) == NOTE_SIGNED &&
           note_check(note, change->after) == NOTE_SIGNED;
}

bool
note_key_equals(const struct note_key *a, const struct note_key *b)
{
    char one[NOTE_KEY_TEXT_LENGTH], other[NOTE_KEY_TEXT_LENGTH];

    note_key_write_verifier(a, one);
    note_key_write_verifier(b, other);
    return strcmp(one, other) == 0;
}
