/* SPDX-License-Identifier: BSD-3-Clause */
/* The objects that the tool finds on the two members. */
#include "cli/move.h"

#include "cli/copy-row.h"
#include "tests/copying-fixture.h"

#include <criterion/criterion.h>

enum { KEYS = 3 };

/* -- What it stands on ----------------------------------------------------- */

/* Of cli/buried.h, which has a name that the fixture has too. */
bool buried_find(struct moves *moves, const struct copying *its,
                 struct error *error);

bool
buried_find(struct moves *moves, const struct copying *its, struct error *error)
{
    (void)moves, (void)its, (void)error;
    return true;
}

struct report *
copy_report_new(void)
{
    return NULL;
}

void
copy_row_add(struct report *report, const struct copy_row *row)
{
    (void)report, (void)row;
}

static void
begin(void)
{
    (void)copying_fixture_begin(KEYS);
}

TestSuite(move, .init = begin, .fini = copying_fixture_end, .timeout = 30);

/* How many there are; that they cannot be told is SIZE_MAX. */
static size_t
count_found(void)
{
    struct error error = { .rv = CKR_OK };
    struct moves moves;
    bool is_found = moves_find(&copying, true, &moves, &error);
    size_t count = moves.n_items;

    moves_clear(&moves);
    return is_found ? count : SIZE_MAX;
}

Test(move, finds_all)
{
    cr_expect_eq(count_found(), KEYS);
}

/* The handle of one is no good when it is read, and it is there. */
Test(move, misses_none_whose_handle_is_no_good_for_a_moment)
{
    for (unsigned times = 1; times < 60; times++) {
        toy_fail(TOY_SLOT(MIGRATE_OLD), FUNCTION_C_GetAttributeValue,
                 CKR_OBJECT_HANDLE_INVALID, times);
        cr_expect_eq(count_found(), KEYS, "%u times", times);
        toy_reset_rules();
    }
}

Test(move, does_not_leave_out_what_cannot_be_read_at_all)
{
    toy_fail(TOY_SLOT(MIGRATE_OLD), FUNCTION_C_GetAttributeValue,
             CKR_OBJECT_HANDLE_INVALID, 1000);
    cr_expect_eq(count_found(), SIZE_MAX);
}
