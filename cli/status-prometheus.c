/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * What `p11mux status --prometheus` prints. The names are promised: dashboards
 * and alerts are made of them (p11mux-status(1)).
 */
#include "cli/status-prometheus.h"

#include "cli/counted-text.h"
#include "cli/labels.h"
#include "cli/memory.h"
#include "cli/status-uses.h"
#include "common/cleanup.h"

#include <inttypes.h>
#include <stdlib.h>

/* -- Samples
 * -------------------------------------------------------------------- */

enum unit { UNIT_NUMBER, UNIT_MICROSECONDS };

static void
write_value(FILE *stream, uint64_t value, enum unit unit)
{
    if (unit == UNIT_NUMBER)
        (void)fprintf(stream, " %" PRIu64 "\n", value);
    else
        (void)fprintf(stream, " %" PRIu64 ".%06" PRIu64 "\n", value / 1000000,
                      value % 1000000);
}

/* What a family is of, and which of the numbers there it shows; one that has a
 * label shows a row of them. */
enum place {
    PLACE_PROCESSES,
    PLACE_PROCESS,
    PLACE_TOKEN,
    PLACE_USES,
    PLACE_LEVEL,
    PLACE_EVENT,
    PLACE_STATES,
    PLACE_SESSIONS,
    PLACE_CLOSES,
    PLACE_CALLS,
    PLACE_ERRORS,
    PLACE_LATENCY
};

struct family {
    const char *name;
    const char *type;
    const char *help;
    enum place place;
    unsigned index;
    enum unit unit;
};

static const struct family families[] = {
    { "p11mux_processes", "gauge", "Processes that use p11mux.",
      PLACE_PROCESSES, 0, UNIT_NUMBER },
    { "p11mux_audit_records_lost_total", "counter",
      "Records that the audit log could not be told.", PLACE_PROCESS,
      COUNTER_PROCESS_AUDIT_LOST, UNIT_NUMBER },
    { "p11mux_audit_calls_denied_total", "counter",
      "Calls refused because the audit log could not be written.",
      PLACE_PROCESS, COUNTER_PROCESS_AUDIT_DENIED, UNIT_NUMBER },
    { "p11mux_store_failures_total", "counter",
      "Times that the store of certificates has failed.", PLACE_PROCESS,
      COUNTER_PROCESS_STORE_FAILED, UNIT_NUMBER },
    { "p11mux_sessions", "gauge", "Sessions that applications have open.",
      PLACE_TOKEN, COUNTER_TOKEN_SESSIONS, UNIT_NUMBER },
    { "p11mux_sessions_read_write", "gauge",
      "Those of them that are read/write.", PLACE_TOKEN,
      COUNTER_TOKEN_SESSIONS_RW, UNIT_NUMBER },
    { "p11mux_calls_total", "counter",
      "Calls of applications in sessions of a token.", PLACE_TOKEN,
      COUNTER_TOKEN_CALLS, UNIT_NUMBER },
    { "p11mux_calls_refused_total", "counter",
      "Those of them that failed before a member was asked.", PLACE_TOKEN,
      COUNTER_TOKEN_REFUSED, UNIT_NUMBER },
    { "p11mux_old_uses_total", "counter",
      "Uses of a key on the old member of a token in mode \"migrate\".",
      PLACE_USES, 0, UNIT_NUMBER },
    { "p11mux_member_state", "gauge",
      "Processes that see a member in each state.", PLACE_STATES, 0,
      UNIT_NUMBER },
    { "p11mux_backend_sessions", "gauge",
      "Backend sessions that are open, by what they do.", PLACE_SESSIONS, 0,
      UNIT_NUMBER },
    { "p11mux_waiting_calls", "gauge",
      "Calls that wait for a backend session, or for the end of a pause.",
      PLACE_LEVEL, COUNTER_LEVEL_WAITING, UNIT_NUMBER },
    { "p11mux_waiting_seconds", "gauge",
      "How long the one that waits longest now has been waiting.", PLACE_LEVEL,
      COUNTER_LEVEL_WAITING_US, UNIT_MICROSECONDS },
    { "p11mux_longest_wait_seconds", "gauge",
      "How long any has waited at most.", PLACE_LEVEL, COUNTER_LEVEL_LONGEST_US,
      UNIT_MICROSECONDS },
    { "p11mux_waits_total", "counter",
      "Calls that have waited for a backend session.", PLACE_EVENT,
      COUNTER_WAITS, UNIT_NUMBER },
    { "p11mux_waits_timed_out_total", "counter",
      "Those of them that got none in pool.wait.", PLACE_EVENT,
      COUNTER_WAITS_TIMED_OUT, UNIT_NUMBER },
    { "p11mux_wait_seconds_total", "counter",
      "How long they have waited together.", PLACE_EVENT, COUNTER_WAIT_US,
      UNIT_MICROSECONDS },
    { "p11mux_backend_session_opens_total", "counter",
      "Backend sessions opened.", PLACE_EVENT, COUNTER_OPENS, UNIT_NUMBER },
    { "p11mux_backend_session_open_failures_total", "counter",
      "Backend sessions that could not be opened.", PLACE_EVENT,
      COUNTER_OPENS_FAILED, UNIT_NUMBER },
    { "p11mux_backend_session_closes_total", "counter",
      "Backend sessions closed, by why.", PLACE_CLOSES, 0, UNIT_NUMBER },
    { "p11mux_logins_total", "counter", "Logins that a member took.",
      PLACE_EVENT, COUNTER_LOGINS, UNIT_NUMBER },
    { "p11mux_login_failures_total", "counter", "Logins that it refused.",
      PLACE_EVENT, COUNTER_LOGINS_FAILED, UNIT_NUMBER },
    { "p11mux_reconnects_total", "counter",
      "Times that a member came back after it was lost.", PLACE_EVENT,
      COUNTER_RECONNECTS, UNIT_NUMBER },
    { "p11mux_fail_overs_total", "counter",
      "Calls that it had failed and that went on on another member.",
      PLACE_EVENT, COUNTER_FAIL_OVERS, UNIT_NUMBER },
    { "p11mux_member_changed_timestamp_seconds", "gauge",
      "When its state last changed, since 1970; 0: never.", PLACE_LEVEL,
      COUNTER_LEVEL_CHANGED_US, UNIT_MICROSECONDS },
    { "p11mux_member_calls_total", "counter",
      "Answers of a member, by operation.", PLACE_CALLS, 0, UNIT_NUMBER },
    { "p11mux_member_errors_total", "counter", "Errors among them, by class.",
      PLACE_ERRORS, 0, UNIT_NUMBER },
    { "p11mux_call_duration_seconds", "histogram",
      "How long calls took that a member answered; one in 64 is timed.",
      PLACE_LATENCY, 0, UNIT_MICROSECONDS },
};

