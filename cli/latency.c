/* SPDX-License-Identifier: BSD-3-Clause */
/* Counts of latencies: exact below 32, then 32 to each power of two. */
#include "cli/latency.h"

#include "cli/memory.h"

#include <stdlib.h>

enum { STEP_BITS = 5 };

_Static_assert(LATENCY_STEPS == 1 << STEP_BITS, "a page is one power of two");
_Static_assert(LATENCY_PAGES == 64 - STEP_BITS + 1, "and all have theirs");

static unsigned
page_of(uint64_t us)
{
    unsigned top = us == 0 ? 0 : 63 - (unsigned)__builtin_clzll(us);

    return top < STEP_BITS ? 0 : top - STEP_BITS + 1;
}

/* How far numbers of a page are shifted, so that the steps are left. */
static unsigned
shift_of(unsigned page)
{
    return page == 0 ? 0 : page - 1;
}

void
latency_add(struct latency *latency, uint64_t us)
{
    unsigned page = page_of(us);

    if (latency->pages[page] == NULL)
        latency->pages[page] =
            memory_new(LATENCY_STEPS, sizeof(*latency->pages[page]));
    latency->pages[page][(us >> shift_of(page)) % LATENCY_STEPS]++;
    latency->count++;
    if (us > latency->longest)
        latency->longest = us;
}

/* The greatest number of a step. */
static uint64_t
end_of(unsigned page, unsigned step)
{
    uint64_t first = page == 0 ? step : step + LATENCY_STEPS;

    return ((first + 1) << shift_of(page)) - 1;
}

uint64_t
latency_percentile(const struct latency *latency, unsigned percent)
{
    uint64_t wanted = latency->count - latency->count * (100 - percent) / 100;
    uint64_t seen = 0;

    for (unsigned page = 0; page < LATENCY_PAGES; page++)
        for (unsigned step = 0;
             latency->pages[page] != NULL && step < LATENCY_STEPS; step++) {
            uint64_t end = end_of(page, step);

            seen += latency->pages[page][step];
            if (seen >= wanted)
                return end < latency->longest ? end : latency->longest;
        }
    return 0;
}

void
latency_clear(struct latency *latency)
{
    for (unsigned page = 0; page < LATENCY_PAGES; page++)
        free(latency->pages[page]);
}
