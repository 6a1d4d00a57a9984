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

static void
add_drain(const struct control_line *line, struct findings *findings)
{
    char when[CLOCK_TEXT_LENGTH + 1];

    clock_format((struct timespec){ .tv_sec = (time_t)line->seconds }, when);
    finding_add(findings, SEVERITY_WARNING,
                memory_text("member %s of token \"%s\" is drained",
                            line->member, line->token),
                memory_text("somebody asked for that at %.19sZ; it serves "
                            "nobody",
                            when),
                memory_text("p11mux group resume \"%s\" \"%s\"", line->token,
                            strchr(line->member, ' ') + 1));
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
            add_drain(&page.lines[i], findings);
    control_page_clear(&page);
}
