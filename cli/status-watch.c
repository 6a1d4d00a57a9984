/* SPDX-License-Identifier: BSD-3-Clause */
/* What `p11mux status --watch` shows. */
#include "cli/status-watch.h"

#include "cli/gathering.h"
#include "cli/memory.h"
#include "cli/report.h"
#include "cli/screen.h"
#include "cli/status-table.h"
#include "cli/trend.h"
#include "common/cleanup.h"
#include "common/clock.h"

#include <stdio.h>
#include <stdlib.h>
#include <time.h>

static const struct report_column columns[] = {
    { .heading = "TOKEN" },
    { .heading = "MEMBER" },
    { .heading = "STATE" },
    { .heading = "SESSIONS", .is_number = true },
    { .heading = "OPEN", .is_number = true },
    { .heading = "IDLE", .is_number = true },
    { .heading = "BUSY", .is_number = true },
    { .heading = "PINNED", .is_number = true },
    { .heading = "WAITING", .is_number = true },
    { .heading = "CALLS/S", .is_number = true },
    { .heading = "ERRORS/S", .is_number = true },
    { .heading = "LATELY" },
};

struct watch {
    const struct config *config;
    const char *label;
    struct trends trends;
    bool is_utf8;
};

static void
set_rate(struct report *report, size_t column, double rate)
{
    CLEANUP(freep)
    char *text = memory_text(rate > 0 && rate < 10 ? "%.1f" : "%.0f", rate);

    report_set_text(report, column, text);
}

static void
add_row(const struct watch *watch, struct report *report,
        const struct total_token *token, size_t nth)
{
    const struct total_member *member = &token->members[nth];
    const uint64_t *levels = member->sums.levels;
    const struct trend *trend = trends_find(&watch->trends, token, nth);
    CLEANUP(freep) char *state = status_describe_state(member);
    char lately[SPARKLINE_TEXT];

    report_add_row(report);
    report_set_text(report, 0, token->label);
    report_set_text(report, 1, member->name);
    report_set_text(report, 2, state);
    report_set_number(report, 3, token->counts[COUNTER_TOKEN_SESSIONS]);
    report_set_number(report, 4, levels[COUNTER_LEVEL_OPEN]);
    report_set_number(report, 5, levels[COUNTER_LEVEL_IDLE]);
    report_set_number(report, 6, levels[COUNTER_LEVEL_BUSY]);
    report_set_number(report, 7, levels[COUNTER_LEVEL_PINNED]);
    report_set_number(report, 8, levels[COUNTER_LEVEL_WAITING]);
    set_rate(report, 9, trend->calls_rate);
    set_rate(report, 10, trend->errors_rate);
    sparkline_draw(trend->rates, SPARKLINE_MOST, watch->is_utf8, lately);
    report_set_text(report, 11, lately);
}

static void
print_frame(struct watch *watch, const struct gathering *gathering,
            FILE *stream)
{
    CLEANUP(report_freep)
    struct report *report =
        report_new(columns, sizeof(columns) / sizeof(columns[0]));
    struct total total = { .n_tokens = 0 };
    time_t now = time(NULL);
    struct tm local;
    char clock[16];

    total_add(&total, gathering->processes, gathering->n_processes,
              watch->label);
    trends_look(&watch->trends, &total, clock_now());
    (void)strftime(clock, sizeof(clock), "%H:%M:%S", localtime_r(&now, &local));
    (void)fprintf(stream, "%s  %zu processes  (q ends)\n\n", clock,
                  gathering->n_processes);
    for (size_t i = 0; i < total.n_tokens; i++)
        for (size_t k = 0; k < total.tokens[i].n_members; k++)
            add_row(watch, report, &total.tokens[i], k);
    report_print_table(report, stream);
    for (size_t i = 0; i < gathering->n_troubles; i++)
        (void)fprintf(stream, "%s%s\n", i == 0 ? "\n" : "",
                      gathering->troubles[i]);
    total_clear(&total);
}

static void
draw(struct watch *watch, struct screen *screen)
{
    CLEANUP(freep) char *text = NULL;
    struct gathering gathering;
    size_t length;
    FILE *stream = open_memstream(&text, &length);

    memory_need(stream);
    gathering_read(watch->config, &gathering);
    print_frame(watch, &gathering, stream);
    gathering_clear(&gathering);
    if (fclose(stream) != 0)
        memory_need(NULL);
    screen_show(screen, text);
}

bool
status_watch(const struct config *config, const char *label,
             uint64_t interval_ms, struct error *error)
{
    struct watch watch = { .config = config, .label = label };
    struct screen *screen = screen_begin(error);

    if (screen == NULL)
        return false;
    watch.is_utf8 = screen_is_utf8(screen);
    do
        draw(&watch, screen);
    while (screen_wait(screen, interval_ms));
    screen_end(screen);
    trends_clear(&watch.trends);
    return true;
}
