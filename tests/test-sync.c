/* SPDX-License-Identifier: BSD-3-Clause */
/* What members of a group lack is copied, without members: what comes of each
 * step is what the test says. */
#include "cli/sync.h"

#include "cli/copy-row.h"

#include <criterion/criterion.h>
#include <stdlib.h>

enum { FIRST, SECOND, THIRD, MEMBERS, HANDLE = 7, FOUND_HANDLE = 8 };

static struct member members[MEMBERS];
static struct token token = { .members = members, .n_members = MEMBERS };
static struct copying copying = { .token = &token };
static struct group_object object;
static struct group_objects objects = { .items = &object, .n_items = 1 };
static struct sync sync = { .copying = &copying, .objects = &objects };

static struct transfer_outcome tried[6]; /* what comes of it, in order */
static unsigned n_tried;
static struct lack last;                 /* that was tried */
static enum transfer_verdict settled[4]; /* the same of what was made */
static unsigned n_made;
static CK_RV found; /* where it is looked for again */
static bool sees_all;
static unsigned n_mends;

/* -- What it stands on ----------------------------------------------------- */

bool
copying_try(struct copying *its, const struct lack *lack,
            struct transfer_outcome *outcome)
{
    (void)its;
    last = *lack;
    *outcome = tried[n_tried++];
    return outcome->verdict == TRANSFER_FINE;
}

bool
copying_make(struct copying *its, const struct lack *lack, struct copied *out,
             struct error *error)
{
    (void)its, (void)lack, (void)error;
    out->outcome.verdict = settled[n_made++];
    return true;
}

bool
copied_waits(const struct copied *copied)
{
    (void)copied;
    return false;
}

bool
copying_settle(struct copying *its, struct copied *copied, size_t count,
               struct error *error)
{
    (void)its, (void)copied, (void)count, (void)error;
    return true;
}

CK_RV
copying_find_again(const struct copying *its, unsigned member,
                   const struct identity *identity, CK_OBJECT_HANDLE *out)
{
    (void)its, (void)member, (void)identity;
    *out = FOUND_HANDLE;
    return found;
}

CK_RV
copying_read(const struct copying *its, unsigned member,
             CK_OBJECT_HANDLE handle, struct identity **out)
{
    (void)its, (void)member, (void)handle;
    *out = calloc(1, sizeof(**out));
    return CKR_OK;
}

bool
copying_look(struct copying *its, unsigned member)
{
    (void)its, (void)member;
    return true;
}

uint64_t
copying_login(const struct copying *its, unsigned member)
{
    (void)its, (void)member;
    return sees_all ? 1 : 0;
}

bool
copying_has_lost_any(const struct copying *its)
{
    (void)its;
    return false;
}

