/* SPDX-License-Identifier: BSD-3-Clause */
/* Writes and reads lines of a word and a value. */
#include "audit/word-text.h"

#include <inttypes.h>
#include <string.h>

enum { HEX_LENGTH = 2 * SHA256_LENGTH };

void
word_write_number(FILE *stream, const char *word, uint64_t number)
{
    (void)fprintf(stream, "%s %" PRIu64 "\n", word, number);
}

void
word_write_hash(FILE *stream, const char *word, const struct tree_hash *hash)
{
    (void)fprintf(stream, "%s ", word);
    for (size_t i = 0; i < SHA256_LENGTH; i++)
        (void)fprintf(stream, "%02x", hash->bytes[i]);
    (void)fputc('\n', stream);
}

void
word_write_nodes(FILE *stream, const struct tree *tree)
{
    for (unsigned level = TREE_MAX_HEIGHT; level-- > 0;)
        if ((tree->size >> level & 1) != 0)
            word_write_hash(stream, "node", &tree->peaks[level]);
}

/* The value, which lies up to *out_end; NULL where the line is another one. */
static const char *
find_value(const char *line, const char *word, const char **out_end)
{
    size_t length = strlen(word);

    if (strncmp(line, word, length) != 0 || line[length] != ' ')
        return NULL;
    *out_end = strchr(line, '\n');
    return *out_end != NULL ? line + length + 1 : NULL;
}

bool
word_take_number(const char **next, const char *word, uint64_t *out)
{
    const char *end;
    const char *value = find_value(*next, word, &end);
    uint64_t number = 0;

    if (value == NULL || value == end || (*value == '0' && end - value > 1))
        return false;
    for (; value < end; value++)
        if (*value < '0' || *value > '9' ||
            __builtin_mul_overflow(number, (uint64_t)10, &number) ||
            __builtin_add_overflow(number, (uint64_t)(*value - '0'), &number))
            return false;
    *out = number;
    *next = end + 1;
    return true;
}

bool
word_take_hash(const char **next, const char *word, struct tree_hash *out)
{
    const char *end;
    const char *value = find_value(*next, word, &end);

    if (value == NULL || end - value != HEX_LENGTH ||
        strspn(value, "0123456789abcdef") != HEX_LENGTH)
        return false;
    for (size_t i = 0; i < SHA256_LENGTH; i++)
        if (sscanf(value + 2 * i, "%2hhx", &out->bytes[i]) != 1)
            return false;
    *next = end + 1;
    return true;
}

bool
word_take_text(const char **next, const char *word, char **out)
{
    const char *end;
    const char *value = find_value(*next, word, &end);

    if (value == NULL || value == end)
        return false;
    for (const char *letter = value; letter < end; letter++)
        if ((unsigned char)*letter < 0x20 || *letter == 0x7f)
            return false;
    *out = strndup(value, (size_t)(end - value));
    *next = end + 1;
    return *out != NULL;
}

bool
word_take_nodes(const char **next, struct tree *tree)
{
    for (unsigned level = TREE_MAX_HEIGHT; level-- > 0;)
        if ((tree->size >> level & 1) != 0 &&
            !word_take_hash(next, "node", &tree->peaks[level]))
            return false;
    return true;
}
