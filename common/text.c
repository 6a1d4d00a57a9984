/* SPDX-License-Identifier: BSD-3-Clause */
/* Blank-padded fields, UTF-8, and words that are nearly right. */
#include "common/text.h"

#include <string.h>

enum { NEAREST_MAX_LENGTH = 64 };

/* Well-formed UTF-8: what the second byte may be depends on the first. */
struct utf8_row {
    unsigned char first_min, first_max;
    unsigned char second_min, second_max;
    unsigned char length;
};

static const struct utf8_row utf8_rows[] = {
    { 0x00, 0x7f, 0x00, 0x00, 1 }, { 0xc2, 0xdf, 0x80, 0xbf, 2 },
    { 0xe0, 0xe0, 0xa0, 0xbf, 3 }, { 0xe1, 0xec, 0x80, 0xbf, 3 },
    { 0xed, 0xed, 0x80, 0x9f, 3 }, /* no surrogates */
    { 0xee, 0xef, 0x80, 0xbf, 3 }, { 0xf0, 0xf0, 0x90, 0xbf, 4 },
    { 0xf1, 0xf3, 0x80, 0xbf, 4 }, { 0xf4, 0xf4, 0x80, 0x8f, 4 },
};

/* The length of the character that stands here, 0 where none does. */
static size_t
utf8_length(const unsigned char *bytes, size_t length)
{
    for (size_t i = 0; i < sizeof(utf8_rows) / sizeof(utf8_rows[0]); i++) {
        const struct utf8_row *row = &utf8_rows[i];

        if (bytes[0] < row->first_min || bytes[0] > row->first_max)
            continue;
        if (row->length == 1)
            return 1;
        if (row->length > length || bytes[1] < row->second_min ||
            bytes[1] > row->second_max)
            return 0;
        for (size_t k = 2; k < row->length; k++)
            if ((bytes[k] & 0xc0) != 0x80)
                return 0;
        return row->length;
    }
    return 0;
}

size_t
text_cut(const char *text, size_t room)
{
    size_t length = strlen(text);
    size_t end = 0;

    if (length <= room)
        return length;
    for (;;) {
        size_t step =
            utf8_length((const unsigned char *)text + end, length - end);

        /* What is no UTF-8 is taken byte by byte. */
        if (step == 0)
            step = 1;
        if (end + step > room)
            return end;
        end += step;
    }
}

void
text_clean(char *text)
{
    size_t length = strlen(text);
    size_t to = 0;

    for (size_t from = 0; from < length;) {
        const unsigned char *here = (const unsigned char *)text + from;
        size_t step = utf8_length(here, length - from);
        /* The last: U+0080 to U+009F, among them one that means escape-[ */
        bool is_control = here[0] < 0x20 || here[0] == 0x7f ||
                          (here[0] == 0xc2 && step == 2 && here[1] < 0xa0);

        if (step == 0 || is_control) {
            text[to++] = '?';
            from += step == 0 ? 1 : step;
            continue;
        }
        memmove(text + to, text + from, step);
        to += step;
        from += step;
    }
    text[to] = '\0';
}

void
text_pad(unsigned char *field, size_t field_length, const char *text)
{
    size_t length = text_cut(text, field_length);

    memcpy(field, text, length);
    memset(field + length, ' ', field_length - length);
}

static size_t
trimmed_length(const void *text, size_t length)
{
    const unsigned char *bytes = text;

    while (length > 0 && bytes[length - 1] == ' ')
        length--;
    return length;
}

size_t
text_length(const unsigned char *field, size_t field_length)
{
    const unsigned char *end = memchr(field, '\0', field_length);

    return trimmed_length(field,
                          end != NULL ? (size_t)(end - field) : field_length);
}

void
text_copy(const unsigned char *field, size_t field_length, char *out)
{
    size_t length = text_length(field, field_length);

    memcpy(out, field, length);
    out[length] = '\0';
}

void
text_normalise(unsigned char *field, size_t field_length)
{
    size_t length = text_length(field, field_length);

    memset(field + length, ' ', field_length - length);
}

bool
text_equals(const unsigned char *field, size_t field_length, const char *text)
{
    size_t length = text_length(field, field_length);

    return length == trimmed_length(text, strlen(text)) &&
           memcmp(field, text, length) == 0;
}

/* Without the host's locale. */
static char
lower(char c)
{
    return c >= 'A' && c <= 'Z' ? (char)(c - 'A' + 'a') : c;
}

static unsigned
least(unsigned a, unsigned b)
{
    return a < b ? a : b;
}

/* Letters put in, left out, changed, or two neighbours exchanged. Neither
 * word is longer than NEAREST_MAX_LENGTH. */
static unsigned
edit_distance(const char *a, size_t a_length, const char *b, size_t b_length)
{
    unsigned rows[3][NEAREST_MAX_LENGTH + 1];

    for (size_t j = 0; j <= b_length; j++)
        rows[0][j] = (unsigned)j;
    for (size_t i = 1; i <= a_length; i++) {
        unsigned *now = rows[i % 3];
        const unsigned *before = rows[(i + 2) % 3];
        const unsigned *earlier = rows[(i + 1) % 3];

        now[0] = (unsigned)i;
        for (size_t j = 1; j <= b_length; j++) {
            char in_a = lower(a[i - 1]);
            char in_b = lower(b[j - 1]);
            unsigned cost = in_a == in_b ? 0 : 1;

            now[j] = least(least(before[j] + 1, now[j - 1] + 1),
                           before[j - 1] + cost);
            if (i > 1 && j > 1 && in_a == lower(b[j - 2]) &&
                lower(a[i - 2]) == in_b)
                now[j] = least(now[j], earlier[j - 2] + 1);
        }
    }
    return rows[a_length % 3][b_length];
}

const char *
text_nearest(const char *word, const char *const *candidates,
             size_t n_candidates)
{
    size_t length = strlen(word);
    unsigned limit = (unsigned)(length / 3);
    const char *nearest = NULL;

    if (length == 0 || length > NEAREST_MAX_LENGTH)
        return NULL;
    for (size_t i = 0; i < n_candidates; i++) {
        size_t its_length = strlen(candidates[i]);
        unsigned distance;

        if (its_length > NEAREST_MAX_LENGTH)
            continue;
        distance = edit_distance(word, length, candidates[i], its_length);
        /* Among equals the first one stays. */
        if (distance < limit || (distance == limit && nearest == NULL)) {
            limit = distance;
            nearest = candidates[i];
        }
    }
    return nearest;
}
