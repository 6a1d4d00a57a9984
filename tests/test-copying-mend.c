/* SPDX-License-Identifier: BSD-3-Clause */
/* Copies that a run has left half way, and mends. */
#include "audit/event.h"
#include "cli/message.h"
#include "common/cleanup.h"
#include "router/process.h"
#include "router/tombstone.h"
#include "router/transfer/journal-private.h"
#include "tests/copying-fixture.h"

#include <criterion/criterion.h>
#include <unistd.h>

enum { KEYS = 7 };

static struct identity *identity;
static char *path; /* of the copy's file */

/* -- What it stands on ----------------------------------------------------- */

void
message_error(const char *format, ...)
{
    (void)format;
}

/* The new member has a copy, whose file says that it may not be right. */
static void
begin(void)
{
    struct error error = { .rv = CKR_OK };
    struct lack lack = { .from = MIGRATE_OLD, .to = MIGRATE_NEW };

    (void)copying_fixture_begin(KEYS);
    (void)migrate_add(MIGRATE_NEW, KEYS);
    lack.object =
        router_find_key(copying.sessions[MIGRATE_OLD], CKO_PRIVATE_KEY, KEYS);
    cr_assert_eq(copying_read(&copying, MIGRATE_OLD, lack.object, &identity),
                 CKR_OK);
    lack.identity = identity;
    cr_assert(copying_write_journal(&copying, &lack, &path, &error), "%s",
              error.text);
    cr_assert(journal_leave(path, &error), "%s", error.text);
}

static void
end(void)
{
    free(path);
    identity_free(identity);
    copying_fixture_end();
}

TestSuite(copying_mend, .init = begin, .fini = end, .timeout = 30);

static void
expect_taken_back(void)
{
    CLEANUP(freep) char *left = NULL;
    struct error error = { .rv = CKR_OK };
    struct mending mending;

    cr_assert(copying_mend(&copying, &mending, &error), "%s", error.text);
    cr_expect_eq(mending.n_mended, 1);
    cr_expect_eq(mending.n_left, 0);
    cr_expect_eq(toy_count_objects(MIGRATE_NEW), 0);
    cr_assert_gt(asprintf(&left, "%s" JOURNAL_LEFT, path), 0);
    cr_expect_neq(access(left, F_OK), 0);
}

/* A toy's key tells nothing by an operation. */
Test(copying_mend, takes_a_copy_back_that_is_not_proven)
{
    expect_taken_back();
}

/* What was hidden when the catalogue was read is there all the same. */
Test(copying_mend, believes_no_catalogue)
{
    cr_assert(copying_look(&copying, MIGRATE_NEW));
    copying_fixture_hide(MIGRATE_NEW);
    copying_fixture_forget(MIGRATE_NEW);
    cr_expect_not(copying_look(&copying, MIGRATE_NEW));
    copying_fixture_come_back(MIGRATE_NEW);
    expect_taken_back();
}

/* -- Its record --------------------------------------------------------------
 */

static unsigned n_taken_back;
static bool is_full;

static bool
write_record(void *context, const struct audit_event *event)
{
    (void)context;
    if (event->kind != AUDIT_MIGRATE)
        return true;
    n_taken_back += event->rv == CKR_FUNCTION_CANCELED ? 1 : 0;
    return !is_full;
}

static const struct audit_sink sink = { .write = write_record };

/* Its process may have died when it was recorded as made. */
Test(copying_mend, records_what_it_takes_back)
{
    atomic_store(&process.sink, &sink);
    expect_taken_back();
    cr_expect_eq(n_taken_back, 1);
}

Test(copying_mend, says_what_it_cannot_record)
{
    struct error error = { .rv = CKR_OK };
    struct mending mending;

    is_full = true;
    atomic_store(&process.sink, &sink);
    cr_assert(copying_mend(&copying, &mending, &error), "%s", error.text);
    cr_expect_eq(n_taken_back, 1);
    cr_expect_eq(mending.n_mended, 0);
    cr_expect_eq(mending.n_left, 1);
}

/* -- A copy of what was destroyed since --------------------------------------
 */

static void
bury(void)
{
    struct error error = { .rv = CKR_OK };
    CLEANUP(freep) char *tombstone = NULL;

    atomic_store(&process.sink, &sink);
    cr_assert(tombstone_write(&copying.token->members[MIGRATE_OLD], identity,
                              false, &tombstone, &error),
              "%s", error.text);
}

/* How many copies are mended, and on the new member then. */
static void
expect_buried(size_t n_mended, size_t n_objects)
{
    struct error error = { .rv = CKR_OK };
    struct mending mending;

    cr_assert(copying_mend(&copying, &mending, &error), "%s", error.text);
    cr_expect_eq(mending.n_mended, n_mended);
    cr_expect_eq(mending.n_left, 1 - n_mended);
    cr_expect_eq(toy_count_objects(MIGRATE_NEW), n_objects);
}

Test(copying_mend, records_that_it_has_buried_one)
{
    bury();
    expect_buried(1, 0);
    cr_expect_eq(n_taken_back, 1);
}

Test(copying_mend, says_that_it_cannot_record_what_it_has_buried)
{
    bury();
    is_full = true;
    expect_buried(0, 0);
    cr_expect_eq(n_taken_back, 1);
}

/* The same key under another name, which nobody has destroyed. */
Test(copying_mend, buries_nothing_that_is_called_otherwise)
{
    bury();
    toy_set(&toys[MIGRATE_NEW].objects[0], CKA_ID, "other", 5);
    expect_buried(1, 1);
    cr_expect_eq(n_taken_back, 0);
}

/* What is there is not the copy. */
Test(copying_mend, buries_nothing_on_another_token)
{
    const struct member *members = copying.token->members;
    struct journal_entry entry = {
        .token = (char *)(uintptr_t)copying.token->label,
        .from = journal_member_of(&members[MIGRATE_OLD]),
        .to = journal_member_of(&members[MIGRATE_NEW]),
        .to_token = (char[]){ "another" },
        .identity = identity
    };
    struct error error = { .rv = CKR_OK };
    CLEANUP(freep) char *left = NULL;

    cr_assert_gt(asprintf(&left, "%s" JOURNAL_LEFT, path), 0);
    cr_assert(journal_remove(left, &error), "%s", error.text);
    free(path);
    cr_assert(journal_write(fixture_folder(), &entry, &path, &error) &&
                  journal_leave(path, &error),
              "%s", error.text);
    bury();
    expect_buried(0, 1);
}
