/* SPDX-License-Identifier: BSD-3-Clause */
/* UTF-8, character by character. */
#include "cli/utf8.h"

#include <locale.h>
#include <stdbool.h>
#include <wchar.h>

/* The forms of RFC 3629, by the first byte. */
static const struct {
    unsigned char mask;
    unsigned char mark;
    unsigned char length;
    uint32_t least; /* what is smaller has a shorter form */
} forms[] = {
    { 0x80, 0x00, 1, 0 },
    { 0xe0, 0xc0, 2, 0x80 },
    { 0xf0, 0xe0, 3, 0x800 },
    { 0xf8, 0xf0, 4, 0x10000 },
};

static bool
is_character(uint32_t character, uint32_t least)
{
    return character >= least && character <= 0x10ffff &&
           (character < 0xd800 || character > 0xdfff);
}

size_t
utf8_next(const char *text, uint32_t *out)
{
    const unsigned char *bytes = (const unsigned char *)text;

    *out = UTF8_INVALID;
    for (size_t i = 0; i < sizeof(forms) / sizeof(forms[0]); i++) {
        uint32_t character = bytes[0] & (unsigned char)~forms[i].mask;
        size_t length = 1;

        if ((bytes[0] & forms[i].mask) != forms[i].mark)
            continue;
        /* The NUL at the end stops this too. */
        while (length < forms[i].length && (bytes[length] & 0xc0) == 0x80)
            character = character << 6 | (bytes[length++] & 0x3f);
        if (length < forms[i].length ||
            !is_character(character, forms[i].least))
            return 1;
        *out = character;
        return length;
    }
    return 1;
}

static size_t
columns_of(uint32_t character)
{
    int columns = character == UTF8_INVALID ? 1 : wcwidth((wchar_t)character);

    return columns < 0 ? 1 : (size_t)columns;
}

/* Stops before the character that does not fit; returns the columns. */
static size_t
count_columns(const char *text, size_t most, size_t *out_length)
{
    size_t width = 0;

    *out_length = 0;
    while (text[*out_length] != '\0') {
        uint32_t character;
        size_t length = utf8_next(text + *out_length, &character);
        size_t columns = columns_of(character);

        if (columns > most - width)
            break;
        width += columns;
        *out_length += length;
    }
    return width;
}

static size_t
measure(const char *text, size_t most, size_t *out_length)
{
    /* glibc's C locale knows the width of nothing but ASCII. */
    locale_t locale = newlocale(LC_CTYPE_MASK, "C.UTF-8", (locale_t)0);
    locale_t before = (locale_t)0;
    size_t width;

    if (locale != (locale_t)0)
        before = uselocale(locale);
    width = count_columns(text, most, out_length);
    if (locale != (locale_t)0) {
        (void)uselocale(before);
        freelocale(locale);
    }
    return width;
}

static bool
is_ascii(const char *text, size_t *out_length)
{
    size_t length = 0;

    while (text[length] != '\0' && ((unsigned char)text[length] & 0x80) == 0)
        length++;
    *out_length = length;
    return text[length] == '\0';
}

size_t
utf8_width(const char *text)
{
    size_t length;

    if (is_ascii(text, &length))
        return length;
    return measure(text, SIZE_MAX, &length);
}

size_t
utf8_fit(const char *text, size_t columns, size_t *out_width)
{
    size_t length;

    *out_width = measure(text, columns, &length);
    return length;
}
