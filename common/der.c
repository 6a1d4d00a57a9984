/* SPDX-License-Identifier: BSD-3-Clause */
/* Reads and writes the little DER that keys and certificates need. */
#include "common/der.h"

#include <stdlib.h>
#include <string.h>

bool
octets_equal(struct octets a, struct octets b)
{
    return a.length == b.length &&
           (a.length == 0 || memcmp(a.bytes, b.bytes, a.length) == 0);
}

int
der_tag(struct octets rest)
{
    return rest.length == 0 ? -1 : rest.bytes[0];
}

/* The length after the tag; its own bytes are counted in *n_header. */
static bool
length_read(struct octets from, size_t *length, size_t *n_header)
{
    size_t n_bytes;

    if (from.length < 2)
        return false;
    *length = from.bytes[1];
    *n_header = 2;
    if (*length < 0x80)
        return true;
    n_bytes = *length & 0x7f;
    if (n_bytes == 0 || n_bytes > 4 || from.length < 2 + n_bytes)
        return false;
    *length = 0;
    for (size_t i = 0; i < n_bytes; i++)
        *length = *length << 8 | from.bytes[2 + i];
    *n_header += n_bytes;
    return true;
}

bool
der_take(struct octets *rest, enum der_tag tag, struct octets *content,
         struct octets *whole)
{
    size_t length, n_header;

    if (der_tag(*rest) != (int)tag || !length_read(*rest, &length, &n_header) ||
        length > rest->length - n_header)
        return false;
    if (whole != NULL)
        *whole = (struct octets){ rest->bytes, n_header + length };
    *content = (struct octets){ rest->bytes + n_header, length };
    rest->bytes += n_header + length;
    rest->length -= n_header + length;
    return true;
}

bool
der_open(struct octets from, enum der_tag tag, struct octets *content)
{
    return der_take(&from, tag, content, NULL) && from.length == 0;
}

void
der_add(struct der *der, const void *bytes, size_t length)
{
    if (length > der->room - der->length) {
        size_t room = der->length + length + 1024;
        unsigned char *larger = realloc(der->bytes, room);

        if (larger == NULL) {
            der->has_failed = true;
            return;
        }
        der->bytes = larger;
        der->room = room;
    }
    if (length > 0)
        memcpy(der->bytes + der->length, bytes, length);
    der->length += length;
}

void
der_add_integer(struct der *der, struct octets number)
{
    size_t start = der->length;

    while (number.length > 0 && number.bytes[0] == 0) {
        number.bytes++;
        number.length--;
    }
    if (number.length == 0 || number.bytes[0] >= 0x80)
        der_add(der, "", 1);
    der_add(der, number.bytes, number.length);
    der_wrap(der, start, DER_INTEGER);
}

void
der_wrap(struct der *der, size_t start, enum der_tag tag)
{
    unsigned char header[2 + sizeof(size_t)];
    size_t length = der->length - start;
    size_t n_header = 2;

    if (der->has_failed)
        return;
    header[0] = (unsigned char)tag;
    header[1] = (unsigned char)length;
    if (length >= 0x80) {
        size_t n_bytes = 1;

        while (n_bytes < sizeof(length) && length >> 8 * n_bytes != 0)
            n_bytes++;
        header[1] = (unsigned char)(0x80 | n_bytes);
        for (size_t i = 0; i < n_bytes; i++)
            header[2 + i] = (unsigned char)(length >> 8 * (n_bytes - 1 - i));
        n_header += n_bytes;
    }
    der_add(der, header, n_header);
    if (der->has_failed)
        return;
    memmove(der->bytes + start + n_header, der->bytes + start, length);
    memcpy(der->bytes + start, header, n_header);
}

void
der_free(struct der *der)
{
    free(der->bytes);
    *der = (struct der){ 0 };
}
