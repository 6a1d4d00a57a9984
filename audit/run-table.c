/* SPDX-License-Identifier: BSD-3-Clause */
/* Keeps runs by their random ids. */
#include "audit/run-table.h"

#include <stdlib.h>
#include <string.h>

enum { FIRST_SIZE = 64 };

static struct run *
find_place(struct run *runs, size_t size, const unsigned char id[LINK_BYTES])
{
    size_t place;

    memcpy(&place, id, sizeof(place));
    for (place &= size - 1; runs[place].line != 0;
         place = (place + 1) & (size - 1))
        if (memcmp(runs[place].id, id, LINK_BYTES) == 0)
            break;
    return &runs[place];
}

static bool
grow(struct run_table *table)
{
    size_t size = table->size > 0 ? 2 * table->size : FIRST_SIZE;
    struct run *runs = calloc(size, sizeof(*runs));

    if (runs == NULL)
        return false;
    for (size_t i = 0; i < table->size; i++)
        if (table->runs[i].line != 0)
            *find_place(runs, size, table->runs[i].id) = table->runs[i];
    free(table->runs);
    table->runs = runs;
    table->size = size;
    return true;
}

struct run *
run_table_find(struct run_table *table, const unsigned char id[LINK_BYTES])
{
    struct run *run;

    if (2 * (table->count + 1) > table->size && !grow(table))
        return NULL;
    run = find_place(table->runs, table->size, id);
    if (run->line == 0)
        memcpy(run->id, id, LINK_BYTES);
    return run;
}

void
run_table_fill(struct run_table *table, struct run *run,
               const struct link *link, const unsigned char hash[LINK_BYTES],
               uint64_t line)
{
    if (run->line == 0)
        table->count++;
    run->next = link->n + 1;
    run->line = line;
    memcpy(run->hash, hash, LINK_BYTES);
    memcpy(run->prev, link->prev, LINK_BYTES);
}

bool
run_table_expects(const struct run_table *table, uint64_t n,
                  const unsigned char prev[LINK_BYTES])
{
    for (size_t i = 0; i < table->size; i++) {
        const struct run *run = &table->runs[i];

        if (run->line != 0 && run->next == n &&
            memcmp(run->hash, prev, LINK_BYTES) == 0)
            return true;
    }
    return false;
}

void
run_table_clear(struct run_table *table)
{
    free(table->runs);
    *table = (struct run_table){ .runs = NULL };
}
