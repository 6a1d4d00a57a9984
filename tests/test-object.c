/* SPDX-License-Identifier: BSD-3-Clause */
/* Object entries: handles that stay the same, and when they die. */
#include "router/object-cell.h"
#include "router/session.h"

#include <criterion/criterion.h>
#include <stdlib.h>
#include <string.h>

static struct object_space *space;
static struct session *owner;

static void
setup(void)
{
    space = object_space_new();
    owner = calloc(1, sizeof(*owner));
}

static void
teardown(void)
{
    object_space_free(space);
    free(owner);
}

TestSuite(object, .init = setup, .fini = teardown);

static void
drop_owned(struct session *its)
{
    struct object_place dropped;

    while (object_space_drop_owned(space, its, &dropped))
        continue;
}

enum { EPOCH = 3 };

static struct object_place
place(unsigned member, CK_OBJECT_HANDLE handle)
{
    return (struct object_place){ member, EPOCH, handle, NULL };
}

static CK_OBJECT_HANDLE
add(CK_OBJECT_HANDLE handle, unsigned flags)
{
    CK_OBJECT_HANDLE added =
        object_space_add(space, place(0, handle), flags, false, NULL);

    cr_assert_neq(added, 0);
    return added;
}

/* The member's handle; 0 unless the entry is simply found. */
static CK_OBJECT_HANDLE
find_on(CK_OBJECT_HANDLE handle, unsigned member)
{
    CK_OBJECT_HANDLE its = 0;

    return object_space_find(space, handle, member, EPOCH, &its) == OBJECT_FOUND
               ? its
               : 0;
}

static enum object_answer
answer(CK_OBJECT_HANDLE handle)
{
    CK_OBJECT_HANDLE its;

    return object_space_find(space, handle, 0, EPOCH, &its);
}

/* -- Handles -------------------------------------------------------------- */

Test(object, a_handle_leads_to_its_object)
{
    CK_OBJECT_HANDLE all_bits = ~(CK_OBJECT_HANDLE)0 - 1;
    CK_OBJECT_HANDLE one = add(77, 0), other = add(all_bits, 0);

    cr_assert_neq(one, other);
    cr_assert_eq(handle_kind(one), HANDLE_OBJECT);
    cr_assert_eq(find_on(one, 0), 77);
    cr_assert_eq(find_on(other, 0), all_bits);
    cr_assert_eq(object_space_count(space), 2);
}

Test(object, the_same_object_has_the_same_handle)
{
    CK_OBJECT_HANDLE handle = add(77, 0);

    for (int i = 0; i < 1000; i++)
        cr_assert_eq(add(77, 0), handle);
    cr_assert_eq(object_space_count(space), 1);
}

Test(object, another_life_of_the_member_has_other_objects)
{
    CK_OBJECT_HANDLE handle = add(77, 0), its;
    struct object_place later = { .member = 0,
                                  .epoch = EPOCH + 1,
                                  .handle = 77 };

    cr_assert_neq(object_space_add(space, later, 0, false, NULL), handle);
    cr_assert_eq(object_space_find(space, handle, 0, EPOCH + 1, &its),
                 OBJECT_UNBOUND);
    cr_assert_eq(find_on(handle, 0), 77);
}

Test(object, a_handle_with_any_one_or_two_bits_changed_is_unknown)
{
    enum { N = 50 };
    CK_OBJECT_HANDLE handles[N];

    for (CK_OBJECT_HANDLE i = 0; i < N; i++)
        handles[i] = add(1000 + i, 0);
    for (size_t i = 0; i < N; i++)
        for (int one = 0; one < 64; one++)
            for (int two = one; two < 64; two++) {
                CK_OBJECT_HANDLE forged =
                    handles[i] ^ (1ul << one) ^ (one == two ? 0 : 1ul << two);
                CK_OBJECT_HANDLE its = 0;
                enum object_answer found =
                    object_space_find(space, forged, 0, EPOCH, &its);

                /* Of a neighbour it is a good handle. */
                if (found != OBJECT_UNKNOWN)
                    cr_assert_eq(handles[its - 1000], forged);
            }
    cr_assert_eq(answer(0), OBJECT_UNKNOWN);
    cr_assert_eq(answer(CK_UNAVAILABLE_INFORMATION), OBJECT_UNKNOWN);
}