static void
write_one(FILE *stream, const struct family *family, const struct whose *whose,
          uint64_t value)
{
    (void)fputs(family->name, stream);
    labels_write(stream, whose, NULL, NULL, NULL);
    write_value(stream, value, family->unit);
}

/* One for each value of a label. */
static void
write_row(FILE *stream, const struct family *family, const struct whose *whose,
          const char *label, const char *const *texts, const uint64_t *values,
          size_t count)
{
    for (size_t i = 0; i < count; i++) {
        (void)fputs(family->name, stream);
        labels_write(stream, whose, label, texts[i], NULL);
        write_value(stream, values[i], family->unit);
    }
}

/* -- Uses
 * ----------------------------------------------------------------------- */

/* All other keys have neither class nor label. */
static void
write_use(FILE *stream, const struct family *family, const struct whose *whose,
          const struct total_use *use)
{
    CLEANUP(freep) char *object_class = use_class_text(use);
    CLEANUP(freep) char *fingerprint = use_fingerprint_text(use);
    const struct {
        const char *name, *value;
    } labels[] = {
        { "class", use->is_others ? "others" : object_class },
        { "key", use->sums.label },
        { "fingerprint", fingerprint == NULL ? "" : fingerprint },
        { "program", use->program },
    };

    (void)fputs(family->name, stream);
    (void)labels_begin(stream, whose);
    for (size_t i = 0; i < sizeof(labels) / sizeof(labels[0]); i++) {
        (void)fputc(',', stream);
        labels_add(stream, labels[i].name, labels[i].value);
    }
    (void)fputc('}', stream);
    write_value(stream, use->sums.count, family->unit);
}

/* -- Histograms
 * ------------------------------------------------------------------ */

static void
write_bucket(FILE *stream, const struct family *family,
             const struct whose *whose, const char *operation,
             const char *limit, uint64_t count)
{
    (void)fprintf(stream, "%s_bucket", family->name);
    labels_write(stream, whose, "operation", operation, limit);
    write_value(stream, count, UNIT_NUMBER);
}

