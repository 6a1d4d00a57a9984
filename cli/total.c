/* SPDX-License-Identifier: BSD-3-Clause */
/* Adds up what processes show. */
#include "cli/total.h"

#include "cli/memory.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* -- Finding a row ------------------------------------------------------------
 */

static struct total_token *
find_token(struct total *total, const struct counters_token *shown)
{
    size_t i = 0;

    while (i < total->n_tokens &&
           (total->tokens[i].slot < shown->slot ||
            (total->tokens[i].slot == shown->slot &&
             strcmp(total->tokens[i].label, shown->label) < 0)))
        i++;
    if (i < total->n_tokens && total->tokens[i].slot == shown->slot &&
        strcmp(total->tokens[i].label, shown->label) == 0)
        return &total->tokens[i];
    total->tokens =
        memory_grow(total->tokens, total->n_tokens, sizeof(*total->tokens));
    memmove(&total->tokens[i + 1], &total->tokens[i],
            (total->n_tokens - i) * sizeof(*total->tokens));
    total->n_tokens++;
    total->tokens[i] =
        (struct total_token){ .slot = shown->slot,
                              .label = memory_copy(shown->label) };
    return &total->tokens[i];
}

/* The one with that name; of several with the same name the nth. */
static struct total_member *
find_member(struct total_token *token, const char *name, unsigned nth)
{
    for (size_t i = 0; i < token->n_members; i++)
        if (strcmp(token->members[i].name, name) == 0 && nth-- == 0)
            return &token->members[i];
    token->members =
        memory_grow(token->members, token->n_members, sizeof(*token->members));
    token->members[token->n_members].name = memory_copy(name);
    return &token->members[token->n_members++];
}

/* -- Adding -------------------------------------------------------------------
 */

static void
add(uint64_t *sums, const uint64_t *numbers, size_t count)
{
    for (size_t i = 0; i < count; i++)
        sums[i] += numbers[i];
}

static void
raise_to(uint64_t *longest, uint64_t number)
{
    if (number > *longest)
        *longest = number;
}

static void
add_levels(uint64_t sums[N_COUNTER_LEVELS],
           const uint64_t levels[N_COUNTER_LEVELS])
{
    for (unsigned i = 0; i < N_COUNTER_LEVELS; i++)
        if (i == COUNTER_LEVEL_WAITING_US || i == COUNTER_LEVEL_LONGEST_US ||
            i == COUNTER_LEVEL_CHANGED_US)
            raise_to(&sums[i], levels[i]);
        else
            sums[i] += levels[i];
}

static void
add_member(struct total_member *total, const struct counters_member *shown)
{
    struct counters_member *sums = &total->sums;

    total->states[shown->state]++;
    add_levels(sums->levels, shown->levels);
    add(sums->events, shown->events, N_COUNTER_EVENTS);
    add(sums->closes, shown->closes, N_COUNTER_CLOSES);
    add(sums->calls, shown->calls, N_COUNTED);
    add(sums->errors, shown->errors, N_COUNTER_CLASSES);
    add(sums->latency_us, shown->latency_us, N_COUNTED);
    for (unsigned i = 0; i < N_COUNTED; i++)
        add(sums->latency[i], shown->latency[i], COUNTER_BUCKETS);
}

static void
add_members(struct total_token *token, const struct shown *shown,
            uint32_t index)
{
    for (uint32_t i = 0; i < shown->picture->n_members; i++) {
        const struct counters_member *member = &shown->members[i];
        unsigned nth = 0;

        if (member->token != index)
            continue;
        for (uint32_t k = 0; k < i; k++)
            nth += shown->members[k].token == index &&
                           strcmp(shown->members[k].name, member->name) == 0
                       ? 1
                       : 0;
        add_member(find_member(token, member->name, nth), member);
    }
}

