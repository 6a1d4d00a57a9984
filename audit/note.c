/* SPDX-License-Identifier: BSD-3-Clause */
/* Reads, checks and writes signed notes. */
#include "audit/note.h"

#include "audit/base64.h"
#include "audit/note-text.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* An em dash and a blank begin each line with a signature. */
static const char dash[] = "\xe2\x80\x94 ";

enum {
    DASH_LENGTH = sizeof(dash) - 1,
    SIGNED_LENGTH = NOTE_KEY_ID_LENGTH + NOTE_SIGNATURE_LENGTH,
    /* Enough for the signatures of others, which are only passed over. */
    LONGEST_SIGNATURE = 8192
};

/* One line of a note with a signature, in its parts. */
struct signature {
    const char *name;
    size_t name_length;
    const char *encoded;
    size_t encoded_length;
};

/* Takes the next line off; false when it is none of that form. */
static bool
next_signature(const char **next, size_t *length, struct signature *out)
{
    const char *line = *next;
    const char *end = memchr(line, '\n', *length);
    const char *blank;

    if (end == NULL || end - line < DASH_LENGTH ||
        memcmp(line, dash, DASH_LENGTH) != 0)
        return false;
    out->name = line + DASH_LENGTH;
    blank = memchr(out->name, ' ', (size_t)(end - out->name));
    if (blank == NULL)
        return false;
    out->name_length = (size_t)(blank - out->name);
    out->encoded = blank + 1;
    out->encoded_length = (size_t)(end - out->encoded);
    *length -= (size_t)(end + 1 - line);
    *next = end + 1;
    return true;
}

/* Whatever its kind, there is a key's number in it, and something more. */
static bool
signature_is_right(const struct signature *signature)
{
    unsigned char bytes[LONGEST_SIGNATURE];
    size_t length;

    return note_name_is_right(signature->name, signature->name_length) &&
           base64_read(signature->encoded, signature->encoded_length, bytes,
                       sizeof(bytes), &length) &&
           length > NOTE_KEY_ID_LENGTH;
}

/* Where the last empty line stands, behind the end of the line before it. */
static const char *
find_border(const char *bytes, size_t length)
{
    for (size_t i = length; i >= 2; i--)
        if (bytes[i - 1] == '\n' && bytes[i - 2] == '\n')
            return bytes + i - 1;
    return NULL;
}

bool
note_read(const char *bytes, size_t length, struct note *out)
{
    const char *border = find_border(bytes, length);
    struct signature signature;
    const char *next;
    size_t left;

    if (border == NULL || !note_text_is_right(bytes, length))
        return false;
    out->text = bytes;
    out->text_length = (size_t)(border - bytes);
    out->signatures = next = border + 1;
    out->signatures_length = left = length - out->text_length - 1;
    while (left > 0)
        if (!next_signature(&next, &left, &signature) ||
            !signature_is_right(&signature))
            return false;
    return true;
}

enum note_verdict
note_check(const struct note *note, const struct note_key *key)
{
    const char *next = note->signatures;
    size_t left = note->signatures_length;
    const char *name = note_key_name(key);
    enum note_verdict verdict = NOTE_UNSIGNED;
    struct signature signature;

    while (left > 0 && next_signature(&next, &left, &signature)) {
        unsigned char bytes[LONGEST_SIGNATURE];
        size_t length;

        if (verdict == NOTE_UNSIGNED)
            verdict = NOTE_OF_OTHERS;
        if (strlen(name) != signature.name_length ||
            memcmp(name, signature.name, signature.name_length) != 0 ||
            !base64_read(signature.encoded, signature.encoded_length, bytes,
                         sizeof(bytes), &length) ||
            memcmp(bytes, note_key_id(key), NOTE_KEY_ID_LENGTH) != 0)
            continue;
        if (length != SIGNED_LENGTH ||
            !note_key_verifies(key, note->text, note->text_length,
                               bytes + NOTE_KEY_ID_LENGTH))
            return NOTE_FORGED;
        verdict = NOTE_SIGNED;
    }
    return verdict;
}

/* The line of a signature with its end, or nothing for no key. */
enum { LINE_LENGTH = NOTE_NAME_LENGTH + BASE64_LENGTH(SIGNED_LENGTH) + 16 };

static bool
write_signature(const char *text, const struct note_key *key,
                char out[LINE_LENGTH])
{
    unsigned char bytes[SIGNED_LENGTH];
    char encoded[BASE64_LENGTH(SIGNED_LENGTH) + 1];

    out[0] = '\0';
    if (key == NULL)
        return true;
    memcpy(bytes, note_key_id(key), NOTE_KEY_ID_LENGTH);
    if (!note_key_sign(key, text, strlen(text), bytes + NOTE_KEY_ID_LENGTH))
        return false;
    base64_write(bytes, sizeof(bytes), encoded);
    (void)snprintf(out, LINE_LENGTH, "%s%s %s\n", dash, note_key_name(key),
                   encoded);
    return true;
}

char *
note_write(const char *text, const struct note_key *key,
           const struct note_key *second)
{
    char first_line[LINE_LENGTH], second_line[LINE_LENGTH];
    char *note;

    if (!write_signature(text, key, first_line) ||
        !write_signature(text, second, second_line) ||
        asprintf(&note, "%s\n%s%s", text, first_line, second_line) < 0)
        return NULL;
    return note;
}
