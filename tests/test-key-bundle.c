/* SPDX-License-Identifier: BSD-3-Clause */
/* Private keys in files: every form, and every way in which one is none. */
#include "cli/key-bundle.h"
#include "common/crypto.h"
#include "tests/fixture.h"
#include "tests/key-forms.h"

#include <criterion/criterion.h>
#include <openssl/err.h>
#include <openssl/evp.h>
#include <openssl/pem.h>
#include <openssl/pkcs12.h>
#include <openssl/x509.h>
#include <stdio.h>
#include <string.h>

static struct key_bundle bundle;
static struct error error;

static void
begin(void)
{
    cr_assert(crypto_open(&error), "%s", error.text);
    fixture_setenv("PASSPHRASE", "%s", KEY_PASSPHRASE);
    bundle = (struct key_bundle){ .key = NULL };
    error = (struct error){ .rv = CKR_OK };
}

static void
end(void)
{
    key_bundle_clear(&bundle);
    cr_expect_eq(ERR_peek_error(), 0);
    crypto_close();
}

TestSuite(key_bundle, .init = begin, .fini = end);

/* -- Reading -----------------------------------------------------------------
 */

static bool
read_it(void)
{
    struct config_pin source = { .kind = PIN_VARIABLE,
                                 .text = (char *)(uintptr_t) "PASSPHRASE" };

    key_bundle_clear(&bundle);
    return key_bundle_read(fixture_path("key"), &source, &bundle, &error);
}

static void
expect_read(EVP_PKEY *key)
{
    cr_assert(read_it(), "%s", error.text);
    cr_expect(EVP_PKEY_eq(bundle.key, key) == 1);
}

/* Says why, with the file's path in front. */
static void
expect_refused(const char *why)
{
    const char *path = fixture_path("key");

    cr_assert_not(read_it());
    cr_expect(strncmp(error.text, path, strlen(path)) == 0, "%s", error.text);
    cr_expect_not_null(strstr(error.text, why), "%s", error.text);
}

static struct case_of_form {
    const char *name;
    const char *type;
    form *write;
    bool has_certificate;
} cases[] = {
    { "PKCS #8", "RSA", pem_plain, false },
    { "PKCS #8", "EC", pem_plain, false },
    { "PKCS #8", "ED25519", pem_plain, false },
    { "encrypted PKCS #8", "RSA", pem_encrypted, false },
    { "encrypted PKCS #8", "EC", pem_encrypted, false },
    { "encrypted PKCS #8", "ED25519", pem_encrypted, false },
    { "traditional", "RSA", pem_traditional, false },
    { "traditional", "EC", pem_traditional, false },
    { "encrypted traditional", "RSA", pem_traditional_encrypted, false },
    { "encrypted traditional", "EC", pem_traditional_encrypted, false },
    { "DER", "RSA", der_plain, false },
    { "DER", "EC", der_plain, false },
    { "DER", "ED25519", der_plain, false },
    { "encrypted DER", "RSA", der_encrypted, false },
    { "encrypted DER", "ED25519", der_encrypted, false },
    { "traditional DER", "RSA", der_traditional, false },
    { "traditional DER", "EC", der_traditional, false },
    { "PKCS #12", "RSA", pkcs12, true },
    { "PKCS #12", "EC", pkcs12, true },
    { "PKCS #12", "ED25519", pkcs12, true },
    { "PKCS #12 in the clear", "EC", pkcs12_plain, true },
    { "PKCS #12 with an empty passphrase", "EC", pkcs12_empty, true },
    { "PKCS #12 without a MAC", "EC", pkcs12_without_mac, true },
    { "PKCS #12 of ten years ago", "EC", pkcs12_old, true },
};

Test(key_bundle, reads_every_form_of_every_type)
{
    for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
        EVP_PKEY *key = make_key(cases[i].type);

        write_key(cases[i].write, key);
        cr_assert(read_it(), "%s, %s: %s", cases[i].name, cases[i].type,
                  error.text);
        cr_expect(EVP_PKEY_eq(bundle.key, key) == 1, "%s, %s", cases[i].name,
                  cases[i].type);
        cr_expect_eq(bundle.certificates.n_items,
                     cases[i].has_certificate ? 1 : 0);
        if (cases[i].has_certificate)
            cr_expect_str_eq(bundle.name, "its name");
        else
            cr_expect_null(bundle.name);
        EVP_PKEY_free(key);
    }
}

