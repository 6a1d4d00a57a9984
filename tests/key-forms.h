/* SPDX-License-Identifier: BSD-3-Clause */
/* Keys that OpenSSL has made, written to a file in every form. */
#ifndef TESTS_KEY_FORMS_H
#define TESTS_KEY_FORMS_H

#include <openssl/types.h>

#define KEY_PASSPHRASE "a passphrase"

/* "RSA", "EC" or "ED25519". */
EVP_PKEY *make_key(const char *type);
X509 *make_certificate(EVP_PKEY *key, const char *name);

/* The file "key" of the test's folder. */
BIO *open_file(void);

/* Writes a key in a form: whether OpenSSL did. */
typedef int form(BIO *file, EVP_PKEY *key);

form pem_plain;
form pem_encrypted;
form pem_traditional;
form pem_traditional_encrypted;
form der_plain;
form der_encrypted;
form der_traditional;
form pkcs12; /* called "its name", with a certificate */
form pkcs12_plain;
form pkcs12_empty;
form pkcs12_without_mac;
form pkcs12_old;

void write_key(form *write, EVP_PKEY *key);

#endif