static void
write_histogram(FILE *stream, const struct family *family,
                const struct whose *whose, const char *operation,
                const uint64_t buckets[COUNTER_BUCKETS], uint64_t sum_us)
{
    uint64_t count = 0;

    for (unsigned i = 0; i < COUNTER_BUCKETS; i++) {
        uint64_t us = UINT64_C(1) << i;
        char limit[32] = "+Inf";

        count += buckets[i];
        if (i < COUNTER_BUCKETS - 1)
            (void)snprintf(limit, sizeof(limit), "%" PRIu64 ".%06" PRIu64,
                           us / 1000000, us % 1000000);
        write_bucket(stream, family, whose, operation, limit, count);
    }
    (void)fprintf(stream, "%s_sum", family->name);
    labels_write(stream, whose, "operation", operation, NULL);
    write_value(stream, sum_us, UNIT_MICROSECONDS);
    (void)fprintf(stream, "%s_count", family->name);
    labels_write(stream, whose, "operation", operation, NULL);
    write_value(stream, count, UNIT_NUMBER);
}

/* Operations that were asked for at all. */
static void
write_latency(FILE *stream, const struct family *family,
              const struct whose *whose)
{
    const struct counters_member *sums = &whose->member->sums;

    for (unsigned i = 0; i < N_COUNTED; i++)
        if (sums->calls[i] > 0)
            write_histogram(stream, family, whose, counted_texts[i],
                            sums->latency[i], sums->latency_us[i]);
}

/* -- Families
 * --------------------------------------------------------------------- */

static void
write_of_member(FILE *stream, const struct family *family,
                const struct whose *whose)
{
    const struct counters_member *sums = &whose->member->sums;

    switch (family->place) {
    case PLACE_LEVEL:
        write_one(stream, family, whose, sums->levels[family->index]);
        break;
    case PLACE_EVENT:
        write_one(stream, family, whose, sums->events[family->index]);
        break;
    case PLACE_STATES:
        write_row(stream, family, whose, "state", counter_state_texts,
                  whose->member->states, N_COUNTER_STATES);
        break;
    case PLACE_SESSIONS:
        write_row(stream, family, whose, "state",
                  &counter_level_texts[COUNTER_LEVEL_IDLE],
                  &sums->levels[COUNTER_LEVEL_IDLE],
                  COUNTER_LEVEL_PINNED - COUNTER_LEVEL_IDLE + 1);
        break;
    case PLACE_CLOSES:
        write_row(stream, family, whose, "reason", counter_close_texts,
                  sums->closes, N_COUNTER_CLOSES);
        break;
    case PLACE_CALLS:
        write_row(stream, family, whose, "operation", counted_texts,
                  sums->calls, N_COUNTED);
        break;
    case PLACE_ERRORS:
        write_row(stream, family, whose, "class", counter_class_texts,
                  sums->errors, N_COUNTER_CLASSES);
        break;
    default:
        write_latency(stream, family, whose);
        break;
    }
}

static void
write_of_total(FILE *stream, const struct family *family,
               const struct total *total, const struct shown *process)
{
    struct whose whose = { .process = process };

    if (family->place == PLACE_PROCESSES)
        write_one(stream, family, &whose, total->n_processes);
    if (family->place == PLACE_PROCESS)
        write_one(stream, family, &whose, total->process[family->index]);
    if (family->place <= PLACE_PROCESS)
        return;
    for (size_t i = 0; i < total->n_tokens; i++) {
        whose.token = &total->tokens[i];
        if (family->place == PLACE_TOKEN)
            write_one(stream, family, &whose,
                      whose.token->counts[family->index]);
        for (size_t k = 0;
             k < whose.token->n_uses && family->place == PLACE_USES; k++)
            write_use(stream, family, &whose, &whose.token->uses[k]);
        for (size_t k = 0;
             k < whose.token->n_members && family->place > PLACE_USES; k++) {
            whose.member = &whose.token->members[k];
            whose.nth = k;
            write_of_member(stream, family, &whose);
        }
        whose.member = NULL;
    }
}

void
status_write_prometheus(const struct gathering *gathering, const char *label,
                        bool each, FILE *stream)
{
    size_t n_totals = each ? gathering->n_processes : 1;
    struct total *totals = memory_new(n_totals + 1, sizeof(*totals));

    for (size_t i = 0; i < n_totals && each; i++)
        total_add(&totals[i], &gathering->processes[i], 1, label);
    if (!each)
        total_add(&totals[0], gathering->processes, gathering->n_processes,
                  label);
    for (size_t i = 0; i < sizeof(families) / sizeof(families[0]); i++) {
        const struct family *family = &families[i];

        (void)fprintf(stream, "# HELP %s %s\n# TYPE %s %s\n", family->name,
                      family->help, family->name, family->type);
        for (size_t k = 0; k < n_totals; k++)
            write_of_total(stream, family, &totals[k],
                           each ? &gathering->processes[k] : NULL);
    }
    for (size_t i = 0; i < n_totals; i++)
        total_clear(&totals[i]);
    free(totals);
}
