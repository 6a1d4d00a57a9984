/* SPDX-License-Identifier: BSD-3-Clause */
/* What goes into a database and comes out of it: a number, bytes or nothing. */
#ifndef STORE_FIELD_H
#define STORE_FIELD_H

#include "common/cryptoki.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* The bytes are lent, and no NULL pointer where there are none of them. */
struct field {
    enum field_kind { FIELD_NULL, FIELD_NUMBER, FIELD_BYTES } kind;
    int64_t number;
    const void *bytes;
    size_t length;
};

/* Numbers are stored as such, for clients whose CK_ULONG is shorter. */
bool attribute_is_number(const CK_ATTRIBUTE *attribute);
struct field field_make(const CK_ATTRIBUTE *attribute);

/* A number as a CK_ULONG. */
CK_ULONG field_number(int64_t number);
bool field_equals(const struct field *a, const struct field *b);

static inline struct field
field_of_number(uint64_t number)
{
    return (struct field){ .kind = FIELD_NUMBER, .number = (int64_t)number };
}

static inline struct field
field_of_bytes(const void *bytes, size_t length)
{
    return (
        struct field){ .kind = FIELD_BYTES, .bytes = bytes, .length = length };
}

#endif
