/* SPDX-License-Identifier: BSD-3-Clause */
/* What an object is, read from tokens of every manner (SEMANTICS 7.4). */
#include "common/crypto.h"
#include "router/identity.h"
#include "tests/fake-objects.h"
#include "tests/key-fixture.h"

#include <criterion/criterion.h>
#include <openssl/core_names.h>
#include <openssl/ec.h>
#include <openssl/obj_mac.h>
#include <openssl/x509.h>
#include <string.h>

static void
setup(void)
{
    cr_assert(crypto_open(NULL));
}

TestSuite(identity, .init = setup, .fini = crypto_close);

static struct identity *
read_object(const struct fake_object *object, bool may_search)
{
    struct identity *identity = NULL;

    cr_assert_eq(identity_read(&fake_functions, FAKE_SESSION, object->handle,
                               may_search, &identity),
                 CKR_OK);
    cr_assert_not(fake.has_search, "the search was not ended");
    cr_assert_not(fake.asked_secret);
    return identity;
}

/* Fails unless the fingerprint is that of the key as OpenSSL writes it. */
static void
check_fingerprint(const struct fake_object *object, bool may_search,
                  EVP_PKEY *pair)
{
    struct identity *identity = read_object(object, may_search);
    struct octets info = fixture_key_info(pair);
    unsigned char expected[32];

    cr_assert(crypto_sha256(info.bytes, info.length, expected));
    cr_assert(identity->has_fingerprint);
    cr_assert_arr_eq(identity->fingerprint, expected, 32);
    identity_free(identity);
}

static void
check_no_fingerprint(const struct fake_object *object, bool may_search)
{
    struct identity *identity = read_object(object, may_search);

    cr_assert_not(identity->has_fingerprint);
    identity_free(identity);
}

/* An EC key object of P-256; private ones show no point. */
static struct fake_object *
add_ec(CK_OBJECT_CLASS object_class, const char *id, const char *label,
       EVP_PKEY *pair)
{
    struct fake_object *object = fake_add(object_class, id, label);

    fake_set_number(object, CKA_KEY_TYPE, CKK_EC);
    fake_set(object, CKA_EC_PARAMS,
             fixture_curve(NID_X9_62_prime256v1, OPENSSL_EC_NAMED_CURVE));
    if (object_class == CKO_PUBLIC_KEY)
        fake_set(object, CKA_EC_POINT,
                 fixture_octets_wrap(DER_OCTET_STRING,
                                     fixture_key_point(pair, "uncompressed")));
    else
        fake_set(object, CKA_VALUE, fixture_octets("secret"));
    return object;
}

static struct fake_object *
add_certificate(const char *id, const char *label, EVP_PKEY *pair)
{
    struct fake_object *object = fake_add(CKO_CERTIFICATE, id, label);

    fake_set(object, CKA_VALUE,
             fixture_certificate(pair, pair, "p11mux", X509_VERSION_3));
    return object;
}

Test(identity, holds_what_describes_an_object)
{
    struct fake_object *object = fake_add(CKO_SECRET_KEY, "id", "label");
    struct identity *identity;
    struct identity *copy;

    fake_set_number(object, CKA_KEY_TYPE, CKK_AES);
    fake_set_flag(object, CKA_PRIVATE, true);
    fake_set(object, CKA_UNIQUE_ID, fixture_octets("unique"));
    fake_set(object, CKA_CHECK_VALUE, fixture_octets("abc"));
    fake_set(object, CKA_VALUE, fixture_octets("secret"));
    identity = read_object(object, true);
    copy = identity_copy(identity);
    cr_assert(identity_is_same_object(identity, copy));
    identity_free(identity);
    cr_assert_eq(copy->object_class, CKO_SECRET_KEY);
    cr_assert_eq(copy->key_type, CKK_AES);
    cr_assert(copy->is_private && copy->is_token);
    cr_assert_not(copy->has_fingerprint || copy->has_content);
    cr_assert_eq(copy->id_length, 2);
    cr_assert_arr_eq(copy->id, "id", 2);
    cr_assert_eq(copy->label_length, 5);
    cr_assert_arr_eq(copy->label, "label", 5);
    cr_assert_eq(copy->unique_id_length, 6);
    cr_assert_arr_eq(copy->unique_id, "unique", 6);
    cr_assert(copy->has_check_value);
    cr_assert_arr_eq(copy->check_value, "abc", 3);
    cr_assert_eq(fake.n_gets, 1, "one call describes it");
    identity_free(copy);
}

