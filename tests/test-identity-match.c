/* SPDX-License-Identifier: BSD-3-Clause */
/* The same object, the same key, and finding it again (R2.13, R7.8). */
#include "common/crypto.h"
#include "router/identity.h"
#include "tests/fake-objects.h"
#include "tests/key-fixture.h"

#include <criterion/criterion.h>
#include <openssl/ec.h>
#include <openssl/obj_mac.h>
#include <openssl/x509.h>
#include <string.h>

static void
setup(void)
{
    cr_assert(crypto_open(NULL));
}

TestSuite(identity_match, .init = setup, .fini = crypto_close);

/* An identity to be changed, in memory of the test. */
static struct identity
fixture_identity(CK_OBJECT_CLASS object_class, CK_KEY_TYPE type, const char *id,
                 const char *label)
{
    return (struct identity){
        .object_class = object_class,
        .key_type = type,
        .is_token = true,
        .id = fixture_bytes_of(fixture_octets(id)),
        .id_length = strlen(id),
        .label = fixture_bytes_of(fixture_octets(label)),
        .label_length = strlen(label),
    };
}

static void
set_fingerprint(struct identity *identity, unsigned char value)
{
    identity->has_fingerprint = true;
    memset(identity->fingerprint, value, IDENTITY_HASH_LENGTH);
}

static void
set_check_value(struct identity *identity, unsigned char value)
{
    identity->has_check_value = true;
    memset(identity->check_value, value, IDENTITY_CHECK_VALUE_LENGTH);
}

static void
set_unique_id(struct identity *identity, const char *text)
{
    identity->unique_id = fixture_bytes_of(fixture_octets(text));
    identity->unique_id_length = strlen(text);
}

Test(identity_match, object_is_known_by_class_type_id_and_label)
{
    struct identity a = fixture_identity(CKO_PRIVATE_KEY, CKK_EC, "1", "l");
    struct identity b = a;

    cr_assert(identity_is_same_object(&a, &b));
    b.object_class = CKO_PUBLIC_KEY;
    cr_assert_not(identity_is_same_object(&a, &b));
    b = a;
    b.key_type = CKK_RSA;
    cr_assert_not(identity_is_same_object(&a, &b));
    b = a;
    b.is_token = false;
    cr_assert_not(identity_is_same_object(&a, &b));
    b = fixture_identity(CKO_PRIVATE_KEY, CKK_EC, "2", "l");
    cr_assert_not(identity_is_same_object(&a, &b));
    b = fixture_identity(CKO_PRIVATE_KEY, CKK_EC, "1", "m");
    cr_assert_not(identity_is_same_object(&a, &b));
    b = fixture_identity(CKO_PRIVATE_KEY, CKK_EC, "1", "");
    cr_assert_not(identity_is_same_object(&a, &b));
}

Test(identity_match, object_is_another_where_a_value_contradicts)
{
    struct identity a = fixture_identity(CKO_PRIVATE_KEY, CKK_EC, "1", "l");
    struct identity b = a;

    set_fingerprint(&a, 1);
    cr_assert(identity_is_same_object(&a, &b), "one may lack it");
    set_fingerprint(&b, 1);
    cr_assert(identity_is_same_object(&a, &b));
    set_fingerprint(&b, 2);
    cr_assert_not(identity_is_same_object(&a, &b));
    set_unique_id(&a, "u");
    set_unique_id(&b, "u");
    cr_assert_not(identity_is_same_object(&a, &b));
    b = a;
    set_check_value(&a, 1);
    set_check_value(&b, 2);
    cr_assert_not(identity_is_same_object(&a, &b));
    a = b = fixture_identity(CKO_DATA, CK_UNAVAILABLE_INFORMATION, "", "d");
    a.has_content = b.has_content = true;
    b.content[31] = 1;
    cr_assert_not(identity_is_same_object(&a, &b));
}

