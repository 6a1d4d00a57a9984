/* SPDX-License-Identifier: BSD-3-Clause */
/* Objects that are moved together, on a test's clock and without members: what
 * comes of each step is what the test says. */
#include "cli/batch.h"
#include "cli/memory.h"
#include "common/clock.h"

#include <criterion/criterion.h>
#include <stdlib.h>

enum { MOST_OBJECTS = 80, OLD_HANDLE = 7, NEW_HANDLE = 8 };
static const uint64_t ns_per_ms = 1000 * 1000;

static uint64_t now;
static uint64_t make_ms, look_ms; /* what making a copy takes, and looking */
static size_t n_waiting;          /* copies that are not settled */
static size_t n_looks;
static uint64_t made_at[MOST_OBJECTS]; /* of those that wait */
static uint64_t oldest_ms;             /* that was settled */

static enum transfer_verdict tried[4]; /* what comes of trying one, in order */
static unsigned n_tried;
static CK_OBJECT_HANDLE tried_handle; /* the last that was tried */
static CK_RV found;                   /* where it is looked for again */
static unsigned char read_label[1];   /* of what is there */
static size_t read_label_length;

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

void
notice_ask(struct notice *notice)
{
    (void)notice;
}

bool
copying_try(struct copying *its, const struct lack *lack,
            struct transfer_outcome *outcome)
{
    (void)its;
    tried_handle = lack->object;
    *outcome = (struct transfer_outcome){ .verdict = tried[n_tried++ % 4] };
    return outcome->verdict == TRANSFER_FINE;
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

bool
copying_look(struct copying *its, unsigned member)
{
    (void)its, (void)member;
    return true;
}

CK_RV
copying_find_again(const struct copying *its, unsigned member,
                   const struct identity *identity, CK_OBJECT_HANDLE *out)
{
    (void)its, (void)identity;
    cr_expect_eq(member, MIGRATE_OLD);
    *out = NEW_HANDLE;
    return found;
}

CK_RV
copying_read(const struct copying *its, unsigned member,
             CK_OBJECT_HANDLE object, struct identity **out)
{
    (void)its, (void)member;
    if (object != NEW_HANDLE)
        return CKR_OBJECT_HANDLE_INVALID;
    *out = calloc(1, sizeof(**out));
    (*out)->label = read_label;
    (*out)->label_length = read_label_length;
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
        moves.items[i].object = OLD_HANDLE;
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

/* -- What seems to be gone ---------------------------------------------------
 */

Test(batch, believes_that_one_is_gone_when_it_is_not_found_any_more)
{
    tried[0] = TRANSFER_GONE;
    found = CKR_OBJECT_HANDLE_INVALID;
    cr_expect_eq(move_one(0)->state, MOVE_GONE);
    cr_expect_eq(n_tried, 1);
}

Test(batch, goes_on_with_one_that_has_another_handle)
{
    tried[0] = TRANSFER_GONE;
    (void)move_one(0);
    cr_expect_eq(n_waiting, 1);
    cr_expect_eq(tried_handle, NEW_HANDLE);
}

Test(batch, goes_on_with_one_that_was_changed_and_has_another_handle)
{
    tried[0] = TRANSFER_OVERTAKEN;
    (void)move_one(0);
    cr_expect_eq(n_waiting, 1);
    cr_expect_eq(tried_handle, NEW_HANDLE);
}

Test(batch, leaves_one_of_which_nobody_knows_whether_it_is_there)
{
    const struct move *move;

    tried[0] = TRANSFER_GONE;
    found = CKR_FUNCTION_FAILED;
    move = move_one(0);
    cr_expect_eq(move->state, MOVE_STAYS);
    cr_expect_eq(move->outcome.verdict, TRANSFER_UNREADABLE);
    cr_expect_eq(move->outcome.rv, CKR_FUNCTION_FAILED);
}

Test(batch, leaves_one_that_is_there_and_gone_by_turns)
{
    const struct move *move;

    for (unsigned i = 0; i < 4; i++)
        tried[i] = TRANSFER_GONE;
    move = move_one(0);
    cr_expect_eq(n_tried, 3);
    cr_expect_eq(move->state, MOVE_STAYS);
    cr_expect_eq(move->outcome.verdict, TRANSFER_UNREADABLE);
}

/* The same key is there twice, and one of the two has gone. */
Test(batch, takes_no_double_for_one_that_is_not_found)
{
    const struct move *move;

    tried[0] = TRANSFER_GONE;
    read_label_length = sizeof(read_label);
    move = move_one(0);
    cr_expect_eq(n_tried, 1);
    cr_expect_eq(move->state, MOVE_STAYS);
    cr_expect_eq(move->outcome.rv, CKR_FUNCTION_FAILED);
    cr_expect_eq(move->identity->label_length, 0);
}

/* A tombstone says so, and the old member has it. */
Test(batch, tries_no_more_what_is_buried)
{
    tried[0] = TRANSFER_BURIED;
    cr_expect_eq(move_one(0)->state, MOVE_BURIED);
    cr_expect_eq(n_tried, 1);
}

/* -- Plans
 * ---------------------------------------------------------------------
 */

/* By the public key that would be there, beside a private one that another
 * thread reads anew at the time. */
Test(batch, knows_a_private_key_by_a_public_one_that_moves)
{
    struct identity *its = moves.items[0].identity;
    unsigned char id[] = { 1 };

    moving.is_plan = true;
    its->object_class = CKO_PRIVATE_KEY;
    its->id = id;
    its->id_length = sizeof(id);
    moves.items[0].is_late = true;
    identity_free(moves.items[1].identity);
    moves.items[1].identity = NULL;
    moves.items[1].is_late = true;
    *moves.items[2].identity = *its;
    moves.items[2].identity->object_class = CKO_PUBLIC_KEY;
    moves.items[2].identity->has_fingerprint = true;
    cr_expect_eq(move_one(0)->state, MOVE_STAYS);
    moves.items[2].state = MOVE_MOVES;
    cr_expect_eq(move_one(0)->state, MOVE_MOVES);
}
