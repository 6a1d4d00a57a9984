/* SPDX-License-Identifier: BSD-3-Clause */
/* A row of numbers as a row of bars. */
#include "cli/sparkline.h"

#include <string.h>

enum { HEIGHTS = 8 };

/* Nothing, then from the lowest to the highest. */
static const char *const bars[HEIGHTS + 1] = { " ",      "\u2581", "\u2582",
                                               "\u2583", "\u2584", "\u2585",
                                               "\u2586", "\u2587", "\u2588" };
static const char *const plain_bars[HEIGHTS + 1] = { " ", ".", ":", "-", "=",
                                                     "+", "*", "#", "@" };

static unsigned
height_of(double number, double most)
{
    unsigned height;

    if (number <= 0)
        return 0;
    height = (unsigned)(number / most * HEIGHTS);
    return height < 1 ? 1 : height > HEIGHTS ? HEIGHTS : height;
}

void
sparkline_draw(const double *numbers, size_t count, bool is_utf8,
               char out[SPARKLINE_TEXT])
{
    const char *const *shapes = is_utf8 ? bars : plain_bars;
    double most = 0;

    for (size_t i = 0; i < count; i++)
        most = numbers[i] > most ? numbers[i] : most;
    for (size_t i = 0; i < count && i < SPARKLINE_MOST; i++)
        out = stpcpy(out, shapes[height_of(numbers[i], most)]);
    *out = '\0';
}
