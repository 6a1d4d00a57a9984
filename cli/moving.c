/* SPDX-License-Identifier: BSD-3-Clause */
/* Moves objects to a token's new member. */
#include "cli/moving.h"

#include "cli/memory.h"
#include "cli/message.h"
#include "cli/namesake.h"
#include "cli/notice.h"
#include "cli/progress.h"
#include "cli/target.h"

#include <pthread.h>
#include <stdatomic.h>
#include <stdlib.h>
#include <string.h>

/* What one thread can do about as fast: each makes keys of its own first. */
enum { FEWEST_OBJECTS = 8 };

/* How often one that applications change all the time is begun anew. */
enum { MOST_TRIES = 3 };

struct crew {
    const struct moving *moving;
    bool is_late; /* which of them it is about */
    size_t n_all;
    _Atomic(size_t) next;
    _Atomic(size_t) n_done;
    _Atomic(bool) is_stopped;
    struct notice notice;
};

struct mover {
    struct crew *crew;
    struct copying *copying;
    struct copying own;
    struct error error;
    pthread_t thread;
};

/* -- One object --------------------------------------------------------------
 */

static bool
is_destroyed(const struct transfer_outcome *outcome)
{
    return outcome->verdict == TRANSFER_GONE ||
           (outcome->verdict == TRANSFER_UNREADABLE &&
            outcome->rv == CKR_OBJECT_HANDLE_INVALID);
}

static enum move_state
state_after_try(const struct transfer_outcome *outcome)
{
    if (outcome->verdict == TRANSFER_THERE)
        return MOVE_THERE;
    return is_destroyed(outcome) ? MOVE_GONE : MOVE_STAYS;
}

/* Whether a public key or certificate moves too, by which the new member's
 * private key is known. */
