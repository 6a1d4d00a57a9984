/* SPDX-License-Identifier: BSD-3-Clause */
/* What `p11mux status` shows to people. */
#include "cli/status-table.h"

#include "cli/counted-text.h"
#include "cli/memory.h"
#include "cli/report.h"
#include "common/cleanup.h"
#include "common/clock.h"

#include <inttypes.h>
#include <string.h>

/* -- Cells --------------------------------------------------------------------
 */

/* "up", or "up 3, down 1" where processes see it in several states. */
char *
status_describe_state(const struct total_member *member)
{
    char *text = NULL;

    for (unsigned i = 0; i < N_COUNTER_STATES; i++) {
        char *longer;

        if (member->states[i] == 0)
            continue;
        longer = text == NULL
                     ? memory_text("%s %" PRIu64, counter_state_texts[i],
                                   member->states[i])
                     : memory_text("%s, %s %" PRIu64, text,
                                   counter_state_texts[i], member->states[i]);
        free(text);
        text = longer;
    }
    if (text != NULL && strchr(text, ',') == NULL)
        *strchr(text, ' ') = '\0';
    return text;
}

/* A time as long as people read it. */
static char *
describe_time(uint64_t us)
{
    if (us == UINT64_MAX)
        return memory_copy("> 4 s");
    if (us < 1000)
        return memory_text("%" PRIu64 " us", us);
    if (us < 1000 * 1000)
        return memory_text("%.1f ms", (double)us / 1000);
    return memory_text("%.1f s", (double)us / 1000000);
}

static void
set_time(struct report *report, size_t column, uint64_t us)
{
    CLEANUP(freep) char *text = describe_time(us);

    report_set_text(report, column, text);
}

/* To the second; nothing where there was none. */
static void
set_moment(struct report *report, size_t column, uint64_t us)
{
    char text[CLOCK_TEXT_LENGTH + 1];
    CLEANUP(freep) char *shown = NULL;

    if (us == 0)
        return;
    clock_format((struct timespec){ .tv_sec = (time_t)(us / 1000000) }, text);
    shown = memory_text("%.19sZ", text);
    report_set_text(report, column, shown);
}

/* -- Rows ---------------------------------------------------------------------
 */

/* Calls `fill` for each member, in a row that begins with token and member. */
static struct report *
make_report(const struct total *total, const struct report_column *columns,
            size_t n_columns,
            void (*fill)(struct report *report, const struct total_token *token,
                         const struct total_member *member))
{
    struct report *report = report_new(columns, n_columns);

    for (size_t i = 0; i < total->n_tokens; i++)
        for (size_t k = 0; k < total->tokens[i].n_members; k++) {
            const struct total_token *token = &total->tokens[i];

            report_add_row(report);
            report_set_text(report, 0, token->label);
            report_set_text(report, 1, token->members[k].name);
            fill(report, token, &token->members[k]);
        }
    return report;
}

/* -- Pools --------------------------------------------------------------------
 */

static const struct report_column pool_columns[] = {
    { .heading = "TOKEN" },
    { .heading = "MEMBER" },
    { .heading = "STATE" },
    { .heading = "PROCESSES", .is_number = true },
    { .heading = "SESSIONS", .is_number = true },
    { .heading = "OPEN", .is_number = true },
    { .heading = "IDLE", .is_number = true },
    { .heading = "BUSY", .is_number = true },
    { .heading = "PINNED", .is_number = true },
    { .heading = "WAITING", .is_number = true },
    { .heading = "LONGEST", .is_number = true },
    { .heading = "TIMED OUT", .is_number = true },
    { .heading = "CALLS", .is_number = true },
    { .heading = "ERRORS", .is_number = true },
};