Test(identity_match, object_keeps_its_unique_id_under_another_label)
{
    struct identity a = fixture_identity(CKO_PRIVATE_KEY, CKK_EC, "1", "l");
    struct identity b = fixture_identity(CKO_PRIVATE_KEY, CKK_EC, "2", "m");

    set_unique_id(&a, "u");
    cr_assert_not(identity_is_same_object(&a, &b));
    set_unique_id(&b, "u");
    cr_assert(identity_is_same_object(&a, &b));
    b = a;
    set_unique_id(&b, "v");
    cr_assert_not(identity_is_same_object(&a, &b));
}

Test(identity_match, nothing_is_the_same_that_nothing_tells_apart)
{
    struct identity a = fixture_identity(CKO_SECRET_KEY, CKK_AES, "", "");
    struct identity b = a;

    cr_assert_not(identity_is_same_object(&a, &b));
    set_check_value(&a, 1);
    cr_assert_not(identity_is_same_object(&a, &b));
    set_check_value(&b, 1);
    cr_assert(identity_is_same_object(&a, &b));
    cr_assert_not(identity_is_same_key(&a, &b), "24 bits are not enough");
}

Test(identity_match, pairs_are_the_same_key_by_public_key_only)
{
    struct identity a = fixture_identity(CKO_PRIVATE_KEY, CKK_EC, "1", "l");
    struct identity b = a;

    cr_assert_not(identity_is_same_key(&a, &b), "never by CKA_ID alone");
    set_fingerprint(&a, 1);
    cr_assert_not(identity_is_same_key(&a, &b));
    b = fixture_identity(CKO_PRIVATE_KEY, CKK_EC, "other", "other");
    set_fingerprint(&b, 1);
    cr_assert(identity_is_same_key(&a, &b));
    b.object_class = CKO_PUBLIC_KEY;
    cr_assert_not(identity_is_same_key(&a, &b));
    b = a;
    set_fingerprint(&b, 2);
    cr_assert_not(identity_is_same_key(&a, &b));
}

Test(identity_match, secret_keys_need_id_label_type_and_check_value)
{
    struct identity a = fixture_identity(CKO_SECRET_KEY, CKK_AES, "1", "l");
    struct identity b = a;

    set_check_value(&a, 1);
    cr_assert_not(identity_is_same_key(&a, &b));
    set_check_value(&b, 1);
    cr_assert(identity_is_same_key(&a, &b));
    b.key_type = CKK_GENERIC_SECRET;
    cr_assert_not(identity_is_same_key(&a, &b));
    b = fixture_identity(CKO_SECRET_KEY, CKK_AES, "1", "m");
    set_check_value(&b, 1);
    cr_assert_not(identity_is_same_key(&a, &b));
    b = fixture_identity(CKO_SECRET_KEY, CKK_AES, "2", "l");
    set_check_value(&b, 1);
    cr_assert_not(identity_is_same_key(&a, &b));
    b = a;
    set_check_value(&b, 2);
    cr_assert_not(identity_is_same_key(&a, &b));
}

Test(identity_match, certificates_need_their_bytes_and_id) /* R7.15 */
{
    struct identity a =
        fixture_identity(CKO_CERTIFICATE, CK_UNAVAILABLE_INFORMATION, "1", "l");
    struct identity b =
        fixture_identity(CKO_CERTIFICATE, CK_UNAVAILABLE_INFORMATION, "1", "m");

    cr_assert_not(identity_is_same_key(&a, &b));
    a.has_content = b.has_content = true;
    cr_assert(identity_is_same_key(&a, &b));
    b = fixture_identity(CKO_CERTIFICATE, CK_UNAVAILABLE_INFORMATION, "2", "l");
    b.has_content = true;
    cr_assert_not(identity_is_same_key(&a, &b));
    a = b =
        fixture_identity(CKO_HW_FEATURE, CK_UNAVAILABLE_INFORMATION, "", "");
    cr_assert_not(identity_is_same_key(&a, &b));
}

