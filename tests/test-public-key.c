/* SPDX-License-Identifier: BSD-3-Clause */
/* Public keys in one form: the bytes of OpenSSL's i2d_PUBKEY. */
#include "router/public-key.h"
#include "tests/key-fixture.h"

#include "common/crypto.h"

#include <criterion/criterion.h>
#include <openssl/core_names.h>
#include <openssl/ec.h>
#include <openssl/evp.h>
#include <openssl/obj_mac.h>
#include <openssl/x509.h>
#include <string.h>

static void
setup(void)
{
    cr_assert(crypto_open(NULL));
}

TestSuite(public_key, .init = setup, .fini = crypto_close);

/* The built key is what OpenSSL writes. */
static void
check_key(bool is_built, struct public_key *key, struct octets expected)
{
    cr_assert(is_built);
    cr_assert_eq(key->der.length, expected.length);
    cr_assert_arr_eq(key->der.bytes, expected.bytes, expected.length);
    public_key_clear(key);
}

Test(public_key, is_built_from_the_numbers_of_an_rsa_key)
{
    EVP_PKEY *pair = fixture_key_rsa();
    struct octets info = fixture_key_info(pair);
    struct octets n = fixture_key_number(pair, OSSL_PKEY_PARAM_RSA_N);
    struct octets e = fixture_key_number(pair, OSSL_PKEY_PARAM_RSA_E);
    struct octets padded_n = fixture_octets_join("\0\0", 2, n);
    struct octets padded_e = fixture_octets_join("\0", 1, e);
    struct octets none = { 0 };
    struct public_key key;

    check_key(public_key_from_rsa(n, e, &key), &key, info);
    check_key(public_key_from_rsa(padded_n, padded_e, &key), &key, info);
    cr_assert_not(public_key_from_rsa(n, none, &key));
    cr_assert_not(public_key_from_rsa(none, e, &key));
    cr_assert(public_key_from_rsa(n, e, &key));
    cr_assert(public_key_has_number(&key, padded_n));
    n.length--;
    cr_assert_not(public_key_has_number(&key, none));
    cr_assert_not(
        public_key_has_number(&key, fixture_octets_join("\x7f", 1, n)));
    public_key_clear(&key);
}

/* Every form of one point of one curve, with one form of its parameters. */
static void
check_points(struct octets parameters, EVP_PKEY *pair, struct octets info,
             int curve)
{
    static const char *const forms[] = { "uncompressed", "compressed",
                                         "hybrid" };
    struct public_key key;

    cr_assert_eq(public_key_curve(parameters), curve);
    for (size_t i = 0; i < 3; i++) {
        struct octets point = fixture_key_point(pair, forms[i]);
        struct octets wrapped = fixture_octets_wrap(DER_OCTET_STRING, point);
        struct octets bits =
            fixture_octets_wrap(DER_BIT_STRING,
                                fixture_octets_join("\0", 1, point));

        check_key(public_key_from_ec(parameters, point, &key), &key, info);
        check_key(public_key_from_ec(parameters, wrapped, &key), &key, info);
        check_key(public_key_from_ec(parameters, bits, &key), &key, info);
        point.length--;
        cr_assert_not(public_key_from_ec(parameters, point, &key));
    }
}

Test(public_key, is_built_from_every_form_of_a_curve_and_of_a_point)
{
    static const struct {
        int curve;
        const char *names[2];
    } rows[] = {
        { NID_X9_62_prime256v1, { "secp256r1", "prime256v1" } },
        { NID_secp384r1, { "secp384r1", "P-384" } },
        { NID_secp521r1, { "secp521r1", "P-521" } },
        { NID_secp224r1, { "secp224r1", "P-224" } },
        { NID_secp256k1, { "secp256k1", "secp256k1" } },
        { NID_brainpoolP256r1, { "brainpoolP256r1", "brainpoolP256r1" } },
    };

    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
        EVP_PKEY *pair = fixture_key_ec(OBJ_nid2sn(rows[i].curve));
        struct octets info = fixture_key_info(pair);

        check_points(fixture_curve(rows[i].curve, OPENSSL_EC_NAMED_CURVE), pair,
                     info, rows[i].curve);
        check_points(fixture_curve(rows[i].curve, OPENSSL_EC_EXPLICIT_CURVE),
                     pair, info, rows[i].curve);
        for (size_t j = 0; j < 2; j++) {
            struct octets name = fixture_octets(rows[i].names[j]);

            check_points(fixture_octets_wrap(DER_PRINTABLE_STRING, name), pair,
                         info, rows[i].curve);
            check_points(fixture_octets_wrap(DER_UTF8_STRING, name), pair, info,
                         rows[i].curve);
        }
    }
}

