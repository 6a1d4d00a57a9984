/* SPDX-License-Identifier: BSD-3-Clause */
/* Brings back to the application what a module left in a mechanism copy. */
#include "router/mechanism-copy.h"

/*
 * Replaces each handle that came out by what the application shall see, in
 * the copy. Goes on after a failure: whoever is told of a handle owns it.
 */
static bool
cells_translate(struct mechanism_cell *cells,
                CK_OBJECT_HANDLE (*made)(void *context,
                                         CK_OBJECT_HANDLE member_handle),
                void *context)
{
    bool all = true;

    for (struct mechanism_cell *cell = cells; cell != NULL; cell = cell->next) {
        CK_OBJECT_HANDLE handle = word_at(cell->where, 0);

        if (cell->application == NULL || handle == CK_INVALID_HANDLE)
            continue;
        if (handle == cell->before) {
            cell->application = NULL; /* went in and stayed */
            continue;
        }
        handle = made(context, handle);
        memcpy(cell->where, &handle, sizeof(handle));
        all = all && handle != CK_INVALID_HANDLE;
    }
    return all;
}

/* Gives the translated handles out and leaves the copy's words as the module
 * got them, so that they are no difference afterwards. */
static void
cells_give(const struct mechanism_cell *cells)
{
    for (const struct mechanism_cell *cell = cells; cell != NULL;
         cell = cell->next) {
        if (cell->application != NULL)
            memcpy(cell->application, cell->where, sizeof(CK_OBJECT_HANDLE));
        memcpy(cell->where, &cell->before, sizeof(cell->before));
    }
}

/* The application gets none of them: those that there are wait in the copy to
 * be undone. */
static void
cells_withhold(struct mechanism_cell *cells)
{
    for (struct mechanism_cell *cell = cells; cell != NULL; cell = cell->next)
        if (cell->application != NULL)
            cell->application = cell->where;
}

/* Only bytes that the module changed are written: the application's struct
 * may be read-only, or shared between its threads (R1.11). */
static void
piece_give(const struct mechanism_piece *piece)
{
    for (size_t i = 0; i < piece->length; i++)
        if (piece->copy[i] != piece->before[i])
            piece->application[i] = piece->copy[i];
}

CK_RV
mechanism_finish(struct mechanism_copy *copy,
                 CK_OBJECT_HANDLE (*made)(void *context,
                                          CK_OBJECT_HANDLE member_handle),
                 void *context)
{
    bool all = cells_translate(copy->cells, made, context);

    if (all)
        cells_give(copy->cells);
    else
        cells_withhold(copy->cells);
    for (const struct mechanism_piece *piece = copy->pieces;
         all && piece != NULL; piece = piece->next)
        piece_give(piece);
    copy->given = copy->cells;
    copy->cells = NULL;
    copy->pieces = NULL;
    return all ? CKR_OK : CKR_HOST_MEMORY;
}

void
mechanism_undo(struct mechanism_copy *copy,
               void (*forget)(void *context, CK_OBJECT_HANDLE handle),
               void *context)
{
    static const CK_OBJECT_HANDLE none = CK_INVALID_HANDLE;

    for (const struct mechanism_cell *cell = copy->given; cell != NULL;
         cell = cell->next) {
        CK_OBJECT_HANDLE handle = CK_INVALID_HANDLE;

        if (cell->application != NULL)
            handle = word_at(cell->application, 0);
        if (handle == CK_INVALID_HANDLE)
            continue;
        forget(context, handle);
        memcpy(cell->application, &none, sizeof(none));
    }
    copy->given = NULL;
}
