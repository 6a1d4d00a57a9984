/* SPDX-License-Identifier: BSD-3-Clause */
/* Writes JSON into memory of a fixed size, without a blank or a newline. */
#ifndef AUDIT_FIELDS_H
#define AUDIT_FIELDS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

struct fields {
    char *start;
    char *at;
    const char *end;
    bool needs_comma;
    bool is_short; /* there was no room: what is there is no JSON */
};

/* Begins to write at `out`; names below are NULL inside of arrays. */
void fields_begin(struct fields *fields, char *out, size_t room);

/* The length of what was written. */
size_t fields_length(const struct fields *fields);

/* What is JSON already, and what is to stand between two values. */
static inline void
fields_put(struct fields *fields, const char *text, size_t length)
{
    if ((size_t)(fields->end - fields->at) < length) {
        fields->is_short = true;
        return;
    }
    memcpy(fields->at, text, length);
    fields->at += length;
}

/* Here, so that the compiler knows how long each name is: of the time that a
 * record takes to write, most was for the names of its fields. */
static inline void
fields_name(struct fields *fields, const char *name)
{
    size_t length = name == NULL ? 0 : strlen(name);

    if ((size_t)(fields->end - fields->at) < length + sizeof(",\"\":") - 1) {
        fields->is_short = true;
        return;
    }
    *fields->at = ',';
    fields->at += fields->needs_comma;
    fields->needs_comma = true;
    if (name == NULL)
        return;
    *fields->at++ = '"';
    memcpy(fields->at, name, length);
    fields->at += length;
    *fields->at++ = '"';
    *fields->at++ = ':';
}

/* Brackets: "{" and "}", "[" and "]". */
static inline void
fields_open(struct fields *fields, const char *name, char bracket)
{
    fields_name(fields, name);
    fields_put(fields, &bracket, 1);
    fields->needs_comma = false;
}

static inline void
fields_close(struct fields *fields, char bracket)
{
    fields_put(fields, &bracket, 1);
    fields->needs_comma = true;
}

/* A value that is JSON already. */
static inline void
fields_raw(struct fields *fields, const char *name, const char *text)
{
    fields_name(fields, name);
    fields_put(fields, text, strlen(text));
}

static inline void
fields_null(struct fields *fields, const char *name)
{
    fields_raw(fields, name, "null");
}

/* A text of ours, in which nothing is to be escaped; NULL for null. */
static inline void
fields_word(struct fields *fields, const char *name, const char *word)
{
    if (word == NULL) {
        fields_null(fields, name);
        return;
    }
    fields_name(fields, name);
    fields_put(fields, "\"", 1);
    fields_put(fields, word, strlen(word));
    fields_put(fields, "\"", 1);
}

/* Values, for fields_name to stand before them. */
void fields_put_bytes(struct fields *fields, const unsigned char *bytes,
                      size_t length, size_t limit);
void fields_put_hex(struct fields *fields, const unsigned char *bytes,
                    size_t length);
void fields_put_number(struct fields *fields, uint64_t number);

/*
 * A text, NULL for null. Bytes that are no UTF-8 become U+FFFD. One that takes
 * more than `limit` bytes in JSON is cut and ends with three dots.
 */
static inline void
fields_bytes(struct fields *fields, const char *name,
             const unsigned char *bytes, size_t length, size_t limit)
{
    if (bytes == NULL) {
        fields_null(fields, name);
        return;
    }
    fields_name(fields, name);
    fields_put_bytes(fields, bytes, length, limit);
}

static inline void
fields_text(struct fields *fields, const char *name, const char *text,
            size_t limit)
{
    fields_bytes(fields, name, (const unsigned char *)text,
                 text == NULL ? 0 : strlen(text), limit);
}

static inline void
fields_hex(struct fields *fields, const char *name, const unsigned char *bytes,
           size_t length)
{
    fields_name(fields, name);
    fields_put_hex(fields, bytes, length);
}

static inline void
fields_number(struct fields *fields, const char *name, uint64_t number)
{
    fields_name(fields, name);
    fields_put_number(fields, number);
}

#endif
