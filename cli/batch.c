/* SPDX-License-Identifier: BSD-3-Clause */
/* Moves objects, some together. */
#include "cli/batch.h"

#include "cli/memory.h"
#include "cli/move-again.h"
#include "cli/original.h"
#include "common/clock.h"

#include <stdlib.h>
#include <string.h>

/* How often one that applications change all the time is begun anew. */
enum { MOST_TRIES = 3 };

/* What applications make under the name of a copy that waits is hidden from
 * them as the copy is. */
static const uint64_t patience_ns = UINT64_C(1000) * 1000 * 1000;

/* A copy that waits is known by its handle alone. tpm2-pkcs11 gives the next
 * one the handle of a copy that is there when an earlier one has gone; so may
 * whatever takes one call at a time, until it is known not to. */
bool
batch_is_of_one(const struct member *to)
{
    const struct backend *backend = atomic_load(&to->backend);

    return backend_is_serialised(backend) ||
           backend_profile(backend)->settings.handle_reuse == ANSWER_YES;
}

void
batch_begin(struct batch *batch, const struct moving *moving,
            struct copying *copying, struct notice *notice)
{
    const struct member *to = &moving->copying->token->members[MIGRATE_NEW];
    bool is_alone = batch_is_of_one(to);
    size_t share = BATCH_MOST / moving->n_jobs;

    *batch =
        (struct batch){ .moving = moving,
                        .copying = copying,
                        .notice = notice,
                        .items = memory_new(BATCH_MOST, sizeof(*batch->items)),
                        .limit = is_alone ? 1 : BATCH_FEWEST,
                        .most = is_alone               ? 1
                                : share > BATCH_FEWEST ? share
                                                       : BATCH_FEWEST };
}

void
batch_end(struct batch *batch)
{
    free(batch->items);
}

/* -- What has come of one -----------------------------------------------------
 */

static enum move_state
state_after_try(const struct transfer_outcome *outcome)
{
    return outcome->verdict == TRANSFER_THERE    ? MOVE_THERE
           : outcome->verdict == TRANSFER_BURIED ? MOVE_BURIED
                                                 : MOVE_STAYS;
}

/* Whether a public key or certificate moves too, by which the new member's
 * private key is known. Nothing of these is changed any more. */
static bool
has_public_half(const struct moves *moves, const struct identity *identity)
{
    for (size_t i = 0; i < moves->n_old; i++) {
        const struct move *other = &moves->items[i];
        const struct identity *its;

        if (other->is_late || other->state != MOVE_MOVES)
            continue;
        its = other->identity;
        if (its->has_fingerprint && its->id_length > 0 &&
            its->id_length == identity->id_length &&
            memcmp(its->id, identity->id, its->id_length) == 0 &&
            memcmp(its->fingerprint, identity->fingerprint,
                   sizeof(its->fingerprint)) == 0)
            return true;
    }
    return false;
}

/* What is there by now, or would be. */
static bool
is_known_there(const struct moving *moving, const struct move *move)
{
    return move->identity->object_class != CKO_PRIVATE_KEY ||
           move->outcome.is_known_again ||
           (moving->is_plan && has_public_half(moving->moves, move->identity));
}

/* -- Making
 * --------------------------------------------------------------------
 */

/* In the item after the last one, where it stays if its copy is to wait. */
static bool
make_copy(struct batch *batch, const struct lack *lack, struct move *move,
          unsigned n_tries, struct error *error)
{
    struct batch_item *item = &batch->items[batch->n_items];
    uint64_t begun_ns = clock_now();
    bool is_done;

    *item = (struct batch_item){ .move = move,
                                 .copied.outcome = move->outcome,
                                 .n_tries = n_tries };
    is_done = copying_make(batch->copying, lack, &item->copied, error);
    move->outcome = item->copied.outcome;
    if (is_done && copied_waits(&item->copied)) {
        if (batch->n_items++ == 0)
            batch->since_ns = begun_ns;
    } else if (is_done) {
        move->state = state_after_try(&move->outcome);
    }
    return is_done;
}

