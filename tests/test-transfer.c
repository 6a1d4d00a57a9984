/* SPDX-License-Identifier: BSD-3-Clause */
/* Objects copied between real tokens (FACTS of what can move where; 7.4). Those
 * of openCryptoki are run by tests/check-transfer.sh. */
#include "tests/fixture.h"
#include "tests/transfer-token.h"

#include <criterion/criterion.h>
#include <stdlib.h>
#include <string.h>

static struct identity_place from, to;
static struct transfer *transfer;
static const char *names = ""; /* what they begin with: openCryptoki's token
                                  stays from case to case */

static const char *
named(const char *name)
{
    return fixture_text("%s%s", names, name);
}

static void
connect_tokens(struct identity_place one, struct identity_place other)
{
    from = one;
    to = other;
    transfer = transfer_new(from, to, false);
    cr_assert_not_null(transfer);
}

static void
finish(void)
{
    transfer_free(transfer);
}

TestSuite(transfer, .fini = finish);
TestSuite(opencryptoki, .fini = finish);

static struct transfer_outcome
try_object(CK_OBJECT_HANDLE object)
{
    struct transfer_outcome outcome;
    struct identity *identity;

    cr_assert_neq(object, CK_INVALID_HANDLE);
    cr_assert_eq(identity_read(from.functions, from.session, object, true,
                               &identity),
                 CKR_OK);
    (void)transfer_try(transfer, object, identity, &outcome);
    identity_free(identity);
    return outcome;
}

static void
expect_verdict(CK_OBJECT_HANDLE object, enum transfer_verdict verdict)
{
    struct transfer_outcome outcome = try_object(object);

    cr_assert_eq(outcome.verdict, verdict, "%s, not %s (%s: 0x%lx)",
                 transfer_verdicts[outcome.verdict].name,
                 transfer_verdicts[verdict].name,
                 outcome.function == NULL ? "-" : outcome.function, outcome.rv);
}

/* It is copied, in this way, and trying it leaves nothing behind. */
static CK_OBJECT_HANDLE
copy_object(CK_OBJECT_CLASS object_class, const char *name,
            enum transfer_way way)
{
    CK_OBJECT_HANDLE object = transfer_find(from, object_class, name);
    struct transfer_outcome outcome;
    struct identity *identity;
    CK_OBJECT_HANDLE copy;
    size_t before;

    cr_assert_eq(identity_read(from.functions, from.session, object, true,
                               &identity),
                 CKR_OK);
    before = transfer_count(to, true);
    cr_assert(transfer_try(transfer, object, identity, &outcome), "%s: %s",
              name, transfer_verdicts[outcome.verdict].words);
    cr_assert_eq(transfer_count(to, true), before);
    cr_assert(transfer_make(transfer, &copy, &outcome), "%s: %s", name,
              transfer_verdicts[outcome.verdict].words);
    cr_assert_eq(transfer_count(to, true), before + 1);
    cr_expect_eq(outcome.way, way, "%s: %s", name,
                 transfer_ways[outcome.way].name);
    cr_expect_eq(transfer_find(to, object_class, name), copy);
    identity_free(identity);
    return copy;
}

static void
expect_truth(CK_OBJECT_HANDLE object, CK_ATTRIBUTE_TYPE type, CK_BBOOL wanted)
{
    CK_BBOOL truth = 2;
    CK_ATTRIBUTE attribute = { type, &truth, sizeof(truth) };

    cr_assert_eq(to.functions->C_GetAttributeValue(to.session, object,
                                                   &attribute, 1),
                 CKR_OK);
    cr_expect_eq(truth, wanted, "attribute 0x%lx", type);
}

