/* SPDX-License-Identifier: BSD-3-Clause */
/* What objects are on real tokens: SoftHSM and NSS softoken. */
#include "router/identity.h"
#include "tests/identity-token.h"
#include "tests/key-fixture.h"

#include <criterion/criterion.h>
#include <openssl/evp.h>
#include <openssl/obj_mac.h>
#include <openssl/objects.h>
#include <string.h>

static struct identity *
read_object(const struct token *token, CK_OBJECT_HANDLE object)
{
    struct identity *identity = NULL;
    CK_RV rv = identity_read(&token->functions, token->session, object, true,
                             &identity);

    cr_assert_eq(rv, CKR_OK, "0x%lx", rv);
    return identity;
}

static void
check_fingerprint(const struct token *token, CK_OBJECT_HANDLE object,
                  EVP_PKEY *key)
{
    struct identity *identity = read_object(token, object);
    struct octets info = fixture_key_info(key);
    unsigned char expected[32];

    EVP_Digest(info.bytes, info.length, expected, NULL, EVP_sha256(), NULL);
    cr_assert(identity->has_fingerprint);
    cr_assert_arr_eq(identity->fingerprint, expected, 32);
    identity_free(identity);
}

/* Private key, public key and certificate of one key, and found again. */
static void
check_pair(const struct token *token, struct fixture_pair pair, EVP_PKEY *key,
           const char *id)
{
    CK_OBJECT_HANDLE objects[] = { pair.public_key, pair.private_key,
                                   make_certificate(token, key, id) };

    for (size_t i = 0; i < 3; i++) {
        struct identity *identity = read_object(token, objects[i]);
        CK_OBJECT_HANDLE handle = 0;

        check_fingerprint(token, objects[i], key);
        cr_assert(identity->is_token);
        cr_assert_eq(identity->is_private, i == 1);
        cr_assert_eq(identity_find(&token->functions, token->session, identity,
                                   true, &handle),
                     CKR_OK);
        cr_assert_eq(handle, objects[i]);
        handle = 0;
        cr_assert_eq(identity_find(&token->functions, token->session, identity,
                                   false, &handle),
                     CKR_OK);
        cr_assert_eq(handle, objects[i]);
        identity_free(identity);
    }
    /* Without the public key, the certificate tells whose the private is. */
    cr_assert_eq(token->list->C_DestroyObject(token->session, pair.public_key),
                 CKR_OK);
    check_fingerprint(token, pair.private_key, key);
}

static void
check_curves(const struct token *token)
{
    static const struct {
        int curve;
        size_t point_length;
    } rows[] = { { NID_X9_62_prime256v1, 65 },
                 { NID_secp384r1, 97 },
                 { NID_secp521r1, 133 } };

    for (size_t i = 0; i < 3; i++) {
        const char *id = OBJ_nid2sn(rows[i].curve);
        struct fixture_pair pair =
            make_curve(token, rows[i].curve, id, "label");

        check_pair(token, pair,
                   openssl_ec(token, pair.public_key, rows[i].curve,
                              rows[i].point_length),
                   id);
    }
}

static void
check_rsa(const struct token *token)
{
    struct fixture_pair pair =
        fixture_make_rsa(token->list, token->session, "rsa");

    check_pair(token, pair, openssl_rsa(token, pair.public_key), "rsa");
}

/* R7.8: two keys under one CKA_ID stay two. (In NSS's database the second
 * takes the place of the first.) */
static void
check_shared_id(const struct token *token)
{
    struct fixture_pair a =
        make_curve(token, NID_X9_62_prime256v1, "shared", "a");
    struct fixture_pair b =
        make_curve(token, NID_X9_62_prime256v1, "shared", "b");
    struct identity *private_a = read_object(token, a.private_key);
    struct identity *private_b = read_object(token, b.private_key);
    struct identity *public_a = read_object(token, a.public_key);
    struct identity *public_b = read_object(token, b.public_key);
    CK_OBJECT_HANDLE handle;

    cr_assert(public_a->has_fingerprint && public_b->has_fingerprint);
    cr_assert(private_a->has_fingerprint && private_b->has_fingerprint);
    cr_assert_arr_neq(public_a->fingerprint, public_b->fingerprint, 32);
    cr_assert_arr_eq(public_a->fingerprint, private_a->fingerprint, 32);
    cr_assert_arr_eq(public_b->fingerprint, private_b->fingerprint, 32);
    cr_assert_not(identity_is_same_object(private_a, private_b));
    cr_assert_not(identity_is_same_key(private_a, private_b));
    cr_assert_eq(identity_find(&token->functions, token->session, private_b,
                               true, &handle),
                 CKR_OK);
    cr_assert_eq(handle, b.private_key);
    identity_free(private_a);
    identity_free(private_b);
    identity_free(public_a);
    identity_free(public_b);
}