static bool
has_public_half(const struct moves *moves, const struct identity *identity)
{
    for (size_t i = 0; i < moves->n_old; i++) {
        const struct move *other = &moves->items[i];
        const struct identity *its = other->identity;

        if (!move_is_late(other) && other->state == MOVE_MOVES &&
            its->has_fingerprint && its->id_length > 0 &&
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

/* False: nothing more can be moved. */
static bool
move_once(const struct mover *mover, struct move *move, struct error *error)
{
    struct lack lack = { .object = move->object,
                         .identity = move->identity,
                         .from = MIGRATE_OLD,
                         .to = MIGRATE_NEW };

    if (!copying_try(mover->copying, &lack, &move->outcome)) {
        move->state = state_after_try(&move->outcome);
        return true;
    }
    move->state = MOVE_STAYS;
    if (!is_known_there(mover->crew->moving, move)) {
        move->outcome.verdict = TRANSFER_NOT_KNOWN;
        return true;
    }
    if (mover->crew->moving->is_plan) {
        move->state = MOVE_MOVES;
        return true;
    }
    if (!copying_make(mover->copying, &lack, &move->outcome, error))
        return false;
    if (move->outcome.verdict == TRANSFER_FINE)
        move->state = MOVE_MOVED;
    else if (is_destroyed(&move->outcome))
        move->state = MOVE_GONE;
    return true;
}

/* It is what it has become since. */
static bool
read_anew(const struct mover *mover, struct move *move)
{
    struct identity *identity = NULL;
    CK_RV rv =
        copying_read(mover->copying, MIGRATE_OLD, move->object, &identity);

    if (rv != CKR_OK) {
        move->state = rv == CKR_OBJECT_HANDLE_INVALID ? MOVE_GONE : MOVE_STAYS;
        return false;
    }
    identity_free(move->identity);
    move->identity = identity;
    return true;
}

static bool
move_one(const struct mover *mover, struct move *move, struct error *error)
{
    bool is_done = move_once(mover, move, error);

    for (unsigned i = 1;
         is_done && i < MOST_TRIES &&
         move->outcome.verdict == TRANSFER_OVERTAKEN && read_anew(mover, move);
         i++)
        is_done = move_once(mover, move, error);
    return is_done;
}

/* -- All of them -------------------------------------------------------------
 */

static void
move_or_try(struct mover *mover, size_t index)
{
    struct crew *crew = mover->crew;
    const struct moving *moving = crew->moving;
    const struct member *to = &mover->copying->token->members[MIGRATE_NEW];
    struct move *move = &moving->moves->items[index];

    if (!(moving->is_plan &&
          namesake_decides(moving->moves, index, target_overwrites(to))) &&
        !move_one(mover, move, &mover->error))
        atomic_store(&crew->is_stopped, true);
    if (move->state == MOVE_MOVED)
        notice_ask(&crew->notice);
    atomic_fetch_add(&crew->n_done, 1);
}

/* Namesakes one after the other: which of them has moved is what the next one
 * finds. */
static void *
work(void *argument)
{
    struct mover *mover = argument;
    struct crew *crew = mover->crew;
    const struct moves *moves = crew->moving->moves;
    size_t i;

    /* With what the others have moved before. */
    if (crew->is_late && !crew->moving->is_plan)
        copying_look(mover->copying, MIGRATE_NEW);
    while (!atomic_load(&crew->is_stopped) &&
           (i = atomic_fetch_add(&crew->next, 1)) < moves->n_old) {
        if (moves->items[i].leader != i ||
            move_is_late(&moves->items[i]) != crew->is_late)
            continue;
        for (size_t j = i; j < moves->n_old && !atomic_load(&crew->is_stopped);
             j++)
            if (moves->items[j].leader == i)
                move_or_try(mover, j);
    }
    return NULL;
}

/* Fewer threads do it as well. */
static void
work_together(struct crew *crew, struct mover *movers, unsigned n_movers)
{
    unsigned n_started = 1;

    atomic_store(&crew->next, 0);
    while (n_started < n_movers &&
           pthread_create(&movers[n_started].thread, NULL, work,
                          &movers[n_started]) == 0)
        n_started++;
    (void)work(&movers[0]);
    while (n_started > 1)
        (void)pthread_join(movers[--n_started].thread, NULL);
}

static void
describe(const void *context, char *out, size_t room)
{
    const struct crew *crew = context;

    (void)snprintf(out, room, "%s: %zu of %zu objects",
                   crew->moving->is_plan ? "trying" : "moving",
                   atomic_load(&crew->n_done), crew->n_all);
}

static size_t
find_wanted(const struct moving *moving)
{
    size_t count = 0;

    namesakes_find(moving->moves, moving->choice);
    for (size_t i = 0; i < moving->moves->n_old; i++)
        count += moving->moves->items[i].leader != MOVE_NO_LEADER ? 1 : 0;
    return count;
}

/* Each with sessions of its own; the first one has the caller's. */
static bool
begin(const struct moving *moving, struct crew *crew, struct mover *movers,
      unsigned n_movers, struct error *error)
{
    bool is_begun = true;

    for (unsigned i = 0; i < n_movers; i++)
        movers[i] = (struct mover){ .crew = crew,
                                    .copying = i == 0 ? moving->copying
                                                      : &movers[i].own,
                                    .own = { .lock = -1 } };
    for (unsigned i = 1; is_begun && i < n_movers; i++) {
        is_begun = copying_begin(&movers[i].own, moving->visit, error);
        for (unsigned j = 0; is_begun && j < MIGRATE_MEMBERS; j++)
            copying_look(&movers[i].own, j);
        movers[i].own.permits_cleartext = moving->copying->permits_cleartext;
    }
    return is_begun;
}

static bool
end(struct mover *movers, unsigned n_movers, struct error *error)
{
    bool is_done = true;

    for (unsigned i = 0; i < n_movers; i++) {
        if (movers[i].error.text[0] != '\0' && is_done) {
            *error = movers[i].error;
            is_done = false;
        }
        copying_end(&movers[i].own);
    }
    return is_done;
}

static void
run_all(struct crew *crew, struct mover *movers, unsigned n_movers)
{
    struct progress *progress = progress_begin(describe, crew);
    struct error error = { .rv = CKR_OK };

    for (unsigned late = 0; late < 2; late++) {
        crew->is_late = late != 0;
        work_together(crew, movers, n_movers);
    }
    progress_end(progress);
    if (!notice_end(&crew->notice, &error))
        message_error("%s; running processes use what was moved some seconds "
                      "later",
                      error.text);
}

/* A module that takes one call at a time makes nothing sooner for several; and
 * tpm2-pkcs11 gives a copy the handle of another one that is there when an
 * earlier one has gone. */
static unsigned
count_movers(const struct moving *moving, size_t n_all)
{
    const struct member *to = &moving->copying->token->members[MIGRATE_NEW];
    size_t enough = (n_all + FEWEST_OBJECTS - 1) / FEWEST_OBJECTS;

    if (enough > 1 && backend_is_serialised(atomic_load(&to->backend)))
        return 1;
    return enough < moving->n_jobs ? (unsigned)enough : moving->n_jobs;
}

bool
moving_run(const struct moving *moving, struct error *error)
{
    size_t n_all = find_wanted(moving);
    unsigned n_movers = count_movers(moving, n_all);
    struct mover *movers = memory_new(n_movers + 1, sizeof(*movers));
    struct crew crew = { .moving = moving,
                         .n_all = n_all,
                         .notice = { .token = moving->visit->token } };
    bool is_done = begin(moving, &crew, movers, n_movers, error);

    if (is_done && n_movers > 0)
        run_all(&crew, movers, n_movers);
    is_done = end(movers, n_movers, error) && is_done;
    free(movers);
    return is_done;
}
