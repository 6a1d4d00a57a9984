/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * The little DER that keys and certificates need. OpenSSL's own decoders of
 * both look for an engine first, which may lead back into p11mux.
 */
#ifndef COMMON_DER_H
#define COMMON_DER_H

#include <stdbool.h>
#include <stddef.h>

enum der_tag {
    DER_BOOLEAN = 0x01,
    DER_INTEGER = 0x02,
    DER_BIT_STRING = 0x03,
    DER_OCTET_STRING = 0x04,
    DER_OID = 0x06,
    DER_UTF8_STRING = 0x0c,
    DER_PRINTABLE_STRING = 0x13,
    DER_SEQUENCE = 0x30,
    DER_IMPLICIT_0 = 0x80,
    DER_EXPLICIT_0 = 0xa0,
    DER_EXPLICIT_3 = 0xa3
};

/* Bytes lent. */
struct octets {
    const unsigned char *bytes;
    size_t length;
};

bool octets_equal(struct octets a, struct octets b);

/* The tag of the next value, -1 at the end. */
int der_tag(struct octets rest);

/* Takes the next value off `rest` if it has this tag: what is in it, and
 * (unless NULL) the whole of it with its header. */
bool der_take(struct octets *rest, enum der_tag tag, struct octets *content,
              struct octets *whole);

/* The whole of `from` is one value with this tag. */
bool der_open(struct octets from, enum der_tag tag, struct octets *content);

/* An encoding that grows. Zero-initialised is empty; after a lack of memory
 * it stays failed. */
struct der {
    unsigned char *bytes;
    size_t length;
    size_t room;
    bool has_failed;
};

void der_add(struct der *der, const void *bytes, size_t length);

/* An INTEGER of a number without sign, leading zeros or not. */
void der_add_integer(struct der *der, struct octets number);

/* Makes one value of all that was added since the length was `start`. */
void der_wrap(struct der *der, size_t start, enum der_tag tag);

void der_free(struct der *der);

#endif
