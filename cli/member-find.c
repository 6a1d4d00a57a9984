/* SPDX-License-Identifier: BSD-3-Clause */
/* Finds members by what they are called. */
#include "cli/member-find.h"

#include "cli/memory.h"
#include "common/cleanup.h"
#include "router/control-page.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

/* From 1 on, as `p11mux group` counts them; 0: that is no number. */
static size_t
read_number(const char *word)
{
    char *end;
    unsigned long number;

    errno = 0;
    number = strtoul(word, &end, 10);
    return errno == 0 && end != word && *end == '\0' && word[0] != '-' ? number
                                                                       : 0;
}

static bool
is_called(const struct config_member *member, const char *word)
{
    CLEANUP(freep) char *name = control_member_name(member);

    memory_need(name);
    return strcmp(name, word) == 0 || strcmp(member->module->name, word) == 0 ||
           strcmp(member->match.uri, word) == 0 ||
           (member->match.label != NULL &&
            strcmp(member->match.label, word) == 0);
}

size_t
member_find(const struct config_token *rule, const char *word, unsigned *out)
{
    size_t number = read_number(word), count = 0;

    for (size_t i = 0; i < rule->n_members; i++)
        if (is_called(&rule->members[i], word)) {
            *out = (unsigned)i;
            count++;
        }
    if (count > 0 || number == 0 || number > rule->n_members)
        return count;
    *out = (unsigned)number - 1;
    return 1;
}
