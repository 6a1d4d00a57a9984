/* SPDX-License-Identifier: BSD-3-Clause */
/* The commands on the control page: what a new one does to those before it, and
 * which one counts. */
#include "config/config.h"
#include "router/control-line.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

const struct control_verb_facts control_verbs[CONTROL_VERBS] = {
    [CONTROL_PAUSE] = { "pause", CONTROL_PAUSE, false },
    [CONTROL_RESUME] = { "resume", CONTROL_PAUSE, false },
    [CONTROL_RELOAD] = { "reload", CONTROL_RELOAD, false },
    [CONTROL_RECONNECT] = { "reconnect", CONTROL_RECONNECT, false },
    [CONTROL_MOVED] = { "moved", CONTROL_MOVED, false },
    [CONTROL_DRAIN] = { "drain", CONTROL_DRAIN, true },
    [CONTROL_ADMIT] = { "admit", CONTROL_DRAIN, true },
    [CONTROL_PROMOTE] = { "promote", CONTROL_PROMOTE, true },
};

void
control_line_clear(struct control_line *line)
{
    free(line->token);
    free(line->member);
}

void
control_page_clear(struct control_page *page)
{
    for (size_t i = 0; i < page->n_lines; i++)
        control_line_clear(&page->lines[i]);
    free(page->lines);
    *page = (struct control_page){ .number = 0 };
}

/* -- Lines ------------------------------------------------------------------
 */

bool
control_page_append(struct control_page *page, const struct control_line *line)
{
    struct control_line *lines =
        realloc(page->lines, (page->n_lines + 1) * sizeof(*lines));

    if (lines == NULL)
        return false;
    page->lines = lines;
    lines[page->n_lines++] = *line;
    return true;
}

static void
drop(struct control_page *page, size_t index)
{
    control_line_clear(&page->lines[index]);
    page->n_lines--;
    memmove(&page->lines[index], &page->lines[index + 1],
            (page->n_lines - index) * sizeof(page->lines[0]));
}

static bool
are_same(const char *one, const char *other)
{
    return one != NULL && other != NULL && strcmp(one, other) == 0;
}

/* A command about the same token, or about all, takes its place; each member is
 * drained for itself, and one is the first. */
static bool
is_replaced(const struct control_line *before, const struct control_line *line)
{
    return control_verbs[before->verb].kind == control_verbs[line->verb].kind &&
           (line->token == NULL || are_same(before->token, line->token)) &&
           (control_verbs[line->verb].kind != CONTROL_DRAIN ||
            are_same(before->member, line->member));
}

bool
control_text_copy(const char *text, char **out)
{
    *out = text == NULL ? NULL : strdup(text);
    return text == NULL || *out != NULL;
}

bool
control_page_add(struct control_page *page, enum control_verb verb,
                 const struct control_aim *aim, uint64_t now_us,
                 struct error *error)
{
    struct control_line line = { .verb = verb,
                                 .number = page->number + 1,
                                 .seconds = now_us / 1000000 };

    if (line.number < now_us)
        line.number = now_us;
    if (!control_text_copy(aim->token, &line.token) ||
        !control_text_copy(aim->member, &line.member))
        goto out_of_memory;
    for (size_t i = page->n_lines; i-- > 0;)
        if (is_replaced(&page->lines[i], &line))
            drop(page, i);
    /* The number tells that something has changed; nothing to be said stays
     * of what ends all that was said before. */
    page->number = line.number;
    if (verb == CONTROL_RESUME && aim->token == NULL)
        return true;
    if (control_page_append(page, &line))
        return true;

out_of_memory:
    control_line_clear(&line);
    return error_set(error, CKR_HOST_MEMORY, "out of memory");
}

static const struct control_line *
find_last(const struct control_page *page, enum control_verb kind,
          const char *token, const char *member)
{
    const struct control_line *last = NULL;

    for (size_t i = 0; i < page->n_lines; i++) {
        const struct control_line *line = &page->lines[i];

        if (control_verbs[line->verb].kind == kind &&
            (line->token == NULL || strcmp(line->token, token) == 0) &&
            (member == NULL || are_same(line->member, member)) &&
            (last == NULL || line->number > last->number))
            last = line;
    }
    return last;
}

const struct control_line *
control_page_paused(const struct control_page *page, const char *token)
{
    const struct control_line *last =
        find_last(page, CONTROL_PAUSE, token, NULL);

    return last != NULL && last->verb == CONTROL_PAUSE ? last : NULL;
}

uint64_t
control_page_reload(const struct control_page *page)
{
    uint64_t last = 0;

    for (size_t i = 0; i < page->n_lines; i++)
        if (page->lines[i].verb == CONTROL_RELOAD &&
            page->lines[i].number > last)
            last = page->lines[i].number;
    return last;
}

const struct control_line *
control_page_reconnected(const struct control_page *page, const char *token)
{
    return find_last(page, CONTROL_RECONNECT, token, NULL);
}

const struct control_line *
control_page_moved(const struct control_page *page, const char *token)
{
    return find_last(page, CONTROL_MOVED, token, NULL);
}

char *
control_member_name(const struct config_member *rule)
{
    const char *module = rule->module == NULL ? "" : rule->module->name;
    char *name;

    return asprintf(&name, "%s %s", module, rule->match.uri) < 0 ? NULL : name;
}

const struct control_line *
control_page_member(const struct control_page *page,
                    const struct control_aim *aim)
{
    return find_last(page, CONTROL_DRAIN, aim->token, aim->member);
}

const struct control_line *
control_page_promoted(const struct control_page *page, const char *token)
{
    return find_last(page, CONTROL_PROMOTE, token, NULL);
}