static void
fill_pool(struct report *report, const struct total_token *token,
          const struct total_member *member)
{
    CLEANUP(freep) char *state = status_describe_state(member);
    const uint64_t *levels = member->sums.levels;

    report_set_text(report, 2, state);
    report_set_number(report, 3, token->n_processes);
    report_set_number(report, 4, token->counts[COUNTER_TOKEN_SESSIONS]);
    report_set_number(report, 5, levels[COUNTER_LEVEL_OPEN]);
    report_set_number(report, 6, levels[COUNTER_LEVEL_IDLE]);
    report_set_number(report, 7, levels[COUNTER_LEVEL_BUSY]);
    report_set_number(report, 8, levels[COUNTER_LEVEL_PINNED]);
    report_set_number(report, 9, levels[COUNTER_LEVEL_WAITING]);
    set_time(report, 10, levels[COUNTER_LEVEL_LONGEST_US]);
    report_set_number(report, 11, member->sums.events[COUNTER_WAITS_TIMED_OUT]);
    report_set_number(report, 12, total_calls(member));
    report_set_number(report, 13, total_errors(member));
}

void
status_print_pools(const struct total *total, FILE *stream)
{
    CLEANUP(report_freep)
    struct report *report =
        make_report(total, pool_columns,
                    sizeof(pool_columns) / sizeof(pool_columns[0]), fill_pool);

    report_print_table(report, stream);
}

/* -- Operations
 * ----------------------------------------------------------------- */

static const struct report_column operation_columns[] = {
    { .heading = "TOKEN" },
    { .heading = "MEMBER" },
    { .heading = "OPERATION" },
    { .heading = "CALLS", .is_number = true },
    { .heading = "TIMED", .is_number = true },
    { .heading = "MEAN", .is_number = true },
    { .heading = "50 % BELOW", .is_number = true },
    { .heading = "99 % BELOW", .is_number = true },
};

static void
add_operation(struct report *report, const struct total_token *token,
              const struct total_member *member, unsigned counted)
{
    const struct counters_member *sums = &member->sums;
    const uint64_t *buckets = sums->latency[counted];
    uint64_t timed = 0;

    for (unsigned i = 0; i < COUNTER_BUCKETS; i++)
        timed += buckets[i];
    report_add_row(report);
    report_set_text(report, 0, token->label);
    report_set_text(report, 1, member->name);
    report_set_text(report, 2, counted_texts[counted]);
    report_set_number(report, 3, sums->calls[counted]);
    report_set_number(report, 4, timed);
    if (timed == 0)
        return;
    set_time(report, 5, sums->latency_us[counted] / timed);
    set_time(report, 6, total_percentile(buckets, 50));
    set_time(report, 7, total_percentile(buckets, 99));
}

void
status_print_operations(const struct total *total, FILE *stream)
{
    CLEANUP(report_freep)
    struct report *report =
        report_new(operation_columns,
                   sizeof(operation_columns) / sizeof(operation_columns[0]));

    for (size_t i = 0; i < total->n_tokens; i++)
        for (size_t k = 0; k < total->tokens[i].n_members; k++)
            for (unsigned counted = 0; counted < N_COUNTED; counted++)
                if (total->tokens[i].members[k].sums.calls[counted] > 0)
                    add_operation(report, &total->tokens[i],
                                  &total->tokens[i].members[k], counted);
    report_print_table(report, stream);
}

/* -- Sessions and errors
 * ---------------------------------------------------------- */

static const struct report_column session_columns[] = {
    { .heading = "TOKEN" },
    { .heading = "MEMBER" },
    { .heading = "OPENED", .is_number = true },
    { .heading = "FAILED", .is_number = true },
    { .heading = "ENDED", .is_number = true },
    { .heading = "IDLE", .is_number = true },
    { .heading = "LIFETIME", .is_number = true },
    { .heading = "DOUBT", .is_number = true },
    { .heading = "LOST", .is_number = true },
    { .heading = "ROOM", .is_number = true },
    { .heading = "DRAINED", .is_number = true },
    { .heading = "LOGINS", .is_number = true },
    { .heading = "FAILED", .is_number = true },
    { .heading = "RECONNECTS", .is_number = true },
    { .heading = "WAITS", .is_number = true },
    { .heading = "FAIL-OVERS", .is_number = true },
    { .heading = "CHANGED" },
};

