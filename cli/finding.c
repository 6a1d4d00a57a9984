/* SPDX-License-Identifier: BSD-3-Clause */
/* Findings: what is wrong or worth knowing, why it is so, and what to do. */
#include "cli/finding.h"

#include "cli/memory.h"
#include "common/text.h"

#include <stdlib.h>
#include <string.h>

static const char *const severity_words[N_SEVERITIES] = {
    [SEVERITY_PROBLEM] = "problem",
    [SEVERITY_WARNING] = "warning",
    [SEVERITY_NOTE] = "note",
};

/* The texts hold labels and paths: they must not command a terminal. */
static char *
clean(char *text)
{
    if (text != NULL)
        text_clean(text);
    return text;
}

void
finding_add(struct findings *findings, enum severity severity, char *what,
            char *why, char *todo)
{
    findings->items = memory_grow(findings->items, findings->n_items,
                                  sizeof(*findings->items));
    findings->items[findings->n_items++] =
        (struct finding){ severity, clean(what), clean(why), clean(todo) };
}

size_t
finding_count(const struct findings *findings, enum severity severity)
{
    size_t count = 0;

    for (size_t i = 0; i < findings->n_items; i++)
        if (findings->items[i].severity == severity)
            count++;
    return count;
}

void
findings_clear(struct findings *findings)
{
    for (size_t i = 0; i < findings->n_items; i++) {
        free(findings->items[i].what);
        free(findings->items[i].why);
        free(findings->items[i].todo);
    }
    free(findings->items);
    memset(findings, 0, sizeof(*findings));
}

static void
print_line(const struct finding *finding, FILE *stream)
{
    if (finding->severity != SEVERITY_PROBLEM)
        (void)fprintf(stream, "%s: ", severity_words[finding->severity]);
    (void)fputs(finding->what, stream);
    if (finding->why != NULL)
        (void)fprintf(stream, ": %s", finding->why);
    if (finding->todo != NULL)
        (void)fprintf(stream, "; %s", finding->todo);
    (void)fputc('\n', stream);
}

void
findings_print_lines(const struct findings *findings, FILE *stream)
{
    for (size_t i = 0; i < findings->n_items; i++)
        print_line(&findings->items[i], stream);
}

static void
print_paragraph(const struct finding *finding, FILE *stream)
{
    (void)fprintf(stream, "%s: %s\n", severity_words[finding->severity],
                  finding->what);
    if (finding->why != NULL)
        (void)fprintf(stream, "    why:        %s\n", finding->why);
    if (finding->todo != NULL)
        (void)fprintf(stream, "    what to do: %s\n", finding->todo);
}

void
findings_print(const struct findings *findings, FILE *stream)
{
    for (unsigned severity = 0; severity < N_SEVERITIES; severity++)
        for (size_t i = 0; i < findings->n_items; i++)
            if (findings->items[i].severity == (enum severity)severity)
                print_paragraph(&findings->items[i], stream);
}

void
findings_write_json(const struct findings *findings, struct json *json,
                    const char *name)
{
    json_begin_list(json, name);
    for (size_t i = 0; i < findings->n_items; i++) {
        const struct finding *finding = &findings->items[i];

        json_begin_object(json, NULL);
        json_text(json, "severity", severity_words[finding->severity]);
        json_text(json, "what", finding->what);
        json_text(json, "why", finding->why);
        json_text(json, "do", finding->todo);
        json_end_object(json);
    }
    json_end_list(json);
}
