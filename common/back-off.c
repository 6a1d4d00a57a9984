/* SPDX-License-Identifier: BSD-3-Clause */
/* Longer and longer pauses. */
#include "common/back-off.h"

#include "common/clock.h"

#include <sys/random.h>

uint64_t
back_off_ms(const struct back_off *back_off, unsigned failures, uint32_t random)
{
    uint64_t most = back_off->first_ms;

    while (failures > 1 && most < back_off->last_ms) {
        most *= 2;
        failures--;
    }
    if (most > back_off->last_ms)
        most = back_off->last_ms;
    /* Between four fifths of it and all of it. */
    return most - (most / 5) * random / UINT32_MAX;
}

uint32_t
back_off_random(void)
{
    uint32_t number;

    if (getrandom(&number, sizeof(number), GRND_NONBLOCK) == sizeof(number))
        return number;
    return (uint32_t)clock_now(); /* early at boot; it only spreads tries */
}
