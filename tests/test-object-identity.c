/* SPDX-License-Identifier: BSD-3-Clause */
/* What an object entry knows of what its object is. */
#include "router/object.h"

#include <criterion/criterion.h>
#include <stdlib.h>
#include <string.h>

static struct object_space *space;

static void
setup(void)
{
    space = object_space_new();
}

static void
teardown(void)
{
    object_space_free(space);
}

TestSuite(object_identity, .init = setup, .fini = teardown);

static CK_OBJECT_HANDLE
add(CK_OBJECT_HANDLE handle, unsigned flags)
{
    struct object_place place = { .member = 0, .epoch = 3, .handle = handle };

    return object_space_add(space, place, flags, false, NULL);
}

static struct identity *
identity(const char *label)
{
    struct identity plain = { .object_class = CKO_SECRET_KEY,
                              .key_type = CKK_AES,
                              .label_length = strlen(label) };
    struct identity *copy;
    char *text = strdup(label);

    plain.label = (unsigned char *)text;
    copy = identity_copy(&plain);
    free(text);
    return copy;
}

Test(object_identity, what_it_was_when_first_looked_at_stays)
{
    CK_OBJECT_HANDLE handle = add(77, 0);
    struct identity *kept;
    bool is_same;

    cr_assert_null(object_space_identity(space, handle));
    cr_assert(object_space_identify(space, handle, identity("a"), &is_same));
    cr_assert(is_same);
    cr_assert(object_space_identify(space, handle, identity("a"), &is_same));
    cr_assert(is_same);
    cr_assert(object_space_identify(space, handle, identity("b"), &is_same));
    cr_assert_not(is_same);
    kept = object_space_identity(space, handle);
    cr_assert_eq(kept->label_length, 1);
    cr_assert_eq(kept->label[0], 'a');
    identity_free(kept);
}

Test(object_identity, a_change_makes_it_unknown_again)
{
    CK_OBJECT_HANDLE handle = add(77, 0);
    bool is_same;

    object_space_unidentify(space, handle);
    cr_assert(object_space_identify(space, handle, identity("a"), &is_same));
    object_space_unidentify(space, handle);
    cr_assert_null(object_space_identity(space, handle));
    cr_assert(object_space_identify(space, handle, identity("b"), &is_same));
    cr_assert(is_same);
}

Test(object_identity, what_is_read_again_takes_the_place_of_what_was_known)
{
    CK_OBJECT_HANDLE handle = add(77, 0);
    struct identity *kept;
    bool is_same;

    cr_assert(object_space_identify_anew(space, handle, identity("a")));
    cr_assert(object_space_identify_anew(space, handle, identity("bc")));
    kept = object_space_identity(space, handle);
    cr_assert_eq(kept->label_length, 2);
    identity_free(kept);
    cr_assert(object_space_identify(space, handle, identity("bc"), &is_same));
    cr_assert(is_same);
    object_space_remove(space, handle);
    cr_assert_not(object_space_identify_anew(space, handle, identity("a")));
}

Test(object_identity, an_identity_ends_with_its_entry)
{
    CK_OBJECT_HANDLE handle = add(77, 0), next;
    bool is_same;

    cr_assert(object_space_identify(space, handle, identity("a"), &is_same));
    object_space_remove(space, handle);
    cr_assert_null(object_space_identity(space, handle));
    cr_assert_not(
        object_space_identify(space, handle, identity("a"), &is_same));
    next = add(78, 0);
    cr_assert_eq(handle_index(next), handle_index(handle));
    cr_assert_null(object_space_identity(space, next));
}

Test(object_identity, a_doubt_about_one_member_outlives_that_another_is_left)
{
    CK_OBJECT_HANDLE handle = add(77, OBJECT_IS_TOKEN), its;
    bool is_same;

    cr_assert(object_space_identify(space, handle, identity("a"), &is_same));
    cr_assert(object_space_bind(space, handle,
                                (struct object_place){
                                    .member = 1, .epoch = 3, .handle = 5 }));
    object_space_unconfirm(space, 1);
    object_space_leave(space, handle, 0);
    cr_expect_eq(object_space_find(space, handle, 0, 3, &its), OBJECT_UNBOUND);
    cr_expect_eq(object_space_find(space, handle, 1, 3, &its),
                 OBJECT_UNSETTLED);
}

/* Without an own time, however soon after the start of the machine. */
Test(object_identity, what_the_log_is_to_read_anew_was_not_read)
{
    CK_OBJECT_HANDLE handle = add(77, 0);
    struct identity *its = identity("a");
    bool is_same;

    its->read_at = 0;
    cr_assert(object_space_identify(space, handle, its, &is_same));
    cr_expect_not(object_space_was_read(space, handle, 0));
    its = identity("a");
    its->read_at = 5;
    cr_assert(object_space_identify_anew(space, handle, its));
    cr_expect(object_space_was_read(space, handle, 0));
    cr_expect(object_space_was_read(space, handle, 5));
    cr_expect_not(object_space_was_read(space, handle, 6));
}
