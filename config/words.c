/* SPDX-License-Identifier: BSD-3-Clause */
/* Splits a command line at its blanks, quotes and backslashes. */
#include "config/words.h"

#include <stdlib.h>
#include <string.h>

/* What a shell does not take as it stands: outside quotes, and inside double
 * ones. */
static const char signs[] = "|&;<>()$`*?[]{}~#\\";
static const char quoted_signs[] = "$`";

/* The words so far, all in one block behind their pointers. */
struct splitting {
    const char *at;
    char **words;
    size_t n_words;
    char *next; /* where the next letter goes */
    const char *mistake;
};

static bool
refuse(struct splitting *splitting, const char *mistake)
{
    splitting->mistake = mistake;
    return false;
}

static void
put(struct splitting *splitting, char letter)
{
    *splitting->next++ = letter;
}

static bool
take_single(struct splitting *splitting)
{
    const char *end = strchr(splitting->at + 1, '\'');

    if (end == NULL)
        return refuse(splitting, "has a ' without an end; close it");
    while (++splitting->at < end)
        put(splitting, *splitting->at);
    splitting->at++;
    return true;
}

static bool
take_double(struct splitting *splitting)
{
    for (splitting->at++; *splitting->at != '"'; splitting->at++) {
        if (*splitting->at == '\0')
            return refuse(splitting, "has a \" without an end; close it");
        if (strchr(quoted_signs, *splitting->at) != NULL)
            return refuse(splitting,
                          "has $ or ` in it, and no shell to read them; put "
                          "them between ' and ', or name a script");
        if (*splitting->at == '\\' && splitting->at[1] != '\0' &&
            strchr("\\\"$`", splitting->at[1]) != NULL)
            splitting->at++;
        put(splitting, *splitting->at);
    }
    splitting->at++;
    return true;
}

static bool
take_plain(struct splitting *splitting)
{
    if (*splitting->at == '\\' && splitting->at[1] != '\0')
        splitting->at++;
    else if (strchr(signs, *splitting->at) != NULL)
        return refuse(splitting,
                      "has a sign in it that only a shell would understand; "
                      "put it between ' and ', or name a script");
    put(splitting, *splitting->at++);
    return true;
}

static bool
take_word(struct splitting *splitting)
{
    splitting->words[splitting->n_words++] = splitting->next;
    while (*splitting->at != '\0' && *splitting->at != ' ')
        if (*splitting->at == '\''  ? !take_single(splitting)
            : *splitting->at == '"' ? !take_double(splitting)
                                    : !take_plain(splitting))
            return false;
    put(splitting, '\0');
    return true;
}

bool
words_split(const char *text, char ***out, const char **mistake)
{
    size_t length = strlen(text);
    /* Each word but the last takes a letter and a blank. */
    size_t most = length / 2 + 1;
    struct splitting splitting = { .at = text };

    *out = NULL;
    *mistake = NULL;
    splitting.words = calloc(1, (most + 1) * sizeof(char *) + length + 1);
    if (splitting.words == NULL)
        return false;
    splitting.next = (char *)(splitting.words + most + 1);
    for (;;) {
        splitting.at += strspn(splitting.at, " ");
        if (*splitting.at == '\0')
            break;
        if (!take_word(&splitting)) {
            *mistake = splitting.mistake;
            words_free(splitting.words);
            return false;
        }
    }
    *out = splitting.words;
    return true;
}

void
words_free(char **words)
{
    free(words);
}
