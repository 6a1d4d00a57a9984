/* SPDX-License-Identifier: BSD-3-Clause */
/* Sums up what processes say of the configuration that they have read. */
#include "cli/control-reload.h"

#include "cli/memory.h"
#include "common/cleanup.h"
#include "common/text.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

const struct control_note_reload *
reload_outcome(const struct reach *reach, const struct control_reading *reading)
{
    return reading->reload.number == reach->number ? &reading->reload : NULL;
}

size_t
reload_count_refused(const struct reach *reach)
{
    size_t count = 0;

    for (size_t i = 0; i < reach->n_readings; i++) {
        const struct control_note_reload *outcome =
            reload_outcome(reach, &reach->readings[i]);

        if (outcome != NULL && outcome->is_refused != 0 &&
            reach_is_done(reach_state(reach, &reach->readings[i])))
            count++;
    }
    return count;
}

static bool
is_same(const struct control_note_reload *a,
        const struct control_note_reload *b)
{
    return a->is_refused == b->is_refused && a->n_taken == b->n_taken &&
           strcmp(a->text, b->text) == 0;
}

/* How many processes say the same; 0: one before it has said so already. */
static size_t
count_same(const struct reach *reach, size_t index)
{
    const struct control_note_reload *outcome =
        reload_outcome(reach, &reach->readings[index]);
    size_t count = 0;

    for (size_t i = 0; outcome != NULL && i < reach->n_readings; i++) {
        const struct control_note_reload *other =
            reload_outcome(reach, &reach->readings[i]);

        if (other == NULL || !is_same(outcome, other))
            continue;
        if (i < index)
            return 0;
        count++;
    }
    return count;
}

static void
print_outcome(const struct control_note_reload *outcome, size_t count)
{
    CLEANUP(freep) char *text = memory_copy(outcome->text);
    const char *processes = count == 1 ? "process" : "processes";

    text_clean(text);
    if (outcome->is_refused != 0) {
        (void)printf("%zu %s: nothing is changed: %s\n", count, processes,
                     text);
        return;
    }
    (void)printf("%zu %s: %u %s taken over\n", count, processes,
                 outcome->n_taken,
                 outcome->n_taken == 1 ? "setting" : "settings");
    if (outcome->n_waiting > 0)
        (void)printf("  %u %s for a restart: %s\n", outcome->n_waiting,
                     outcome->n_waiting == 1 ? "waits" : "wait", text);
}

void
reload_print(const struct reach *reach)
{
    for (size_t i = 0; i < reach->n_readings; i++) {
        size_t count = count_same(reach, i);

        if (count > 0)
            print_outcome(reload_outcome(reach, &reach->readings[i]), count);
    }
}
