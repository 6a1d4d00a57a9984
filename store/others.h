/* SPDX-License-Identifier: BSD-3-Clause */
/* The attributes of an object that have no columns, as one text of bytes. */
#ifndef STORE_OTHERS_H
#define STORE_OTHERS_H

#include "store/field.h"

/* How long one is there. */
size_t others_size(const CK_ATTRIBUTE *attribute);

/* Writes it and moves on behind it. */
void others_put(unsigned char **to, const CK_ATTRIBUTE *attribute);

/* Reads them one by one. */
struct others {
    const unsigned char *next;
    size_t left;
    bool is_broken; /* at the end: it was nothing of ours */
    CK_ATTRIBUTE_TYPE type;
    struct field field;
};

struct others others_of(const struct field *field);
bool others_next(struct others *others);

#endif
