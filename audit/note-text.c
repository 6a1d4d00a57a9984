/* SPDX-License-Identifier: BSD-3-Clause */
/* Reads UTF-8 strictly, character by character. */
#include "audit/note-text.h"

#include <stdint.h>

/* How many bytes a character has that begins with these bits, and the least
 * character that needs so many. */
static const struct form {
    unsigned char mask;
    unsigned char bits;
    unsigned char length;
    uint32_t least;
} forms[] = {
    { 0x80, 0x00, 1, 0 },
    { 0xe0, 0xc0, 2, 0x80 },
    { 0xf0, 0xe0, 3, 0x800 },
    { 0xf8, 0xf0, 4, 0x10000 },
};

enum { NO_CHARACTER = 0x110000 };

/* The character at the start, which takes *out_length bytes. */
static uint32_t
next_character(const char *text, size_t length, size_t *out_length)
{
    const unsigned char *bytes = (const unsigned char *)text;
    const struct form *form = forms;
    uint32_t character;

    while ((bytes[0] & form->mask) != form->bits)
        if (++form == forms + sizeof(forms) / sizeof(forms[0]))
            return NO_CHARACTER;
    if (form->length > length)
        return NO_CHARACTER;
    character = bytes[0] & (unsigned char)~form->mask;
    for (size_t i = 1; i < form->length; i++) {
        if ((bytes[i] & 0xc0) != 0x80)
            return NO_CHARACTER;
        character = character << 6 | (bytes[i] & 0x3f);
    }
    *out_length = form->length;
    if (character < form->least || character >= NO_CHARACTER ||
        (character >= 0xd800 && character <= 0xdfff))
        return NO_CHARACTER;
    return character;
}

static bool
is_space(uint32_t character)
{
    return character == ' ' || character == 0x85 || character == 0xa0 ||
           character == 0x1680 ||
           (character >= 0x2000 && character <= 0x200a) ||
           character == 0x2028 || character == 0x2029 || character == 0x202f ||
           character == 0x205f || character == 0x3000;
}

static bool
is_right(const char *text, size_t length, bool is_word)
{
    while (length > 0) {
        size_t taken = 1;
        uint32_t character = next_character(text, length, &taken);

        if (character == NO_CHARACTER)
            return false;
        if (character < ' ' && (is_word || character != '\n'))
            return false;
        if (is_word && is_space(character))
            return false;
        text += taken;
        length -= taken;
    }
    return true;
}

bool
note_text_is_right(const char *text, size_t length)
{
    return is_right(text, length, false);
}

bool
note_text_is_word(const char *text, size_t length)
{
    return is_right(text, length, true);
}
