/* SPDX-License-Identifier: BSD-3-Clause */
/* Lengths of time as the file writes them: "200ms", "2s", "5m", "1h", "7d". */
#ifndef CONFIG_DURATION_H
#define CONFIG_DURATION_H

#include <stdint.h>

enum duration_result {
    DURATION_OK,
    DURATION_MALFORMED,
    DURATION_TOO_LONG, /* more than a year, which is DURATION_LONGEST */
};

/* A year: in nanoseconds and added to any clock it still does not overflow. */
#define DURATION_LONGEST "8760h"

/* *out is in milliseconds, and only written with DURATION_OK. */
enum duration_result duration_parse(const char *text, uint64_t *out);

#endif