/* The copy signs and its public key verifies, by OpenSSL. */
static void
expect_pair(const char *name, enum transfer_way way)
{
    struct fixture_pair pair;

    pair.public_key = copy_object(CKO_PUBLIC_KEY, name, WAY_CREATED);
    pair.private_key = copy_object(CKO_PRIVATE_KEY, name, way);
    expect_truth(pair.private_key, CKA_SENSITIVE, CK_TRUE);
    expect_truth(pair.private_key, CKA_PRIVATE, CK_TRUE);
    cr_expect(
        fixture_sign_check((const CK_FUNCTION_LIST *)(const void *)to.functions,
                           to.session, pair));
    expect_verdict(transfer_find(from, CKO_PRIVATE_KEY, name), TRANSFER_THERE);
}

static void
expect_all(enum transfer_way way, bool has_ec)
{
    const char *aes = named("aes"), *secret = named("secret"),
               *certificate = named("certificate"), *ec = named("ec");

    (void)transfer_add_secret(from, CKK_AES, aes);
    (void)transfer_add_secret(from, CKK_GENERIC_SECRET, secret);
    (void)transfer_add_certificate(from, certificate);
    if (has_ec) {
        (void)transfer_add_ec(from, ec, CK_TRUE);
        expect_pair(ec, way);
    }
    expect_truth(copy_object(CKO_SECRET_KEY, aes, way), CKA_ENCRYPT, CK_TRUE);
    expect_truth(copy_object(CKO_SECRET_KEY, secret, way), CKA_SIGN, CK_TRUE);
    (void)copy_object(CKO_CERTIFICATE, certificate, WAY_CREATED);
    expect_verdict(transfer_find(from, CKO_SECRET_KEY, aes), TRANSFER_THERE);
}

/* -- Where everything can move
 * -------------------------------------------------
 */

Test(transfer, between_two_of_one_vendor)
{
    connect_tokens(transfer_softhsm("a"), transfer_softhsm("b"));
    (void)transfer_add_data(from, "data");
    (void)transfer_add_rsa(from, "rsa");
    (void)copy_object(CKO_DATA, "data", WAY_CREATED);
    expect_pair("rsa", WAY_KWP);
    expect_all(WAY_KWP, true);
}

Test(transfer, from_softhsm_to_nss)
{
    connect_tokens(transfer_softhsm("soft"), transfer_nss("nss"));
    expect_all(WAY_KWP, true);
}

Test(transfer, from_nss_to_softhsm)
{
    connect_tokens(transfer_nss("nss"), transfer_softhsm("soft"));
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
    connect_tokens(transfer_nss("nss"), transfer_opencryptoki());
    (void)transfer_add_rsa(from, named("rsa"));
    expect_pair(named("rsa"), WAY_CBC_PAD);
    expect_all(WAY_CBC_PAD, false);
}

Test(opencryptoki, takes_secret_keys_alone_of_softhsm,
     .init = need_opencryptoki)
{
    names = "of-softhsm-";
    connect_tokens(transfer_softhsm("soft"), transfer_opencryptoki());
    expect_all(WAY_OAEP, false);
    (void)transfer_add_rsa(from, named("rsa"));
    expect_verdict(transfer_find(from, CKO_PRIVATE_KEY, named("rsa")),
                   TRANSFER_NOT_UNWRAPPED);
}

Test(opencryptoki, gives_nss_what_it_has, .init = need_opencryptoki)
{
    connect_tokens(transfer_opencryptoki(), transfer_nss("nss"));
    (void)transfer_add_rsa(from, named("rsa"));
    expect_pair(named("rsa"), WAY_CBC_PAD);
    expect_all(WAY_CBC_PAD, false);
}

/* -- Where it cannot, or must not ---------------------------------------------
 */

static void
start_two(void)
{
    connect_tokens(transfer_softhsm("a"), transfer_softhsm("b"));
}

Test(transfer, a_key_that_may_not_leave_stays, .init = start_two)
{
    expect_verdict(transfer_add_ec(from, "ec", CK_FALSE),
                   TRANSFER_NOT_EXTRACTABLE);
    cr_expect_eq(transfer_count(to, false), 0);
}

