/* SPDX-License-Identifier: BSD-3-Clause */
/* Copies that wait until their member has been looked at again. */
#include "audit/event.h"
#include "router/process.h"
#include "router/transfer/journal-private.h"
#include "tests/copying-fixture.h"

#include <criterion/criterion.h>
#include <string.h>
#include <unistd.h>

enum { NUMBER = 7 };

static struct identity *identity;
static CK_OBJECT_HANDLE key; /* as its member calls it */

static void
begin(void)
{
    CK_OBJECT_HANDLE object;

    key = copying_fixture_begin(NUMBER);
    object =
        router_find_key(copying.sessions[MIGRATE_OLD], CKO_PRIVATE_KEY, NUMBER);
    cr_assert_eq(copying_read(&copying, MIGRATE_OLD, object, &identity),
                 CKR_OK);
}

static void
end(void)
{
    identity_free(identity);
    copying_fixture_end();
}

TestSuite(copying_settle, .init = begin, .fini = end, .timeout = 30);

/* Of the old member's key, which the new one has as what was made last. */
static struct copied
wait_copied(void)
{
    struct copied copied = { .lack = { .identity = identity,
                                       .from = MIGRATE_OLD,
                                       .to = MIGRATE_NEW },
                             .path =
                                 strdup(fixture_write("copy", 0600, "copy")) };

    (void)migrate_add(MIGRATE_NEW, NUMBER);
    cr_assert(copying_look(&copying, MIGRATE_NEW));
    copied.lack.object =
        router_find_key(copying.sessions[MIGRATE_OLD], CKO_PRIVATE_KEY, NUMBER);
    copied.copy =
        router_find_key(copying.sessions[MIGRATE_NEW], CKO_PRIVATE_KEY, NUMBER);
    copied.kept = (struct transfer_kept){ .object = copied.lack.object,
                                          .identity = identity };
    cr_assert_eq(traits_read(copying_place(&copying, MIGRATE_OLD),
                             copied.lack.object, CKO_PRIVATE_KEY,
                             &copied.kept.traits),
                 CKR_OK);
    return copied;
}

static void
settle(bool stays)
{
    struct copied copied = wait_copied();
    struct error error = { .rv = CKR_OK };

    if (!stays)
        toys[MIGRATE_NEW].user = (CK_USER_TYPE)-1;
    cr_expect(copying_settle(&copying, &copied, 1, &error), "%s", error.text);
    cr_expect_eq(copied.stays, stays);
    cr_expect_eq(copied.outcome.verdict,
                 stays ? TRANSFER_FINE : TRANSFER_UNREADABLE);
    cr_expect_eq(toy_count_objects(MIGRATE_NEW), stays ? 1 : 0);
    cr_expect_neq(access(fixture_path("copy"), F_OK), 0);
}

Test(copying_settle, lets_a_copy_stay)
{
    settle(true);
}

/* Another object of its name could be hidden. */
Test(copying_settle, lets_no_copy_stay_where_what_is_private_was_not_seen)
{
    settle(false);
}

/* Whether its file is there then, for the next one that mends. */
static void
settle_with_file(enum transfer_verdict verdict, bool is_left,
                 struct copied *copied)
{
    struct error error = { .rv = CKR_OK };

    cr_expect(copying_settle(&copying, copied, 1, &error), "%s", error.text);
    cr_expect_not(copied->stays);
    cr_expect_eq(copied->outcome.verdict, verdict, "%s",
                 transfer_verdicts[copied->outcome.verdict].name);
    cr_expect_neq(access(fixture_path("copy"), F_OK), 0);
    cr_expect_eq(access(fixture_path("copy" JOURNAL_LEFT), F_OK) == 0, is_left);
}

/* It is there, and cannot be destroyed. */
Test(copying_settle, leaves_the_file_of_a_copy_that_is_hidden)
{
    struct copied copied = wait_copied();

    copying_fixture_hide(MIGRATE_NEW);
    copying_fixture_forget(MIGRATE_NEW);
    settle_with_file(TRANSFER_LEFT_BEHIND, true, &copied);
}

/* -- A device that forgets the login for the time of each call ---------------
 */

static CK_RV
destroy_in_public(CK_SESSION_HANDLE session, CK_OBJECT_HANDLE object)
{
    CK_RV rv;

    copying_fixture_forget(MIGRATE_NEW);
    rv = C_DestroyObject(session, object);
    copying_fixture_come_back(MIGRATE_NEW);
    copying_fixture_forget_in_searches(MIGRATE_NEW);
    return rv;
}

/* Nothing is found, and somebody is logged in before and after that. */
Test(copying_settle, leaves_the_file_where_the_login_has_come_and_gone)
{
    struct copied copied = wait_copied();

    toy_object(MIGRATE_OLD, key)->number = 0;
    copying_fixture_hide(MIGRATE_NEW);
    copying_functions.C_DestroyObject = destroy_in_public;
    settle_with_file(TRANSFER_LEFT_BEHIND, true, &copied);
    cr_expect_eq(toy_count_objects(MIGRATE_NEW), 1);
}

/* -- One that an application has destroyed, while it waited ------------------
 */

Test(copying_settle, leaves_no_file_of_a_copy_that_was_destroyed)
{
    struct copied copied = wait_copied();

    (void)memset(toys[MIGRATE_NEW].objects, 0,
                 sizeof(toys[MIGRATE_NEW].objects));
    settle_with_file(TRANSFER_UNREADABLE, false, &copied);
}

/* -- Its record --------------------------------------------------------------
 */

static unsigned n_records;

/* Of copies the first one is written, and the original is destroyed then. */
static bool
write_one(void *context, const struct audit_event *event)
{
    (void)context;
    if (event->kind != AUDIT_MIGRATE)
        return true;
    if (n_records == 0)
        toy_object(MIGRATE_OLD, key)->number = 0;
    return n_records++ == 0;
}

static const struct audit_sink sink = { .write = write_one };

Test(copying_settle, says_that_it_was_taken_back_without_a_record)
{
    struct copied copied = wait_copied();
    struct error error = { .rv = CKR_OK };

    atomic_store(&process.sink, &sink);
    cr_expect_not(copying_settle(&copying, &copied, 1, &error));
    cr_expect_eq(n_records, 2);
    cr_expect_not_null(strstr(error.text, "taken back"), "%s", error.text);
    cr_expect_eq(toy_count_objects(MIGRATE_NEW), 0);
}
