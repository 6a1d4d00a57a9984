/* SPDX-License-Identifier: BSD-3-Clause */
/* Checks texts letter by letter. */
#include "config/letters.h"

#include <stdbool.h>
#include <string.h>

/* How UTF-8 characters of each length begin (RFC 3629, section 3). */
struct lead {
    unsigned char mask;
    unsigned char bits;
    size_t n_more;
    unsigned long smallest; /* what needs no shorter form */
};

static const struct lead leads[] = {
    { 0x80, 0x00, 0, 0 },
    { 0xe0, 0xc0, 1, 0x80 },
    { 0xf0, 0xe0, 2, 0x800 },
    { 0xf8, 0xf0, 3, 0x10000 },
};

static const struct lead *
lead_find(unsigned char byte)
{
    for (size_t i = 0; i < sizeof(leads) / sizeof(leads[0]); i++)
        if ((byte & leads[i].mask) == leads[i].bits)
            return &leads[i];
    return NULL;
}

/* The length of the character that the text begins with; 0: it is none. */
static size_t
character_length(const unsigned char *text)
{
    const struct lead *lead = lead_find(text[0]);
    unsigned long value;

    if (lead == NULL)
        return 0;
    value = (unsigned long)text[0] & (unsigned char)~lead->mask;
    for (size_t i = 1; i <= lead->n_more; i++) {
        if ((text[i] & 0xc0) != 0x80) /* the final NUL ends here as well */
            return 0;
        value = value << 6 | (text[i] & 0x3f);
    }
    if (value < lead->smallest || value > 0x10ffff ||
        (value >= 0xd800 && value <= 0xdfff))
        return 0;
    return 1 + lead->n_more;
}

const char *
letters_check_name(const char *text)
{
    static const char allowed[] = "abcdefghijklmnopqrstuvwxyz"
                                  "ABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789._-";

    if (*text == '\0')
        return "is empty; give a name";
    if (text[strspn(text, allowed)] != '\0')
        return "has other characters than letters, digits, \".\", \"_\" and "
               "\"-\"; use these only";
    return NULL;
}

const char *
letters_check_text(const char *text)
{
    const unsigned char *at = (const unsigned char *)text;

    if (*text == '\0')
        return "is empty; give a text";
    while (*at != '\0') {
        size_t length = character_length(at);

        if (length == 0)
            return "is not UTF-8; save the file as UTF-8";
        if (*at < 0x20 || *at == 0x7f)
            return "has a control character; remove it";
        at += length;
    }
    return NULL;
}

const char *
letters_check_field(const char *text)
{
    const char *mistake = letters_check_text(text);

    if (mistake == NULL && text[strlen(text) - 1] == ' ')
        mistake = "ends with a blank, which padding hides; remove it";
    return mistake;
}

const char *
letters_check_serial(const char *text)
{
    const char *mistake = letters_check_field(text);

    for (const char *at = text; mistake == NULL && *at != '\0'; at++)
        if ((unsigned char)*at >= 0x80)
            mistake = "is not ASCII; use letters, digits and signs of ASCII";
    return mistake;
}

const char *
letters_check_folder(const char *text)
{
    const char *mistake = letters_check_text(text);

    if (mistake == NULL && *text != '/')
        mistake = "is not an absolute path; begin it with \"/\"";
    return mistake;
}

const char *
letters_check_target(const char *text)
{
    static const char *const targets[] = { "stderr", "syslog", "journal" };
    static const char file[] = "file:";

    for (size_t i = 0; i < sizeof(targets) / sizeof(targets[0]); i++)
        if (strcmp(text, targets[i]) == 0)
            return NULL;
    if (strncmp(text, file, sizeof(file) - 1) == 0 &&
        text[sizeof(file) - 1] == '/')
        return letters_check_text(text);
    return "is no place for messages; use \"stderr\", \"syslog\", \"journal\" "
           "or \"file:/...\" with an absolute path";
}