static bool
move_once(struct batch *batch, struct move *move, unsigned n_tries,
          struct error *error)
{
    struct lack lack = { .object = move->object,
                         .identity = move->identity,
                         .from = MIGRATE_OLD,
                         .to = MIGRATE_NEW };

    if (!copying_try(batch->copying, &lack, &move->outcome)) {
        move->state = state_after_try(&move->outcome);
        return true;
    }
    move->state = MOVE_STAYS;
    if (!is_known_there(batch->moving, move)) {
        move->outcome.verdict = TRANSFER_NOT_KNOWN;
        return true;
    }
    if (!batch->moving->is_plan)
        return make_copy(batch, &lack, move, n_tries, error);
    move->state = MOVE_MOVES;
    return true;
}

/* Whether it may be tried once more, if it is there and can be read. */
static bool
is_in_doubt(const struct move *move)
{
    return move->state == MOVE_STAYS && original_is_in_doubt(&move->outcome);
}

static bool
move_again(struct batch *batch, struct move *move, unsigned n_tries,
           struct error *error)
{
    struct copying *copying = batch->copying;
    bool is_done = true;

    for (unsigned i = n_tries; is_done && i < MOST_TRIES && is_in_doubt(move) &&
                               move_read_anew(move, copying);
         i++)
        is_done = move_once(batch, move, i + 1, error);
    if (is_done && move_is_lost(move))
        move_end_lost(move, copying);
    return is_done;
}

/* Whether another object like the last one would make the first of those that
 * wait too old. Where looking for others takes longer than that, it is not to
 * take more than half of the time. */
static bool
is_due(const struct batch *batch)
{
    uint64_t most_ns =
        batch->looked_ns > patience_ns ? batch->looked_ns : patience_ns;

    return batch->n_items > 0 &&
           clock_now() - batch->since_ns + batch->took_ns >= most_ns;
}

bool
batch_move(struct batch *batch, struct move *move, struct error *error)
{
    uint64_t begun_ns;
    bool is_done;

    if (is_due(batch) && !batch_settle(batch, error))
        return false;
    begun_ns = clock_now();
    is_done =
        move_once(batch, move, 1, error) && move_again(batch, move, 1, error);
    batch->took_ns = clock_now() - begun_ns;
    return batch->n_items < batch->limit
               ? is_done
               : batch_settle(batch, error) && is_done;
}

/* -- Settling
 * ------------------------------------------------------------------
 */

static bool
settle(struct batch *batch, struct error *error)
{
    struct copied *copied = memory_new(batch->n_items, sizeof(*copied));
    uint64_t begun_ns = clock_now();
    bool is_done;

    for (size_t i = 0; i < batch->n_items; i++)
        copied[i] = batch->items[i].copied;
    is_done = copying_settle(batch->copying, copied, batch->n_items, error);
    batch->looked_ns = clock_now() - begun_ns;
    for (size_t i = 0; i < batch->n_items; i++) {
        struct move *move = batch->items[i].move;

        move->outcome = copied[i].outcome;
        move->state =
            copied[i].stays ? MOVE_MOVED : state_after_try(&move->outcome);
        if (copied[i].stays)
            notice_ask(batch->notice);
    }
    free(copied);
    return is_done;
}

/* Those that were overtaken are made anew, which wait again. */
bool
batch_settle(struct batch *batch, struct error *error)
{
    bool is_done = true;

    if (batch->n_items == 0)
        return true;
    while (batch->n_items > 0) {
        size_t n_items = batch->n_items;

        is_done = settle(batch, error) && is_done;
        batch->n_items = 0;
        for (size_t i = 0; is_done && i < n_items; i++) {
            struct batch_item item = batch->items[i];

            is_done =
                move_again(batch, item.move, item.n_tries, error) && is_done;
        }
    }
    if (batch->limit < batch->most)
        batch->limit =
            2 * batch->limit < batch->most ? 2 * batch->limit : batch->most;
    return is_done;
}
