/* SPDX-License-Identifier: BSD-3-Clause */
/* Whether a key is there whose making was not answered well. */
#include "cli/import-left.h"

#include "tests/copying-fixture.h"

#include <criterion/criterion.h>

enum { NUMBER = 7 };

static struct identity *identity;
static struct import_target target = { .group = &copying };

/* The old member has it, and shows what it is called. */
static void
begin(void)
{
    CK_OBJECT_HANDLE object;

    (void)copying_fixture_begin(NUMBER);
    object =
        router_find_key(copying.sessions[MIGRATE_OLD], CKO_PRIVATE_KEY, NUMBER);
    cr_assert_eq(copying_read(&copying, MIGRATE_OLD, object, &identity),
                 CKR_OK);
    target.member = &copying.token->members[MIGRATE_NEW];
    target.session = copying.sessions[MIGRATE_NEW];
}

static void
end(void)
{
    identity_free(identity);
    copying_fixture_end();
}

TestSuite(import_left, .init = begin, .fini = end, .timeout = 30);

static void
expect(enum import_left wanted)
{
    CK_OBJECT_HANDLE found = 0;

    cr_expect_eq(import_left_find(&target, identity, &found), wanted);
    cr_expect_eq(found != 0, wanted == IMPORT_LEFT_ONE);
}

Test(import_left, is_there)
{
    (void)migrate_add(MIGRATE_NEW, NUMBER);
    expect(IMPORT_LEFT_ONE);
}

Test(import_left, is_not_there)
{
    expect(IMPORT_LEFT_NONE);
}

/* One of them is somebody else's. */
Test(import_left, is_not_known_among_two)
{
    (void)migrate_add(MIGRATE_NEW, NUMBER);
    (void)migrate_add(MIGRATE_NEW, NUMBER);
    expect(IMPORT_LEFT_UNKNOWN);
}

Test(import_left, is_not_known_where_nobody_is_logged_in)
{
    (void)migrate_add(MIGRATE_NEW, NUMBER);
    cr_assert(copying_look(&copying, MIGRATE_NEW));
    copying_fixture_hide(MIGRATE_NEW);
    copying_fixture_forget(MIGRATE_NEW);
    expect(IMPORT_LEFT_UNKNOWN);
}

Test(import_left, is_not_known_without_a_name)
{
    identity->id_length = 0;
    expect(IMPORT_LEFT_UNKNOWN);
}
