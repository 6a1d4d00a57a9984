/* SPDX-License-Identifier: BSD-3-Clause */
/* Copies to the members of a group what they lack, one object after the other.
 */
#include "cli/sync.h"

#include "cli/copy-row.h"
#include "cli/memory.h"
#include "cli/original.h"
#include "cli/retry.h"

#include <stdlib.h>

static const struct transfer_text states[SYNC_STATES] = {
    [SYNC_PLANNED] = { "planned", "can be made" },
    [SYNC_MADE] = { "made", "made" },
    [SYNC_THERE] = { "there", "is there" },
    [SYNC_GONE] = { "gone", "is gone" },
    [SYNC_NOT_MADE] = { "not-made", "cannot be made" },
};

/* How often one that applications change all the time is begun anew. */
enum { MOST_TRIES = 3 };

/* -- Where it is had ---------------------------------------------------------
 */

/* As its member has it by now. Where its handle is no good it has gone only if
 * it is surely not there any more. */
static bool
try_source(struct sync *sync, struct group_object *object, struct lack *lack,
           struct transfer_outcome *outcome)
{
    lack->object = object->object;
    for (unsigned i = 0; i < MOST_TRIES; i++) {
        CK_RV rv;

        lack->identity = object->identity;
        if (copying_try(sync->copying, lack, outcome))
            return true;
        if (!original_is_in_doubt(outcome))
            return false;
        rv = original_read_anew(sync->copying, lack->from, outcome,
                                &lack->object, &object->identity);
        if (rv != CKR_OK) {
            (void)original_end(rv, outcome);
            return false;
        }
    }
    return false;
}

/* From whichever member it can be had; what the first one said that has it is
 * the reason where it cannot. */
static bool
find_source(struct sync *sync, struct sync_copy *copy, struct lack *lack)
{
    bool is_first = true;

    for (unsigned i = 0; i < sync->copying->token->n_members; i++) {
        struct transfer_outcome outcome;

        if (!group_object_is_on(copy->object, i))
            continue;
        lack->from = i;
        if (try_source(sync, copy->object, lack, &outcome)) {
            copy->from = i;
            copy->outcome = outcome;
            return true;
        }
        if (is_first || copy->outcome.verdict == TRANSFER_GONE) {
            copy->from = i;
            copy->outcome = outcome;
        }
        is_first = false;
    }
    return false;
}

/* -- One copy ----------------------------------------------------------------
 */

static bool
make(struct sync *sync, const struct lack *lack,
     struct transfer_outcome *outcome, struct error *error)
{
    struct copied copied = { .outcome = *outcome };
    bool is_done = copying_make(sync->copying, lack, &copied, error);

    if (is_done && copied_waits(&copied))
        is_done = copying_settle(sync->copying, &copied, 1, error);
    *outcome = copied.outcome;
    return is_done;
}

static enum sync_state
state_after_try(const struct transfer_outcome *outcome)
{
    return outcome->verdict == TRANSFER_THERE  ? SYNC_THERE
           : outcome->verdict == TRANSFER_GONE ? SYNC_GONE
                                               : SYNC_NOT_MADE;
}

static bool
copy_once(struct sync *sync, struct sync_copy *copy, struct error *error)
{
    struct lack lack = { .to = copy->to };
    bool is_done;

    if (!find_source(sync, copy, &lack)) {
        copy->state = state_after_try(&copy->outcome);
        return true;
    }
    copy->state = SYNC_PLANNED;
    if (sync->is_plan)
        return true;
    is_done = make(sync, &lack, &copy->outcome, error);
    copy->state = is_done && copy->outcome.verdict == TRANSFER_FINE
                      ? SYNC_MADE
                      : SYNC_NOT_MADE;
    return is_done;
}

/* What was changed, or seems to have gone, while its copy was made is looked at
 * anew. */
static bool
copy_to(struct sync *sync, struct sync_copy *copy, struct error *error)
{
    bool is_done = copy_once(sync, copy, error);

    for (unsigned i = 1;
         is_done && i < MOST_TRIES && copy->state == SYNC_NOT_MADE &&
         original_is_in_doubt(&copy->outcome);
         i++)
        is_done = copy_once(sync, copy, error);
    if (copy->state == SYNC_NOT_MADE && original_is_lost(&copy->outcome))
        (void)original_end(CKR_FUNCTION_FAILED, &copy->outcome);
    return is_done;
}

