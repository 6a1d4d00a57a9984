/* SPDX-License-Identifier: BSD-3-Clause */
/* Templates written as text. */
#include "tests/differential/template.h"

#include "common/names.h"
#include "tests/differential/material.h"

#include <ctype.h>
#include <stdlib.h>
#include <string.h>

CK_ULONG
constant_parse(const char *text)
{
    static const struct {
        char prefix[5];
        enum name_kind kind;
    } kinds[] = {
        { "CKR_", NAME_CKR }, { "CKM_", NAME_CKM }, { "CKA_", NAME_CKA },
        { "CKO_", NAME_CKO }, { "CKK_", NAME_CKK }, { "CKC_", NAME_CKC },
        { "CKG_", NAME_CKG }, { "CKD_", NAME_CKD }, { "CKH_", NAME_CKH },
    };
    CK_ULONG value;
    char *end;

    for (size_t i = 0; i < sizeof(kinds) / sizeof(kinds[0]); i++)
        if (strncmp(text, kinds[i].prefix, 4) == 0 &&
            name_find(kinds[i].kind, text, &value))
            return value;
    value = strtoul(text, &end, 0);
    if (*text == '\0' || *end != '\0')
        fixture_fail("\"%s\" is neither a constant nor a number", text);
    return value;
}

static int
digit_value(char digit)
{
    const char *digits = "0123456789abcdef", *at = strchr(digits, digit);

    if (digit == '\0' || at == NULL)
        fixture_fail("'%c' is no hexadecimal digit", digit);
    return (int)(at - digits);
}

static struct bytes
hex_parse(struct talk *talk, const char *text)
{
    size_t length = strlen(text) / 2;
    CK_BYTE *bytes = talk_keep(talk, text, length);

    for (size_t i = 0; i < length; i++)
        bytes[i] = (CK_BYTE)(digit_value(text[2 * i]) << 4 |
                             digit_value(text[2 * i + 1]));
    return (struct bytes){ bytes, length };
}

/* What is between two brackets, with blanks for the commas. */
static char *
inside(struct talk *talk, const char *text)
{
    size_t length = strlen(text);
    char *inner;

    if (length < 2 || text[length - 1] != (text[0] == '{' ? '}' : ']'))
        fixture_fail("\"%s\" does not end with its bracket", text);
    inner = talk_keep(talk, text + 1, length - 2);
    for (char *at = inner; *at != '\0'; at++)
        if (*at == ',')
            *at = ' ';
    return inner;
}

static struct bytes
array_parse(struct talk *talk, const char *text)
{
    char *rest = inside(talk, text), *word, *save;
    CK_ULONG values[16];
    size_t n = 0;

    for (word = strtok_r(rest, " ", &save); word != NULL && n < 16;
         word = strtok_r(NULL, " ", &save))
        values[n++] = constant_parse(word);
    return (struct bytes){ talk_keep(talk, values, n * sizeof(values[0])),
                           n * sizeof(values[0]) };
}

static struct bytes value_parse(struct talk *talk, const char *text);

static struct bytes
nested_parse(struct talk *talk, const char *text)
{
    struct template inner = template_parse(talk, inside(talk, text));
    size_t length = inner.count * sizeof(inner.items[0]);

    return (struct bytes){ talk_keep(talk, inner.items, length), length };
}

static struct bytes
value_parse(struct talk *talk, const char *text)
{
    static const CK_BBOOL yes = CK_TRUE, no = CK_FALSE;
    CK_ULONG number;

    if (strcmp(text, "yes") == 0)
        return (struct bytes){ talk_keep(talk, &yes, sizeof(yes)), 1 };
    if (strcmp(text, "no") == 0)
        return (struct bytes){ talk_keep(talk, &no, sizeof(no)), 1 };
    switch (*text) {
    case '-':
        return bytes_null(0);
    case '?':
        return bytes_null(strtoul(text + 1, NULL, 10));
    case '\'':
        return (struct bytes){ talk_keep(talk, text + 1, strlen(text + 1)),
                               strlen(text + 1) };
    case 'x':
        return hex_parse(talk, text + 1);
    case '@':
        return material_find(text + 1);
    case '[':
        return array_parse(talk, text);
    case '{':
        return nested_parse(talk, text);
    default:
        number = constant_parse(text);
        return (struct bytes){ talk_keep(talk, &number, sizeof(number)),
                               sizeof(number) };
    }
}

/* The end of a word: a blank that is not inside a nested template. */
static size_t
word_length(const char *text)
{
    size_t length = 0;
    int depth = 0;

    while (text[length] != '\0' && (depth > 0 || text[length] != ' ')) {
        depth += text[length] == '{' ? 1 : text[length] == '}' ? -1 : 0;
        length++;
    }
    return length;
}

struct template template_parse(struct talk *talk, const char *text)
{
    struct template template = { .count = 0 };

    while (*(text += strspn(text, " ")) != '\0') {
        size_t length = word_length(text);
        char *word = talk_keep(talk, text, length);
        char *value = strchr(word, '=');
        struct bytes bytes;

        if (value == NULL || template.count == TEMPLATE_MAX)
            fixture_fail("\"%s\" is no attribute, or one too many", word);
        *value++ = '\0';
        bytes = value_parse(talk, value);
        template.items[template.count++] =
            (CK_ATTRIBUTE){ constant_parse(word), bytes.at, bytes.length };
        text += length;
    }
    return template;
}