Test(key_bundle, reads_certificates_beside_a_key)
{
    EVP_PKEY *key = make_key("EC");
    X509 *one = make_certificate(key, "one"),
         *two = make_certificate(key, "two");
    BIO *file = open_file();

    cr_assert(PEM_write_bio_X509(file, one) == 1 &&
              pem_encrypted(file, key) == 1 &&
              PEM_write_bio_PUBKEY(file, key) == 1 &&
              PEM_write_bio_X509(file, two) == 1);
    BIO_free(file);
    expect_read(key);
    cr_expect_eq(bundle.certificates.n_items, 2);
    X509_free(one);
    X509_free(two);
    EVP_PKEY_free(key);
}

Test(key_bundle, a_wrong_passphrase_opens_nothing)
{
    static form *const forms[] = { pem_encrypted, pem_traditional_encrypted,
                                   der_encrypted, pkcs12, pkcs12_without_mac };
    EVP_PKEY *key = make_key("EC");

    fixture_setenv("PASSPHRASE", "another one");
    for (size_t i = 0; i < sizeof(forms) / sizeof(forms[0]); i++) {
        write_key(forms[i], key);
        expect_refused("the passphrase does not open it");
        cr_expect_null(strstr(error.text, "another one"));
    }
    EVP_PKEY_free(key);
}

Test(key_bundle, a_passphrase_that_cannot_be_read_is_said)
{
    EVP_PKEY *key = make_key("EC");

    write_key(pem_encrypted, key);
    unsetenv("PASSPHRASE");
    expect_refused("is encrypted, and has no passphrase: PIN source env:");
    write_key(pem_traditional_encrypted, key);
    expect_refused("is encrypted, and has no passphrase: PIN source env:");
    EVP_PKEY_free(key);
}

/* -- What is none
 * --------------------------------------------------------------
 */

Test(key_bundle, refuses_other_types)
{
    static const char *const types[] = { "X25519", "ED448", "RSA-PSS" };

    for (size_t i = 0; i < sizeof(types) / sizeof(types[0]); i++) {
        EVP_PKEY_CTX *context =
            EVP_PKEY_CTX_new_from_name(NULL, types[i], NULL);
        EVP_PKEY *key = NULL;

        cr_assert(EVP_PKEY_keygen_init(context) == 1 &&
                  EVP_PKEY_keygen(context, &key) == 1);
        EVP_PKEY_CTX_free(context);
        write_key(pem_plain, key);
        expect_refused("RSA, EC and Ed25519 keys can be imported");
        cr_expect_not_null(strstr(error.text, types[i]), "%s", error.text);
        EVP_PKEY_free(key);
    }
}

Test(key_bundle, refuses_two_keys)
{
    EVP_PKEY *one = make_key("EC"), *two = make_key("EC");
    BIO *file = open_file();

    cr_assert(pem_plain(file, one) == 1 && pem_encrypted(file, two) == 1);
    BIO_free(file);
    expect_refused("it has several private keys");
    EVP_PKEY_free(one);
    EVP_PKEY_free(two);
}

Test(key_bundle, refuses_two_keys_in_pkcs12)
{
    EVP_PKEY *one = make_key("EC"), *two = make_key("EC");
    STACK_OF(PKCS12_SAFEBAG) *bags = NULL;
    STACK_OF(PKCS7) *safes = NULL;
    PKCS12 *store;
    BIO *file = open_file();

    PKCS12_add_key_ex(&bags, one, 0, 1, NID_aes_256_cbc, KEY_PASSPHRASE, NULL,
                      NULL);
    PKCS12_add_key_ex(&bags, two, 0, 1, NID_aes_256_cbc, KEY_PASSPHRASE, NULL,
                      NULL);
    cr_assert(PKCS12_add_safe(&safes, bags, -1, 0, NULL) == 1);
    store = PKCS12_add_safes(safes, 0);
    cr_assert(store != NULL &&
              PKCS12_set_mac(store, KEY_PASSPHRASE, -1, NULL, 0, 1, NULL) == 1);
    cr_assert(i2d_PKCS12_bio(file, store) == 1);
    BIO_free(file);
    expect_refused("it has several private keys");
    PKCS12_free(store);
    sk_PKCS7_pop_free(safes, PKCS7_free);
    sk_PKCS12_SAFEBAG_pop_free(bags, PKCS12_SAFEBAG_free);
    EVP_PKEY_free(one);
    EVP_PKEY_free(two);
}