Test(identity, is_read_in_every_manner_a_token_answers_in)
{
    static const enum fake_manner manners[] = { FAKE_PROPER, FAKE_STOPS,
                                                FAKE_REFUSES, FAKE_NEEDS,
                                                FAKE_EXACT };
    EVP_PKEY *pair = fixture_key_ec("prime256v1");
    char text[1000];
    struct fake_object *object;

    memset(text, 'l', sizeof(text));
    text[999] = '\0';
    object = add_ec(CKO_PUBLIC_KEY, "id", text, pair);
    for (size_t i = 0; i < 5; i++) {
        struct identity *identity;

        fake.manner = manners[i];
        identity = read_object(object, false);
        cr_assert_eq(identity->object_class, CKO_PUBLIC_KEY, "%zu", i);
        cr_assert_eq(identity->key_type, CKK_EC, "%zu", i);
        cr_assert(identity->is_token, "%zu", i);
        cr_assert_eq(identity->label_length, 999, "%zu", i);
        cr_assert_arr_eq(identity->label, text, 999);
        cr_assert_arr_eq(identity->id, "id", 2);
        cr_assert_eq(identity->unique_id_length, 0);
        identity_free(identity);
        check_fingerprint(object, false, pair);
    }
}

Test(identity, is_not_read_from_what_is_not_there)
{
    struct identity *identity = NULL;
    struct fake_object *object = fake_add(CKO_DATA, "", "");

    cr_assert_eq(identity_read(&fake_functions, FAKE_SESSION, 5, true,
                               &identity),
                 CKR_OBJECT_HANDLE_INVALID);
    fake.get_rv = CKR_DEVICE_REMOVED;
    cr_assert_eq(identity_read(&fake_functions, FAKE_SESSION, object->handle,
                               true, &identity),
                 CKR_DEVICE_REMOVED);
    cr_assert_leq(fake.n_gets, 4, "a lost token is not asked on and on");
    fake.get_rv = CKR_OK;
    fake_remove(object, CKA_CLASS);
    cr_assert_null(identity);
}

Test(identity, of_an_rsa_key_is_its_modulus_and_exponent)
{
    EVP_PKEY *pair = fixture_key_rsa();
    static const CK_OBJECT_CLASS classes[] = { CKO_PUBLIC_KEY,
                                               CKO_PRIVATE_KEY };

    for (size_t i = 0; i < 2; i++) {
        struct fake_object *object = fake_add(classes[i], "1", "rsa");

        fake_set_number(object, CKA_KEY_TYPE, CKK_RSA);
        fake_set(object, CKA_MODULUS,
                 fixture_octets_join(
                     "\0", 1, fixture_key_number(pair, OSSL_PKEY_PARAM_RSA_N)));
        fake_set(object, CKA_PUBLIC_EXPONENT,
                 fixture_key_number(pair, OSSL_PKEY_PARAM_RSA_E));
        fake_set(object, CKA_PRIVATE_EXPONENT, fixture_octets("secret"));
        check_fingerprint(object, false, pair);
    }
    cr_assert_eq(fake.n_searches, 0);
}

Test(identity, of_a_key_may_come_from_its_public_key_info)
{
    EVP_PKEY *pair = fixture_key_ec("prime256v1");
    EVP_PKEY *domain = fixture_key_domain("DSA");
    struct fake_object *object = add_ec(CKO_PRIVATE_KEY, "1", "ec", pair);

    fake_set(object, CKA_PUBLIC_KEY_INFO, (struct octets){ 0 });
    check_no_fingerprint(object, false);
    fake_set(object, CKA_PUBLIC_KEY_INFO, fixture_key_info_odd(pair));
    check_fingerprint(object, false, pair);
    object = fake_add(CKO_PRIVATE_KEY, "1", "dsa");
    fake_set_number(object, CKA_KEY_TYPE, CKK_DSA);
    fake_set(object, CKA_VALUE, fixture_octets("secret"));
    fake_set(object, CKA_PUBLIC_KEY_INFO, fixture_key_info(domain));
    check_fingerprint(object, false, domain);
}

