/* SPDX-License-Identifier: BSD-3-Clause */
/* A point in time as people write it. */
#ifndef CLI_MOMENT_H
#define CLI_MOMENT_H

#include "common/clock.h"

/*
 * A time of RFC 3339, where seconds, their fraction and the zone (then UTC)
 * may be missing; a day, which is its beginning; or how long before `now` it
 * was: "90s", "2h", "7d". False when it is none; *out is in UTC.
 */
bool moment_read(const char *text, struct timespec now,
                 char out[CLOCK_TEXT_LENGTH + 1]);

/* The whole seconds since 1970 of a time as clock_format writes it; false: it
 * is of another form. */
bool moment_seconds(const char *text, int64_t *out);

#endif
