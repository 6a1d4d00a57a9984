/* SPDX-License-Identifier: BSD-3-Clause */
/* A row of numbers as a row of bars, one column of the terminal each. */
#ifndef CLI_SPARKLINE_H
#define CLI_SPARKLINE_H

#include <stdbool.h>
#include <stddef.h>

enum { SPARKLINE_MOST = 40, SPARKLINE_TEXT = 3 * SPARKLINE_MOST + 1 };

/* The highest number has the highest bar, and only 0 has none; at most
 * SPARKLINE_MOST of them. Without UTF-8 in characters of ASCII. */
void sparkline_draw(const double *numbers, size_t count, bool is_utf8,
                    char out[SPARKLINE_TEXT]);

#endif