Test(identity, believes_the_numbers_before_the_public_key_info)
{
    EVP_PKEY *pair = fixture_key_ec("prime256v1");
    struct fake_object *object = add_ec(CKO_PUBLIC_KEY, "1", "ec", pair);

    fake_set(object, CKA_PUBLIC_KEY_INFO,
             fixture_key_info(fixture_key_ec("prime256v1")));
    check_fingerprint(object, false, pair);
}

Test(identity, of_dsa_dh_and_edwards_public_keys_is_their_value)
{
    static const struct {
        const char *name;
        CK_KEY_TYPE type;
    } rows[] = { { "DSA", CKK_DSA },
                 { "DH", CKK_DH },
                 { "DHX", CKK_X9_42_DH } };
    EVP_PKEY *edwards = fixture_key_raw("ED25519");
    struct fake_object *object;

    for (size_t i = 0; i < 3; i++) {
        EVP_PKEY *pair = fixture_key_domain(rows[i].name);

        object = fake_add(CKO_PUBLIC_KEY, "1", rows[i].name);
        fake_set_number(object, CKA_KEY_TYPE, rows[i].type);
        fake_set(object, CKA_PRIME,
                 fixture_key_number(pair, OSSL_PKEY_PARAM_FFC_P));
        fake_set(object, CKA_BASE,
                 fixture_key_number(pair, OSSL_PKEY_PARAM_FFC_G));
        fake_set(object, CKA_VALUE,
                 fixture_key_number(pair, OSSL_PKEY_PARAM_PUB_KEY));
        if (rows[i].type != CKK_DH)
            fake_set(object, CKA_SUBPRIME,
                     fixture_key_number(pair, OSSL_PKEY_PARAM_FFC_Q));
        check_fingerprint(object, false, pair);
    }
    object = fake_add(CKO_PUBLIC_KEY, "1", "ed");
    fake_set_number(object, CKA_KEY_TYPE, CKK_EC_EDWARDS);
    fake_set(object, CKA_EC_PARAMS,
             fixture_octets_wrap(DER_PRINTABLE_STRING,
                                 fixture_octets("edwards25519")));
    fake_set(object, CKA_EC_POINT, fixture_key_point(edwards, NULL));
    check_fingerprint(object, false, edwards);
}

Test(identity, of_a_certificate_is_its_key_and_its_bytes)
{
    EVP_PKEY *pair = fixture_key_rsa();
    struct fake_object *a = add_certificate("1", "a", pair);
    struct fake_object *b = add_certificate("1", "b", pair);
    struct fake_object *c = fake_add(CKO_CERTIFICATE, "1", "c");
    struct identity *read_a = read_object(a, false);
    struct identity *read_b;

    fake_set(b, CKA_VALUE,
             fixture_certificate(pair, pair, "other", X509_VERSION_3));
    read_b = read_object(b, false);
    check_fingerprint(a, false, pair);
    cr_assert_eq(read_a->key_type, CK_UNAVAILABLE_INFORMATION);
    cr_assert(read_a->has_content && read_b->has_content);
    cr_assert_arr_eq(read_a->fingerprint, read_b->fingerprint, 32);
    cr_assert_arr_neq(read_a->content, read_b->content, 32);
    cr_assert_not(identity_is_same_key(read_a, read_b));
    identity_free(read_b);
    read_b = read_object(c, false); /* kept at a CKA_URL */
    cr_assert_not(read_b->has_content || read_b->has_fingerprint);
    identity_free(read_a);
    identity_free(read_b);
}

Test(identity, of_a_data_object_is_its_application_id_and_value)
{
    struct fake_object *object = fake_add(CKO_DATA, "", "data");
    struct identity *first;
    struct identity *second;

    fake_set(object, CKA_VALUE, fixture_octets("value"));
    first = read_object(object, false);
    cr_assert(first->has_content);
    fake_set(object, CKA_APPLICATION, fixture_octets("v"));
    fake_set(object, CKA_VALUE, fixture_octets("alue"));
    second = read_object(object, false);
    cr_assert_not(identity_is_same_object(first, second));
    cr_assert_not(identity_is_same_key(first, second));
    identity_free(first);
    first = read_object(object, false);
    cr_assert(identity_is_same_key(first, second));
    identity_free(first);
    identity_free(second);
}

