/* SPDX-License-Identifier: BSD-3-Clause */
/* Whether an imported key has a twin on the old member, of which there is a
 * file then. */
#include "cli/import-journal.h"

#include "tests/copying-fixture.h"

#include <criterion/criterion.h>
#include <stdlib.h>

static struct identity *identity;
static struct import_target target = { .group = &copying };
static char *path;

static void
begin(void)
{
    CK_OBJECT_HANDLE object;

    (void)copying_fixture_begin(7);
    object = router_find_key(copying.sessions[MIGRATE_OLD], CKO_PRIVATE_KEY, 7);
    cr_assert_eq(copying_read(&copying, MIGRATE_OLD, object, &identity),
                 CKR_OK);
    target.member = &copying.token->members[MIGRATE_NEW];
}

static void
end(void)
{
    free(path);
    identity_free(identity);
    copying_fixture_end();
}

TestSuite(import_journal, .init = begin, .fini = end, .timeout = 30);

static bool
begin_journal(void)
{
    struct error error = { .rv = CKR_OK };

    return import_journal_begin(&target, identity, &path, &error);
}

Test(import_journal, has_a_file_of_a_twin)
{
    cr_expect(begin_journal());
    cr_expect_not_null(path);
}

Test(import_journal, has_none_where_there_is_no_twin)
{
    toys[MIGRATE_OLD].objects[6].number = 0;
    cr_expect(begin_journal());
    cr_expect_null(path);
}

Test(import_journal, does_not_know_it_where_a_login_has_come_and_gone)
{
    copying_fixture_forget_in_searches(MIGRATE_OLD);
    cr_expect_not(begin_journal());
    cr_expect_null(path);
}
