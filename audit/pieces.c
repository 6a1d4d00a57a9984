/* SPDX-License-Identifier: BSD-3-Clause */
/* Keeps pieces until a record explains them. */
#include "audit/pieces.h"

#include <string.h>

/* Nobody speaks for it any more. */
static bool
is_of_killed(const struct piece *piece)
{
    return piece->is_unfinished && !piece->is_continued;
}

static bool
is_of(const struct piece *piece, const struct link *link)
{
    return piece->has_run && memcmp(piece->run, link->run, LINK_BYTES) == 0;
}

/* The oldest one makes room. */
static void
drop(struct pieces *pieces)
{
    if (is_of_killed(&pieces->waiting[0]))
        pieces->n_unfinished++;
    else if (pieces->bad.line == 0)
        pieces->bad = pieces->waiting[0];
    pieces->n--;
    memmove(pieces->waiting, pieces->waiting + 1,
            pieces->n * sizeof(pieces->waiting[0]));
}

void
pieces_add(struct pieces *pieces, const struct piece *piece)
{
    if (pieces->n == PIECES_MOST)
        drop(pieces);
    pieces->waiting[pieces->n++] = *piece;
}

/* A process closes off what it has left, however often it tried, with the next
 * record that it can write. The line end before that makes an empty line where
 * another process has ended the line already. */
void
pieces_explain(struct pieces *pieces, const struct link *link)
{
    size_t n_kept = 0;

    for (size_t i = 0; i < pieces->n; i++)
        if (pieces->waiting[i].has_run && !is_of(&pieces->waiting[i], link))
            pieces->waiting[n_kept++] = pieces->waiting[i];
    pieces->n = n_kept;
}

void
pieces_note_continued(struct pieces *pieces, const struct link *link)
{
    for (size_t i = 0; i < pieces->n; i++)
        if (is_of(&pieces->waiting[i], link))
            pieces->waiting[i].is_continued = true;
}

const struct piece *
pieces_find_bad(const struct pieces *pieces)
{
    if (pieces->bad.line != 0)
        return &pieces->bad;
    for (size_t i = 0; i < pieces->n; i++)
        if (!is_of_killed(&pieces->waiting[i]))
            return &pieces->waiting[i];
    return NULL;
}

uint64_t
pieces_count_unfinished(const struct pieces *pieces)
{
    uint64_t n = pieces->n_unfinished;

    for (size_t i = 0; i < pieces->n; i++)
        n += is_of_killed(&pieces->waiting[i]);
    return n;
}
