/* SPDX-License-Identifier: BSD-3-Clause */
/* The list of mistakes that a reading of the file collects. */
#include "config/mistake.h"

#include "common/cleanup.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* Takes `text` over. */
static void
mistake_append(struct mistake_list *list, unsigned line, char *text)
{
    struct mistake *items =
        reallocarray(list->items, list->n_items + 1, sizeof(*items));

    if (items == NULL) {
        list->out_of_memory = true;
        free(text);
        return;
    }
    list->items = items;
    items[list->n_items++] = (struct mistake){ line, text };
}

void
mistake_add_list(struct mistake_list *list, const char *file, unsigned line,
                 const char *format, va_list arguments)
{
    CLEANUP(freep) char *what = NULL;
    char *text = NULL;
    int length;

    if (vasprintf(&what, format, arguments) < 0) {
        what = NULL;
        list->out_of_memory = true;
        return;
    }
    if (line == 0)
        length = asprintf(&text, "%s: %s", file, what);
    else
        length = asprintf(&text, "%s:%u: %s", file, line, what);
    if (length < 0)
        list->out_of_memory = true;
    else
        mistake_append(list, line, text);
}

void
mistake_add(struct mistake_list *list, const char *file, unsigned line,
            const char *format, ...)
{
    va_list arguments;

    va_start(arguments, format);
    mistake_add_list(list, file, line, format, arguments);
    va_end(arguments);
}

void
mistake_add_whole(struct mistake_list *list, const char *text)
{
    char *copy = strdup(text);

    if (copy == NULL)
        list->out_of_memory = true;
    else
        mistake_append(list, 0, copy);
}

void
mistake_list_sort(struct mistake_list *list)
{
    /* Few, and nearly in order: insertion keeps those of one line as found. */
    for (size_t i = 1; i < list->n_items; i++) {
        struct mistake item = list->items[i];
        size_t at = i;

        while (at > 0 && list->items[at - 1].line > item.line) {
            list->items[at] = list->items[at - 1];
            at--;
        }
        list->items[at] = item;
    }
}

void
mistake_list_clear(struct mistake_list *list)
{
    for (size_t i = 0; i < list->n_items; i++)
        free(list->items[i].text);
    free(list->items);
    *list = (struct mistake_list){ 0 };
}

const char *
mistake_quote(const char *text, char out[QUOTE_LENGTH])
{
    const size_t room = QUOTE_LENGTH - sizeof("\"...\"");
    size_t length = strlen(text);
    size_t kept = length > room ? room : length;
    size_t at = 0;

    /* Not in the middle of a UTF-8 character. */
    while (kept < length && kept > 0 && (text[kept] & 0xc0) == 0x80)
        kept--;
    out[at++] = '"';
    for (size_t i = 0; i < kept; i++) {
        unsigned char byte = (unsigned char)text[i];

        out[at++] = byte < 0x20 || byte == 0x7f ? '?' : text[i];
    }
    snprintf(out + at, QUOTE_LENGTH - at, "%s\"", kept < length ? "..." : "");
    return out;
}
