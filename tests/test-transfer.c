/* SPDX-License-Identifier: BSD-3-Clause */
/* Objects copied between real tokens (FACTS of what can move where; 7.4); with
 * openCryptoki's it is tests/transfer-opencryptoki.c. */
#include "tests/transfer-ends.h"

#include <criterion/criterion.h>

TestSuite(transfer, .fini = ends_free);

/* -- Where everything can move
 * -------------------------------------------------
 */

Test(transfer, between_two_of_one_vendor)
{
    ends_connect_two();
    (void)transfer_add_data(ends.from, "data");
    (void)transfer_add_rsa(ends.from, "rsa");
    (void)ends_copy(CKO_DATA, "data", WAY_CREATED);
    ends_expect_pair("rsa", WAY_KWP);
    ends_expect_all("", WAY_KWP, true);
}

Test(transfer, from_softhsm_to_nss)
{
    ends_connect(transfer_softhsm("soft"), transfer_nss("nss"));
    ends_expect_all("", WAY_KWP, true);
}

Test(transfer, from_nss_to_softhsm)
{
    ends_connect(transfer_nss("nss"), transfer_softhsm("soft"));
    ends_expect_all("", WAY_KWP, true);
}

/* -- Where it cannot, or must not ---------------------------------------------
 */

Test(transfer, a_key_that_may_not_leave_stays, .init = ends_connect_two)
{
    ends_expect(transfer_add_ec(ends.from, "ec", CK_FALSE),
                TRANSFER_NOT_EXTRACTABLE);
    cr_expect_eq(transfer_count(ends.to, false), 0);
}

Test(transfer, another_key_with_its_id_is_left_alone, .init = ends_connect_two)
{
    CK_OBJECT_HANDLE key = transfer_add_ec(ends.from, "one", CK_TRUE);

    (void)transfer_add_ec(ends.to, "one", CK_TRUE);
    (void)transfer_add_secret(ends.to, CKK_AES, "two");
    ends_expect(key, TRANSFER_TAKEN);
    ends_expect(transfer_find(ends.from, CKO_PUBLIC_KEY, "one"),
                TRANSFER_TAKEN);
    ends_expect(transfer_add_secret(ends.from, CKK_AES, "two"), TRANSFER_TAKEN);
    cr_expect_eq(transfer_count(ends.to, true), 3);
}

/* It would be taken for the key whose public one is beside it. */
Test(transfer, a_key_that_shows_nothing_gets_no_others_public_one,
     .init = ends_connect_two)
{
    CK_OBJECT_HANDLE key = transfer_add_ec(ends.from, "ec", CK_TRUE);
    CK_OBJECT_HANDLE public_key =
        transfer_find(ends.from, CKO_PUBLIC_KEY, "ec");
    CK_OBJECT_HANDLE other = transfer_add_lone_ec(ends.to, "ec");

    ends_expect(public_key, TRANSFER_TAKEN);
    cr_assert_eq(ends.to.functions->C_DestroyObject(ends.to.session, other),
                 CKR_OK);
    (void)ends_copy(CKO_PUBLIC_KEY, "ec", WAY_CREATED);
    (void)transfer_add_lone_ec(ends.to, "ec");
    ends_expect(key, TRANSFER_TAKEN);
    cr_expect_eq(transfer_count(ends.to, true), 2);
}

Test(transfer, a_key_that_shows_nothing_gets_its_own_public_one,
     .init = ends_connect_two)
{
    CK_OBJECT_HANDLE copy;

    (void)transfer_add_ec(ends.from, "ec", CK_TRUE);
    copy = ends_copy(CKO_PUBLIC_KEY, "ec", WAY_CREATED);
    (void)ends_copy(CKO_PRIVATE_KEY, "ec", WAY_KWP);
    cr_assert_eq(ends.to.functions->C_DestroyObject(ends.to.session, copy),
                 CKR_OK);
    (void)ends_copy(CKO_PUBLIC_KEY, "ec", WAY_CREATED);
}

Test(transfer, a_private_key_without_its_public_one_is_unknown,
     .init = ends_connect_two)
{
    CK_OBJECT_HANDLE key = transfer_add_ec(ends.from, "ec", CK_TRUE);

    cr_assert_eq(ends.from.functions->C_DestroyObject(
                     ends.from.session,
                     transfer_find(ends.from, CKO_PUBLIC_KEY, "ec")),
                 CKR_OK);
    ends_expect(key, TRANSFER_UNKNOWN);
}

/* SoftHSM has none of that kind. */
Test(transfer, a_key_that_signatures_use_up_stays, .init = ends_connect_two)
{
    CK_OBJECT_HANDLE key = transfer_add_ec(ends.from, "ec", CK_TRUE);
    struct transfer_outcome outcome;
    struct identity *identity;

    cr_assert_eq(identity_read(ends.from.functions, ends.from.session, key,
                               true, &identity),
                 CKR_OK);
    identity->key_type = CKK_HSS;
    cr_expect(!transfer_try(ends.transfer, key, identity, &outcome));
    cr_expect_eq(outcome.verdict, TRANSFER_STATEFUL);
    identity_free(identity);
}

/* Though the group's search has not shown it there. */
Test(transfer, what_is_there_is_not_made_twice, .init = ends_connect_two)
{
    CK_OBJECT_HANDLE certificate = transfer_add_certificate(ends.from, "one");
    CK_OBJECT_HANDLE data = transfer_add_data(ends.from, "two");

    (void)ends_copy(CKO_CERTIFICATE, "one", WAY_CREATED);
    (void)ends_copy(CKO_DATA, "two", WAY_CREATED);
    ends_expect(certificate, TRANSFER_THERE);
    ends_expect(data, TRANSFER_THERE);
}
