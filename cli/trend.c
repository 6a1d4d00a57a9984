/* SPDX-License-Identifier: BSD-3-Clause */
/* How much each member was asked lately. */
#include "cli/trend.h"

#include "cli/memory.h"

#include <stdlib.h>
#include <string.h>

static struct trend *
find(const struct trends *trends, const struct total_token *token, size_t nth)
{
    for (size_t i = 0; i < trends->n_members; i++) {
        struct trend *trend = &trends->members[i];

        if (trend->slot == token->slot && trend->nth == nth &&
            strcmp(trend->label, token->label) == 0)
            return trend;
    }
    return NULL;
}

static struct trend *
add(struct trends *trends, const struct total_token *token, size_t nth)
{
    struct trend *trend;

    trends->members = memory_grow(trends->members, trends->n_members,
                                  sizeof(*trends->members));
    trend = &trends->members[trends->n_members++];
    trend->slot = token->slot;
    trend->label = memory_copy(token->label);
    trend->nth = nth;
    return trend;
}

static double
rate(uint64_t before, uint64_t now, double seconds)
{
    return now <= before || seconds <= 0 ? 0 : (double)(now - before) / seconds;
}

static void
look(struct trends *trends, const struct total_token *token, size_t nth,
     double seconds)
{
    uint64_t calls = total_calls(&token->members[nth]);
    uint64_t errors = total_errors(&token->members[nth]);
    struct trend *trend = find(trends, token, nth);

    if (trend == NULL) {
        trend = add(trends, token, nth);
        trend->calls = calls;
        trend->errors = errors;
    }
    trend->calls_rate = rate(trend->calls, calls, seconds);
    trend->errors_rate = rate(trend->errors, errors, seconds);
    memmove(trend->rates, trend->rates + 1,
            sizeof(trend->rates) - sizeof(trend->rates[0]));
    trend->rates[SPARKLINE_MOST - 1] = trend->calls_rate;
    trend->calls = calls;
    trend->errors = errors;
}

void
trends_look(struct trends *trends, const struct total *total, uint64_t now)
{
    double seconds =
        trends->looked == 0 ? 0 : (double)(now - trends->looked) / 1e9;

    for (size_t i = 0; i < total->n_tokens; i++)
        for (size_t k = 0; k < total->tokens[i].n_members; k++)
            look(trends, &total->tokens[i], k, seconds);
    trends->looked = now;
}

const struct trend *
trends_find(const struct trends *trends, const struct total_token *token,
            size_t nth)
{
    return find(trends, token, nth);
}

void
trends_clear(struct trends *trends)
{
    for (size_t i = 0; i < trends->n_members; i++)
        free(trends->members[i].label);
    free(trends->members);
    memset(trends, 0, sizeof(*trends));
}
