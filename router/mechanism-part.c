/* SPDX-License-Identifier: BSD-3-Clause */
/* Rewrites one field of a mechanism's parameter, by its row in the table. */
#include "router/mechanism-copy.h"

/* More than any mechanism needs; garbage in a count stops here. */
enum { LIST_MAX = 1024 };

CK_RV
rewrite_word(const struct rewrite *rewrite, unsigned char *where, CK_ULONG word,
             unsigned char *application)
{
    struct mechanism_cell *cell =
        mechanism_copy_take(rewrite->copy, sizeof(*cell));

    if (cell == NULL)
        return CKR_HOST_MEMORY;
    memcpy(where, &word, sizeof(word));
    *cell = (struct mechanism_cell){ .next = rewrite->copy->cells,
                                     .where = where,
                                     .application = application,
                                     .before = word };
    rewrite->copy->cells = cell;
    return CKR_OK;
}

static CK_RV
rewrite_pointer(const struct rewrite *rewrite, unsigned char *where,
                void *pointer)
{
    return rewrite_word(rewrite, where, (CK_ULONG)pointer, NULL);
}

CK_RV
rewrite_handle(const struct rewrite *rewrite, unsigned char *where,
               bool may_be_absent)
{
    CK_OBJECT_HANDLE handle = word_at(where, 0);
    CK_OBJECT_HANDLE resolved;

    if (handle == CK_INVALID_HANDLE && may_be_absent)
        return CKR_OK;
    if (handle == CK_INVALID_HANDLE ||
        !rewrite->resolver.resolve(rewrite->resolver.context, handle,
                                   &resolved))
        return CKR_MECHANISM_PARAM_INVALID;
    return rewrite_word(rewrite, where, resolved, NULL);
}

/* The module fills a struct of ours; its other pointers are the
 * application's, which so gets its IVs at once. */
static CK_RV
rewrite_made(const struct rewrite *rewrite, const struct mechanism_part *part,
             unsigned char *base)
{
    unsigned char *application = pointer_at(base, part->offset);
    unsigned char *made;

    if (application == NULL)
        return CKR_OK;
    made = mechanism_copy_take(rewrite->copy, part->length);
    if (made == NULL)
        return CKR_HOST_MEMORY;
    memcpy(made, application, part->length);
    for (size_t i = 0; i < part->count; i++) {
        size_t at = i * sizeof(CK_OBJECT_HANDLE);
        CK_RV rv = rewrite_word(rewrite, made + at, CK_INVALID_HANDLE,
                                application + at);

        if (rv != CKR_OK)
            return rv;
    }
    return rewrite_pointer(rewrite, base + part->offset, made);
}

/* Replaces an array by a copy of it; *list is NULL where there is none. */
static CK_RV
rewrite_list(const struct rewrite *rewrite, const struct mechanism_part *part,
             unsigned char *base, size_t entry_size, unsigned char **list,
             size_t *count)
{
    const void *application = pointer_at(base, part->offset);

    *list = NULL;
    *count = application == NULL ? 0 : word_at(base, part->length);
    if (*count == 0)
        return CKR_OK;
    if (*count > LIST_MAX)
        return CKR_MECHANISM_PARAM_INVALID;
    *list = mechanism_copy_take(rewrite->copy, *count * entry_size);
    if (*list == NULL)
        return CKR_HOST_MEMORY;
    memcpy(*list, application, *count * entry_size);
    return rewrite_pointer(rewrite, base + part->offset, *list);
}

static CK_RV
rewrite_derived(const struct rewrite *rewrite,
                const struct mechanism_part *part, unsigned char *base)
{
    unsigned char *list;
    size_t count;
    CK_RV rv = rewrite_list(rewrite, part, base, sizeof(CK_DERIVED_KEY), &list,
                            &count);

    for (size_t i = 0; rv == CKR_OK && i < count; i++) {
        unsigned char *key =
            list + i * sizeof(CK_DERIVED_KEY) + offsetof(CK_DERIVED_KEY, phKey);
        unsigned char *application = pointer_at(key, 0);
        unsigned char *cell;

        if (application == NULL)
            continue;
        cell = mechanism_copy_take(rewrite->copy, sizeof(CK_OBJECT_HANDLE));
        if (cell == NULL)
            return CKR_HOST_MEMORY;
        pointer_put(key, 0, cell);
        rv = rewrite_word(rewrite, cell, CK_INVALID_HANDLE, application);
    }
    return rv;
}

static CK_RV
rewrite_prf_data(const struct rewrite *rewrite,
                 const struct mechanism_part *part, unsigned char *base)
{
    unsigned char *list;
    size_t count;
    CK_RV rv = rewrite_list(rewrite, part, base, sizeof(CK_PRF_DATA_PARAM),
                            &list, &count);

    for (size_t i = 0; rv == CKR_OK && i < count; i++) {
        unsigned char *entry = list + i * sizeof(CK_PRF_DATA_PARAM);
        const void *value =
            pointer_at(entry, offsetof(CK_PRF_DATA_PARAM, pValue));
        unsigned char *cell;

        if (word_at(entry, offsetof(CK_PRF_DATA_PARAM, type)) !=
            CK_SP800_108_KEY_HANDLE)
            continue;
        if (value == NULL ||
            word_at(entry, offsetof(CK_PRF_DATA_PARAM, ulValueLen)) !=
                sizeof(CK_OBJECT_HANDLE))
            return CKR_MECHANISM_PARAM_INVALID;
        cell = mechanism_copy_take(rewrite->copy, sizeof(CK_OBJECT_HANDLE));
        if (cell == NULL)
            return CKR_HOST_MEMORY;
        memcpy(cell, value, sizeof(CK_OBJECT_HANDLE));
        pointer_put(entry, offsetof(CK_PRF_DATA_PARAM, pValue), cell);
        rv = rewrite_handle(rewrite, cell, false);
    }
    return rv;
}

static CK_RV
rewrite_nested(const struct rewrite *rewrite, const struct mechanism_part *part,
               unsigned char *base, unsigned depth)
{
    const CK_MECHANISM *application = pointer_at(base, part->offset);
    CK_MECHANISM *nested;
    CK_RV rv;

    if (application == NULL)
        return CKR_OK;
    nested = mechanism_copy_take(rewrite->copy, sizeof(*nested));
    if (nested == NULL)
        return CKR_HOST_MEMORY;
    memcpy(nested, application, sizeof(*nested));
    if (mechanism_has_handles(nested, rewrite->vendor, rewrite->n_vendor)) {
        rv = rewrite_mechanism(rewrite, nested, depth + 1);
        if (rv != CKR_OK)
            return rv;
    }
    return rewrite_pointer(rewrite, base + part->offset, nested);
}

CK_RV
rewrite_part(const struct rewrite *rewrite, const struct mechanism_part *part,
             unsigned char *base, unsigned depth)
{
    switch (part->kind) {
    case PART_HANDLE:
    case PART_OPTIONAL_HANDLE:
        return rewrite_handle(rewrite, base + part->offset,
                              part->kind == PART_OPTIONAL_HANDLE);
    case PART_MADE:
        return rewrite_made(rewrite, part, base);
    case PART_DERIVED:
        return rewrite_derived(rewrite, part, base);
    case PART_PRF_DATA:
        return rewrite_prf_data(rewrite, part, base);
    case PART_MECHANISM:
        return rewrite_nested(rewrite, part, base, depth);
    case PART_BYTES:
    case PART_BITS:
    case PART_FIXED:
    case PART_STRING:
    case PART_SHAPE:
        return CKR_OK; /* the module reads the application's (R1.11) */
    }
    return CKR_OK;
}
