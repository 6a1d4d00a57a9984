/* SPDX-License-Identifier: BSD-3-Clause */
/* Certificates for tests, and objects made of them. */
#ifndef TESTS_CERTIFICATE_FIXTURE_H
#define TESTS_CERTIFICATE_FIXTURE_H

#include "common/cryptoki.h"

#include <stddef.h>

/* In DER; lent until the process ends. */
struct certificate_fixture {
    unsigned number;
    unsigned char *value, *subject, *issuer, *serial;
    size_t value_length, subject_length, issuer_length, serial_length;
};

/* One that signs itself, with P-256 and this serial number; the same key for
 * all. */
struct certificate_fixture certificate_make(unsigned number);

/* Makes the public key of all of them on the token, with that CKA_ID. */
void certificate_make_key(const CK_FUNCTION_LIST_3_2 *list,
                          CK_SESSION_HANDLE session, const char *id);

enum { CERTIFICATE_ATTRIBUTES = 9 };

/* What an application gives: class, type, token, subject, issuer, serial
 * number, value, id ("id" and the number) and label. Lent by the certificate
 * and by `room`. */
struct certificate_template {
    CK_ATTRIBUTE attributes[CERTIFICATE_ATTRIBUTES];
    CK_OBJECT_CLASS object_class;
    CK_CERTIFICATE_TYPE type;
    CK_BBOOL is_token;
    char id[32];
    char label[32];
};
void certificate_template(const struct certificate_fixture *certificate,
                          CK_BBOOL is_token, struct certificate_template *out);

/* C_CreateObject with that. */
CK_RV certificate_create(const CK_FUNCTION_LIST_3_2 *list,
                         CK_SESSION_HANDLE session,
                         const struct certificate_fixture *certificate,
                         CK_OBJECT_HANDLE *out);

/* How many certificates have these attributes; the handle of the last one. */
CK_ULONG certificate_find(const CK_FUNCTION_LIST_3_2 *list,
                          CK_SESSION_HANDLE session, CK_ATTRIBUTE *template,
                          CK_ULONG count, CK_OBJECT_HANDLE *out);

#endif
