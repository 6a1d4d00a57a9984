/* SPDX-License-Identifier: BSD-3-Clause */
/* Moves objects to a token's new member. */
#include "cli/moving.h"

#include "cli/batch.h"
#include "cli/memory.h"
#include "cli/message.h"
#include "cli/namesake.h"
#include "cli/notice.h"
#include "cli/progress.h"
#include "cli/retry.h"
#include "cli/target.h"

#include <pthread.h>
#include <stdatomic.h>
#include <stdlib.h>

/* What one thread can do about as fast: each makes keys of its own first. */
enum { FEWEST_OBJECTS = 8 };

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
    struct batch batch;
    struct error error;
    pthread_t thread;
};

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
        !batch_move(&mover->batch, move, &mover->error))
        atomic_store(&crew->is_stopped, true);
    atomic_fetch_add(&crew->n_done, 1);
}

/* A namesake after those before it are settled: which of them has moved is what
 * it finds. */
static void
move_namesake(struct mover *mover, size_t index)
{
    if (batch_settle(&mover->batch, &mover->error))
        move_or_try(mover, index);
    else
        atomic_store(&mover->crew->is_stopped, true);
}

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
            moves->items[i].is_late != crew->is_late)
            continue;
        move_or_try(mover, i);
        for (size_t j = i + 1;
             j < moves->n_old && !atomic_load(&crew->is_stopped); j++)
            if (moves->items[j].leader == i)
                move_namesake(mover, j);
    }
    if (!batch_settle(&mover->batch, &mover->error))
        atomic_store(&crew->is_stopped, true);
    return NULL;
}

/* -- Alone --------------------------------------------------------------------
 */

static const struct transfer_outcome *
find_alone(const void *context, size_t index)
{
    const struct mover *mover = context;
    const struct crew *crew = mover->crew;
    const struct move *move = &crew->moving->moves->items[index];

    return move->state == MOVE_STAYS && move->leader != MOVE_NO_LEADER &&
                   move->is_late == crew->is_late
               ? &move->outcome
               : NULL;
}

/* In batches, too: the new member is not looked at for each. A namesake when
 * those before it are settled, as when they were tried first. */
static bool
try_alone(void *context, size_t index, struct error *error)
{
    struct mover *mover = context;
    struct move *move = &mover->crew->moving->moves->items[index];

    return (move->leader == index || batch_settle(&mover->batch, error)) &&
           batch_move(&mover->batch, move, error);
}

static bool
settle_alone(void *context, struct error *error)
{
    struct mover *mover = context;

    return batch_settle(&mover->batch, error);
}

static void
claim(void *context, size_t index, enum transfer_way way)
{
    struct crew *crew = ((struct mover *)context)->crew;
    struct move *move = &crew->moving->moves->items[index];

    if (move->state != MOVE_THERE)
        return;
    move->state = MOVE_MOVED;
    move->outcome =
        (struct transfer_outcome){ .verdict = TRANSFER_FINE, .way = way };
    notice_ask(&crew->notice);
}

static void
work_alone(struct mover *mover)
{
    struct crew *crew = mover->crew;
    const struct moving *moving = crew->moving;
    const struct retry retry = { .copying = mover->copying,
                                 .count = moving->moves->n_old,
                                 .n_left = moving->n_left,
                                 .find = find_alone,
                                 .try = try_alone,
                                 .settle = settle_alone,
                                 .claim = claim,
                                 .context = mover };

    if (!moving->is_plan && !atomic_load(&crew->is_stopped) &&
        !retry_run(&retry, &mover->error))
        atomic_store(&crew->is_stopped, true);
}

/* -- All of them together -----------------------------------------------------
 */

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

    for (unsigned i = 0; i < n_movers; i++) {
        movers[i] = (struct mover){ .crew = crew,
                                    .copying = i == 0 ? moving->copying
                                                      : &movers[i].own,
                                    .own = { .lock = -1 } };
        batch_begin(&movers[i].batch, moving, movers[i].copying, &crew->notice);
    }
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
        batch_end(&movers[i].batch);
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
        work_alone(&movers[0]);
    }
    progress_end(progress);
    if (!notice_end(&crew->notice, &error))
        message_error("%s; running processes use what was moved some seconds "
                      "later",
                      error.text);
}

/* Each thread has a copy that waits, at least. */
static unsigned
count_movers(const struct moving *moving, size_t n_all)
{
    const struct member *to = &moving->copying->token->members[MIGRATE_NEW];
    size_t enough = (n_all + FEWEST_OBJECTS - 1) / FEWEST_OBJECTS;

    if (enough > 1 && batch_is_of_one(to))
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
