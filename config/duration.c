/* SPDX-License-Identifier: BSD-3-Clause */
/* Reads a whole number with a unit of time. */
#include "config/duration.h"

#include <stdbool.h>
#include <stddef.h>
#include <string.h>

struct unit {
    const char *name;
    uint64_t milliseconds;
};

static const struct unit units[] = {
    { "ms", 1 },
    { "s", 1000 },
    { "m", 60 * 1000 },
    { "h", 60 * 60 * 1000 },
    { "d", 24 * 60 * 60 * 1000 },
};

static const uint64_t longest_ms = 8760ULL * 60 * 60 * 1000;

static const struct unit *
unit_find(const char *name)
{
    for (size_t i = 0; i < sizeof(units) / sizeof(units[0]); i++)
        if (strcmp(units[i].name, name) == 0)
            return &units[i];
    return NULL;
}

enum duration_result
duration_parse(const char *text, uint64_t *out)
{
    size_t n_digits = strspn(text, "0123456789");
    const struct unit *unit = unit_find(text + n_digits);
    uint64_t number = 0;

    if (n_digits == 0 || unit == NULL)
        return DURATION_MALFORMED;
    for (size_t i = 0; i < n_digits; i++) {
        number = number * 10 + (uint64_t)(text[i] - '0');
        /* Checked at each digit, so that it never overflows. */
        if (number > longest_ms)
            return DURATION_TOO_LONG;
    }
    if (number > longest_ms / unit->milliseconds)
        return DURATION_TOO_LONG;
    *out = number * unit->milliseconds;
    return DURATION_OK;
}
