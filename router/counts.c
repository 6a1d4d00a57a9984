/* SPDX-License-Identifier: BSD-3-Clause */
/* What is counted for one member beside its backend sessions' tallies. */
#include "router/counts.h"

#include "router/outcome.h"

#include <stdlib.h>
#include <string.h>

/* -- Both lists are of the same classes ------------------------------------ */

#define COUNTER_CLASS(name, text)                                              \
    _Static_assert((int)COUNTER_CLASS_##name == (int)OUTCOME_##name,           \
                   "errors are counted by outcome");
#include "router/counters.def"

/* -- Counting -------------------------------------------------------------- */

struct counts *
counts_new(void)
{
    struct counts *counts =
        aligned_alloc(_Alignof(struct counts), sizeof(*counts));

    if (counts != NULL)
        memset(counts, 0, sizeof(*counts));
    return counts;
}

static void
add(_Atomic(uint64_t) *count, uint64_t number)
{
    atomic_fetch_add_explicit(count, number, memory_order_relaxed);
}

void
counts_note_wait(struct counts *counts, uint64_t us)
{
    uint64_t longest = atomic_load(&counts->longest_wait_us);

    counts_note(counts, COUNTER_WAITS);
    add(&counts->events[COUNTER_WAIT_US], us);
    while (
        us > longest &&
        !atomic_compare_exchange_weak(&counts->longest_wait_us, &longest, us))
        continue;
}

void
counts_note_answer(struct counts *counts, enum counted counted, CK_RV rv)
{
    add(&counts->calls[counted], 1);
    if (rv != CKR_OK)
        add(&counts->errors[outcome_counted(outcome_of(NULL, N_CALLS, rv))], 1);
}

void
counts_note_login(struct counts *counts, CK_RV rv)
{
    counts_note(counts, rv == CKR_OK ? COUNTER_LOGINS : COUNTER_LOGINS_FAILED);
}

void
counts_note_latency(struct counts *counts, unsigned lane, enum counted counted,
                    uint32_t us)
{
    struct counts_lane *own = &counts->lanes[lane % COUNTS_LANES];
    unsigned bucket = us == 0 ? 0 : 32 - (unsigned)__builtin_clz(us);

    if (bucket >= COUNTER_BUCKETS)
        bucket = COUNTER_BUCKETS - 1;
    add(&own->latency[counted][bucket], 1);
    add(&own->latency_us[counted], us);
}