static void
fill_sessions(struct report *report, const struct total_token *token,
              const struct total_member *member)
{
    const uint64_t *events = member->sums.events;

    (void)token;
    report_set_number(report, 2, events[COUNTER_OPENS]);
    report_set_number(report, 3, events[COUNTER_OPENS_FAILED]);
    for (unsigned i = 0; i < N_COUNTER_CLOSES; i++)
        report_set_number(report, 4 + i, member->sums.closes[i]);
    report_set_number(report, 11, events[COUNTER_LOGINS]);
    report_set_number(report, 12, events[COUNTER_LOGINS_FAILED]);
    report_set_number(report, 13, events[COUNTER_RECONNECTS]);
    report_set_number(report, 14, events[COUNTER_WAITS]);
    report_set_number(report, 15, events[COUNTER_FAIL_OVERS]);
    set_moment(report, 16, member->sums.levels[COUNTER_LEVEL_CHANGED_US]);
}

void
status_print_sessions(const struct total *total, FILE *stream)
{
    CLEANUP(report_freep)
    struct report *report =
        make_report(total, session_columns,
                    sizeof(session_columns) / sizeof(session_columns[0]),
                    fill_sessions);

    report_print_table(report, stream);
}

static const struct report_column error_columns[] = {
    { .heading = "TOKEN" },
    { .heading = "MEMBER" },
    { .heading = "REFUSED", .is_number = true },
    { .heading = "USER", .is_number = true },
    { .heading = "MEMBER LOST", .is_number = true },
    { .heading = "AMBIGUOUS", .is_number = true },
    { .heading = "SESSION LOST", .is_number = true },
    { .heading = "LOGIN LOST", .is_number = true },
    { .heading = "BUSY", .is_number = true },
    { .heading = "HANDLE", .is_number = true },
};

static void
fill_errors(struct report *report, const struct total_token *token,
            const struct total_member *member)
{
    report_set_number(report, 2, token->counts[COUNTER_TOKEN_REFUSED]);
    for (unsigned i = 0; i < N_COUNTER_CLASSES; i++)
        report_set_number(report, 3 + i, member->sums.errors[i]);
}

void
status_print_errors(const struct total *total, FILE *stream)
{
    CLEANUP(report_freep)
    struct report *report =
        make_report(total, error_columns,
                    sizeof(error_columns) / sizeof(error_columns[0]),
                    fill_errors);

    report_print_table(report, stream);
}

/* -- Processes
 * -------------------------------------------------------------------- */

static const struct report_column process_columns[] = {
    { .heading = "PID", .is_number = true },
    { .heading = "USER", .is_number = true },
    { .heading = "PROGRAM" },
    { .heading = "SESSIONS", .is_number = true },
    { .heading = "OPEN", .is_number = true },
    { .heading = "BUSY", .is_number = true },
    { .heading = "WAITING", .is_number = true },
    { .heading = "CALLS", .is_number = true },
    { .heading = "ERRORS", .is_number = true },
};

static void
add_process(struct report *report, const struct shown *shown, const char *label)
{
    struct total total = { .n_tokens = 0 };
    uint64_t sums[6] = { 0 };

    total_add(&total, shown, 1, label);
    for (size_t i = 0; i < total.n_tokens; i++) {
        const struct total_token *token = &total.tokens[i];

        sums[0] += token->counts[COUNTER_TOKEN_SESSIONS];
        for (size_t k = 0; k < token->n_members; k++) {
            const uint64_t *levels = token->members[k].sums.levels;

            sums[1] += levels[COUNTER_LEVEL_OPEN];
            sums[2] += levels[COUNTER_LEVEL_BUSY];
            sums[3] += levels[COUNTER_LEVEL_WAITING];
            sums[4] += total_calls(&token->members[k]);
            sums[5] += total_errors(&token->members[k]);
        }
    }
    total_clear(&total);
    report_add_row(report);
    report_set_number(report, 0, shown->pid);
    report_set_number(report, 1, shown->user);
    report_set_text(report, 2, shown->program);
    for (unsigned i = 0; i < sizeof(sums) / sizeof(sums[0]); i++)
        report_set_number(report, 3 + i, sums[i]);
}

void
status_print_processes(const struct gathering *gathering, const char *label,
                       FILE *stream)
{
    CLEANUP(report_freep)
    struct report *report =
        report_new(process_columns,
                   sizeof(process_columns) / sizeof(process_columns[0]));

    for (size_t i = 0; i < gathering->n_processes; i++)
        add_process(report, &gathering->processes[i], label);
    report_print_table(report, stream);
}
