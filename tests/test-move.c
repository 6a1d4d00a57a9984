/* SPDX-License-Identifier: BSD-3-Clause */
/* The objects that the tool finds on the two members. */
#include "cli/move.h"

#include "cli/buried.h"
#include "cli/copy-row.h"
#include "tests/copying-fixture.h"

#include <criterion/criterion.h>
#include <string.h>

enum { KEYS = 3 };

/* -- What it stands on ----------------------------------------------------- */

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

/* -- Who is logged in --------------------------------------------------------
 */

static struct toy_object before[TOY_OBJECTS];
static unsigned n_logouts; /* that the device makes by itself, at a search */
static bool is_lost;       /* at a search, and logged in again after it */

/* To nobody else it shows what is private. */
static bool
hide(enum function function, CK_SLOT_ID slot, struct argument *arguments,
     CK_RV *rv)
{
    struct toy *toy = &toys[MIGRATE_OLD];

    (void)arguments, (void)rv;
    if (slot != TOY_SLOT(MIGRATE_OLD))
        return false;
    if (function == FUNCTION_C_FindObjectsInit && n_logouts > 0) {
        n_logouts--;
        toy->user = (CK_USER_TYPE)-1;
    }
    if (function == FUNCTION_C_FindObjectsInit && is_lost)
        atomic_fetch_add(&router_token(1)->login.epoch, 1);
    if (function == FUNCTION_C_FindObjectsFinal)
        is_lost = false;
    if (toy->user == CKU_USER && !is_lost)
        (void)memcpy(toy->objects, before, sizeof(before));
    else
        (void)memset(toy->objects, 0, sizeof(before));
    return false;
}

static void
begin_hiding(void)
{
    begin();
    (void)memcpy(before, toys[MIGRATE_OLD].objects, sizeof(before));
    toy_set_hook(hide);
}

TestSuite(move_login, .init = begin_hiding, .fini = copying_fixture_end,
          .timeout = 30);

Test(move_login, is_what_shows_all)
{
    cr_expect_eq(count_found(), KEYS);
}

/* No list without what is private is taken for all that there is. */
Test(move_login, is_not_believed_of_a_device_that_has_forgotten_it)
{
    n_logouts = 1000;
    cr_expect_eq(count_found(), SIZE_MAX);
}

Test(move_login, is_waited_for_where_it_was_lost_in_the_middle)
{
    is_lost = true;
    cr_expect_eq(count_found(), KEYS);
}