Test(key_bundle, refuses_a_file_without_a_key)
{
    EVP_PKEY *key = make_key("EC");
    X509 *certificate = make_certificate(key, "one");
    BIO *file = open_file();

    cr_assert(PEM_write_bio_X509(file, certificate) == 1);
    BIO_free(file);
    expect_refused("there is no private key in it");
    (void)fixture_write("key", 0600, "hello\n");
    expect_refused("there is no private key in it");
    (void)fixture_write("key", 0600, "%s", "");
    expect_refused("it is empty");
    (void)fixture_write("key", 0600, "0hello, world, this is no key");
    expect_refused("it is no key, or a damaged one");
    X509_free(certificate);
    EVP_PKEY_free(key);
}

Test(key_bundle, refuses_what_is_no_file)
{
    struct config_pin none = { .kind = PIN_UNSET };

    cr_assert_not(
        key_bundle_read(fixture_path("nothing"), &none, &bundle, &error));
    cr_expect_not_null(strstr(error.text, "cannot be read: No such file"), "%s",
                       error.text);
    cr_assert_not(
        key_bundle_read(fixture_make_folder("folder"), &none, &bundle, &error));
    cr_expect_not_null(strstr(error.text, "no file"), "%s", error.text);
}

Test(key_bundle, refuses_openssh_s_form_and_says_what_helps)
{
    (void)fixture_write("key", 0600,
                        "-----BEGIN OPENSSH PRIVATE KEY-----\n"
                        "b3BlbnNzaC1rZXktdjEA\n"
                        "-----END OPENSSH PRIVATE KEY-----\n");
    expect_refused("ssh-keygen -p -m PKCS8");
}

/* Cut short after every so many bytes, it is refused in each form. */
Test(key_bundle, refuses_what_is_damaged)
{
    static form *const forms[] = { pem_plain, pem_encrypted, der_plain,
                                   der_encrypted, pkcs12 };
    EVP_PKEY *key = make_key("EC");
    char bytes[4096];

    for (size_t i = 0; i < sizeof(forms) / sizeof(forms[0]); i++) {
        FILE *file;
        size_t length;

        write_key(forms[i], key);
        file = fopen(fixture_path("key"), "r");
        length = fread(bytes, 1, sizeof(bytes), file);
        (void)fclose(file);
        for (size_t cut = 1; cut < length - 2; cut += length / 16) {
            file = fopen(fixture_path("key"), "w");
            (void)fwrite(bytes, 1, cut, file);
            (void)fclose(file);
            cr_expect_not(read_it(), "form %zu, %zu of %zu", i, cut, length);
        }
    }
    EVP_PKEY_free(key);
}

/* Two halves that do not belong together are no key. */
Test(key_bundle, refuses_a_key_with_another_one_s_public_half)
{
    EVP_PKEY *one = make_key("EC"), *other = make_key("EC");
    unsigned char point[65], *der = NULL;
    size_t length;
    int der_length = i2d_PrivateKey(one, &der);
    FILE *file;

    cr_assert(EVP_PKEY_get_octet_string_param(other, "pub", point,
                                              sizeof(point), &length) == 1);
    cr_assert(der_length > (int)length);
    memcpy(der + der_length - length, point, length);
    file = fopen(fixture_path("key"), "w");
    (void)fwrite(der, 1, (size_t)der_length, file);
    (void)fclose(file);
    expect_refused("the key in it is damaged");
    OPENSSL_free(der);
    EVP_PKEY_free(one);
    EVP_PKEY_free(other);
}
