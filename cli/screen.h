/* SPDX-License-Identifier: BSD-3-Clause */
/* The whole terminal for a while, to draw on again and again. Whatever ends
 * that, the terminal is as it was. */
#ifndef CLI_SCREEN_H
#define CLI_SCREEN_H

#include "common/error.h"

#include <stdbool.h>
#include <stdint.h>

struct screen;

/* NULL with `error`: standard input and output are no terminal. */
struct screen *screen_begin(struct error *error);

/* Draws a text of lines, of which as much is shown as there is room for. */
void screen_show(struct screen *screen, const char *text);

/* For so long, or until its size changes or somebody stopped the tool
 * meanwhile, when it is time to draw again. False: whoever looks at it has
 * enough, by q or Ctrl-C. */
bool screen_wait(struct screen *screen, uint64_t milliseconds);

/* Whether it shows characters of Unicode. */
bool screen_is_utf8(const struct screen *screen);

/* A signal that was to end the process does so here. */
void screen_end(struct screen *screen);

#endif