static bool
is_same_key(const struct total_use *use, const struct counters_use *shown,
            bool is_others)
{
    if (use->is_others || is_others)
        return use->is_others == is_others;
    return use->sums.object_class == shown->object_class &&
           memcmp(use->sums.fingerprint, shown->fingerprint,
                  sizeof(shown->fingerprint)) == 0 &&
           strcmp(use->sums.label, shown->label) == 0;
}

static struct total_use *
find_use(struct total_token *token, const char *program,
         const struct counters_use *shown, bool is_others)
{
    struct total_use *use;

    for (size_t i = 0; i < token->n_uses; i++)
        if (strcmp(token->uses[i].program, program) == 0 &&
            is_same_key(&token->uses[i], shown, is_others))
            return &token->uses[i];
    token->uses = memory_grow(token->uses, token->n_uses, sizeof(*token->uses));
    use = &token->uses[token->n_uses++];
    *use = (struct total_use){ .program = memory_copy(program),
                               .is_others = is_others,
                               .sums = *shown };
    use->sums.count = use->sums.grown_us = 0;
    return use;
}

static void
add_uses(struct total_token *token, const char *program,
         const struct counters_use shown[COUNTERS_USES])
{
    for (unsigned i = 0; i < COUNTERS_USES; i++) {
        struct total_use *use;

        if (shown[i].count == 0)
            continue;
        use = find_use(token, program, &shown[i], i == COUNTERS_USES_OTHERS);
        use->sums.count += shown[i].count;
        raise_to(&use->sums.grown_us, shown[i].grown_us);
    }
}

static bool
is_meant(const struct counters_token *token, const char *label)
{
    char slot[24];

    (void)snprintf(slot, sizeof(slot), "%llu", (unsigned long long)token->slot);
    return label == NULL || strcmp(token->label, label) == 0 ||
           strcmp(slot, label) == 0;
}

void
total_add(struct total *total, const struct shown *processes, size_t count,
          const char *label)
{
    for (size_t i = 0; i < count; i++) {
        const struct shown *shown = &processes[i];

        total->n_processes++;
        add(total->process, shown->picture->process, N_COUNTER_PROCESSES);
        for (uint32_t k = 0; k < shown->picture->n_tokens; k++) {
            struct total_token *token;

            if (!is_meant(&shown->tokens[k], label))
                continue;
            token = find_token(total, &shown->tokens[k]);
            token->n_processes++;
            add(token->counts, shown->tokens[k].counts, N_COUNTER_TOKENS);
            add_members(token, shown, k);
            add_uses(token, shown->program, shown->tokens[k].uses);
        }
    }
}

void
total_clear(struct total *total)
{
    for (size_t i = 0; i < total->n_tokens; i++) {
        struct total_token *token = &total->tokens[i];

        for (size_t k = 0; k < token->n_members; k++)
            free(token->members[k].name);
        free(token->members);
        for (size_t k = 0; k < token->n_uses; k++)
            free(token->uses[k].program);
        free(token->uses);
        free(token->label);
    }
    free(total->tokens);
    memset(total, 0, sizeof(*total));
}

/* -- Asking -------------------------------------------------------------------
 */

static uint64_t
sum_of(const uint64_t *numbers, size_t count)
{
    uint64_t sum = 0;

    for (size_t i = 0; i < count; i++)
        sum += numbers[i];
    return sum;
}

uint64_t
total_calls(const struct total_member *member)
{
    return sum_of(member->sums.calls, N_COUNTED);
}

uint64_t
total_errors(const struct total_member *member)
{
    return sum_of(member->sums.errors, N_COUNTER_CLASSES);
}

uint64_t
total_percentile(const uint64_t buckets[COUNTER_BUCKETS], unsigned percent)
{
    uint64_t count = sum_of(buckets, COUNTER_BUCKETS);
    uint64_t wanted = count - count * (100 - percent) / 100, seen = 0;

    if (count == 0)
        return 0;
    for (unsigned i = 0; i < COUNTER_BUCKETS - 1; i++) {
        seen += buckets[i];
        if (seen >= wanted)
            return UINT64_C(1) << i;
    }
    return UINT64_MAX;
}
