/* SPDX-License-Identifier: BSD-3-Clause */
/* What a run was not answered well is tried again by one thread, without
 * members: what comes of each step is what the test says. */
#include "cli/moving.h"

#include "cli/batch.h"
#include "cli/message.h"
#include "cli/namesake.h"
#include "cli/notice.h"
#include "cli/progress.h"
#include "cli/target.h"

#include <criterion/criterion.h>

enum { OBJECTS = 5 };

static struct member members[MIGRATE_MEMBERS];
static struct token token = { .members = members,
                              .n_members = MIGRATE_MEMBERS };
static struct visit visit = { .token = &token };
static struct copying copying = { .token = &token };
static struct move items[OBJECTS];
static struct moves moves = { .items = items,
                              .n_items = OBJECTS,
                              .n_old = OBJECTS };
static struct moving moving = {
    .visit = &visit, .copying = &copying, .moves = &moves, .n_jobs = 1
};

static size_t n_leaders; /* the others are namesakes of the last */
static unsigned n_tries[OBJECTS];
static size_t n_waiting, n_looks; /* copies that wait; looks for them all */
static bool sees_all;
static size_t n_left; /* files of which nobody can mend what they tell */
static unsigned n_mends;
static unsigned n_asked; /* times that processes were to be told */

/* -- What it stands on ----------------------------------------------------- */

void
namesakes_find(struct moves *its, const struct move_choice *choice)
{
    (void)choice;
    for (size_t i = 0; i < its->n_old; i++)
        its->items[i].leader = i < n_leaders ? i : n_leaders - 1;
}

bool
namesake_decides(struct moves *its, size_t index, bool overwrites)
{
    (void)its, (void)index, (void)overwrites;
    return false;
}

bool
target_overwrites(const struct member *member)
{
    (void)member;
    return false;
}

bool
batch_is_of_one(const struct member *to)
{
    (void)to;
    return false;
}

void
batch_begin(struct batch *batch, const struct moving *its,
            struct copying *its_copying, struct notice *notice)
{
    (void)its_copying;
    *batch = (struct batch){ .moving = its, .notice = notice };
}

void
batch_end(struct batch *batch)
{
    (void)batch;
}

/* At first none is answered for; the next time one is there, and the others'
 * copies wait. */
bool
batch_move(struct batch *batch, struct move *move, struct error *error)
{
    size_t index = (size_t)(move - items);

    (void)batch, (void)error;
    if (n_tries[index]++ == 0) {
        move->state = MOVE_STAYS;
        move->outcome =
            (struct transfer_outcome){ .verdict = TRANSFER_LEFT_BEHIND,
                                       .way = WAY_KWP };
    } else if (index == 0) {
        move->state = MOVE_THERE;
    } else {
        n_waiting++;
        move->state = MOVE_MOVED;
    }
    return true;
}

bool
batch_settle(struct batch *batch, struct error *error)
{
    (void)batch, (void)error;
    n_looks += n_waiting > 0 ? 1 : 0;
    n_waiting = 0;
    return true;
}

bool
copying_begin(struct copying *its, const struct visit *its_visit,
              struct error *error)
{
    (void)its, (void)its_visit, (void)error;
    return true;
}

void
copying_end(struct copying *its)
{
    (void)its;
}

bool
copying_look(struct copying *its, unsigned member)
{
    (void)its, (void)member;
    return sees_all;
}

bool
copying_has_lost_any(const struct copying *its)
{
    (void)its;
    return false;
}

/* Of a member that is not looked at. */
uint64_t
copying_login(const struct copying *its, unsigned member)
{
    (void)its, (void)member;
    return 1;
}

bool
copying_mend(struct copying *its, struct mending *out, struct error *error)
{
    (void)its, (void)error;
    n_mends++;
    *out = (struct mending){ .n_left = n_left };
    return true;
}

void
notice_ask(struct notice *notice)
{
    (void)notice;
    n_asked++;
}

bool
notice_end(struct notice *notice, struct error *error)
{
    (void)notice, (void)error;
    return true;
}

struct progress *
progress_begin(progress_describe describe, const void *context)
{
    (void)describe, (void)context;
    return NULL;
}

void
progress_end(struct progress *progress)
{
    (void)progress;
}

void
message_error(const char *format, ...)
{
    (void)format;
}

/* -- Trying again ---------------------------------------------------------- */

static void
begin(void)
{
    n_leaders = OBJECTS;
    sees_all = true;
    for (unsigned i = 0; i < MIGRATE_MEMBERS; i++) {
        copying.sessions[i] = i + 1;
        copying.catalogues[i] = (struct catalogue *)(uintptr_t)&sees_all;
    }
}

TestSuite(moving, .init = begin);

static void
run(enum move_state state)
{
    struct error error = { .rv = CKR_OK };

    cr_assert(moving_run(&moving, &error), "%s", error.text);
    for (size_t i = 0; i < OBJECTS; i++)
        cr_expect_eq(items[i].state, state, "%zu: %d", i, items[i].state);
}

/* Its own copy, which was mended, has moved as well. */
Test(moving, tries_again_what_was_left_behind)
{
    run(MOVE_MOVED);
    cr_expect_eq(n_mends, 1);
    cr_expect_eq(n_asked, 1);
    cr_expect_eq(items[0].outcome.verdict, TRANSFER_FINE);
    cr_expect_eq(items[0].outcome.way, WAY_KWP);
}

/* The new member may have very many objects. */
Test(moving, does_not_look_for_each_that_it_tries_again)
{
    run(MOVE_MOVED);
    cr_expect_eq(n_looks, 1);
}

/* Which of those before it has moved is what it finds. */
Test(moving, settles_those_before_a_namesake)
{
    n_leaders = OBJECTS - 1;
    run(MOVE_MOVED);
    cr_expect_eq(n_looks, 2);
}

/* What is not shown is not there for who mends. */
Test(moving, mends_nothing_where_a_member_does_not_show_all)
{
    sees_all = false;
    run(MOVE_STAYS);
    cr_expect_eq(n_mends, 0);
}

Test(moving, tries_nothing_again_where_its_copies_cannot_be_mended)
{
    n_left = 1;
    run(MOVE_STAYS);
}

/* Nobody could mend it when the run began. */
Test(moving, tries_again_beside_a_file_of_another_run)
{
    moving.n_left = n_left = 1;
    run(MOVE_MOVED);
}
