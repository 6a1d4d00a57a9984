/* SPDX-License-Identifier: BSD-3-Clause */
/* Makes keys, and writes them with OpenSSL. */
#include "tests/key-forms.h"

#include "tests/fixture.h"

#include <criterion/criterion.h>
#include <openssl/evp.h>
#include <openssl/pem.h>
#include <openssl/pkcs12.h>
#include <openssl/provider.h>
#include <openssl/x509.h>
#include <string.h>

EVP_PKEY *
make_key(const char *type)
{
    EVP_PKEY *key = strcmp(type, "RSA") == 0
                        ? EVP_PKEY_Q_keygen(NULL, NULL, type, (size_t)1024)
                    : strcmp(type, "EC") == 0
                        ? EVP_PKEY_Q_keygen(NULL, NULL, type, "P-256")
                        : EVP_PKEY_Q_keygen(NULL, NULL, type);

    cr_assert_not_null(key, "%s", type);
    return key;
}

X509 *
make_certificate(EVP_PKEY *key, const char *name)
{
    X509 *certificate = X509_new();
    X509_NAME *subject = X509_get_subject_name(certificate);

    X509_NAME_add_entry_by_txt(subject, "CN", MBSTRING_ASC,
                               (const unsigned char *)name, -1, -1, 0);
    X509_set_issuer_name(certificate, subject);
    X509_set_version(certificate, X509_VERSION_3);
    ASN1_INTEGER_set(X509_get_serialNumber(certificate), 1);
    X509_gmtime_adj(X509_getm_notBefore(certificate), 0);
    X509_gmtime_adj(X509_getm_notAfter(certificate), 3600);
    cr_assert(X509_set_pubkey(certificate, key) == 1);
    cr_assert(X509_sign(certificate, key,
                        EVP_PKEY_is_a(key, "ED25519") ? NULL : EVP_sha256()) >
              0);
    return certificate;
}

BIO *
open_file(void)
{
    BIO *file = BIO_new_file(fixture_path("key"), "w");

    cr_assert_not_null(file);
    return file;
}

int
pem_plain(BIO *file, EVP_PKEY *key)
{
    return PEM_write_bio_PKCS8PrivateKey(file, key, NULL, NULL, 0, NULL, NULL);
}

int
pem_encrypted(BIO *file, EVP_PKEY *key)
{
    return PEM_write_bio_PKCS8PrivateKey(file, key, EVP_aes_256_cbc(),
                                         KEY_PASSPHRASE,
                                         sizeof(KEY_PASSPHRASE) - 1, NULL,
                                         NULL);
}

int
pem_traditional(BIO *file, EVP_PKEY *key)
{
    return PEM_write_bio_PrivateKey_traditional(file, key, NULL, NULL, 0, NULL,
                                                NULL);
}

int
pem_traditional_encrypted(BIO *file, EVP_PKEY *key)
{
    return PEM_write_bio_PrivateKey_traditional(file, key, EVP_aes_128_cbc(),
                                                (const unsigned char *)
                                                    KEY_PASSPHRASE,
                                                sizeof(KEY_PASSPHRASE) - 1,
                                                NULL, NULL);
}

int
der_plain(BIO *file, EVP_PKEY *key)
{
    return i2d_PKCS8PrivateKey_bio(file, key, NULL, NULL, 0, NULL, NULL);
}

int
der_encrypted(BIO *file, EVP_PKEY *key)
{
    return i2d_PKCS8PrivateKey_bio(file, key, EVP_aes_256_cbc(), KEY_PASSPHRASE,
                                   sizeof(KEY_PASSPHRASE) - 1, NULL, NULL);
}

int
der_traditional(BIO *file, EVP_PKEY *key)
{
    return i2d_PrivateKey_bio(file, key);
}

static int
write_pkcs12(BIO *file, EVP_PKEY *key, const char *passphrase, int key_nid,
             int certificate_nid, int mac_iterations)
{
    X509 *certificate = make_certificate(key, "leaf");
    PKCS12 *store = PKCS12_create_ex(passphrase, "its name", key, certificate,
                                     NULL, key_nid, certificate_nid, 1,
                                     mac_iterations, 0, NULL, NULL);
    int is_done = store != NULL && i2d_PKCS12_bio(file, store);

    PKCS12_free(store);
    X509_free(certificate);
    return is_done;
}

int
pkcs12(BIO *file, EVP_PKEY *key)
{
    return write_pkcs12(file, key, KEY_PASSPHRASE, NID_aes_256_cbc,
                        NID_aes_256_cbc, 1);
}

int
pkcs12_plain(BIO *file, EVP_PKEY *key)
{
    return write_pkcs12(file, key, NULL, -1, -1, 1);
}

int
pkcs12_empty(BIO *file, EVP_PKEY *key)
{
    return write_pkcs12(file, key, "", NID_aes_256_cbc, NID_aes_256_cbc, 1);
}

int
pkcs12_without_mac(BIO *file, EVP_PKEY *key)
{
    return write_pkcs12(file, key, KEY_PASSPHRASE, NID_aes_256_cbc,
                        NID_aes_256_cbc, -1);
}

int
pkcs12_old(BIO *file, EVP_PKEY *key)
{
    OSSL_PROVIDER *old = OSSL_PROVIDER_load(NULL, "legacy");
    OSSL_PROVIDER *usual = OSSL_PROVIDER_load(NULL, "default");
    int is_done = write_pkcs12(file, key, KEY_PASSPHRASE,
                               NID_pbe_WithSHA1And3_Key_TripleDES_CBC,
                               NID_pbe_WithSHA1And40BitRC2_CBC, 1);

    OSSL_PROVIDER_unload(old);
    OSSL_PROVIDER_unload(usual);
    return is_done;
}

void
write_key(form *write, EVP_PKEY *key)
{
    BIO *file = open_file();

    cr_assert(write(file, key) == 1, "OpenSSL does not write it");
    BIO_free(file);
}