Test(object, another_tokens_handle_is_unknown)
{
    struct object_space *other = object_space_new();
    CK_OBJECT_HANDLE handle = add(77, 0), its;

    cr_assert_neq(object_space_add(other, place(0, 77), 0, false, NULL),
                  handle);
    cr_assert_eq(object_space_find(other, handle, 0, EPOCH, &its),
                 OBJECT_UNKNOWN);
    object_space_remove(other, handle);
    object_space_mark(other, handle, OBJECT_IS_PRIVATE, 0);
    cr_assert_not(object_space_bind(other, handle, place(1, 5)));
    cr_assert_eq(object_space_flags(other, handle), 0);
    cr_assert_eq(find_on(handle, 0), 77);
    object_space_free(other);
}

Test(object, a_space_that_is_freed_leaves_no_good_handle_behind)
{
    CK_OBJECT_HANDLE handle = add(77, 0);

    object_space_free(space);
    space = object_space_new();
    for (CK_OBJECT_HANDLE i = 1; i < 1000; i++)
        cr_assert_neq(add(i, 0), handle);
    cr_assert_eq(answer(handle), OBJECT_UNKNOWN);
}

/* -- Many
 * ------------------------------------------------------------------------ */

Test(object, a_hundred_thousand_are_all_found_in_little_memory)
{
    enum { N = 100000 };
    CK_OBJECT_HANDLE *handles = calloc(N, sizeof(*handles));

    for (CK_OBJECT_HANDLE i = 0; i < N; i++)
        handles[i] = add(i * 8 + 1, 0);
    cr_assert_eq(object_space_count(space), N);
    cr_assert_leq(object_space_bytes(space) / N, 128);
    for (CK_OBJECT_HANDLE i = 0; i < N; i++) {
        cr_assert_eq(find_on(handles[i], 0), i * 8 + 1);
        cr_assert_eq(add(i * 8 + 1, 0), handles[i]);
    }
    for (CK_OBJECT_HANDLE i = 0; i < N; i += 2)
        object_space_remove(space, handles[i]);
    cr_assert_eq(object_space_count(space), N / 2);
    for (CK_OBJECT_HANDLE i = 0; i < N; i++)
        cr_assert_eq(find_on(handles[i], 0), i % 2 == 0 ? 0 : i * 8 + 1);
    free(handles);
}

Test(object, memory_is_used_again)
{
    size_t bytes = 0;

    for (int round = 0; round < 20; round++) {
        for (CK_OBJECT_HANDLE i = 1; i <= 5000; i++)
            (void)add(i, 0);
        if (round == 0)
            bytes = object_space_bytes(space);
        object_space_clear(space);
    }
    cr_assert_leq(object_space_bytes(space), bytes);
}

Test(object, removed_and_found_again_has_a_new_handle)
{
    CK_OBJECT_HANDLE handle = add(77, 0), again;

    object_space_remove(space, handle);
    cr_assert_eq(answer(handle), OBJECT_UNKNOWN);
    cr_assert_eq(object_space_count(space), 0);
    again = add(77, 0);
    cr_assert_neq(again, handle);
    cr_assert_eq(find_on(again, 0), 77);
    object_space_remove(space, handle);
    cr_assert_eq(find_on(again, 0), 77, "the old handle does no harm");
}

/* -- Members
 * ------------------------------------------------------------------------ */

