/* SPDX-License-Identifier: BSD-3-Clause */
/* Reads a whole number of bytes with a unit. */
#include "config/size.h"

#include <stddef.h>
#include <string.h>

static const struct unit {
    const char *name;
    uint64_t bytes;
} units[] = {
    { "B", 1 },
    { "KiB", 1024 },
    { "MiB", 1024 * 1024 },
    { "GiB", 1024 * 1024 * 1024 },
};

static bool
read_number(const char *text, size_t n_digits, uint64_t *out)
{
    uint64_t number = 0;

    for (size_t i = 0; i < n_digits; i++)
        if (__builtin_mul_overflow(number, (uint64_t)10, &number) ||
            __builtin_add_overflow(number, (uint64_t)(text[i] - '0'), &number))
            return false;
    *out = number;
    return n_digits > 0;
}

bool
size_parse(const char *text, uint64_t *out)
{
    size_t n_digits = strspn(text, "0123456789");
    uint64_t number;
    uint64_t bytes;

    if (!read_number(text, n_digits, &number))
        return false;
    if (number == 0 && text[n_digits] == '\0') {
        *out = 0;
        return true;
    }
    for (size_t i = 0; i < sizeof(units) / sizeof(units[0]); i++)
        if (strcmp(units[i].name, text + n_digits) == 0 &&
            !__builtin_mul_overflow(number, units[i].bytes, &bytes)) {
            *out = bytes;
            return true;
        }
    return false;
}
