/* SPDX-License-Identifier: BSD-3-Clause */
/* The memory of a mechanism copy, and copies that own all they point to. */
#include "router/mechanism-copy.h"

#include <stdlib.h>

void
mechanism_copy_begin(struct mechanism_copy *copy, const CK_MECHANISM *from)
{
    copy->mechanism = *from;
    copy->is_filled = true;
    copy->used = 0;
    copy->blocks = NULL;
    copy->pieces = NULL;
    copy->cells = NULL;
    copy->given = NULL;
}

void *
mechanism_copy_take(struct mechanism_copy *copy, size_t length)
{
    size_t aligned = (length + 7) & ~(size_t)7;
    struct mechanism_block *block;

    if (aligned >= length && aligned <= sizeof(copy->room) - copy->used) {
        void *bytes = copy->room + copy->used;

        copy->used += (uint32_t)aligned;
        return bytes;
    }
    if (length > SIZE_MAX - sizeof(*block))
        return NULL;
    block = malloc(sizeof(*block) + length);
    if (block == NULL)
        return NULL;
    block->length = length;
    block->next = copy->blocks;
    copy->blocks = block;
    return block->bytes;
}

void
mechanism_copy_release(struct mechanism_copy *copy)
{
    while (copy->blocks != NULL) {
        struct mechanism_block *block = copy->blocks;

        copy->blocks = block->next;
        explicit_bzero(block->bytes, block->length);
        free(block);
    }
    explicit_bzero(copy->room, copy->used);
    copy->used = 0;
    copy->is_filled = false;
    copy->pieces = NULL;
    copy->cells = NULL;
    copy->given = NULL;
}

CK_MECHANISM *
mechanism_of(struct mechanism_copy *copy)
{
    return copy->is_filled ? &copy->mechanism : NULL;
}

/* A deep copy in progress. */
struct deep {
    struct mechanism_copy *copy;
    size_t left; /* bytes that it may still grow by */
};

static bool deep_struct(struct deep *deep, const struct mechanism_shape *shape,
                        void *base, unsigned depth);

/* Doubles what the pointer at `offset` leads to, and lets it lead there. */
static void *
deep_follow(struct deep *deep, void *base, size_t offset, size_t length)
{
    const void *from = pointer_at(base, offset);
    void *to;

    if (length > deep->left)
        return NULL;
    to = mechanism_copy_take(deep->copy, length);
    if (to == NULL)
        return NULL;
    deep->left -= length;
    memcpy(to, from, length);
    pointer_put(base, offset, to);
    return to;
}

/* An empty one becomes NULL; NULL for bytes that should be there is no
 * parameter that this table describes. */
static bool
deep_bytes(struct deep *deep, void *base, size_t offset, size_t length)
{
    if (length == 0) {
        pointer_put(base, offset, NULL);
        return true;
    }
    return pointer_at(base, offset) != NULL &&
           deep_follow(deep, base, offset, length) != NULL;
}

static bool
deep_string(struct deep *deep, void *base, size_t offset)
{
    const char *text = pointer_at(base, offset);

    return text == NULL || deep_follow(deep, base, offset,
                                       strnlen(text, deep->left) + 1) != NULL;
}

static bool
deep_mechanism(struct deep *deep, CK_MECHANISM *mechanism, unsigned depth)
{
    size_t length = mechanism->ulParameterLen;
    const struct mechanism_shape *shape;

    if (length == 0)
        mechanism->pParameter = NULL;
    if (mechanism->pParameter == NULL)
        return length == 0;
    shape =
        mechanism_shape_fit(mechanism_table_find(mechanism->mechanism), length);
    if (shape == NULL || !shape->is_closed || depth > MECHANISM_DEPTH_MAX ||
        (shape->size != 0 && shape->size != length))
        return false;
    return deep_follow(deep, mechanism, offsetof(CK_MECHANISM, pParameter),
                       length) != NULL &&
           deep_struct(deep, shape, mechanism->pParameter, depth);
}

static bool
deep_nested(struct deep *deep, void *base, size_t offset, unsigned depth)
{
    CK_MECHANISM *nested;

    if (pointer_at(base, offset) == NULL)
        return true;
    nested = deep_follow(deep, base, offset, sizeof(*nested));
    return nested != NULL && deep_mechanism(deep, nested, depth + 1);
}

static bool
deep_prf_data(struct deep *deep, void *base, const struct mechanism_part *part)
{
    size_t count = word_at(base, part->length);
    unsigned char *list;

    if (count > deep->left / sizeof(CK_PRF_DATA_PARAM) ||
        !deep_bytes(deep, base, part->offset,
                    count * sizeof(CK_PRF_DATA_PARAM)))
        return false;
    list = pointer_at(base, part->offset);
    for (size_t i = 0; i < count; i++) {
        unsigned char *entry = list + i * sizeof(CK_PRF_DATA_PARAM);

        if (!deep_bytes(deep, entry, offsetof(CK_PRF_DATA_PARAM, pValue),
                        word_at(entry,
                                offsetof(CK_PRF_DATA_PARAM, ulValueLen))))
            return false;
    }
    return true;
}

/* What does not apply may be garbage, and must not lead anywhere later. */
static void
deep_clear(void *base, const struct mechanism_part *part)
{
    if (part->kind != PART_BYTES)
        return;
    memset((unsigned char *)base + part->offset, 0, sizeof(void *));
    memset((unsigned char *)base + part->length, 0, sizeof(CK_ULONG));
}

static bool
deep_part(struct deep *deep, const struct mechanism_part *part, void *base,
          unsigned depth)
{
    size_t bits;

    switch (part->kind) {
    case PART_HANDLE:
    case PART_OPTIONAL_HANDLE:
        return true;
    case PART_MADE:
        return false;
    case PART_DERIVED:
        return word_at(base, part->length) == 0;
    case PART_PRF_DATA:
        return deep_prf_data(deep, base, part);
    case PART_MECHANISM:
        return deep_nested(deep, base, part->offset, depth);
    case PART_BYTES:
        return deep_bytes(deep, base, part->offset,
                          word_at(base, part->length));
    case PART_BITS:
        bits = word_at(base, part->length);
        return deep_bytes(deep, base, part->offset, bits / 8 + (bits % 8 != 0));
    case PART_FIXED:
        return deep_bytes(deep, base, part->offset, part->length);
    case PART_STRING:
        return deep_string(deep, base, part->offset);
    case PART_SHAPE:
        if (pointer_at(base, part->offset) == NULL)
            return true;
        return deep_bytes(deep, base, part->offset, part->shape->size) &&
               deep_struct(deep, part->shape, pointer_at(base, part->offset),
                           depth);
    }
    return false;
}

static bool
deep_struct(struct deep *deep, const struct mechanism_shape *shape, void *base,
            unsigned depth)
{
    for (size_t i = 0; i < shape->n_parts; i++) {
        const struct mechanism_part *part = &shape->parts[i];

        if (!mechanism_part_applies(part, base))
            deep_clear(base, part);
        else if (!deep_part(deep, part, base, depth))
            return false;
    }
    return true;
}

bool
mechanism_copy_deep(const CK_MECHANISM *from, struct mechanism_copy *out)
{
    struct deep deep = { .copy = out, .left = MECHANISM_DEEP_MAX };

    if (from == NULL) {
        *out = (struct mechanism_copy){ 0 };
        return false;
    }
    mechanism_copy_begin(out, from);
    if (deep_mechanism(&deep, &out->mechanism, 0))
        return true;
    mechanism_copy_release(out);
    return false;
}
