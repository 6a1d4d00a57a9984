/* SPDX-License-Identifier: BSD-3-Clause */
/* Escapes and bounds what goes into JSON. */
#include "audit/fields.h"

static const char digits[] = "0123456789abcdef";

void
fields_begin(struct fields *fields, char *out, size_t room)
{
    *fields = (struct fields){ .start = out, .at = out, .end = out + room };
}

size_t
fields_length(const struct fields *fields)
{
    return (size_t)(fields->at - fields->start);
}

void
fields_put_number(struct fields *fields, uint64_t number)
{
    char text[20];
    size_t at = sizeof(text);

    do {
        text[--at] = (char)('0' + number % 10);
        number /= 10;
    } while (number > 0);
    fields_put(fields, text + at, sizeof(text) - at);
}

void
fields_put_hex(struct fields *fields, const unsigned char *bytes, size_t length)
{
    char *at = fields->at;

    if ((size_t)(fields->end - at) < 2 * length + 2) {
        fields->is_short = true;
        return;
    }
    *at++ = '"';
    for (size_t i = 0; i < length; i++) {
        *at++ = digits[bytes[i] >> 4];
        *at++ = digits[bytes[i] & 15];
    }
    *at++ = '"';
    fields->at = at;
}

/* How UTF-8 characters of each length begin (RFC 3629, section 4): what comes
 * second is from `low` to `high`. */
static const struct lead {
    unsigned char first, last;
    unsigned char low, high;
    size_t length;
} leads[] = {
    { 0x20, 0x7e, 0, 0, 1 },       { 0xc2, 0xdf, 0x80, 0xbf, 2 },
    { 0xe0, 0xe0, 0xa0, 0xbf, 3 }, { 0xe1, 0xec, 0x80, 0xbf, 3 },
    { 0xed, 0xed, 0x80, 0x9f, 3 }, { 0xee, 0xef, 0x80, 0xbf, 3 },
    { 0xf0, 0xf0, 0x90, 0xbf, 4 }, { 0xf1, 0xf3, 0x80, 0xbf, 4 },
    { 0xf4, 0xf4, 0x80, 0x8f, 4 },
};

/* The length of the character that the bytes begin with; 0: it is none, or
 * one of control. */
static size_t
character_length(const unsigned char *bytes, size_t length)
{
    for (size_t i = 0; i < sizeof(leads) / sizeof(leads[0]); i++) {
        const struct lead *lead = &leads[i];

        if (bytes[0] < lead->first || bytes[0] > lead->last)
            continue;
        if (lead->length == 1)
            return 1;
        if (length < lead->length || bytes[1] < lead->low ||
            bytes[1] > lead->high)
            return 0;
        for (size_t k = 2; k < lead->length; k++)
            if ((bytes[k] & 0xc0) != 0x80)
                return 0;
        return lead->length;
    }
    return 0;
}

/* How many bytes stand for themselves: printable ASCII, as nearly all are. */
static size_t
count_plain(const unsigned char *bytes, size_t length)
{
    size_t n = 0;

    while (n < length && bytes[n] >= 0x20 && bytes[n] < 0x7f &&
           bytes[n] != '"' && bytes[n] != '\\')
        n++;
    return n;
}

/* One character as JSON has it; how many bytes it stands for. */
static size_t
escape(const unsigned char *bytes, size_t length, char out[8],
       size_t *out_length)
{
    size_t n = character_length(bytes, length);

    *out_length = 6;
    if (n == 0 && (bytes[0] < 0x20 || bytes[0] == 0x7f)) {
        memcpy(out, "\\u00", 4);
        out[4] = digits[bytes[0] >> 4];
        out[5] = digits[bytes[0] & 15];
        return 1;
    }
    if (n == 0) {
        memcpy(out, "\\ufffd", 6);
        return 1;
    }
    if (n == 1 && (bytes[0] == '"' || bytes[0] == '\\')) {
        out[0] = '\\';
        out[1] = (char)bytes[0];
        *out_length = 2;
        return 1;
    }
    memcpy(out, bytes, n);
    *out_length = n;
    return n;
}

/* Whether the whole text takes no more than `limit` bytes. */
static bool
fits(const unsigned char *bytes, size_t length, size_t limit)
{
    size_t taken = 0;

    if (length <= limit / 6 || /* the longest that a byte becomes */
        (length <= limit && count_plain(bytes, length) == length))
        return true;
    for (size_t i = 0; i < length && taken <= limit;) {
        char escaped[8];
        size_t n;

        i += escape(bytes + i, length - i, escaped, &n);
        taken += n;
    }
    return taken <= limit;
}

/* A text that is longer than it may be. */
static void
put_cut(struct fields *fields, const unsigned char *bytes, size_t length,
        size_t limit)
{
    static const char dots[] = "...";
    size_t written = 0;

    for (size_t i = 0; i < length;) {
        char escaped[8];
        size_t n;

        i += escape(bytes + i, length - i, escaped, &n);
        if (written + n + sizeof(dots) - 1 > limit)
            break;
        fields_put(fields, escaped, n);
        written += n;
    }
    fields_put(fields, dots, sizeof(dots) - 1);
}

static void
put_whole(struct fields *fields, const unsigned char *bytes, size_t length)
{
    for (size_t i = 0; i < length;) {
        size_t n = count_plain(bytes + i, length - i);
        char escaped[8];

        fields_put(fields, (const char *)bytes + i, n);
        i += n;
        if (i < length) {
            i += escape(bytes + i, length - i, escaped, &n);
            fields_put(fields, escaped, n);
        }
    }
}

void
fields_put_bytes(struct fields *fields, const unsigned char *bytes,
                 size_t length, size_t limit)
{
    fields_put(fields, "\"", 1);
    if (fits(bytes, length, limit))
        put_whole(fields, bytes, length);
    else
        put_cut(fields, bytes, length, limit);
    fields_put(fields, "\"", 1);
}
