/* SPDX-License-Identifier: BSD-3-Clause */
/* The mistakes of one configuration file, each a line of text. */
#ifndef CONFIG_MISTAKE_H
#define CONFIG_MISTAKE_H

#include <stdarg.h>
#include <stdbool.h>
#include <stddef.h>

struct mistake {
    unsigned line; /* 0: of the file as a whole */
    char *text;
};

/* Zero-initialised is "none". */
struct mistake_list {
    struct mistake *items;
    size_t n_items;
    bool out_of_memory; /* then mistakes may be missing */
};

/* Adds "FILE:LINE: " and the text; without the line where that is 0. */
void mistake_add(struct mistake_list *list, const char *file, unsigned line,
                 const char *format, ...) __attribute__((format(printf, 4, 5)));
void mistake_add_list(struct mistake_list *list, const char *file,
                      unsigned line, const char *format, va_list arguments)
    __attribute__((format(printf, 4, 0)));

/* Adds a text that already says where. */
void mistake_add_whole(struct mistake_list *list, const char *text);

/* By line; those of one line stay in the order in which they were found. */
void mistake_list_sort(struct mistake_list *list);

void mistake_list_clear(struct mistake_list *list);

enum { QUOTE_LENGTH = 96 };

/*
 * Writes a text of the file as it may stand in a message: in quotes, on one
 * line, and cut where it is long. Returns `out`.
 */
const char *mistake_quote(const char *text, char out[QUOTE_LENGTH]);

#endif
