/* SPDX-License-Identifier: BSD-3-Clause */
/* Finds commands by their names. */
#include "cli/command.h"
#include "cli/memory.h"
#include "common/text.h"

#include <stdlib.h>
#include <string.h>

/* Whether a name is this word, a blank, and something more; that is *out. */
static bool
begins_with(const char *name, const char *word, const char **out)
{
    size_t length = strlen(word);

    if (strncmp(name, word, length) != 0 || name[length] != ' ')
        return false;
    *out = name + length + 1;
    return true;
}

const struct command *
command_find(const char *first, const char *second)
{
    const struct command *found = NULL;

    for (size_t i = 0; i < n_commands; i++) {
        const char *rest;

        if (strcmp(commands[i].name, first) == 0)
            found = &commands[i];
        if (second != NULL && begins_with(commands[i].name, first, &rest) &&
            strcmp(rest, second) == 0)
            return &commands[i];
    }
    return found;
}

int
command_count_words(const struct command *command)
{
    return strchr(command->name, ' ') != NULL ? 2 : 1;
}

bool
command_is_family(const char *word)
{
    const char *rest;

    for (size_t i = 0; i < n_commands; i++)
        if (begins_with(commands[i].name, word, &rest))
            return true;
    return false;
}

const char *
command_nearest(const char *name)
{
    const char **names = memory_new(n_commands, sizeof(*names));
    const char *nearest;

    for (size_t i = 0; i < n_commands; i++)
        names[i] = commands[i].name;
    nearest = text_nearest(name, names, n_commands);
    free(names);
    return nearest;
}
