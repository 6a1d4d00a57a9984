/* SPDX-License-Identifier: BSD-3-Clause */
/* How long to leave alone what has failed, before it is tried again. */
#ifndef COMMON_BACK_OFF_H
#define COMMON_BACK_OFF_H

#include <stdint.h>

struct back_off {
    uint64_t first_ms; /* at most, after one failure; then twice as long */
    uint64_t last_ms;  /* never longer */
};

/* After this many failures in a row, at least one. `random` spreads it over the
 * last fifth, so that not all processes come at once. */
uint64_t back_off_ms(const struct back_off *back_off, unsigned failures,
                     uint32_t random);

/* A number for that; never blocks. */
uint32_t back_off_random(void);

#endif
