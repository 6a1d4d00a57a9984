/* SPDX-License-Identifier: BSD-3-Clause */
/* Objects copied between real tokens (FACTS of what can move where; 7.4); with
 * openCryptoki's it is tests/transfer-opencryptoki.c. */
#include "tests/transfer-ends.h"

#include <criterion/criterion.h>
#include <string.h>

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

/* -- What NSS has for the session alone ---------------------------------------
 */

static CK_OBJECT_HANDLE
add_bound(const char *name)
{
    static CK_BBOOL yes = CK_TRUE;
    CK_MECHANISM_TYPE allowed[] = { CKM_AES_ECB, CKM_AES_CBC };
    CK_MECHANISM mechanism = { CKM_AES_KEY_GEN, NULL, 0 };
    CK_ULONG length = 32;
    CK_ATTRIBUTE template[] = {
        { CKA_TOKEN, &yes, sizeof(yes) },
        { CKA_ID, (void *)(uintptr_t)name, strlen(name) },
        { CKA_LABEL, (void *)(uintptr_t)name, strlen(name) },
        { CKA_SENSITIVE, &yes, sizeof(yes) },
        { CKA_EXTRACTABLE, &yes, sizeof(yes) },
        { CKA_ENCRYPT, &yes, sizeof(yes) },
        { CKA_VALUE_LEN, &length, sizeof(length) },
        { CKA_ALLOWED_MECHANISMS, allowed, sizeof(allowed) },
    };
    CK_OBJECT_HANDLE key;

    cr_assert_eq(ends.from.functions->C_GenerateKey(ends.from.session,
                                                    &mechanism, template,
                                                    sizeof(template) /
                                                        sizeof(template[0]),
                                                    &key),
                 CKR_OK);
    return key;
}

static struct transfer_outcome
make(CK_OBJECT_HANDLE key)
{
    struct transfer_outcome outcome;
    struct identity *identity;
    CK_OBJECT_HANDLE copy;

    cr_assert_eq(identity_read(ends.from.functions, ends.from.session, key,
                               true, &identity),
                 CKR_OK);
    cr_expect(transfer_try(ends.transfer, key, identity, &outcome));
    (void)transfer_make(ends.transfer, &copy, &outcome);
    identity_free(identity);
    return outcome;
}

Test(transfer, what_nss_keeps_for_no_longer_than_the_session_stays)
{
    struct profile nss;
    struct transfer_outcome outcome;
    CK_OBJECT_HANDLE key;

    ends_connect(transfer_softhsm("soft"), transfer_nss("nss"));
    key = add_bound("aes");
    outcome = make(key);
    cr_expect_eq(outcome.verdict, TRANSFER_LEFT_BEHIND);
    cr_expect_eq(outcome.rv, CKR_GENERAL_ERROR);
    profile_resolve("nss", NULL, NULL, NULL, NULL, &nss);
    ends_behave(&nss);
    outcome = ends_try(key);
    cr_expect_eq(outcome.verdict, TRANSFER_REFUSED);
    cr_expect(outcome.has_attribute &&
              outcome.attribute == CKA_ALLOWED_MECHANISMS);
    outcome = ends_try(transfer_add_data(ends.from, "data"));
    cr_expect_eq(outcome.verdict, TRANSFER_REFUSED);
    cr_expect(outcome.has_attribute && outcome.attribute == CKA_TOKEN);
    cr_expect_eq(transfer_count(ends.to, true), 0);
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
