/* SPDX-License-Identifier: BSD-3-Clause */
/* What is found on the members of a group, some of which do not show all. */
#include "cli/group-objects.h"

#include "cli/handles.h"
#include "cli/memory.h"
#include "tests/copying-fixture.h"

#include <criterion/criterion.h>
#include <stdlib.h>

enum { KEYS = 3 };

static unsigned n_searches;
static void (*after_search)(void);

/* -- What it stands on ----------------------------------------------------- */

bool
handles_find(CK_SESSION_HANDLE session, CK_ATTRIBUTE *template, CK_ULONG count,
             struct handles *out, struct error *error)
{
    (void)template, (void)count, (void)error;
    out->items = memory_new(2 * KEYS, sizeof(*out->items));
    out->n_items = router_find_all(session, out->items, 2 * KEYS);
    n_searches++;
    if (after_search != NULL)
        after_search();
    return true;
}

void
handles_clear(struct handles *handles)
{
    free(handles->items);
}

/* -- Finding ----------------------------------------------------------------
 */

static struct group_objects objects;

static void
begin(void)
{
    (void)copying_fixture_begin(KEYS);
    (void)migrate_add(MIGRATE_NEW, KEYS);
}

static void
end(void)
{
    group_objects_clear(&objects);
    copying_fixture_end();
}

TestSuite(group_objects, .init = begin, .fini = end, .timeout = 30);

static void
find(unsigned unseen)
{
    struct error error = { .rv = CKR_OK };

    cr_assert(group_objects_find(&copying, migrate_session, &objects, &error),
              "%s", error.text);
    cr_expect_eq(objects.unseen, unseen);
}

Test(group_objects, says_who_has_each)
{
    size_t n_on_new = 0, n_on_old = 0;

    find(MOST_MEMBERS);
    cr_assert_eq(objects.n_items, KEYS);
    for (size_t i = 0; i < KEYS; i++) {
        n_on_new += group_object_is_on(&objects.items[i], MIGRATE_NEW) ? 1 : 0;
        n_on_old += group_object_is_on(&objects.items[i], MIGRATE_OLD) ? 1 : 0;
    }
    cr_expect_eq(n_on_new, 1);
    cr_expect_eq(n_on_old, KEYS);
    cr_expect_eq(n_searches, 1);
}

static void
forget_once(void)
{
    if (n_searches == 1) {
        copying_fixture_hide(MIGRATE_OLD);
        copying_fixture_forget(MIGRATE_OLD);
    } else if (n_searches == 2) {
        copying_fixture_come_back(MIGRATE_OLD);
    }
}

/* They are no good while what is private is hidden. */
Test(group_objects, searches_again_where_handles_are_no_good)
{
    after_search = forget_once;
    find(MOST_MEMBERS);
    cr_expect_eq(objects.n_items, KEYS);
    cr_expect_eq(n_searches, 3);
}

/* What only that one has is not found. */
Test(group_objects, says_who_does_not_show_all)
{
    cr_assert(copying_look(&copying, MIGRATE_OLD));
    copying_fixture_hide(MIGRATE_OLD);
    copying_fixture_forget(MIGRATE_OLD);
    find(MIGRATE_OLD);
    cr_expect_eq(objects.n_items, 1);
}

static void
destroy_one(void)
{
    if (n_searches == 1)
        toys[MIGRATE_OLD].objects[0].number = 0;
}

Test(group_objects, lets_go_what_was_destroyed_since_a_search)
{
    after_search = destroy_one;
    find(MOST_MEMBERS);
    cr_expect_eq(objects.n_items, KEYS - 1);
    cr_expect_eq(n_searches, 2);
}
