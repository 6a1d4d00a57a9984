/* SPDX-License-Identifier: BSD-3-Clause */
/* Monotonic time, deadlines, and points in time as text. */
#include "common/clock.h"

#include <stdatomic.h>
#include <stddef.h>

static const uint64_t ns_per_ms = 1000 * 1000;
static const uint64_t ns_per_second = 1000 * 1000 * 1000;

static _Atomic(clock_source) test_source;

static uint64_t
read_clock(clockid_t which)
{
    clock_source source =
        atomic_load_explicit(&test_source, memory_order_acquire);
    struct timespec now;

    if (source != NULL)
        return source();
    clock_gettime(which, &now);
    return (uint64_t)now.tv_sec * ns_per_second + (uint64_t)now.tv_nsec;
}

uint64_t
clock_now(void)
{
    return read_clock(CLOCK_MONOTONIC);
}

uint64_t
clock_now_coarse(void)
{
    return read_clock(CLOCK_MONOTONIC_COARSE);
}

void
clock_set_source(clock_source source)
{
    atomic_store_explicit(&test_source, source, memory_order_release);
}

bool
clock_is_real(void)
{
    return atomic_load_explicit(&test_source, memory_order_acquire) == NULL;
}

uint64_t
clock_real_us(void)
{
    struct timespec now;

    (void)clock_gettime(CLOCK_REALTIME, &now);
    return (uint64_t)now.tv_sec * 1000000 + (uint64_t)now.tv_nsec / 1000;
}

struct deadline
deadline_from(uint64_t at, uint64_t milliseconds)
{
    if (milliseconds > (UINT64_MAX - at) / ns_per_ms)
        return deadline_never();
    return (struct deadline){ .at = at + milliseconds * ns_per_ms };
}

struct deadline
deadline_in(uint64_t milliseconds)
{
    return deadline_from(clock_now(), milliseconds);
}

struct deadline
deadline_now(void)
{
    return (struct deadline){ .at = clock_now() };
}

struct deadline
deadline_never(void)
{
    return (struct deadline){ .at = UINT64_MAX };
}

bool
deadline_has_passed(struct deadline deadline)
{
    return deadline.at != UINT64_MAX && clock_now() >= deadline.at;
}

uint64_t
deadline_remaining_ms(struct deadline deadline)
{
    uint64_t now;

    if (deadline.at == UINT64_MAX)
        return UINT64_MAX;
    now = clock_now();
    if (now >= deadline.at)
        return 0;
    return (deadline.at - now - 1) / ns_per_ms + 1;
}

/* Writes the last `n_digits` digits of the number; returns where it ended. */
static char *
write_digits(char *to, uint64_t number, size_t n_digits)
{
    for (size_t i = n_digits; i > 0; i--) {
        to[i - 1] = (char)('0' + number % 10);
        number /= 10;
    }
    return to + n_digits;
}

/*
 * Not gmtime_r: glibc's takes the lock of the time zone, which in a forked
 * child may be held by a thread that is no more. Years are counted from
 * March, so that the day that comes and goes is a year's last.
 */
void
clock_format(struct timespec when, char out[CLOCK_TEXT_LENGTH + 1])
{
    int64_t seconds = when.tv_sec < 0 ? 0 : when.tv_sec;
    int64_t of_day = seconds % 86400;
    int64_t days = seconds / 86400 + 719468; /* since 0000-03-01 */
    int64_t era = days / 146097;             /* of 400 years */
    int64_t of_era = days % 146097;
    int64_t year_of_era =
        (of_era - of_era / 1460 + of_era / 36524 - of_era / 146096) / 365;
    int64_t of_year =
        of_era - (365 * year_of_era + year_of_era / 4 - year_of_era / 100);
    int64_t month = (5 * of_year + 2) / 153; /* 0 is March */
    int64_t day = of_year - (153 * month + 2) / 5 + 1;
    int64_t year = era * 400 + year_of_era + (month >= 10 ? 1 : 0);

    month = month < 10 ? month + 3 : month - 9;
    out = write_digits(out, (uint64_t)year, 4);
    *out++ = '-';
    out = write_digits(out, (uint64_t)month, 2);
    *out++ = '-';
    out = write_digits(out, (uint64_t)day, 2);
    *out++ = 'T';
    out = write_digits(out, (uint64_t)(of_day / 3600), 2);
    *out++ = ':';
    out = write_digits(out, (uint64_t)(of_day / 60 % 60), 2);
    *out++ = ':';
    out = write_digits(out, (uint64_t)(of_day % 60), 2);
    *out++ = '.';
    out = write_digits(out, (uint64_t)when.tv_nsec / 1000, 6);
    *out++ = 'Z';
    *out = '\0';
}

void
clock_format_us(uint64_t us, char out[CLOCK_TEXT_LENGTH + 1])
{
    clock_format((struct timespec){ .tv_sec = (time_t)(us / 1000000),
                                    .tv_nsec = (long)(us % 1000000) * 1000 },
                 out);
}