static CK_RV
find(const struct identity *wanted, bool same_member, CK_OBJECT_HANDLE *out)
{
    CK_RV rv;

    *out = 0;
    rv = identity_find(&fake_functions, FAKE_SESSION, wanted, same_member, out);
    cr_assert_not(fake.has_search);
    cr_assert_not(fake.asked_secret);
    cr_assert_eq(*out != 0, rv == CKR_OK);
    return rv;
}

static struct fake_object *
add_secret(const char *id, const char *label, const char *check_value)
{
    struct fake_object *object = fake_add(CKO_SECRET_KEY, id, label);

    fake_set_number(object, CKA_KEY_TYPE, CKK_AES);
    if (check_value != NULL)
        fake_set(object, CKA_CHECK_VALUE, fixture_octets(check_value));
    return object;
}

static struct fake_object *
add_public(const char *id, const char *label, EVP_PKEY *pair)
{
    struct fake_object *object = fake_add(CKO_PUBLIC_KEY, id, label);

    fake_set_number(object, CKA_KEY_TYPE, CKK_EC);
    fake_set(object, CKA_EC_PARAMS,
             fixture_curve(NID_X9_62_prime256v1, OPENSSL_EC_NAMED_CURVE));
    fake_set(object, CKA_EC_POINT, fixture_key_point(pair, "uncompressed"));
    return object;
}

static struct identity *
identity_of(const struct fake_object *object)
{
    struct identity *identity;

    cr_assert_eq(identity_read(&fake_functions, FAKE_SESSION, object->handle,
                               true, &identity),
                 CKR_OK);
    return identity;
}

Test(identity_match, finds_an_object_again_only_if_there_is_one) /* R2.13 */
{
    struct fake_object *object;
    struct identity *wanted;
    CK_OBJECT_HANDLE handle;

    add_secret("1", "other", "abc");
    add_secret("2", "label", "abc");
    object = add_secret("1", "label", "abc");
    wanted = identity_of(object);
    object->handle = 4711; /* the token gave it another handle */
    cr_assert_eq(find(wanted, true, &handle), CKR_OK);
    cr_assert_eq(handle, 4711);
    add_secret("1", "label", "xyz"); /* contradicts */
    cr_assert_eq(find(wanted, true, &handle), CKR_OK);
    cr_assert_eq(handle, 4711);
    add_secret("1", "label", NULL); /* may be it */
    cr_assert_eq(find(wanted, true, &handle), CKR_OBJECT_HANDLE_INVALID);
    fake.n_objects = 2;
    cr_assert_eq(find(wanted, true, &handle), CKR_OBJECT_HANDLE_INVALID);
    identity_free(wanted);
}

Test(identity_match, finds_an_object_again_by_its_unique_id)
{
    struct fake_object *object = add_secret("1", "label", NULL);
    struct identity *wanted;
    CK_OBJECT_HANDLE handle;

    fake_set(object, CKA_UNIQUE_ID, fixture_octets("u"));
    wanted = identity_of(object);
    fake_set(object, CKA_LABEL, fixture_octets("renamed"));
    object = add_secret("1", "label", NULL);
    fake_set(object, CKA_UNIQUE_ID, fixture_octets("v"));
    cr_assert_eq(find(wanted, true, &handle), CKR_OK);
    cr_assert_eq(handle, fake.objects[0].handle);
    fake_set(&fake.objects[0], CKA_UNIQUE_ID, fixture_octets("w"));
    cr_assert_eq(find(wanted, true, &handle), CKR_OBJECT_HANDLE_INVALID);
    identity_free(wanted);
}

Test(identity_match, finds_a_key_on_another_member_by_its_public_key)
{
    EVP_PKEY *pair = fixture_key_ec("prime256v1");
    struct fake_object *mine = add_public("1", "mine", pair);
    struct identity *wanted = identity_of(mine);
    CK_OBJECT_HANDLE handle;

    fake.n_objects = 0;
    add_public("1", "mine", fixture_key_ec("prime256v1"));
    cr_assert_eq(find(wanted, false, &handle), CKR_OBJECT_HANDLE_INVALID,
                 "the same id and label, another key");
    mine = add_public("other", "other", pair);
    cr_assert_eq(find(wanted, false, &handle), CKR_OK);
    cr_assert_eq(handle, mine->handle);
    add_public("third", "third", pair);
    cr_assert_eq(find(wanted, false, &handle), CKR_OBJECT_HANDLE_INVALID);
    mine = add_public("1", "yet another", pair);
    cr_assert_eq(find(wanted, false, &handle), CKR_OK, "its id decides");
    cr_assert_eq(handle, mine->handle);
    wanted->has_fingerprint = false;
    cr_assert_eq(find(wanted, false, &handle), CKR_OBJECT_HANDLE_INVALID);
    identity_free(wanted);
}

