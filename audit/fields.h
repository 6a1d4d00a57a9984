/* SPDX-License-Identifier: BSD-3-Clause */
/* Writes JSON into memory of a fixed size, without a blank or a newline. */
#ifndef AUDIT_FIELDS_H
#define AUDIT_FIELDS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

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

/* Brackets: "{" and "}", "[" and "]". */
void fields_open(struct fields *fields, const char *name, char bracket);
void fields_close(struct fields *fields, char bracket);

/*
 * A text, NULL for null. Bytes that are no UTF-8 become U+FFFD. One that takes
 * more than `limit` bytes in JSON is cut and ends with three dots.
 */
void fields_text(struct fields *fields, const char *name, const char *text,
                 size_t limit);
void fields_bytes(struct fields *fields, const char *name,
                  const unsigned char *bytes, size_t length, size_t limit);

void fields_hex(struct fields *fields, const char *name,
                const unsigned char *bytes, size_t length);
void fields_number(struct fields *fields, const char *name, uint64_t number);
void fields_null(struct fields *fields, const char *name);

/* What is JSON already. */
void fields_raw(struct fields *fields, const char *name, const char *text);

#endif
