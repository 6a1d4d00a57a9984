/* SPDX-License-Identifier: BSD-3-Clause */
/* How many session objects live in a backend session. */
#include "router/object-cell.h"

enum { LIFE_SHIFT = 32 };

void
object_home_begin(struct object_home *home, uint32_t life)
{
    atomic_store(&home->word, (uint64_t)life << LIFE_SHIFT);
}

void
object_home_end(struct object_home *home)
{
    uint64_t word = atomic_load(&home->word);

    /* Those that are left belong to the life before from now on. */
    atomic_store(&home->word, ((word >> LIFE_SHIFT) + 1) << LIFE_SHIFT);
}

uint32_t
object_home_enter(struct object_home *home)
{
    return (uint32_t)(atomic_fetch_add(&home->word, 1) >> LIFE_SHIFT);
}

void
object_home_leave(struct object_home *home, uint32_t life)
{
    uint64_t word = atomic_load(&home->word);

    while (word >> LIFE_SHIFT == life && (uint32_t)word != 0 &&
           !atomic_compare_exchange_weak(&home->word, &word, word - 1))
        continue;
}