Test(public_key, is_not_built_from_a_point_that_is_not_on_the_curve)
{
    struct octets parameters =
        fixture_curve(NID_X9_62_prime256v1, OPENSSL_EC_NAMED_CURVE);
    EVP_PKEY *pair = fixture_key_ec("prime256v1");
    unsigned char point[65];
    struct octets changed = { point, sizeof(point) };
    struct public_key key;

    memcpy(point, fixture_key_point(pair, "uncompressed").bytes, 65);
    point[64] ^= 1;
    cr_assert_not(public_key_from_ec(parameters, changed, &key));
    point[64] ^= 1;
    point[0] = 5;
    cr_assert_not(public_key_from_ec(parameters, changed, &key));
}

Test(public_key, is_not_built_from_parameters_that_are_no_curve)
{
    EVP_PKEY *pair = fixture_key_ec("prime256v1");
    struct octets point = fixture_key_point(pair, "uncompressed");
    struct octets parameters[] = {
        { 0 },
        fixture_octets("\x06\x03\x2a\x03\x04"),
        fixture_octets("\x13\x05nurse"),
        fixture_octets("\x05"),
        fixture_octets("\x30\x03\x02\x01\x01"),
    };
    struct public_key key;

    for (size_t i = 0; i < sizeof(parameters) / sizeof(parameters[0]); i++) {
        cr_assert_not(public_key_from_ec(parameters[i], point, &key));
        cr_assert_eq(public_key_curve(parameters[i]), 0);
    }
}

Test(public_key, keeps_a_curve_without_name_explicit)
{
    EVP_PKEY *pair = fixture_key_ec("prime256v1");
    struct octets point = fixture_key_point(pair, "uncompressed");
    struct octets parameters = fixture_curve_unnamed();
    struct public_key key, again;

    cr_assert_eq(public_key_curve(parameters), 0);
    cr_assert(public_key_from_ec(parameters, point, &key));
    cr_assert_eq(key.curve, 0);
    cr_assert(
        public_key_from_info((struct octets){ key.der.bytes, key.der.length },
                             &again));
    check_key(true, &again, (struct octets){ key.der.bytes, key.der.length });
    public_key_clear(&key);
}

Test(public_key, needs_the_open_context_for_curves_only)
{
    EVP_PKEY *pair = fixture_key_ec("prime256v1");
    struct octets point = fixture_key_point(pair, "uncompressed");
    struct octets parameters =
        fixture_curve(NID_X9_62_prime256v1, OPENSSL_EC_NAMED_CURVE);
    struct public_key key;

    crypto_close();
    cr_assert_not(public_key_from_ec(parameters, point, &key));
    cr_assert(crypto_open(NULL));
    check_key(public_key_from_ec(parameters, point, &key), &key,
              fixture_key_info(pair));
}

