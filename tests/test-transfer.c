/* SPDX-License-Identifier: BSD-3-Clause */
/* Objects copied between real tokens (FACTS of what can move where; 7.4). Those
 * of openCryptoki are run by tests/check-transfer.sh. */
#include "tests/fixture.h"
#include "tests/transfer-ends.h"

#include <criterion/criterion.h>
#include <stdlib.h>
#include <string.h>

static const char *names = ""; /* what they begin with: openCryptoki's token
                                  stays from case to case */

static const char *
named(const char *name)
{
    return fixture_text("%s%s", names, name);
}

TestSuite(transfer, .fini = ends_free);
TestSuite(opencryptoki, .fini = ends_free);

/* The copy signs and its public key verifies, by OpenSSL. */
static void
expect_pair(const char *name, enum transfer_way way)
{
    struct fixture_pair pair;

    pair.public_key = ends_copy(CKO_PUBLIC_KEY, name, WAY_CREATED);
    pair.private_key = ends_copy(CKO_PRIVATE_KEY, name, way);
    ends_expect_truth(pair.private_key, CKA_SENSITIVE, CK_TRUE);
    ends_expect_truth(pair.private_key, CKA_PRIVATE, CK_TRUE);
    cr_expect(fixture_sign_check((const CK_FUNCTION_LIST *)(const void *)
                                     ends.to.functions,
                                 ends.to.session, pair));
    ends_expect(transfer_find(ends.from, CKO_PRIVATE_KEY, name),
                TRANSFER_THERE);
}

static void
expect_all(enum transfer_way way, bool has_ec)
{
    const char *aes = named("aes"), *secret = named("secret"),
               *certificate = named("certificate"), *ec = named("ec");

    (void)transfer_add_secret(ends.from, CKK_AES, aes);
    (void)transfer_add_secret(ends.from, CKK_GENERIC_SECRET, secret);
    (void)transfer_add_certificate(ends.from, certificate);
    if (has_ec) {
        (void)transfer_add_ec(ends.from, ec, CK_TRUE);
        expect_pair(ec, way);
    }
    ends_expect_truth(ends_copy(CKO_SECRET_KEY, aes, way), CKA_ENCRYPT,
                      CK_TRUE);
    ends_expect_truth(ends_copy(CKO_SECRET_KEY, secret, way), CKA_SIGN,
                      CK_TRUE);
    (void)ends_copy(CKO_CERTIFICATE, certificate, WAY_CREATED);
    ends_expect(transfer_find(ends.from, CKO_SECRET_KEY, aes), TRANSFER_THERE);
}

/* -- Where everything can move
 * -------------------------------------------------
 */

Test(transfer, between_two_of_one_vendor)
{
    ends_connect_two();
    (void)transfer_add_data(ends.from, "data");
    (void)transfer_add_rsa(ends.from, "rsa");
    (void)ends_copy(CKO_DATA, "data", WAY_CREATED);
    expect_pair("rsa", WAY_KWP);
    expect_all(WAY_KWP, true);
}

Test(transfer, from_softhsm_to_nss)
{
    ends_connect(transfer_softhsm("soft"), transfer_nss("nss"));
    expect_all(WAY_KWP, true);
}

Test(transfer, from_nss_to_softhsm)
{
    ends_connect(transfer_nss("nss"), transfer_softhsm("soft"));
    expect_all(WAY_KWP, true);
}

static void
need_opencryptoki(void)
{
    if (getenv("OPENCRYPTOKI_MODULE") == NULL)
        cr_skip_test("it is tests/check-transfer.sh that has openCryptoki");
}

Test(opencryptoki, takes_what_nss_has, .init = need_opencryptoki)
{
    names = "of-nss-";
    ends_connect(transfer_nss("nss"), transfer_opencryptoki());
    (void)transfer_add_rsa(ends.from, named("rsa"));
    expect_pair(named("rsa"), WAY_CBC_PAD);
    expect_all(WAY_CBC_PAD, false);
}

Test(opencryptoki, takes_secret_keys_alone_of_softhsm,
     .init = need_opencryptoki)
{
    names = "of-softhsm-";
    ends_connect(transfer_softhsm("soft"), transfer_opencryptoki());
    expect_all(WAY_OAEP, false);
    (void)transfer_add_rsa(ends.from, named("rsa"));
    ends_expect(transfer_find(ends.from, CKO_PRIVATE_KEY, named("rsa")),
                TRANSFER_NOT_UNWRAPPED);
}

Test(opencryptoki, gives_nss_what_it_has, .init = need_opencryptoki)
{
    ends_connect(transfer_opencryptoki(), transfer_nss("nss"));
    (void)transfer_add_rsa(ends.from, named("rsa"));
    expect_pair(named("rsa"), WAY_CBC_PAD);
    expect_all(WAY_CBC_PAD, false);
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