static CK_OBJECT_HANDLE
make_aes(const struct token *token, const char *id)
{
    CK_BBOOL yes = CK_TRUE;
    CK_ULONG length = 32;
    CK_MECHANISM mechanism = { CKM_AES_KEY_GEN, NULL, 0 };
    CK_ATTRIBUTE template[] = {
        { CKA_TOKEN, &yes, sizeof(yes) },
        { CKA_SENSITIVE, &yes, sizeof(yes) },
        { CKA_VALUE_LEN, &length, sizeof(length) },
        { CKA_ID, fixture_bytes_of(fixture_octets(id)), strlen(id) },
        { CKA_LABEL, fixture_bytes_of(fixture_octets("aes")), 3 },
    };
    CK_OBJECT_HANDLE object;

    cr_assert_eq(token->list->C_GenerateKey(token->session, &mechanism,
                                            template, 5, &object),
                 CKR_OK);
    return object;
}

static void
check_secret_keys(const struct token *token)
{
    CK_OBJECT_HANDLE a = make_aes(token, "a"), b = make_aes(token, "b");
    struct identity *identity = read_object(token, a);
    struct identity *other = read_object(token, b);
    CK_OBJECT_HANDLE handle = 0;

    cr_assert_eq(identity->key_type, CKK_AES);
    cr_assert_not(identity->has_fingerprint);
    cr_assert_not(identity_is_same_object(identity, other));
    cr_assert_eq(identity_find(&token->functions, token->session, identity,
                               true, &handle),
                 CKR_OK);
    cr_assert_eq(handle, a);
    identity_free(identity);
    identity_free(other);
}

static void
check_data(const struct token *token, CK_BBOOL on_token)
{
    CK_OBJECT_CLASS object_class = CKO_DATA;
    CK_BBOOL no = CK_FALSE;
    CK_ATTRIBUTE template[] = {
        { CKA_CLASS, &object_class, sizeof(object_class) },
        { CKA_TOKEN, &on_token, sizeof(on_token) },
        { CKA_PRIVATE, &no, sizeof(no) },
        { CKA_LABEL, fixture_bytes_of(fixture_octets("data")), 4 },
        { CKA_VALUE, fixture_bytes_of(fixture_octets("one")), 3 },
    };
    CK_OBJECT_HANDLE one, two, handle = 0;
    struct identity *identity;

    cr_assert_eq(token->list->C_CreateObject(token->session, template, 5, &one),
                 CKR_OK);
    template[4].pValue = fixture_bytes_of(fixture_octets("two"));
    cr_assert_eq(token->list->C_CreateObject(token->session, template, 5, &two),
                 CKR_OK);
    identity = read_object(token, two);
    cr_assert(identity->has_content);
    cr_assert_eq(identity_find(&token->functions, token->session, identity,
                               false, &handle),
                 CKR_OK);
    cr_assert_eq(handle, two);
    cr_assert_eq(identity_read(&token->functions, token->session, 0xdead, true,
                               &identity),
                 CKR_OBJECT_HANDLE_INVALID);
    identity_free(identity);
}

Test(identity_softhsm, knows_rsa_keys)
{
    struct token token = softhsm_open();

    check_rsa(&token);
}

Test(identity_softhsm, knows_curves_and_keys_with_one_id)
{
    struct token token = softhsm_open();

    check_curves(&token);
    check_shared_id(&token);
}

Test(identity_softhsm, knows_edwards_keys)
{
    struct token token = softhsm_open();
    struct fixture_pair pair;
    struct octets point;
    EVP_PKEY *key;

    /* SoftHSM 2.6.1 leaks when the curve is given by its name. */
    if (!make_pair(&token, CKM_EC_EDWARDS_KEY_PAIR_GEN,
                   fixture_oid("1.3.101.112"), "ed", "ed", &pair))
        cr_skip_test("this SoftHSM was built without EdDSA");
    point = attribute(&token, pair.public_key, CKA_EC_POINT);
    key = fixture_keep(
        EVP_PKEY_new_raw_public_key(EVP_PKEY_ED25519, NULL,
                                    point.bytes + point.length - 32, 32));
    check_pair(&token, pair, key, "ed");
}

Test(identity_softhsm, knows_secret_keys_and_data)
{
    struct token token = softhsm_open();

    check_secret_keys(&token);
    check_data(&token, CK_TRUE);
}

Test(identity_nss, knows_rsa_keys)
{
    struct token token = nss_open();

    check_rsa(&token);
}

Test(identity_nss, knows_curves)
{
    struct token token = nss_open();

    check_curves(&token);
}

Test(identity_nss, knows_secret_keys_and_data)
{
    struct token token = nss_open();

    check_secret_keys(&token);
    check_data(&token, CK_FALSE); /* its databases hold none */
}
