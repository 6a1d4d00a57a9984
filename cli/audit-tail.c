/* SPDX-License-Identifier: BSD-3-Clause */
/* The last lines of a log, in a ring. */
#include "cli/audit-tail.h"

#include "cli/memory.h"

#include <stdlib.h>
#include <string.h>

struct kept {
    struct line line;
    char *bytes;
    size_t room;
};

struct tail {
    size_t limit;
    size_t first; /* the oldest one's place */
    size_t count;
    size_t n_places; /* so many were needed so far */
    struct kept *places;
};

struct tail *
tail_new(size_t limit)
{
    struct tail *tail = memory_new(1, sizeof(*tail));

    tail->limit = limit;
    return tail;
}

void
tail_free(struct tail *tail)
{
    if (tail == NULL)
        return;
    for (size_t i = 0; i < tail->n_places; i++)
        free(tail->places[i].bytes);
    free(tail->places);
    free(tail);
}

static struct kept *
make_place(struct tail *tail)
{
    if (tail->count == tail->limit) {
        tail->first = (tail->first + 1) % tail->limit;
        return &tail->places[(tail->first + tail->count - 1) % tail->limit];
    }
    tail->places =
        memory_grow(tail->places, tail->n_places, sizeof(*tail->places));
    tail->n_places++;
    return &tail->places[tail->count++];
}

void
tail_add(struct tail *tail, const struct line *line)
{
    struct kept *kept;

    if (tail->limit == 0)
        return;
    kept = make_place(tail);
    if (kept->room < line->length) {
        free(kept->bytes);
        kept->room = line->length;
        kept->bytes = memory_new(1, kept->room);
    }
    kept->line = *line;
    kept->line.bytes = kept->bytes;
    if (line->length > 0)
        memcpy(kept->bytes, line->bytes, line->length);
}

bool
tail_take(struct tail *tail, struct line *out)
{
    if (tail->count == 0)
        return false;
    *out = tail->places[tail->first].line;
    tail->first = (tail->first + 1) % tail->limit;
    tail->count--;
    return true;
}