bool
copying_mend(struct copying *its, struct mending *out, struct error *error)
{
    (void)its, (void)error;
    *out = (struct mending){ .n_mended = 1 };
    n_mends++;
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

/* -- What comes of one -------------------------------------------------------
 */

static const struct transfer_outcome lost = { .verdict = TRANSFER_UNREADABLE,
                                              .rv = CKR_OBJECT_HANDLE_INVALID };
static const struct transfer_outcome there = { .verdict = TRANSFER_THERE };
static const struct transfer_outcome overtaken = { .verdict =
                                                       TRANSFER_OVERTAKEN };

/* The first two members have it, and the third one lacks it. */
static void
begin(void)
{
    for (unsigned i = 0; i < MEMBERS; i++)
        copying.sessions[i] = i + 1;
    object =
        (struct group_object){ .object = HANDLE,
                               .identity = calloc(1, sizeof(*object.identity)),
                               .holders = 1 << FIRST | 1 << SECOND };
    sees_all = true;
}

static void
end(void)
{
    sync_clear(&sync);
    free(object.identity);
}

TestSuite(sync, .init = begin, .fini = end);

static void
expect(enum sync_state state, enum transfer_verdict verdict)
{
    struct error error = { .rv = CKR_OK };

    cr_assert(sync_run(&sync, &error), "%s", error.text);
    cr_assert_eq(sync.n_copies, 1);
    cr_expect_eq(sync.copies[0].state, state, "%d", sync.copies[0].state);
    cr_expect_eq(sync.copies[0].outcome.verdict, verdict, "%d",
                 sync.copies[0].outcome.verdict);
}

Test(sync, copies_what_a_member_lacks)
{
    expect(SYNC_MADE, TRANSFER_FINE);
    cr_expect_eq(last.from, FIRST);
    cr_expect_eq(last.to, THIRD);
}

Test(sync, takes_it_from_another_member_that_gives_it)
{
    tried[0].verdict = TRANSFER_NOT_EXTRACTABLE;
    expect(SYNC_MADE, TRANSFER_FINE);
    cr_expect_eq(last.from, SECOND);
}

/* -- Handles that are no good -------------------------------------------------
 */

Test(sync, copies_what_has_another_handle)
{
    tried[0] = lost;
    expect(SYNC_MADE, TRANSFER_FINE);
    cr_expect_eq(last.from, FIRST);
    cr_expect_eq(last.object, FOUND_HANDLE);
}

Test(sync, says_that_it_has_gone_where_that_is_sure)
{
    tried[0] = tried[1] = lost;
    found = CKR_OBJECT_HANDLE_INVALID;
    expect(SYNC_GONE, TRANSFER_GONE);
    cr_expect_eq(n_tried, 2);
}

/* A member that does not know who is logged in. */
Test(sync, says_that_it_was_not_copied_where_nothing_is_known_of_it)
{
    tried[0] = tried[1] = lost;
    found = CKR_USER_NOT_LOGGED_IN;
    expect(SYNC_NOT_MADE, TRANSFER_UNREADABLE);
}

Test(sync, takes_what_has_gone_from_another_member)
{
    tried[0] = lost;
    found = CKR_OBJECT_HANDLE_INVALID;
    expect(SYNC_MADE, TRANSFER_FINE);
    cr_expect_eq(last.from, SECOND);
}

/* -- What is copied anew ------------------------------------------------------
 */

Test(sync, copies_anew_what_was_changed)
{
    tried[0] = overtaken;
    expect(SYNC_MADE, TRANSFER_FINE);
}

Test(sync, copies_anew_what_was_changed_after_its_copy_was_made)
{
    settled[0] = TRANSFER_OVERTAKEN;
    expect(SYNC_MADE, TRANSFER_FINE);
    cr_expect_eq(n_made, 2);
}

Test(sync, believes_no_handle_after_its_copy_was_made)
{
    settled[0] = TRANSFER_GONE;
    tried[1] = lost;
    found = CKR_USER_NOT_LOGGED_IN;
    tried[2] = tried[1];
    expect(SYNC_NOT_MADE, TRANSFER_UNREADABLE);
}

/* -- What was refused ---------------------------------------------------------
 */

Test(sync, claims_its_own_copy_that_was_left_behind)
{
    settled[0] = TRANSFER_LEFT_BEHIND;
    tried[0].way = WAY_KWP;
    tried[1] = tried[2] = there;
    expect(SYNC_MADE, TRANSFER_FINE);
    cr_expect_eq(sync.copies[0].outcome.way, WAY_KWP);
    cr_expect_eq(n_mends, 1);
}

Test(sync, tries_again_what_a_member_has_refused)
{
    for (unsigned i = 0; i < 2; i++)
        tried[i] = (struct transfer_outcome){ .verdict = TRANSFER_NOT_UNWRAPPED,
                                              .function = "C_UnwrapKey",
                                              .is_at_target = true,
                                              .rv = CKR_DEVICE_ERROR };
    expect(SYNC_MADE, TRANSFER_FINE);
}

Test(sync, tries_nothing_again_where_a_member_does_not_show_all)
{
    settled[0] = TRANSFER_LEFT_BEHIND;
    sees_all = false;
    expect(SYNC_NOT_MADE, TRANSFER_LEFT_BEHIND);
    cr_expect_eq(n_mends, 0);
}

/* There is no copy that could be one's own. */
Test(sync, claims_nothing_that_was_there)
{
    tried[0] = there;
    tried[1] = there;
    expect(SYNC_THERE, TRANSFER_THERE);
}
