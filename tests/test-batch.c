/* SPDX-License-Identifier: BSD-3-Clause */
/* Objects that are moved together, on a test's clock and without members: what
 * comes of each step is what the test says. */
#include "cli/batch.h"
#include "cli/memory.h"
#include "common/clock.h"

#include <criterion/criterion.h>
#include <stdlib.h>

enum { MOST_OBJECTS = 80 };
static const uint64_t ns_per_ms = 1000 * 1000;

static uint64_t now;
static uint64_t make_ms, look_ms; /* what making a copy takes, and looking */
static size_t n_waiting;          /* copies that are not settled */
static size_t n_looks;
static uint64_t made_at[MOST_OBJECTS]; /* of those that wait */
static uint64_t oldest_ms;             /* that was settled */

static struct batch batch;
static struct moves moves;
static struct copying copying;
static struct moving moving = { .copying = &copying, .moves = &moves };

/* -- What it stands on ----------------------------------------------------- */

static uint64_t
read_clock(void)
{
    return now;
}

bool
move_is_late(const struct move *move)
{
    (void)move;
    return false;
}

void
notice_ask(struct notice *notice)
{
    (void)notice;
}

bool
copying_try(struct copying *its, const struct lack *lack,
            struct transfer_outcome *outcome)
{
    (void)its, (void)lack;
    *outcome = (struct transfer_outcome){ .verdict = TRANSFER_FINE };
    return true;
}

bool
copying_make(struct copying *its, const struct lack *lack, struct copied *out,
             struct error *error)
{
    (void)its, (void)error;
    made_at[n_waiting++] = now;
    now += make_ms * ns_per_ms;
    out->lack = *lack;
    out->path = (char *)(uintptr_t) "";
    return true;
}

bool
copied_waits(const struct copied *copied)
{
    return copied->path != NULL;
}

bool
copying_settle(struct copying *its, struct copied *copied, size_t count,
               struct error *error)
{
    (void)its, (void)error;
    cr_assert_eq(count, n_waiting);
    if ((now - made_at[0]) / ns_per_ms > oldest_ms)
        oldest_ms = (now - made_at[0]) / ns_per_ms;
    now += look_ms * ns_per_ms;
    n_looks++;
    for (size_t i = 0; i < count; i++)
        copied[i].stays = true;
    n_waiting = 0;
    return true;
}

void
copying_look(struct copying *its, unsigned member)
{
    (void)its, (void)member;
}

CK_RV
copying_read(const struct copying *its, unsigned member,
             CK_OBJECT_HANDLE object, struct identity **out)
{
    (void)its, (void)member;
    (void)object;
    *out = calloc(1, sizeof(**out));
    return CKR_OK;
}

/* -- Moving them ----------------------------------------------------------- */

static void
begin(void)
{
    clock_set_source(read_clock);
    moves.items = memory_new(MOST_OBJECTS, sizeof(*moves.items));
    moves.n_items = moves.n_old = MOST_OBJECTS;
    for (size_t i = 0; i < MOST_OBJECTS; i++) {
        moves.items[i].identity = calloc(1, sizeof(struct identity));
    }
    batch =
        (struct batch){ .moving = &moving,
                        .copying = &copying,
                        .items = memory_new(BATCH_MOST, sizeof(*batch.items)),
                        .limit = BATCH_FEWEST,
                        .most = BATCH_MOST };
}

static void
end(void)
{
    clock_set_source(NULL);
    for (size_t i = 0; i < MOST_OBJECTS; i++)
        identity_free(moves.items[i].identity);
    free(moves.items);
    batch_end(&batch);
}

TestSuite(batch, .init = begin, .fini = end);

static struct move *
move_one(size_t index)
{
    struct error error = { .rv = CKR_OK };

    cr_assert(batch_move(&batch, &moves.items[index], &error));
    return &moves.items[index];
}

static void
move_all(void)
{
    struct error error = { .rv = CKR_OK };

    for (size_t i = 0; i < MOST_OBJECTS; i++)
        (void)move_one(i);
    cr_assert(batch_settle(&batch, &error));
    for (size_t i = 0; i < MOST_OBJECTS; i++)
        cr_expect_eq(moves.items[i].state, MOVE_MOVED);
}

/* -- How long a copy waits ---------------------------------------------------
 */

Test(batch, looks_once_for_sixteen_copies_then_for_more)
{
    make_ms = 1;
    move_all();
    cr_expect_eq(n_looks, 3, "%zu looks", n_looks); /* for 16, 32 and 32 */
}

Test(batch, lets_no_copy_wait_for_more_than_a_second)
{
    make_ms = 150;
    move_all();
    cr_expect_leq(oldest_ms, 1000, "one has waited for %lu ms", oldest_ms);
    cr_expect_geq(oldest_ms, 800, "none has waited for %lu ms", oldest_ms);
}

Test(batch, begins_none_that_would_let_others_wait_for_longer)
{
    make_ms = 700;
    move_all();
    cr_expect_eq(n_looks, MOST_OBJECTS);
}

/* A look at very many objects is not made for each few of them. */
Test(batch, looks_for_no_longer_than_it_makes_copies)
{
    make_ms = 150;
    look_ms = 3000;
    move_all();
    cr_expect_leq(n_looks, 1 + (MOST_OBJECTS - 6) * make_ms / look_ms + 1,
                  "%zu looks", n_looks);
}
