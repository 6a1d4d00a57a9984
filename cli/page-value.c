/* SPDX-License-Identifier: BSD-3-Clause */
/* Values as they stand in a page. */
#include "cli/page.h"

#include "cli/moment.h"
#include "cli/utf8.h"

#include <inttypes.h>
#include <string.h>
#include <time.h>

enum {
    FINGERPRINT_LENGTH = 16,
    TIME_OFFSET = 11,
    LONGEST_PATH = 160, /* bytes of what is longer */
    LONGEST_NAME = 48
};

static const char replacement[] = "\xef\xbf\xbd"; /* U+FFFD */

/* -- Texts ---------------------------------------------------------------- */

/* Characters that XML has none of, or that change how others are shown. */
static bool
is_shown(uint32_t character)
{
    if (character == UTF8_INVALID || character < ' ' ||
        (character >= 0x7f && character < 0xa0) ||
        (character & 0xfffe) == 0xfffe)
        return false;
    return !(character >= 0x200b && character <= 0x200f) &&
           !(character >= 0x2028 && character <= 0x202e) &&
           !(character >= 0x2060 && character <= 0x206f) &&
           character != 0xfeff && character != 0x061c;
}

static void
put_character(FILE *stream, const char *bytes, size_t length,
              uint32_t character)
{
    switch (character) {
    case '<':
        (void)fputs("&lt;", stream);
        break;
    case '>':
        (void)fputs("&gt;", stream);
        break;
    case '&':
        (void)fputs("&amp;", stream);
        break;
    case '"':
        (void)fputs("&quot;", stream);
        break;
    case '\'':
        (void)fputs("&#39;", stream);
        break;
    default:
        if (is_shown(character))
            (void)fwrite(bytes, 1, length, stream);
        else
            (void)fputs(replacement, stream);
    }
}

void
page_text_cut(FILE *stream, const char *text, size_t length)
{
    size_t at = 0;

    if (text == NULL || text[0] == '\0') {
        (void)fputs("\xe2\x80\x93", stream); /* a dash */
        return;
    }
    while (text[at] != '\0') {
        uint32_t character;
        size_t bytes = utf8_next(text + at, &character);

        if (at + bytes > length) {
            (void)fputs("\xe2\x80\xa6", stream); /* an ellipsis */
            return;
        }
        put_character(stream, text + at, bytes, character);
        at += bytes;
    }
}

void
page_text(FILE *stream, const char *text)
{
    page_text_cut(stream, text, SIZE_MAX);
}

/* -- Numbers -------------------------------------------------------------- */

void
page_number(FILE *stream, uint64_t number)
{
    char digits[24];
    int length = snprintf(digits, sizeof(digits), "%" PRIu64, number);

    for (int i = 0; i < length; i++) {
        if (i > 0 && (length - i) % 3 == 0)
            (void)fputc(',', stream);
        (void)fputc(digits[i], stream);
    }
}

void
page_count(FILE *stream, uint64_t number, const char *word)
{
    page_number(stream, number);
    (void)fprintf(stream, " %s%s", word, number == 1 ? "" : "s");
}

void
page_duration(FILE *stream, uint64_t us)
{
    if (us < 1000)
        (void)fprintf(stream, "%" PRIu64 " \xc2\xb5s", us);
    else if (us < 100 * 1000)
        (void)fprintf(stream, "%.1f ms", (double)us / 1e3);
    else if (us < 1000 * 1000)
        (void)fprintf(stream, "%.0f ms", (double)us / 1e3);
    else if (us < 100 * 1000 * 1000)
        (void)fprintf(stream, "%.1f s", (double)us / 1e6);
    else {
        page_number(stream, us / (1000 * 1000));
        (void)fputs(" s", stream);
    }
}

/* -- Times ---------------------------------------------------------------- */

void
page_time(FILE *stream, const char *time)
{
    int64_t second;

    if (time == NULL || !moment_seconds(time, &second))
        page_text(stream, time);
    else
        (void)fprintf(stream, "<time datetime=\"%s\">%.10s %.8s</time>", time,
                      time, time + TIME_OFFSET);
}

static const struct {
    int64_t seconds;
    const char *name;
} units[] = {
    { 24 * 60 * 60, "day" },
    { 60 * 60, "hour" },
    { 60, "minute" },
    { 1, "second" },
};

enum { N_UNITS = sizeof(units) / sizeof(units[0]) };

void
page_step_length(FILE *stream, int64_t seconds)
{
    unsigned i = 0;

    while (i + 1 < N_UNITS && seconds % units[i].seconds != 0)
        i++;
    page_count(stream, (uint64_t)(seconds / units[i].seconds), units[i].name);
}

void
page_step(FILE *stream, int64_t second, int64_t length)
{
    time_t time = second;
    struct tm parts;

    (void)gmtime_r(&time, &parts);
    (void)fprintf(stream, "%d-%02d-%02d", parts.tm_year + 1900,
                  parts.tm_mon + 1, parts.tm_mday);
    if (length < units[0].seconds)
        (void)fprintf(stream, " %02d:%02d", parts.tm_hour, parts.tm_min);
    if (length < units[2].seconds)
        (void)fprintf(stream, ":%02d", parts.tm_sec);
}

/* -- Names ---------------------------------------------------------------- */

void
page_program(FILE *stream, const char *exe)
{
    const char *slash = exe == NULL ? NULL : strrchr(exe, '/');

    if (slash == NULL || slash[1] == '\0') {
        page_text(stream, exe);
        return;
    }
    (void)fputs("<span title=\"", stream);
    page_text_cut(stream, exe, LONGEST_PATH);
    (void)fputs("\">", stream);
    page_text_cut(stream, slash + 1, LONGEST_NAME);
    (void)fputs("</span>", stream);
}

/* Without what begins the names of all constants of its kind. */
static void
put_word(FILE *stream, const char *name)
{
    if (strncmp(name, "CKO_", 4) == 0 || strncmp(name, "CKK_", 4) == 0)
        name += 4;
    page_text(stream, name);
}

static bool
is_empty(const char *text)
{
    return text == NULL || text[0] == '\0';
}

void
page_key(FILE *stream, const struct entry_key *key)
{
    (void)fputs("<bdi class=\"name\">", stream);
    page_text(stream, is_empty(key->label) ? "no label" : key->label);
    (void)fputs("</bdi><small>", stream);
    if (!is_empty(key->object_class))
        put_word(stream, key->object_class);
    if (!is_empty(key->type)) {
        (void)fputc(' ', stream);
        put_word(stream, key->type);
    }
    if (!is_empty(key->id)) {
        (void)fputs(" \xc2\xb7 id ", stream);
        page_text(stream, key->id);
    }
    if (!is_empty(key->fingerprint)) {
        (void)fputs(" \xc2\xb7 <span title=\"", stream);
        page_text(stream, key->fingerprint);
        (void)fputs("\">", stream);
        page_text_cut(stream, key->fingerprint, FINGERPRINT_LENGTH);
        (void)fputs("</span>", stream);
    }
    (void)fputs("</small>", stream);
}
