/* SPDX-License-Identifier: BSD-3-Clause */
/* Puts a member's object handles into a copy of a mechanism. */
#include "router/mechanism.h"

#include "router/mechanism-copy.h"

/* More than any mechanism needs; garbage in a length stops here. */
enum { PARAMETER_MAX = 1 << 20 };

static const struct config_mechanism *
vendor_find(const struct config_mechanism *vendor, size_t n_vendor,
            CK_MECHANISM_TYPE type)
{
    for (size_t i = 0; i < n_vendor; i++)
        if (vendor[i].type == type)
            return &vendor[i];
    return NULL;
}

bool
mechanism_has_handles(const CK_MECHANISM *mechanism,
                      const struct config_mechanism *vendor, size_t n_vendor)
{
    const struct config_mechanism *row;
    const struct mechanism_shape *shape;

    if (mechanism == NULL || mechanism->pParameter == NULL)
        return false;
    row = vendor_find(vendor, n_vendor, mechanism->mechanism);
    if (row != NULL)
        return row->n_handles + row->n_out != 0;
    shape = mechanism_table_find(mechanism->mechanism);
    return shape != NULL && shape->has_handles;
}

/* Replaces the parameter by a copy of exactly its length (R1.14). */
static CK_RV
rewrite_outer(const struct rewrite *rewrite, CK_MECHANISM *mechanism,
              struct mechanism_piece **out)
{
    size_t length = mechanism->ulParameterLen;
    struct mechanism_piece *piece;

    if (length > PARAMETER_MAX)
        return CKR_MECHANISM_PARAM_INVALID;
    piece = mechanism_copy_take(rewrite->copy, sizeof(*piece) + 2 * length);
    if (piece == NULL)
        return CKR_HOST_MEMORY;
    piece->application = mechanism->pParameter;
    piece->copy = (unsigned char *)(piece + 1);
    piece->before = piece->copy + length;
    piece->length = length;
    memcpy(piece->copy, piece->application, length);
    mechanism->pParameter = piece->copy;
    *out = piece;
    return CKR_OK;
}

/* When all its words are in place: what is compared with later. */
static void
piece_seal(const struct rewrite *rewrite, struct mechanism_piece *piece)
{
    memcpy(piece->before, piece->copy, piece->length);
    piece->next = rewrite->copy->pieces;
    rewrite->copy->pieces = piece;
}

static bool
offset_fits(const CK_MECHANISM *mechanism, size_t offset)
{
    return mechanism->ulParameterLen >= sizeof(CK_OBJECT_HANDLE) &&
           offset <= mechanism->ulParameterLen - sizeof(CK_OBJECT_HANDLE);
}

/*
 * A mechanism that the configuration describes (R1.17). What a 0 means in it
 * only its vendor knows, so it goes on as it is. A handle may go in and
 * another come out at one offset: it came out if it is no longer the same.
 */
static CK_RV
rewrite_vendor(const struct rewrite *rewrite,
               const struct config_mechanism *vendor, CK_MECHANISM *mechanism)
{
    struct mechanism_piece *piece;
    CK_RV rv = rewrite_outer(rewrite, mechanism, &piece);

    for (size_t i = 0; rv == CKR_OK && i < vendor->n_handles; i++) {
        if (!offset_fits(mechanism, vendor->handles[i]))
            return CKR_MECHANISM_PARAM_INVALID;
        rv = rewrite_handle(rewrite, piece->copy + vendor->handles[i], true);
    }
    for (size_t i = 0; rv == CKR_OK && i < vendor->n_out; i++) {
        size_t at = vendor->out[i];
        CK_ULONG before = CK_INVALID_HANDLE;

        if (!offset_fits(mechanism, at))
            return CKR_MECHANISM_PARAM_INVALID;
        for (size_t j = 0; j < vendor->n_handles; j++)
            if (vendor->handles[j] == at)
                before = word_at(piece->copy, at);
        rv = rewrite_word(rewrite, piece->copy + at, before,
                          piece->application + at);
    }
    if (rv == CKR_OK)
        piece_seal(rewrite, piece);
    return rv;
}

CK_RV
rewrite_mechanism(const struct rewrite *rewrite, CK_MECHANISM *mechanism,
                  unsigned depth)
{
    const struct config_mechanism *vendor =
        vendor_find(rewrite->vendor, rewrite->n_vendor, mechanism->mechanism);
    const struct mechanism_shape *shape =
        mechanism_table_find(mechanism->mechanism);
    struct mechanism_piece *piece;
    CK_RV rv;

    if (vendor == NULL && (shape == NULL || !shape->has_handles))
        return CKR_OK; /* the application's parameter will do */
    if (mechanism->pParameter == NULL || depth > MECHANISM_DEPTH_MAX)
        return CKR_MECHANISM_PARAM_INVALID;
    if (vendor != NULL)
        return rewrite_vendor(rewrite, vendor, mechanism);
    shape = mechanism_shape_fit(shape, mechanism->ulParameterLen);
    if (shape == NULL)
        return CKR_MECHANISM_PARAM_INVALID;
    rv = rewrite_outer(rewrite, mechanism, &piece);
    for (size_t i = 0; rv == CKR_OK && i < shape->n_parts; i++)
        if (mechanism_part_applies(&shape->parts[i], piece->copy))
            rv = rewrite_part(rewrite, &shape->parts[i], piece->copy, depth);
    if (rv == CKR_OK)
        piece_seal(rewrite, piece);
    return rv;
}

CK_RV
mechanism_rewrite(const CK_MECHANISM *from,
                  const struct config_mechanism *vendor, size_t n_vendor,
                  struct mechanism_resolver resolver,
                  struct mechanism_copy *out)
{
    const struct rewrite rewrite = { .copy = out,
                                     .vendor = vendor,
                                     .n_vendor = n_vendor,
                                     .resolver = resolver };
    CK_RV rv;

    if (from == NULL) {
        *out = (struct mechanism_copy){ 0 };
        return CKR_ARGUMENTS_BAD;
    }
    mechanism_copy_begin(out, from);
    rv = rewrite_mechanism(&rewrite, &out->mechanism, 0);
    if (rv != CKR_OK)
        mechanism_copy_release(out);
    return rv;
}