Test(public_key, is_built_from_edwards_and_montgomery_keys)
{
    static const struct {
        const char *type;
        CK_KEY_TYPE key_type;
        int curve;
        const char *names[2];
        const char *oids[2];
    } rows[] = {
        { "ED25519",
          CKK_EC_EDWARDS,
          NID_ED25519,
          { "edwards25519", "Ed25519" },
          { "1.3.101.112", "1.3.6.1.4.1.11591.15.1" } },
        { "ED448",
          CKK_EC_EDWARDS,
          NID_ED448,
          { "edwards448", "Ed448" },
          { "1.3.101.113", "1.3.101.113" } },
        { "X25519",
          CKK_EC_MONTGOMERY,
          NID_X25519,
          { "curve25519", "X25519" },
          { "1.3.101.110", "1.3.6.1.4.1.3029.1.5.1" } },
        { "X448",
          CKK_EC_MONTGOMERY,
          NID_X448,
          { "curve448", "X448" },
          { "1.3.101.111", "1.3.101.111" } },
    };

    for (size_t i = 0; i < 4; i++) {
        EVP_PKEY *pair = fixture_key_raw(rows[i].type);
        struct octets info = fixture_key_info(pair);
        struct octets raw = fixture_key_point(pair, NULL);
        struct octets wrapped = fixture_octets_wrap(DER_OCTET_STRING, raw);
        struct octets bits =
            fixture_octets_wrap(DER_BIT_STRING,
                                fixture_octets_join("\0", 1, raw));

        for (size_t j = 0; j < 2; j++) {
            struct octets name =
                fixture_octets_wrap(DER_PRINTABLE_STRING,
                                    fixture_octets(rows[i].names[j]));
            struct octets oid = fixture_oid(rows[i].oids[j]);
            struct public_key key;

            cr_assert_eq(public_key_curve(oid), rows[i].curve);
            check_key(public_key_from_ec(name, raw, &key), &key, info);
            check_key(public_key_from_ec(oid, raw, &key), &key, info);
            check_key(public_key_from_ec(oid, wrapped, &key), &key, info);
            check_key(public_key_from_ec(oid, bits, &key), &key, info);
            cr_assert(public_key_from_info(info, &key));
            cr_assert_eq(key.type, rows[i].key_type);
            cr_assert_eq(key.curve, rows[i].curve);
            check_key(true, &key, info);
            cr_assert_not(
                public_key_from_ec(oid,
                                   (struct octets){ raw.bytes, raw.length - 1 },
                                   &key));
        }
    }
}

Test(public_key, is_built_from_the_numbers_of_dsa_and_dh_keys)
{
    static const char *const types[] = { "DSA", "DH", "DHX" };

    for (size_t i = 0; i < 3; i++) {
        EVP_PKEY *pair = fixture_key_domain(types[i]);
        struct octets info = fixture_key_info(pair);
        struct octets p = fixture_key_number(pair, OSSL_PKEY_PARAM_FFC_P);
        struct octets q = { 0 };
        struct octets g = fixture_key_number(pair, OSSL_PKEY_PARAM_FFC_G);
        struct octets y = fixture_key_number(pair, OSSL_PKEY_PARAM_PUB_KEY);
        struct public_key key;

        if (i != 1)
            q = fixture_key_number(pair, OSSL_PKEY_PARAM_FFC_Q);
        if (i == 0)
            check_key(public_key_from_dsa(p, q, g, y, &key), &key, info);
        else
            check_key(public_key_from_dh(p, q, g, y, &key), &key, info);
        check_key(public_key_from_info(info, &key), &key, info);
        y.length = 0;
        cr_assert_not(i == 0 ? public_key_from_dsa(p, q, g, y, &key)
                             : public_key_from_dh(p, q, g, y, &key));
    }
}

Test(public_key, is_built_from_bytes_and_a_parameter_set)
{
    /* SEQUENCE { SEQUENCE { id-ml-dsa-65 }, BIT STRING abc } */
    static const unsigned char expected[] = {
        0x30, 0x13, 0x30, 0x0b, 0x06, 0x09, 0x60, 0x86, 0x48, 0x01, 0x65,
        0x03, 0x04, 0x03, 0x12, 0x03, 0x04, 0x00, 0x61, 0x62, 0x63
    };
    struct octets info = { expected, sizeof(expected) };
    struct public_key key;

    check_key(public_key_from_parameter_set(CKK_ML_DSA, CKP_ML_DSA_65,
                                            fixture_octets("abc"), &key),
              &key, info);
    cr_assert(public_key_from_info(info, &key));
    cr_assert_eq(key.type, CKK_ML_DSA);
    check_key(true, &key, info);
    cr_assert_not(
        public_key_from_parameter_set(CKK_RSA, 1, fixture_octets("abc"), &key));
}

