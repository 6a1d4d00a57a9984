/* SPDX-License-Identifier: BSD-3-Clause */
/* What `p11mux status --json` prints. */
#include "cli/status-json.h"

#include "cli/counted-text.h"
#include "cli/status-uses.h"
#include "common/clock.h"

static void
write_numbers(struct json *json, const char *const *texts,
              const uint64_t *numbers, size_t count)
{
    for (size_t i = 0; i < count; i++)
        json_number(json, texts[i], numbers[i]);
}

static void
write_object(struct json *json, const char *name, const char *const *texts,
             const uint64_t *numbers, size_t count)
{
    json_begin_object(json, name);
    write_numbers(json, texts, numbers, count);
    json_end_object(json);
}

/* Of operations that were timed at all. */
static void
write_latency(struct json *json, const struct counters_member *sums)
{
    json_begin_object(json, "latency");
    for (unsigned i = 0; i < N_COUNTED; i++) {
        const uint64_t *buckets = sums->latency[i];
        uint64_t timed = 0;

        for (unsigned k = 0; k < COUNTER_BUCKETS; k++)
            timed += buckets[k];
        if (timed == 0)
            continue;
        json_begin_object(json, counted_texts[i]);
        json_number(json, "timed", timed);
        json_number(json, "us", sums->latency_us[i]);
        json_begin_list(json, "below_power_of_two_us");
        for (unsigned k = 0; k < COUNTER_BUCKETS; k++)
            json_number(json, NULL, buckets[k]);
        json_end_list(json);
        json_end_object(json);
    }
    json_end_object(json);
}

static void
write_member(struct json *json, const struct total_member *member)
{
    const struct counters_member *sums = &member->sums;

    json_begin_object(json, NULL);
    json_text(json, "module", member->name);
    write_object(json, "states", counter_state_texts, member->states,
                 N_COUNTER_STATES);
    write_numbers(json, counter_level_texts, sums->levels, N_COUNTER_LEVELS);
    write_numbers(json, counter_event_texts, sums->events, N_COUNTER_EVENTS);
    write_object(json, "closes", counter_close_texts, sums->closes,
                 N_COUNTER_CLOSES);
    write_object(json, "calls", counted_texts, sums->calls, N_COUNTED);
    write_object(json, "errors", counter_class_texts, sums->errors,
                 N_COUNTER_CLASSES);
    write_latency(json, sums);
    json_end_object(json);
}

void
status_json_total(struct json *json, const struct total *total)
{
    write_numbers(json, counter_process_texts, total->process,
                  N_COUNTER_PROCESSES);
    json_begin_list(json, "tokens");
    for (size_t i = 0; i < total->n_tokens; i++) {
        const struct total_token *token = &total->tokens[i];

        json_begin_object(json, NULL);
        json_text(json, "label", token->label);
        json_number(json, "slot", token->slot);
        json_number(json, "processes", token->n_processes);
        write_numbers(json, counter_token_texts, token->counts,
                      N_COUNTER_TOKENS);
        json_begin_list(json, "members");
        for (size_t k = 0; k < token->n_members; k++)
            write_member(json, &token->members[k]);
        json_end_list(json);
        status_json_uses(json, token);
        json_end_object(json);
    }
    json_end_list(json);
}

static void
write_time(struct json *json, const char *name, uint64_t us)
{
    char text[CLOCK_TEXT_LENGTH + 1];

    clock_format_us(us, text);
    json_text(json, name, text);
}

void
status_json_processes(struct json *json, const struct gathering *gathering,
                      const char *label)
{
    json_begin_list(json, "each");
    for (size_t i = 0; i < gathering->n_processes; i++) {
        const struct shown *shown = &gathering->processes[i];
        struct total total = { .n_tokens = 0 };

        total_add(&total, shown, 1, label);
        json_begin_object(json, NULL);
        json_number(json, "pid", shown->pid);
        json_number(json, "uid", shown->user);
        json_text(json, "program", shown->program);
        write_time(json, "started", shown->started_us);
        write_time(json, "shown", shown->picture->drawn_us);
        status_json_total(json, &total);
        json_end_object(json);
        total_clear(&total);
    }
    json_end_list(json);
}
