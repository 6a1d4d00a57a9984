/* SPDX-License-Identifier: BSD-3-Clause */
/* Session objects: whose they are, and where they live. */
#include "router/object-cell.h"
#include "router/session.h"

#include <criterion/criterion.h>
#include <stdlib.h>

static struct object_space *space;
static struct session *owner;
static struct object_home home;

static void
setup(void)
{
    space = object_space_new();
    owner = calloc(1, sizeof(*owner));
    object_home_begin(&home, 7);
}

static void
teardown(void)
{
    object_space_free(space);
    free(owner);
}

TestSuite(object_owner, .init = setup, .fini = teardown);

static CK_OBJECT_HANDLE
add(CK_OBJECT_HANDLE handle, struct session *its)
{
    struct object_place place = { .member = 1,
                                  .epoch = 3,
                                  .handle = handle,
                                  .home = its == NULL ? NULL : &home };

    return object_space_add(space, place,
                            its == NULL ? OBJECT_IS_TOKEN : OBJECT_IS_SESSION,
                            OBJECT_MADE, its);
}

static bool
is_there(CK_OBJECT_HANDLE handle)
{
    return object_space_flags(space, handle) != 0;
}

static size_t
drop(struct session *its)
{
    struct object_place place;
    size_t dropped = 0;

    while (object_space_drop_owned(space, its, &place)) {
        cr_expect_eq(place.member, 1);
        cr_expect_eq(place.epoch, 3);
        cr_expect_eq(place.home, &home);
        dropped++;
    }
    return dropped;
}

Test(object_owner, those_of_a_session_die_with_it)
{
    struct session *other = calloc(1, sizeof(*other));
    CK_OBJECT_HANDLE token_object = add(1, NULL), mine[5], its;

    for (CK_OBJECT_HANDLE i = 0; i < 5; i++)
        mine[i] = add(10 + i, owner);
    its = add(20, other);
    object_space_remove(space, mine[2]);
    object_space_remove(space, mine[0]);
    cr_assert_eq(drop(owner), 3);
    for (size_t i = 0; i < 5; i++)
        cr_assert(!is_there(mine[i]));
    cr_assert_eq(owner->first_object, 0);
    cr_assert(is_there(token_object));
    cr_assert(is_there(its));
    cr_assert_eq(drop(other), 1);
    cr_assert_eq(object_space_count(space), 1);
    free(other);
}

Test(object_owner, it_is_said_where_each_was)
{
    struct object_place place;

    (void)add(42, owner);
    cr_assert(object_space_drop_owned(space, owner, &place));
    cr_assert_eq(place.handle, 42);
    cr_assert(!object_space_drop_owned(space, owner, &place));
}

Test(object_owner, a_home_is_empty_when_the_last_has_gone)
{
    CK_OBJECT_HANDLE one = add(10, owner);

    (void)add(11, owner);
    object_space_remove(space, one);
    cr_assert(!object_home_is_empty(&home));
    cr_assert_eq(drop(owner), 1);
    cr_assert(object_home_is_empty(&home));
}

/* A record is used again: who dies late is not counted out of a later life. */
Test(object_owner, those_of_an_earlier_life_are_not_counted)
{
    CK_OBJECT_HANDLE before = add(10, owner), now;

    object_home_end(&home);
    cr_assert(object_home_is_empty(&home));
    object_home_begin(&home, 9);
    now = add(11, owner);
    object_space_remove(space, before);
    cr_assert(!object_home_is_empty(&home));
    object_space_remove(space, now);
    cr_assert(object_home_is_empty(&home));
}
