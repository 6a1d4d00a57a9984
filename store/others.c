/* SPDX-License-Identifier: BSD-3-Clause */
/* Attributes one behind the other. */
#include "store/others.h"

#include <string.h>

/*
 * One of the others: its type, what it is, its length, in network byte order,
 * and its bytes; numbers have eight whatever a CK_ULONG is here.
 */
enum { TYPE_BYTES = 8, KIND_BYTES = 1, LENGTH_BYTES = 4, NUMBER_BYTES = 8 };
enum { HEAD_BYTES = TYPE_BYTES + KIND_BYTES + LENGTH_BYTES };
enum { KIND_TEXT = 0, KIND_NUMBER = 1 };

size_t
others_size(const CK_ATTRIBUTE *attribute)
{
    return HEAD_BYTES + (attribute_is_number(attribute)
                             ? (size_t)NUMBER_BYTES
                             : attribute->ulValueLen);
}

static void
put(unsigned char **to, uint64_t number, unsigned n_bytes)
{
    for (unsigned i = n_bytes; i > 0; i--)
        *(*to)++ = (unsigned char)(number >> (8 * (i - 1)));
}

static uint64_t
get(const unsigned char *from, unsigned n_bytes)
{
    uint64_t number = 0;

    for (unsigned i = 0; i < n_bytes; i++)
        number = number << 8 | from[i];
    return number;
}

void
others_put(unsigned char **to, const CK_ATTRIBUTE *attribute)
{
    struct field field = field_make(attribute);
    bool has_number = field.kind == FIELD_NUMBER;
    size_t length = has_number ? NUMBER_BYTES : field.length;

    put(to, attribute->type, TYPE_BYTES);
    put(to, has_number ? KIND_NUMBER : KIND_TEXT, KIND_BYTES);
    put(to, length, LENGTH_BYTES);
    if (has_number) {
        put(to, (uint64_t)field.number, NUMBER_BYTES);
    } else {
        memcpy(*to, field.bytes, length);
        *to += length;
    }
}

struct others
others_of(const struct field *field)
{
    return (struct others){ .next = field->bytes,
                            .left = field->length,
                            .is_broken = field->kind != FIELD_BYTES };
}

bool
others_next(struct others *others)
{
    unsigned kind;
    size_t length;

    if (others->is_broken || others->left == 0)
        return false;
    others->is_broken = true; /* until it is seen to be whole */
    if (others->left < HEAD_BYTES)
        return false;
    others->type = (CK_ATTRIBUTE_TYPE)get(others->next, TYPE_BYTES);
    kind = others->next[TYPE_BYTES];
    length = get(others->next + TYPE_BYTES + KIND_BYTES, LENGTH_BYTES);
    others->next += HEAD_BYTES;
    others->left -= HEAD_BYTES;
    if (length > others->left || kind > KIND_NUMBER ||
        (kind == KIND_NUMBER && length != NUMBER_BYTES))
        return false;
    others->field = kind == KIND_NUMBER
                        ? (struct field){ .kind = FIELD_NUMBER,
                                          .number = (int64_t)get(others->next,
                                                                 NUMBER_BYTES) }
                        : (struct field){ .kind = FIELD_BYTES,
                                          .bytes = others->next,
                                          .length = length };
    others->next += length;
    others->left -= length;
    others->is_broken = false;
    return true;
}
