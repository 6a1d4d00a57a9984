/* SPDX-License-Identifier: BSD-3-Clause */
/* Tries once more, one after the other. */
#include "cli/retry.h"

#include "cli/memory.h"
#include "router/outcome.h"

#include <stdlib.h>

/* Of what it may have made there is a file. */
bool
retry_is_worth(const struct transfer_outcome *outcome)
{
    return outcome->verdict == TRANSFER_LEFT_BEHIND ||
           (outcome->is_at_target && outcome->function != NULL &&
            outcome_is_uncertain(
                outcome_of(NULL, CALL_C_CreateObject, outcome->rv)));
}

static bool
is_shown(struct copying *copying, unsigned member)
{
    if (copying->sessions[member] == 0)
        return true;
    return copying->catalogues[member] == NULL
               ? copying_login(copying, member) != 0
               : copying_look(copying, member);
}

static bool
are_shown(struct copying *copying)
{
    for (unsigned i = 0; i < copying->token->n_members; i++)
        if (!is_shown(copying, i))
            return false;
    return true;
}

/* What this run has left half way is completed, or taken back, before; each is
 * done with what is there then. *is_mended is false where not all of that is
 * seen, too. False, with a sentence: nobody knows what was left. */
static bool
mend(const struct retry *retry, bool *is_mended, struct error *error)
{
    struct mending mending;

    *is_mended = are_shown(retry->copying);
    if (!*is_mended)
        return true;
    if (!copying_mend(retry->copying, &mending, error))
        return false;
    *is_mended = mending.n_left <= retry->n_left && are_shown(retry->copying);
    return true;
}

/* *was_left says of which the member may have a copy, and how that was made;
 * *is_any whether one was tried. */
static bool
try_chosen(const struct retry *retry, enum transfer_way *was_left, bool *is_any,
           struct error *error)
{
    bool is_done = true, is_mended = true;

    *is_any = false;
    for (size_t i = 0; is_done && i < retry->count; i++) {
        const struct transfer_outcome *outcome = retry->find(retry->context, i);

        if (outcome == NULL || !retry_is_worth(outcome))
            continue;
        if (!*is_any)
            is_done = mend(retry, &is_mended, error);
        if (!is_done || !is_mended)
            return is_done;
        *is_any = true;
        if (outcome->verdict == TRANSFER_LEFT_BEHIND)
            was_left[i] = outcome->way;
        is_done = retry->try(retry->context, i, error);
    }
    return retry->settle(retry->context, error) && is_done;
}

static bool
try_all(const struct retry *retry, bool *is_any, struct error *error)
{
    enum transfer_way *was_left = memory_new(retry->count, sizeof(*was_left));
    bool is_done = try_chosen(retry, was_left, is_any, error);

    for (size_t i = 0; i < retry->count; i++)
        if (was_left[i] != WAY_NONE)
            retry->claim(retry->context, i, was_left[i]);
    free(was_left);
    return is_done;
}

bool
retry_run(const struct retry *retry, struct error *error)
{
    enum { MOST_TRIES = 2 };
    bool is_any = true, is_done = true;

    for (unsigned i = 0; is_done && is_any && i < MOST_TRIES &&
                         !copying_has_lost_any(retry->copying);
         i++)
        is_done = try_all(retry, &is_any, error);
    return is_done;
}