Test(identity_match, finds_secret_keys_and_data_on_another_member)
{
    struct fake_object *key = add_secret("1", "label", "abc");
    struct fake_object *data = fake_add(CKO_DATA, "", "data");
    struct fake_object *certificate = fake_add(CKO_CERTIFICATE, "1", "c");
    EVP_PKEY *pair = fixture_key_ec("prime256v1");
    struct identity *wanted_key, *wanted_data, *wanted_certificate;
    CK_OBJECT_HANDLE handle;

    fake_set(data, CKA_VALUE, fixture_octets("value"));
    fake_set(certificate, CKA_VALUE,
             fixture_certificate(pair, pair, "p11mux", X509_VERSION_3));
    wanted_key = identity_of(key);
    wanted_data = identity_of(data);
    wanted_certificate = identity_of(certificate);
    add_secret("1", "label", "xyz");
    fake_add(CKO_DATA, "", "data");
    fake_add(CKO_CERTIFICATE, "1", "c");
    cr_assert_eq(find(wanted_key, false, &handle), CKR_OK);
    cr_assert_eq(handle, key->handle);
    cr_assert_eq(find(wanted_data, false, &handle), CKR_OK);
    cr_assert_eq(handle, data->handle);
    cr_assert_eq(find(wanted_certificate, false, &handle), CKR_OK);
    cr_assert_eq(handle, certificate->handle);
    fake_set(key, CKA_CHECK_VALUE, fixture_octets("uvw"));
    cr_assert_eq(find(wanted_key, false, &handle), CKR_OBJECT_HANDLE_INVALID);
    identity_free(wanted_key);
    identity_free(wanted_data);
    identity_free(wanted_certificate);
}

Test(identity_match, tells_why_a_search_failed)
{
    struct identity wanted =
        fixture_identity(CKO_SECRET_KEY, CKK_AES, "1", "label");
    CK_OBJECT_HANDLE handle;

    add_secret("1", "label", "abc");
    fake.find_rv = CKR_DEVICE_REMOVED;
    cr_assert_eq(find(&wanted, true, &handle), CKR_DEVICE_REMOVED);
    fake.find_rv = CKR_OK;
    fake.get_rv = CKR_DEVICE_ERROR;
    cr_assert_eq(find(&wanted, true, &handle), CKR_DEVICE_ERROR);
}

static CK_RV
find_surely(const struct identity *wanted)
{
    CK_OBJECT_HANDLE handle;

    return identity_find_surely(&fake_functions, FAKE_SESSION, wanted, &handle);
}

Test(identity_match, says_that_there_is_none_only_where_that_is_sure)
{
    struct fake_object *key = add_secret("1", "label", "abc");
    struct identity *wanted = identity_of(key);

    cr_expect_eq(find_surely(wanted), CKR_OK);
    add_secret("1", "label", "abc");
    cr_expect_eq(find_surely(wanted), CKR_FUNCTION_FAILED, "there are two");
    fake.n_objects = 0;
    cr_expect_eq(find_surely(wanted), CKR_OBJECT_HANDLE_INVALID);
    add_secret("1", "label", NULL);
    cr_expect_eq(find_surely(wanted), CKR_FUNCTION_FAILED, "one may be it");
    fake.n_objects = 0;
    wanted->has_check_value = false;
    cr_expect_eq(find_surely(wanted), CKR_FUNCTION_FAILED, "nothing tells it");
    identity_free(wanted);
}
