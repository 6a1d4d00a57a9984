/* SPDX-License-Identifier: BSD-3-Clause */
/* Sleeping on one word. */
#include "common/wake.h"

#include <linux/futex.h>
#include <sys/syscall.h>
#include <unistd.h>

static const uint64_t ns_per_second = 1000 * 1000 * 1000;
static const uint64_t test_slice_ns = 1000 * 1000;

/* Of the word. */
enum { IDLE, ASLEEP, AWAKE, AWAKE_LAST };

void
wake_clear(struct wake *wake)
{
    atomic_store(&wake->word, IDLE);
}

/* On CLOCK_MONOTONIC whatever clock_now is. */
static struct timespec
end_of_wait(struct deadline until)
{
    struct timespec now;
    uint64_t at = until.at;

    if (!clock_is_real()) {
        clock_gettime(CLOCK_MONOTONIC, &now);
        at = (uint64_t)now.tv_sec * ns_per_second + (uint64_t)now.tv_nsec +
             test_slice_ns;
    }
    return (struct timespec){ .tv_sec = (time_t)(at / ns_per_second),
                              .tv_nsec = (long)(at % ns_per_second) };
}

/* False: it was woken. One that returned for nothing is asleep already. */
static bool
begin_sleep(_Atomic(uint32_t) *word)
{
    uint32_t found = IDLE;

    return atomic_compare_exchange_strong(word, &found, ASLEEP) ||
           found == ASLEEP;
}

void
wake_wait(struct wake *wake, struct deadline until)
{
    struct timespec end;
    bool is_endless = until.at == UINT64_MAX && clock_is_real();

    if (wake_is_up(wake) || deadline_has_passed(until) ||
        !begin_sleep(&wake->word))
        return;
    end = end_of_wait(until);
    (void)syscall(SYS_futex, &wake->word, FUTEX_WAIT_BITSET_PRIVATE, ASLEEP,
                  is_endless ? NULL : &end, NULL, FUTEX_BITSET_MATCH_ANY);
}

/* Where the word was is all that the kernel is told: it may be gone by then. */
static const void *
tell(struct wake *wake, uint32_t value)
{
    const void *word = &wake->word;

    return atomic_exchange(&wake->word, value) == ASLEEP ? word : NULL;
}

const void *
wake_tell(struct wake *wake)
{
    return tell(wake, AWAKE);
}

void
wake_call(const void *sleeper)
{
    if (sleeper != NULL)
        (void)syscall(SYS_futex, sleeper, FUTEX_WAKE_PRIVATE, 1, NULL, NULL, 0);
}

void
wake_up(struct wake *wake)
{
    wake_call(tell(wake, AWAKE));
}

void
wake_up_last(struct wake *wake)
{
    wake_call(tell(wake, AWAKE_LAST));
}

bool
wake_is_up(const struct wake *wake)
{
    return atomic_load(&wake->word) >= AWAKE;
}

bool
wake_is_last(const struct wake *wake)
{
    return atomic_load(&wake->word) == AWAKE_LAST;
}