/* Binds an object to so many members and looks at each. */
static void
check_members(unsigned n_members)
{
    CK_OBJECT_HANDLE handle = add(100, 0), its;

    cr_assert_eq(object_space_find(space, handle, 1, EPOCH, &its),
                 OBJECT_UNBOUND);
    for (unsigned i = 1; i < n_members; i++)
        cr_assert(object_space_bind(space, handle, place(i, 100 + i)));
    for (unsigned i = 0; i < n_members; i++) {
        cr_assert_eq(find_on(handle, i), 100 + i);
        cr_assert_eq(object_space_add(space, place(i, 100 + i), 0, false, NULL),
                     handle);
    }
    if (n_members < OBJECT_MAX_MEMBERS)
        cr_assert_eq(object_space_find(space, handle, n_members, EPOCH, &its),
                     OBJECT_UNBOUND);
    cr_assert_eq(object_space_count(space), 1);
    object_space_remove(space, handle);
    for (unsigned i = 0; i < n_members; i++)
        cr_assert_neq(object_space_add(space, place(i, 100 + i), 0, false,
                                       NULL),
                      handle);
    cr_assert_eq(object_space_count(space), n_members);
}

Test(object, three_members_have_one_handle)
{
    check_members(3);
}

Test(object, ten_members_have_one_handle)
{
    check_members(10);
}

Test(object, every_member_that_may_be_there_has_room)
{
    check_members(OBJECT_MAX_MEMBERS);
    cr_assert_not(
        object_space_bind(space, add(7, 0), place(OBJECT_MAX_MEMBERS, 7)));
}

Test(object, a_cell_that_had_many_members_forgets_them)
{
    CK_OBJECT_HANDLE handle = add(100, 0), its;

    cr_assert(object_space_bind(space, handle, place(9, 109)));
    object_space_remove(space, handle);
    handle = add(200, 0);
    for (unsigned i = 1; i < 10; i++)
        cr_assert_eq(object_space_find(space, handle, i, EPOCH, &its),
                     OBJECT_UNBOUND);
}

Test(object, bound_anew_it_is_found_under_the_new_number_only)
{
    CK_OBJECT_HANDLE handle = add(77, 0);

    cr_assert(object_space_bind(space, handle, place(0, 88)));
    cr_assert_eq(find_on(handle, 0), 88);
    cr_assert_eq(add(88, 0), handle);
    cr_assert_neq(add(77, 0), handle);
    object_space_remove(space, handle);
    cr_assert_not(object_space_bind(space, handle, place(0, 99)));
    cr_assert_neq(add(88, 0), handle);
}

/* -- Deaths (R2.9)
 * -------------------------------------------------------------------- */

Test(object, clearing_ends_all_of_this_token)
{
    struct object_space *other = object_space_new();
    CK_OBJECT_HANDLE kept =
        object_space_add(other, place(0, 1), 0, false, NULL);
    CK_OBJECT_HANDLE handles[600], its;

    for (CK_OBJECT_HANDLE i = 0; i < 600; i++)
        handles[i] = object_space_add(space, place(0, 1 + i), 0, false,
                                      i % 2 == 0 ? owner : NULL);
    object_space_clear(space);
    for (size_t i = 0; i < 600; i++)
        cr_assert_eq(answer(handles[i]), OBJECT_UNKNOWN);
    cr_assert_eq(object_space_count(space), 0);
    cr_assert_eq(owner->first_object, 0);
    cr_assert_eq(object_space_find(other, kept, 0, EPOCH, &its), OBJECT_FOUND);
    object_space_free(other);
}