Test(transfer, another_key_with_its_id_is_left_alone, .init = start_two)
{
    CK_OBJECT_HANDLE key = transfer_add_ec(from, "one", CK_TRUE);

    (void)transfer_add_ec(to, "one", CK_TRUE);
    (void)transfer_add_secret(to, CKK_AES, "two");
    expect_verdict(key, TRANSFER_TAKEN);
    expect_verdict(transfer_find(from, CKO_PUBLIC_KEY, "one"), TRANSFER_TAKEN);
    expect_verdict(transfer_add_secret(from, CKK_AES, "two"), TRANSFER_TAKEN);
    cr_expect_eq(transfer_count(to, true), 3);
}

Test(transfer, a_private_key_without_its_public_one_is_unknown,
     .init = start_two)
{
    CK_OBJECT_HANDLE key = transfer_add_ec(from, "ec", CK_TRUE);

    cr_assert_eq(from.functions->C_DestroyObject(from.session,
                                                 transfer_find(from,
                                                               CKO_PUBLIC_KEY,
                                                               "ec")),
                 CKR_OK);
    expect_verdict(key, TRANSFER_UNKNOWN);
}

/* -- What was left half way
 * ----------------------------------------------------
 */

static bool
mend(CK_OBJECT_HANDLE object, CK_OBJECT_HANDLE copy,
     enum transfer_verdict verdict)
{
    struct transfer_outcome outcome;
    struct identity *identity;
    bool is_right;

    cr_assert_eq(identity_read(from.functions, from.session, object, true,
                               &identity),
                 CKR_OK);
    is_right = transfer_mend(transfer, object, identity, copy, &outcome);
    identity_free(identity);
    cr_expect_eq(outcome.verdict, verdict, "%s",
                 transfer_verdicts[outcome.verdict].name);
    return is_right;
}

Test(transfer, a_copy_that_is_right_stays, .init = start_two)
{
    CK_OBJECT_HANDLE key = transfer_add_ec(from, "ec", CK_TRUE);
    CK_OBJECT_HANDLE copy;

    (void)copy_object(CKO_PUBLIC_KEY, "ec", WAY_CREATED);
    copy = copy_object(CKO_PRIVATE_KEY, "ec", WAY_KWP);
    cr_expect(mend(key, copy, TRANSFER_FINE));
    cr_expect_eq(transfer_count(to, true), 2);
}

Test(transfer, a_copy_of_which_nothing_is_known_goes, .init = start_two)
{
    CK_OBJECT_HANDLE key = transfer_add_secret(from, CKK_AES, "aes");
    CK_OBJECT_HANDLE half = transfer_add_half(to, "aes");

    cr_expect_not(mend(key, half, TRANSFER_UNPROVEN));
    cr_expect_eq(transfer_count(to, false), 0);
    (void)copy_object(CKO_SECRET_KEY, "aes", WAY_KWP);
}

Test(transfer, another_key_is_not_taken_for_a_copy, .init = start_two)
{
    CK_OBJECT_HANDLE key = transfer_add_secret(from, CKK_AES, "aes");
    CK_OBJECT_HANDLE other = transfer_add_secret(to, CKK_AES, "aes");

    cr_expect_not(mend(key, other, TRANSFER_TAKEN));
    cr_expect_eq(transfer_count(to, false), 1);
}

Test(transfer, a_copy_with_another_label_goes, .init = start_two)
{
    CK_OBJECT_HANDLE key = transfer_add_ec(from, "ec", CK_TRUE);
    CK_OBJECT_HANDLE copy;
    CK_ATTRIBUTE label = { CKA_LABEL, (void *)(uintptr_t) "other", 5 };

    (void)copy_object(CKO_PUBLIC_KEY, "ec", WAY_CREATED);
    copy = copy_object(CKO_PRIVATE_KEY, "ec", WAY_KWP);
    cr_assert_eq(to.functions->C_SetAttributeValue(to.session, copy, &label, 1),
                 CKR_OK);
    cr_expect_not(mend(key, copy, TRANSFER_CHANGED));
    cr_expect_eq(transfer_find(to, CKO_PRIVATE_KEY, "other"),
                 CK_INVALID_HANDLE);
}