Test(identity, of_a_private_key_without_point_is_that_of_its_public_key)
{
    EVP_PKEY *pair = fixture_key_ec("prime256v1");
    struct fake_object *object = add_ec(CKO_PRIVATE_KEY, "1", "", pair);
    struct fake_object *twin = add_ec(CKO_PUBLIC_KEY, "1", "", pair);

    check_no_fingerprint(object, false);
    cr_assert_eq(fake.n_searches, 0);
    check_fingerprint(object, true, pair);
    fake_set(twin, CKA_ID, fixture_octets("2"));
    check_no_fingerprint(object, true);
    fake_set(object, CKA_ID, (struct octets){ 0 });
    fake_set(twin, CKA_ID, (struct octets){ 0 });
    check_no_fingerprint(object, true);
}

Test(identity, of_a_private_key_without_point_is_that_of_its_certificate)
{
    EVP_PKEY *pair = fixture_key_ec("prime256v1");
    struct fake_object *object = add_ec(CKO_PRIVATE_KEY, "1", "", pair);

    add_certificate("1", "a", pair);
    add_certificate("1", "renewed", pair);
    check_fingerprint(object, true, pair);
    add_certificate("1", "b", fixture_key_ec("prime256v1"));
    check_no_fingerprint(object, true);
}

Test(identity, is_not_guessed_where_two_keys_share_an_id) /* R7.8 */
{
    EVP_PKEY *one = fixture_key_ec("prime256v1");
    EVP_PKEY *other = fixture_key_ec("prime256v1");
    struct fake_object *mine = add_ec(CKO_PRIVATE_KEY, "1", "one", one);
    struct fake_object *its;

    add_ec(CKO_PUBLIC_KEY, "1", "one", one);
    add_ec(CKO_PUBLIC_KEY, "1", "other", other);
    check_fingerprint(mine, true, one);
    its = add_ec(CKO_PRIVATE_KEY, "1", "other", other);
    check_fingerprint(mine, true, one);
    check_fingerprint(its, true, other);
    fake_set(its, CKA_LABEL, fixture_octets("third"));
    check_no_fingerprint(its, true);
    fake_set(its, CKA_LABEL, fixture_octets("one"));
    check_no_fingerprint(its, true);
    check_no_fingerprint(mine, true);
    fake_set(mine, CKA_LABEL, (struct octets){ 0 });
    check_no_fingerprint(mine, true);
}

Test(identity, does_not_take_a_twin_on_another_curve_or_of_another_type)
{
    EVP_PKEY *pair = fixture_key_ec("secp384r1");
    EVP_PKEY *rsa = fixture_key_rsa();
    struct fake_object *object = add_ec(CKO_PRIVATE_KEY, "1", "", pair);
    struct fake_object *twin = add_ec(CKO_PUBLIC_KEY, "1", "", pair);

    fake_set(twin, CKA_EC_PARAMS,
             fixture_curve(NID_secp384r1, OPENSSL_EC_NAMED_CURVE));
    check_no_fingerprint(object, true);
    fake_set(object, CKA_EC_PARAMS,
             fixture_curve(NID_secp384r1, OPENSSL_EC_EXPLICIT_CURVE));
    check_fingerprint(object, true, pair);
    fake_set(twin, CKA_ID, fixture_octets("2"));
    add_certificate("1", "", rsa);
    check_no_fingerprint(object, true);
}

Test(identity, of_an_rsa_key_without_exponent_needs_a_twin_of_its_modulus)
{
    EVP_PKEY *pair = fixture_key_rsa();
    struct fake_object *object = fake_add(CKO_PRIVATE_KEY, "1", "");
    struct fake_object *rival = fake_add(CKO_PRIVATE_KEY, "1", "");

    fake_set_number(rival, CKA_KEY_TYPE, CKK_RSA);
    fake_set_number(object, CKA_KEY_TYPE, CKK_RSA);
    fake_set(object, CKA_MODULUS,
             fixture_key_number(pair, OSSL_PKEY_PARAM_RSA_N));
    add_certificate("1", "other", fixture_key_rsa());
    check_no_fingerprint(object, true);
    add_certificate("1", "mine", pair);
    check_fingerprint(object, true, pair);
}

Test(identity, is_read_where_searches_are_refused)
{
    EVP_PKEY *pair = fixture_key_ec("prime256v1");
    struct fake_object *object = add_ec(CKO_PRIVATE_KEY, "1", "", pair);

    add_ec(CKO_PUBLIC_KEY, "1", "", pair);
    fake.find_rv = CKR_OPERATION_ACTIVE;
    check_no_fingerprint(object, true);
}
