/* SPDX-License-Identifier: BSD-3-Clause */
/* Copies that were left half way, and members that are not well meanwhile. */
#include "common/cleanup.h"
#include "router/token.h"
#include "router/transfer/mend.h"
#include "tests/fixture.h"
#include "tests/transfer-ends.h"

#include <criterion/criterion.h>
#include <stdlib.h>
#include <unistd.h>

TestSuite(transfer_mend, .init = ends_connect_two, .fini = ends_free);

static bool
mend(CK_OBJECT_HANDLE object, CK_OBJECT_HANDLE copy,
     enum transfer_verdict verdict)
{
    struct transfer_outcome outcome;
    struct identity *identity;
    bool is_right;

    cr_assert_eq(identity_read(ends.from.functions, ends.from.session, object,
                               true, &identity),
                 CKR_OK);
    is_right = transfer_mend(ends.transfer, object, identity, copy, &outcome);
    identity_free(identity);
    cr_expect_eq(outcome.verdict, verdict, "%s",
                 transfer_verdicts[outcome.verdict].name);
    return is_right;
}

Test(transfer_mend, a_copy_that_is_right_stays)
{
    CK_OBJECT_HANDLE key = transfer_add_ec(ends.from, "ec", CK_TRUE);
    CK_OBJECT_HANDLE copy;

    (void)ends_copy(CKO_PUBLIC_KEY, "ec", WAY_CREATED);
    copy = ends_copy(CKO_PRIVATE_KEY, "ec", WAY_KWP);
    cr_expect(mend(key, copy, TRANSFER_FINE));
    cr_expect_eq(transfer_count(ends.to, true), 2);
}

Test(transfer_mend, a_copy_of_which_nothing_is_known_goes)
{
    CK_OBJECT_HANDLE key = transfer_add_secret(ends.from, CKK_AES, "aes");
    CK_OBJECT_HANDLE half = transfer_add_half(ends.to, "aes");

    cr_expect_not(mend(key, half, TRANSFER_UNPROVEN));
    cr_expect_eq(transfer_count(ends.to, false), 0);
    (void)ends_copy(CKO_SECRET_KEY, "aes", WAY_KWP);
}

Test(transfer_mend, another_key_is_not_taken_for_a_copy)
{
    CK_OBJECT_HANDLE key = transfer_add_secret(ends.from, CKK_AES, "aes");
    CK_OBJECT_HANDLE other = transfer_add_secret(ends.to, CKK_AES, "aes");

    cr_expect_not(mend(key, other, TRANSFER_TAKEN));
    cr_expect_eq(transfer_count(ends.to, false), 1);
}

/* By the public key beside it: it stays unused with the copy's file. */
Test(transfer_mend, another_key_that_is_taken_for_the_copy_is_in_doubt)
{
    CK_OBJECT_HANDLE key = transfer_add_ec(ends.from, "ec", CK_TRUE);
    CK_OBJECT_HANDLE other;

    (void)ends_copy(CKO_PUBLIC_KEY, "ec", WAY_CREATED);
    other = transfer_add_lone_ec(ends.to, "ec");
    cr_expect_not(mend(key, other, TRANSFER_IN_DOUBT));
    cr_expect_eq(transfer_count(ends.to, false), 2);
}

Test(transfer_mend, a_copy_with_another_label_goes)
{
    CK_OBJECT_HANDLE key = transfer_add_ec(ends.from, "ec", CK_TRUE);
    CK_OBJECT_HANDLE copy;
    CK_ATTRIBUTE label = { CKA_LABEL, (void *)(uintptr_t) "other", 5 };

    (void)ends_copy(CKO_PUBLIC_KEY, "ec", WAY_CREATED);
    copy = ends_copy(CKO_PRIVATE_KEY, "ec", WAY_KWP);
    cr_assert_eq(ends.to.functions->C_SetAttributeValue(ends.to.session, copy,
                                                        &label, 1),
                 CKR_OK);
    cr_expect_not(mend(key, copy, TRANSFER_CHANGED));
    cr_expect_eq(transfer_find(ends.to, CKO_PRIVATE_KEY, "other"),
                 CK_INVALID_HANDLE);
}

/* -- Several of the copy's name
 * ----------------------------------------------------
 */

static struct sight sight; /* of the copy's member */

/* As the next process does; how many are there then. */
static size_t
mend_after_kill(CK_OBJECT_HANDLE key, bool is_mended)
{
    static struct token token;
    static struct member member = { .token = &token };
    CLEANUP(identity_freep) struct identity *identity = NULL;
    struct mend mended = { .from = &member,
                           .to = &member,
                           .from_place = ends.from,
                           .to_place = ends.to,
                           .transfer = ends.transfer,
                           .sight = sight };
    struct journal_entry entry = { .token = (char[]){ "ca" },
                                   .from = { (char[]){ "" }, (char[]){ "" } },
                                   .to = { (char[]){ "" }, (char[]){ "" } } };
    struct error error = { .rv = CKR_OK };

    cr_assert_eq(identity_read_at(ends.from, key, true, &identity), CKR_OK);
    entry.identity = identity;
    cr_assert(journal_write(fixture_folder(), &entry, &entry.path, &error),
              "%s", error.text);
    cr_expect_eq(mend_by_name(&mended, &entry, &error), is_mended, "%s",
                 error.text);
    cr_expect_eq(access(entry.path, F_OK) == 0, !is_mended);
    free(entry.path);
    return transfer_count(ends.to, true);
}

