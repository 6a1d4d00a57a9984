/* SPDX-License-Identifier: BSD-3-Clause */
/* Reads points in time. */
#include "cli/moment.h"

#include "config/duration.h"

#include <string.h>

enum { DAY_LENGTH = 10, MINUTE_LENGTH = 5, SECOND_LENGTH = 3 };

static const long ns_per_second = 1000 * 1000 * 1000;

/* Reads a part that is so long by its strptime(3) format. */
static bool
pass(const char **text, const char *format, size_t length, struct tm *out)
{
    const char *end = strptime(*text, format, out);

    if (end == NULL || (size_t)(end - *text) != length)
        return false;
    *text = end;
    return true;
}

static bool
pass_fraction(const char **text, long *out)
{
    long digit = ns_per_second;
    size_t length;

    if (**text != '.')
        return true;
    length = strspn(*text + 1, "0123456789");
    for (size_t i = 1; i <= length; i++) {
        digit /= 10;
        *out += ((*text)[i] - '0') * digit;
    }
    *text += length + 1;
    return length > 0;
}

/* How far the zone is from UTC. */
static bool
pass_zone(const char **text, long *out_seconds)
{
    struct tm zone = { .tm_hour = 0 };
    bool is_behind = **text == '-';

    if (strcmp(*text, "Z") == 0 || strcmp(*text, "z") == 0)
        ++*text;
    if (**text == '\0')
        return true;
    if (**text != '+' && !is_behind)
        return false;
    ++*text;
    if (!pass(text, "%H:%M", MINUTE_LENGTH, &zone))
        return false;
    *out_seconds = 60L * (60L * zone.tm_hour + zone.tm_min);
    if (is_behind)
        *out_seconds = -*out_seconds;
    return **text == '\0';
}

static bool
read_time(const char *text, struct timespec *out)
{
    struct tm parts = { .tm_mday = 0 };
    long zone = 0;
    int day;

    if (!pass(&text, "%Y-%m-%d", DAY_LENGTH, &parts))
        return false;
    out->tv_nsec = 0;
    if (*text != '\0') {
        if (strchr("Tt ", *text++) == NULL ||
            !pass(&text, "%H:%M", MINUTE_LENGTH, &parts))
            return false;
        if (*text == ':' && (!pass(&text, ":%S", SECOND_LENGTH, &parts) ||
                             !pass_fraction(&text, &out->tv_nsec)))
            return false;
        if (!pass_zone(&text, &zone))
            return false;
    }
    day = parts.tm_mday;
    out->tv_sec = timegm(&parts) - zone;
    return parts.tm_mday == day; /* February has no 30th */
}

static bool
read_distance(const char *text, struct timespec now, struct timespec *out)
{
    uint64_t milliseconds;

    if (duration_parse(text, &milliseconds) != DURATION_OK)
        return false;
    out->tv_sec = now.tv_sec - (time_t)(milliseconds / 1000);
    out->tv_nsec = now.tv_nsec - (long)(milliseconds % 1000) * 1000 * 1000;
    if (out->tv_nsec < 0) {
        out->tv_sec--;
        out->tv_nsec += ns_per_second;
    }
    return true;
}

bool
moment_read(const char *text, struct timespec now,
            char out[CLOCK_TEXT_LENGTH + 1])
{
    struct timespec when;

    if (!read_time(text, &when) && !read_distance(text, now, &when))
        return false;
    clock_format(when, out);
    return true;
}

/* A number of so many digits, and the character behind it. */
static bool
pass_digits(const char **text, unsigned n_digits, char behind, int *out)
{
    *out = 0;
    for (; n_digits > 0; n_digits--, ++*text) {
        if (**text < '0' || **text > '9')
            return false;
        *out = 10 * *out + (**text - '0');
    }
    return *(*text)++ == behind;
}

bool
moment_seconds(const char *text, int64_t *out)
{
    struct tm parts = { .tm_mday = 0 };
    const char *at = text;
    int fraction;

    if (!pass_digits(&at, 4, '-', &parts.tm_year) ||
        !pass_digits(&at, 2, '-', &parts.tm_mon) ||
        !pass_digits(&at, 2, 'T', &parts.tm_mday) ||
        !pass_digits(&at, 2, ':', &parts.tm_hour) ||
        !pass_digits(&at, 2, ':', &parts.tm_min) ||
        !pass_digits(&at, 2, '.', &parts.tm_sec) ||
        !pass_digits(&at, 6, 'Z', &fraction) || *at != '\0')
        return false;
    parts.tm_year -= 1900;
    parts.tm_mon -= 1;
    *out = timegm(&parts);
    return true;
}