Test(object, a_logout_ends_private_ones_and_leaves_a_doubt_about_others)
{
    CK_OBJECT_HANDLE private_one = add(1, OBJECT_IS_PRIVATE);
    CK_OBJECT_HANDLE public_one = add(2, OBJECT_IS_PUBLIC);
    CK_OBJECT_HANDLE unknown = add(3, 0), its = 0;

    object_space_log_out(space);
    cr_assert_eq(answer(private_one), OBJECT_UNKNOWN);
    cr_assert_eq(answer(public_one), OBJECT_FOUND);
    cr_assert_eq(object_space_find(space, unknown, 0, EPOCH, &its),
                 OBJECT_UNSETTLED);
    cr_assert_eq(its, 3);
    object_space_mark(space, unknown, OBJECT_IS_PUBLIC, OBJECT_IN_DOUBT);
    cr_assert_eq(answer(unknown), OBJECT_FOUND);
    object_space_log_out(space);
    cr_assert_eq(answer(unknown), OBJECT_FOUND, "it is known to be public");
}

Test(object, found_again_where_handles_are_reused_it_is_to_be_confirmed)
{
    CK_OBJECT_HANDLE handle = add(77, 0);

    cr_assert_eq(object_space_add(space, place(0, 77), 0, false, NULL), handle);
    cr_assert_eq(answer(handle), OBJECT_FOUND);
    cr_assert_eq(object_space_add(space, place(0, 77), 0, true, NULL), handle);
    cr_assert_eq(answer(handle), OBJECT_UNSETTLED);
    object_space_confirm(space, handle, object_space_doubts(space));
    cr_assert_eq(answer(handle), OBJECT_FOUND);
}

Test(object, what_is_made_is_no_object_of_before)
{
    CK_OBJECT_HANDLE before = add(77, OBJECT_IS_TOKEN), made;

    made = object_space_add(space, place(0, 77), OBJECT_IS_SESSION, OBJECT_MADE,
                            owner);
    cr_assert_neq(made, before);
    cr_assert_eq(answer(before), OBJECT_UNKNOWN);
    cr_assert_eq(find_on(made, 0), 77);
    cr_assert_eq(object_space_flags(space, made), OBJECT_IS_SESSION);
    object_space_remove(space, before);
    cr_assert_eq(find_on(made, 0), 77, "the old handle ends nothing new");
    drop_owned(owner);
    cr_assert_eq(answer(made), OBJECT_UNKNOWN);
}

Test(object, what_another_member_has_outlives_what_is_made_under_its_handle)
{
    CK_OBJECT_HANDLE shared = add(77, OBJECT_IS_TOKEN), made;

    cr_assert(object_space_bind(space, shared, place(1, 88)));
    made = object_space_add(space, place(1, 88), OBJECT_IS_TOKEN, OBJECT_MADE,
                            NULL);
    cr_assert_neq(made, shared);
    cr_expect_eq(find_on(shared, 0), 77);
    cr_expect_eq(find_on(shared, 1), 0);
    cr_expect_eq(find_on(made, 1), 88);
}

Test(object, marks_do_not_reach_the_next_entry_of_the_cell)
{
    CK_OBJECT_HANDLE handle = add(77, 0), next;

    object_space_remove(space, handle);
    next = add(78, OBJECT_IS_TOKEN);
    cr_assert_eq(handle_index(next), handle_index(handle));
    object_space_mark(space, handle, OBJECT_IS_PRIVATE, OBJECT_IS_TOKEN);
    cr_assert_eq(object_space_flags(space, next), OBJECT_IS_TOKEN);
    cr_assert_eq(object_space_flags(space, handle), 0);
}

/* -- After a fork
 * ------------------------------------------------------------------------ */

Test(object, a_child_forgets_them_and_gives_no_handle_twice)
{
    CK_OBJECT_HANDLE handle = add(77, 0);
    struct object_space *parents = space;

    object_forget_all();
    space = object_space_new();
    cr_assert_eq(answer(handle), OBJECT_UNKNOWN);
    for (CK_OBJECT_HANDLE i = 1; i <= 1000; i++)
        cr_assert_neq(add(i, 0), handle);
    cr_assert_eq(answer(handle), OBJECT_UNKNOWN);
    /* The parent's is leaked in a child; here it is ours. */
    object_map_destroy(&parents->map);
    free(parents);
}