Test(public_key, is_the_same_however_its_info_was_written)
{
    EVP_PKEY *pair = fixture_key_ec("prime256v1");
    struct octets info = fixture_key_info(pair);
    struct octets other = fixture_key_info_odd(pair);
    struct public_key key;

    cr_assert_not(octets_equal(info, other));
    cr_assert(public_key_from_info(other, &key));
    cr_assert_eq(key.type, CKK_EC);
    cr_assert_eq(key.curve, NID_X9_62_prime256v1);
    check_key(true, &key, info);
}

Test(public_key, does_not_depend_on_what_an_rsa_key_may_be_used_for)
{
    EVP_PKEY *pair = fixture_key_rsa();
    struct octets info = fixture_key_info(pair);
    struct octets pss = fixture_key_info_pss(pair);
    struct public_key key;

    cr_assert_not(octets_equal(info, pss));
    check_key(public_key_from_info(pss, &key), &key, info);
}

Test(public_key, is_kept_as_it_is_where_the_algorithm_is_not_known)
{
    struct octets info =
        fixture_octets("\x30\x0b\x30\x05\x06\x03\x2a\x03\x04\x03\x02");
    struct public_key key;

    info = fixture_octets_after(info, "\0a", 2);
    cr_assert(public_key_from_info(info, &key));
    cr_assert_eq(key.type, CK_UNAVAILABLE_INFORMATION);
    check_key(true, &key, info);
}

Test(public_key, is_taken_from_certificates)
{
    EVP_PKEY *pairs[] = { fixture_key_rsa(), fixture_key_ec("secp384r1"),
                          fixture_key_raw("ED25519") };

    for (size_t i = 0; i < 3; i++) {
        struct octets info = fixture_key_info(pairs[i]);

        for (long version = X509_VERSION_1; version <= X509_VERSION_3;
             version += 2) {
            struct octets certificate =
                fixture_certificate(pairs[i], pairs[i], "p11mux", version);
            struct public_key key;

            check_key(public_key_from_certificate(certificate, &key), &key,
                      info);
            check_key(public_key_from_certificate(
                          fixture_octets_after(certificate, "\0\0\0", 3), &key),
                      &key, info);
        }
    }
}

Test(public_key, survives_every_truncation_and_every_changed_byte)
{
    EVP_PKEY *pair = fixture_key_ec("prime256v1");
    struct octets certificate =
        fixture_certificate(pair, pair, "x", X509_VERSION_3);
    struct octets info = fixture_key_info_odd(pair);
    unsigned char *bytes = fixture_bytes_of(certificate);
    unsigned char *info_bytes = fixture_bytes_of(info);
    struct public_key key;

    for (size_t i = 0; i < certificate.length; i++) {
        struct octets part = { bytes, i };

        if (public_key_from_certificate(part, &key))
            public_key_clear(&key);
        bytes[i] ^= 0xff;
        part.length = certificate.length;
        if (public_key_from_certificate(part, &key))
            public_key_clear(&key);
        bytes[i] ^= 0xff;
    }
    for (size_t i = 0; i < info.length; i++) {
        cr_assert_not(
            public_key_from_info((struct octets){ info_bytes, i }, &key));
        info_bytes[i] ^= 0xff;
        if (public_key_from_info((struct octets){ info_bytes, info.length },
                                 &key))
            public_key_clear(&key);
        info_bytes[i] ^= 0xff;
    }
}

Test(public_key, leaves_nothing_on_openssls_error_queue)
{
    struct public_key key;

    ERR_clear_error();
    cr_assert_not(public_key_from_ec(fixture_octets("\x30\x03\x02\x01\x01"),
                                     fixture_octets("x"), &key));
    cr_assert_not(public_key_from_ec(
        fixture_curve(NID_secp384r1, OPENSSL_EC_NAMED_CURVE),
        fixture_octets_join("\x04", 1,
                            fixture_octets_join((char[96]){ 1 }, 96,
                                                (struct octets){ 0 })),
        &key));
    cr_assert_eq(ERR_peek_error(), 0);
}
