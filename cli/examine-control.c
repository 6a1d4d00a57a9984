/* SPDX-License-Identifier: BSD-3-Clause */
/* What the operator has asked of all processes and may have forgotten. */
#include "cli/examine.h"

#include "cli/memory.h"
#include "common/cleanup.h"
#include "router/control-page.h"

#include <string.h>
#include <time.h>

static void
add_pause(const struct control_line *line, struct findings *findings)
{
    char when[CLOCK_TEXT_LENGTH + 1];

    clock_format((struct timespec){ .tv_sec = (time_t)line->seconds }, when);
    finding_add(findings, SEVERITY_WARNING,
                line->token == NULL
                    ? memory_copy("all tokens are paused")
                    : memory_text("token \"%s\" is paused", line->token),
                memory_text("somebody asked for that at %.19sZ; calls wait "
                            "for pool.wait and are refused then",
                            when),
                line->token == NULL
                    ? memory_copy("p11mux resume --all")
                    : memory_text("p11mux resume \"%s\"", line->token));
}

static const struct config_token *
find_group(const struct config *config, const char *label)
{
    for (size_t i = 0; i < config->n_tokens; i++)
        if (strcmp(config->tokens[i].label, label) == 0)
            return &config->tokens[i];
    return NULL;
}

/* From 1 on, as `p11mux group` counts them; 0: none is called so. */
static size_t
find_number(const struct config_token *group, const char *name)
{
    for (size_t i = 0; group->mode != GROUP_SINGLE && i < group->n_members;
         i++) {
        CLEANUP(freep) char *its = control_member_name(&group->members[i]);

        memory_need(its);
        if (strcmp(its, name) == 0)
            return i + 1;
    }
    return 0;
}

/* Two members may have the same match, but not the same number. */
static void
add_drain(const struct config *config, const struct control_line *line,
          struct findings *findings)
{
    const struct config_token *group = find_group(config, line->token);
    size_t number = group == NULL ? 0 : find_number(group, line->member);
    char when[CLOCK_TEXT_LENGTH + 1];

    if (group == NULL)
        return;
    if (number == 0) {
        finding_add(findings, SEVERITY_WARNING,
                    memory_text("token \"%s\": member %s was drained",
                                line->token, line->member),
                    memory_copy("no member is called so any more; it is not "
                                "drained"),
                    memory_text("p11mux group resume \"%s\" \"%s\"",
                                line->token, line->member));
        return;
    }
    clock_format((struct timespec){ .tv_sec = (time_t)line->seconds }, when);
    finding_add(findings, SEVERITY_WARNING,
                memory_text("member %s of token \"%s\" is drained",
                            line->member, line->token),
                memory_text("somebody asked for that at %.19sZ; it serves "
                            "nobody",
                            when),
                memory_text("p11mux group resume \"%s\" %zu", line->token,
                            number));
}

void
examine_control(const struct config *config, struct findings *findings)
{
    CLEANUP(freep) char *path = NULL;
    struct error error = { .rv = CKR_OK };
    struct control_page page;

    memory_need(control_page_path(config->runtime_dir, &path) ? path : NULL);
    if (!control_page_read(path, &page, NULL, &error))
        finding_add(findings, SEVERITY_PROBLEM, memory_copy(error.text), NULL,
                    NULL);
    for (size_t i = 0; i < page.n_lines; i++)
        if (page.lines[i].verb == CONTROL_PAUSE)
            add_pause(&page.lines[i], findings);
        else if (page.lines[i].verb == CONTROL_DRAIN)
            add_drain(config, &page.lines[i], findings);
    control_page_clear(&page);
}