/* -- Alone -------------------------------------------------------------------
 */

static const struct transfer_outcome *
find_alone(const void *context, size_t index)
{
    const struct sync *sync = context;
    const struct sync_copy *copy = &sync->copies[index];

    return index >= sync->n_late && copy->state == SYNC_NOT_MADE
               ? &copy->outcome
               : NULL;
}

static bool
try_alone(void *context, size_t index, struct error *error)
{
    struct sync *sync = context;

    return copy_to(sync, &sync->copies[index], error);
}

static bool
settle_alone(void *context, struct error *error)
{
    (void)context, (void)error;
    return true;
}

static void
claim(void *context, size_t index, enum transfer_way way)
{
    struct sync_copy *copy = &((struct sync *)context)->copies[index];

    if (copy->state != SYNC_THERE)
        return;
    copy->state = SYNC_MADE;
    copy->outcome =
        (struct transfer_outcome){ .verdict = TRANSFER_FINE, .way = way };
}

static bool
try_again(struct sync *sync, struct error *error)
{
    const struct retry retry = { .copying = sync->copying,
                                 .count = sync->n_copies,
                                 .n_left = sync->n_left,
                                 .find = find_alone,
                                 .try = try_alone,
                                 .settle = settle_alone,
                                 .claim = claim,
                                 .context = sync };

    return sync->is_plan || retry_run(&retry, error);
}

/* -- All of them -------------------------------------------------------------
 */

/* Public keys and certificates first: a private key is known by them. */
static bool
is_late(const struct group_object *object)
{
    return object->identity->object_class == CKO_PRIVATE_KEY ||
           object->identity->object_class == CKO_SECRET_KEY;
}

static struct sync_copy *
add(struct sync *sync, struct group_object *object, unsigned to)
{
    sync->copies =
        memory_grow(sync->copies, sync->n_copies, sizeof(*sync->copies));
    sync->copies[sync->n_copies] =
        (struct sync_copy){ .object = object, .to = to };
    return &sync->copies[sync->n_copies++];
}

static bool
copy_to_all(struct sync *sync, struct group_object *object, struct error *error)
{
    const struct copying *copying = sync->copying;
    bool is_done = true;

    for (unsigned i = 0; is_done && i < copying->token->n_members; i++)
        if (copying->sessions[i] != 0 && !group_object_is_on(object, i))
            is_done = copy_to(sync, add(sync, object, i), error);
    atomic_fetch_add(&sync->n_done, 1);
    return is_done;
}

bool
sync_run(struct sync *sync, struct error *error)
{
    struct group_objects *objects = sync->objects;
    bool is_done = true;

    for (unsigned late = 0; is_done && late < 2; late++) {
        sync->n_late = sync->n_copies;
        for (size_t i = 0; is_done && i < objects->n_items; i++)
            if (is_late(&objects->items[i]) == (late != 0))
                is_done = copy_to_all(sync, &objects->items[i], error);
        is_done = is_done && try_again(sync, error);
    }
    return is_done;
}

void
sync_clear(struct sync *sync)
{
    free(sync->copies);
}

size_t
sync_count(const struct sync *sync, enum sync_state state)
{
    size_t count = 0;

    for (size_t i = 0; i < sync->n_copies; i++)
        count += sync->copies[i].state == state ? 1 : 0;
    return count;
}

struct report *
sync_report(const struct sync *sync)
{
    const struct member *members = sync->copying->token->members;
    struct report *report = copy_report_new();

    for (size_t i = 0; i < sync->n_copies; i++) {
        const struct sync_copy *copy = &sync->copies[i];
        struct copy_row row = { .session = sync->copying->sessions[copy->from],
                                .object = copy->object->object,
                                .identity = copy->object->identity,
                                .from = &members[copy->from],
                                .to = &members[copy->to],
                                .state = &states[copy->state],
                                .outcome = copy->outcome };

        copy_row_add(report, &row);
    }
    return report;
}