/* One of the two is an application's own, made while the copy waited. */
Test(transfer_mend, of_two_that_do_not_tell_none_goes)
{
    CK_OBJECT_HANDLE key = transfer_add_secret(ends.from, CKK_AES, "aes");

    (void)transfer_add_half(ends.to, "aes");
    (void)transfer_add_half(ends.to, "aes");
    cr_expect_eq(mend_after_kill(key, false), 2);
}

Test(transfer_mend, one_that_does_not_tell_stays_beside_a_copy)
{
    CK_OBJECT_HANDLE key = transfer_add_secret(ends.from, CKK_AES, "aes");

    (void)ends_copy(CKO_SECRET_KEY, "aes", WAY_KWP);
    (void)transfer_add_half(ends.to, "aes");
    cr_expect_eq(mend_after_kill(key, false), 2);
}

Test(transfer_mend, one_that_does_not_tell_goes_beside_another_key)
{
    CK_OBJECT_HANDLE key = transfer_add_secret(ends.from, CKK_AES, "aes");

    (void)transfer_add_half(ends.to, "aes");
    (void)transfer_add_secret(ends.to, CKK_AES, "aes");
    cr_expect_eq(mend_after_kill(key, true), 1);
}

/* What is not shown may be there. */
static uint64_t
see_anew(const void *context, unsigned member)
{
    static uint64_t number;

    (void)context, (void)member;
    return ++number;
}

static uint64_t
see_nothing(const void *context, unsigned member)
{
    (void)context, (void)member;
    return 0;
}

static void
expect_unseen(uint64_t (*look)(const void *context, unsigned member))
{
    CK_OBJECT_HANDLE key = transfer_add_secret(ends.from, CKK_AES, "aes");

    sight.look = look;
    cr_expect_eq(mend_after_kill(key, false), 0);
}

Test(transfer_mend, finds_nothing_where_nobody_is_logged_in)
{
    expect_unseen(see_nothing);
}

Test(transfer_mend, finds_nothing_where_a_login_has_come_and_gone)
{
    expect_unseen(see_anew);
}

/* -- Members that are not well
 * -----------------------------------------------------
 */

static CK_RV
fail_init(CK_SESSION_HANDLE session, CK_MECHANISM *mechanism,
          CK_OBJECT_HANDLE key)
{
    (void)session;
    (void)mechanism;
    (void)key;
    return CKR_DEVICE_ERROR;
}

static CK_RV
fail_reading(CK_SESSION_HANDLE session, CK_OBJECT_HANDLE object,
             CK_ATTRIBUTE *template, CK_ULONG count)
{
    (void)session;
    (void)object;
    (void)template;
    (void)count;
    return CKR_DEVICE_ERROR;
}

/* A whole copy, and an end where nothing can be found out any more. */
static void
expect_doubt(struct identity_place ill)
{
    CK_OBJECT_HANDLE key = transfer_add_secret(ends.from, CKK_AES, "aes");
    CK_OBJECT_HANDLE copy = ends_copy(CKO_SECRET_KEY, "aes", WAY_KWP);
    struct transfer_outcome outcome;
    struct identity *identity;

    cr_assert_eq(identity_read(ends.from.functions, ends.from.session, key,
                               false, &identity),
                 CKR_OK);
    ends_functions(ill)->C_EncryptInit = fail_init;
    ends_functions(ill)->C_DecryptInit = fail_init;
    ends_functions(ill)->C_SignInit = fail_init;
    ends_functions(ill)->C_GetAttributeValue = fail_reading;
    cr_expect_not(transfer_mend(ends.transfer, key, identity, copy, &outcome));
    cr_expect_neq(outcome.verdict, TRANSFER_FINE);
    cr_expect_eq(transfer_count(ends.to, true), 1);
    identity_free(identity);
}

Test(transfer_mend, a_copy_stays_whose_member_is_not_well)
{
    expect_doubt(ends.to);
}

Test(transfer_mend, a_copy_stays_whose_originals_member_is_not_well)
{
    expect_doubt(ends.from);
}

/* SoftHSM keeps the attributes first, and the numbers after them: what lacks
 * these shows the public key with its CKA_ID all the same. */
Test(transfer_mend, a_private_key_that_does_nothing_goes)
{
    CK_OBJECT_HANDLE key = transfer_add_ec(ends.from, "ec", CK_TRUE);
    CK_OBJECT_HANDLE half;

    (void)ends_copy(CKO_PUBLIC_KEY, "ec", WAY_CREATED);
    half = ends_copy(CKO_PRIVATE_KEY, "ec", WAY_KWP);
    ends_functions(ends.to)->C_SignInit = fail_init;
    cr_expect_not(mend(key, half, TRANSFER_UNPROVEN));
    cr_expect_eq(transfer_count(ends.to, true), 1);
}

/* Whatever has no name could be anybody's. */
Test(transfer_mend, a_key_without_a_name_stays)
{
    CK_OBJECT_HANDLE key = transfer_add_ec(ends.from, "", CK_TRUE);
    CK_OBJECT_HANDLE other = transfer_add_ec(ends.to, "", CK_TRUE);
    struct transfer_outcome outcome;
    struct identity *identity;

    cr_assert_eq(identity_read(ends.from.functions, ends.from.session,
                               transfer_find(ends.from, CKO_PUBLIC_KEY, ""),
                               false, &identity),
                 CKR_OK);
    identity->object_class = CKO_PRIVATE_KEY;
    ends_functions(ends.to)->C_SignInit = fail_init;
    cr_expect_not(transfer_mend(ends.transfer, key, identity, other, &outcome));
    cr_expect_eq(outcome.verdict, TRANSFER_IN_DOUBT, "%s",
                 transfer_verdicts[outcome.verdict].name);
    cr_expect_eq(transfer_count(ends.to, true), 2);
    identity_free(identity);
}
