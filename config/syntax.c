/* SPDX-License-Identifier: BSD-3-Clause */
/* Steps over strings and comments of libconfig's syntax. */
#include "config/syntax.h"

#include <ctype.h>
#include <stdbool.h>
#include <string.h>

struct scan {
    const char *at;
    unsigned line;
    bool begins_line; /* only blanks since the line began */
};

/* libconfig keeps the lower 32 bits of a number without an L. */
static const char largest[] = "2147483647";
enum { MOST_HEX_DIGITS = 8 };

static bool
scan_is_at(const struct scan *scan, const char *word)
{
    return strncmp(scan->at, word, strlen(word)) == 0;
}

/* Goes forward, counting lines. */
static void
scan_skip(struct scan *scan, size_t length)
{
    for (; length > 0; length--, scan->at++) {
        if (*scan->at == '\n') {
            scan->line++;
            scan->begins_line = true;
        } else if (*scan->at != ' ' && *scan->at != '\t') {
            scan->begins_line = false;
        }
    }
}

/* Over a string; one without an end is left to libconfig's syntax error. */
static void
scan_skip_string(struct scan *scan)
{
    size_t length = 1;

    while (scan->at[length] != '"' && scan->at[length] != '\0') {
        if (scan->at[length] == '\\' && scan->at[length + 1] != '\0')
            length++;
        length++;
    }
    scan_skip(scan, length + (scan->at[length] == '"'));
}

static const char *
scan_skip_comment(struct scan *scan)
{
    const char *end = strstr(scan->at + 2, "*/");

    if (end == NULL)
        return "a comment begins here and has no end; close it with */";
    scan_skip(scan, (size_t)(end + 2 - scan->at));
    return NULL;
}

static const char *
number_check(const char *number)
{
    const char *digits = number + strspn(number, "0");
    size_t n_digits = strspn(digits, "0123456789");

    if (number[0] == '0' && (number[1] | 0x20) == 'x') {
        n_digits = strspn(number + 2, "0123456789abcdefABCDEF");
        if (n_digits > MOST_HEX_DIGITS && number[2 + n_digits] != 'L')
            return "a hexadecimal number has more than 8 digits; put L behind "
                   "it";
    } else if (digits[n_digits] != 'L' &&
               (n_digits > sizeof(largest) - 1 ||
                (n_digits == sizeof(largest) - 1 &&
                 strncmp(digits, largest, n_digits) > 0))) {
        return "a number is larger than 2147483647; put L behind it";
    }
    return NULL;
}

/* Over a name or number. */
static const char *
scan_skip_word(struct scan *scan)
{
    size_t length = 1;
    const char *mistake = NULL;

    while (isalnum((unsigned char)scan->at[length]) ||
           (scan->at[length] != '\0' && strchr("_-*", scan->at[length])))
        length++;
    if (isdigit((unsigned char)scan->at[0]))
        mistake = number_check(scan->at);
    if (mistake == NULL)
        scan_skip(scan, length);
    return mistake;
}

/* Over what comes next. */
static const char *
scan_step(struct scan *scan)
{
    static const char include[] = "@include";

    if (scan->begins_line && scan_is_at(scan, include))
        return "@include is not allowed; copy the settings into this file";
    if (*scan->at == '"')
        scan_skip_string(scan);
    else if (scan_is_at(scan, "/*"))
        return scan_skip_comment(scan);
    else if (*scan->at == '#' || scan_is_at(scan, "//"))
        scan_skip(scan, strcspn(scan->at, "\n"));
    else if (isalnum((unsigned char)*scan->at))
        return scan_skip_word(scan);
    else
        scan_skip(scan, 1);
    return NULL;
}

const char *
syntax_check(const char *text, size_t length, unsigned *out_line)
{
    struct scan scan = { .at = text, .line = 1, .begins_line = true };
    const char *mistake = NULL;

    while (mistake == NULL && *scan.at != '\0')
        mistake = scan_step(&scan);
    if (mistake == NULL && scan.at != text + length)
        mistake = "a NUL is in the text; save the file as plain UTF-8";
    *out_line = scan.line;
    return mistake;
}
