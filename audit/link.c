/* SPDX-License-Identifier: BSD-3-Clause */
/* Reads the first fields of a record, letter by letter as they are written. */
#include "audit/link.h"

#include <string.h>

static const char before_run[] = "{\"v\":1,\"run\":\"";
static const char before_n[] = "\",\"n\":";
static const char before_prev[] = ",\"prev\":\"";
static const char before_time[] = "\",\"time\":\"";
static const char before_event[] = "\",\"event\":\"";
static const char usual_end[] = ",\"detail\":null}";
static const char torn[] = "torn\"";
static const char checkpoint[] = "checkpoint\"";

/* The byte behind the run. */
enum { RUN_END = sizeof(before_run) - 1 + 2 * LINK_BYTES };

/* What of a line is not read yet. */
struct rest {
    const char *next;
    const char *end;
};

static bool
pass(struct rest *rest, const char *text, size_t length)
{
    if ((size_t)(rest->end - rest->next) < length ||
        memcmp(rest->next, text, length) != 0)
        return false;
    rest->next += length;
    return true;
}

#define PASS(rest, text) pass(rest, text, sizeof(text) - 1)

static int
digit_of(char letter)
{
    if (letter >= '0' && letter <= '9')
        return letter - '0';
    return letter >= 'a' && letter <= 'f' ? letter - 'a' + 10 : -1;
}

static bool
read_bytes(struct rest *rest, unsigned char out[LINK_BYTES])
{
    if (rest->end - rest->next < 2 * LINK_BYTES)
        return false;
    for (size_t i = 0; i < LINK_BYTES; i++) {
        int high = digit_of(rest->next[2 * i]);
        int low = digit_of(rest->next[2 * i + 1]);

        if (high < 0 || low < 0)
            return false;
        out[i] = (unsigned char)(high << 4 | low);
    }
    rest->next += 2 * LINK_BYTES;
    return true;
}

static bool
read_number(struct rest *rest, uint64_t *out)
{
    const char *first = rest->next;
    uint64_t number = 0;

    while (rest->next < rest->end && *rest->next >= '0' && *rest->next <= '9')
        if (__builtin_mul_overflow(number, (uint64_t)10, &number) ||
            __builtin_add_overflow(number, (uint64_t)(*rest->next++ - '0'),
                                   &number))
            return false;
    *out = number;
    return rest->next > first && (first[0] != '0' || rest->next == first + 1);
}

/* Whether the brackets outside of texts are closed by its end, and not before:
 * a record ends with one, but not every one ends a record. */
static bool
is_closed(const char *line, size_t length)
{
    size_t depth = 0;
    bool is_in_text = false;

    for (size_t i = 0; i < length; i++) {
        if (line[i] == '"')
            is_in_text = !is_in_text;
        else if (is_in_text)
            i += line[i] == '\\';
        else if (line[i] == '{' || line[i] == '[')
            depth++;
        else if ((line[i] == '}' || line[i] == ']') && --depth == 0)
            return i + 1 == length;
    }
    return false;
}

/* Inside of a text those letters would have backslashes among them. */
static bool
is_whole(const char *line, size_t length)
{
    const size_t end = sizeof(usual_end) - 1;

    return (length > end && memcmp(line + length - end, usual_end, end) == 0) ||
           is_closed(line, length);
}

bool
link_read(const char *line, size_t length, struct link *out)
{
    struct rest rest = { line, line + length };

    if (!PASS(&rest, before_run) || !read_bytes(&rest, out->run) ||
        !PASS(&rest, before_n) || !read_number(&rest, &out->n) ||
        !PASS(&rest, before_prev) || !read_bytes(&rest, out->prev) ||
        !PASS(&rest, before_time) || !is_whole(line, length))
        return false;
    rest.next = memchr(rest.next, '"', (size_t)(rest.end - rest.next));
    if (rest.next == NULL || !PASS(&rest, before_event))
        return false;
    out->is_torn = PASS(&rest, torn);
    out->is_checkpoint = PASS(&rest, checkpoint);
    return true;
}

/* A quotation mark inside a text has a backslash before it, so that only the
 * beginning of a record looks like one. */
size_t
link_find(const char *line, size_t length)
{
    const size_t mark = sizeof(before_run) - 1;
    size_t left = length;

    while (left > 0) {
        const char *brace = memrchr(line, '{', left);

        if (brace == NULL)
            return length;
        left = (size_t)(brace - line);
        if (length - left >= mark && memcmp(brace, before_run, mark) == 0)
            return left;
    }
    return length;
}

bool
link_read_run(const char *line, size_t length, unsigned char out[LINK_BYTES])
{
    struct rest rest = { line, line + length };

    return PASS(&rest, before_run) && read_bytes(&rest, out);
}

/* How many bytes of it are as a record begins, up to its run. */
static size_t
count_begun(const char *line, size_t length)
{
    const size_t mark = sizeof(before_run) - 1;
    size_t n = 0;

    while (n < length && n < RUN_END &&
           (n < mark ? line[n] == before_run[n] : digit_of(line[n]) >= 0))
        n++;
    return n;
}

bool
link_is_beginning(const char *line, size_t length)
{
    size_t begin = 0, n = 0;

    /* What is too short to say whose it is may have another one behind it. */
    while (begin < length && n < RUN_END) {
        n = count_begun(line + begin, length - begin);
        if (n == 0)
            return false;
        begin += n;
    }
    return begin > 0 && !is_whole(line, length);
}
