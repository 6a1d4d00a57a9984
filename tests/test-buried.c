/* SPDX-License-Identifier: BSD-3-Clause */
/* What is buried on an old member is destroyed there, and nothing else is. */
#include "cli/buried.h"

#include "cli/hex.h"
#include "cli/object-row.h"
#include "common/cleanup.h"
#include "router/tombstone.h"
#include "tests/copying-fixture.h"

#include <criterion/criterion.h>
#include <stdlib.h>

enum { KEYS = 3 };

/* -- What it stands on ----------------------------------------------------- */

bool
move_choice_fits(const struct move_choice *choice,
                 const struct identity *identity)
{
    (void)choice, (void)identity;
    return true;
}

struct report *
report_new(const struct report_column *columns, size_t n_columns)
{
    (void)columns, (void)n_columns;
    return NULL;
}

void
report_add_row(struct report *report)
{
    (void)report;
}

void
report_set_text(struct report *report, size_t column, const char *text)
{
    (void)report, (void)column, (void)text;
}

void
report_set_truth(struct report *report, size_t column, bool truth)
{
    (void)report, (void)column, (void)truth;
}

char *
object_class_text(CK_OBJECT_CLASS object_class)
{
    (void)object_class;
    return NULL;
}

char *
object_label_text(const struct identity *identity)
{
    (void)identity;
    return NULL;
}

char *
hex_text(const unsigned char *bytes, size_t length)
{
    (void)bytes, (void)length;
    return NULL;
}

/* -- A buried key ---------------------------------------------------------- */

static CK_OBJECT_HANDLE key; /* as its member calls it */
static struct move move;
static struct moves moves = { .items = &move, .n_items = 1, .n_old = 1 };

static void
begin(void)
{
    struct error error = { .rv = CKR_OK };
    CLEANUP(freep) char *path = NULL;

    key = copying_fixture_begin(KEYS);
    move.object =
        router_find_key(copying.sessions[MIGRATE_OLD], CKO_PRIVATE_KEY, KEYS);
    cr_assert_eq(copying_read(&copying, MIGRATE_OLD, move.object,
                              &move.identity),
                 CKR_OK);
    cr_assert(tombstone_write(&router_token(1)->members[MIGRATE_OLD],
                              move.identity, false, &path, &error),
              "%s", error.text);
    cr_assert(buried_find(&moves, &copying, &error), "%s", error.text);
    cr_assert_eq(move.state, MOVE_BURIED);
}

static void
end(void)
{
    identity_free(move.identity);
    tombstones_clear(&moves.tombstones);
    copying_fixture_end();
}

TestSuite(buried, .init = begin, .fini = end, .timeout = 30);

/* How many objects the old member has then. */
static void
destroy(size_t left)
{
    struct error error = { .rv = CKR_OK };
    struct tombstones after;

    cr_assert(buried_destroy(&copying, &moves, NULL, &error), "%s", error.text);
    cr_expect_eq(move.state, MOVE_DESTROYED);
    cr_expect_eq(toy_count_objects(MIGRATE_OLD), left);
    tombstones_read(&after, &router_token(1)->members[MIGRATE_OLD]);
    cr_expect_eq(after.journal.n_entries, 0);
    tombstones_clear(&after);
}

Test(buried, is_destroyed)
{
    destroy(KEYS - 1);
}

Test(buried, is_gone_when_somebody_has_destroyed_it)
{
    toy_object(MIGRATE_OLD, key)->number = 0;
    destroy(KEYS - 1);
}

/* The same key under another name, which is another object. */
Test(buried, lets_its_double_be)
{
    CK_OBJECT_HANDLE other = migrate_add(MIGRATE_OLD, KEYS);

    toy_set(toy_object(MIGRATE_OLD, other), CKA_ID, "other", 5);
    toy_object(MIGRATE_OLD, key)->number = 0;
    destroy(KEYS);
}

/* No search without a login tells that. */
Test(buried, keeps_its_tombstone_where_it_is_not_seen)
{
    struct error error = { .rv = CKR_OK };
    struct tombstones after;

    copying_fixture_hide(MIGRATE_OLD);
    copying_fixture_forget(MIGRATE_OLD);
    cr_assert(buried_destroy(&copying, &moves, NULL, &error), "%s", error.text);
    cr_expect_eq(move.state, MOVE_BURIED);
    tombstones_read(&after, &router_token(1)->members[MIGRATE_OLD]);
    cr_expect_eq(after.journal.n_entries, 1);
    tombstones_clear(&after);
}
