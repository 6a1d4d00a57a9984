/* SPDX-License-Identifier: BSD-3-Clause */
/* What is known of each attribute of a certificate, and of its values. */
#ifndef BACKENDS_CERTIFICATE_FACTS_H
#define BACKENDS_CERTIFICATE_FACTS_H

#include "common/cryptoki.h"

#include <stdbool.h>
#include <stddef.h>

/* Certificate types, as bits. */
enum {
    OF_X_509 = 1,
    OF_ATTRIBUTE = 2, /* CKC_X_509_ATTR_CERT */
    OF_WTLS = 4,
    OF_ALL = OF_X_509 | OF_ATTRIBUTE | OF_WTLS
};

enum certificate_kind {
    KIND_BYTES,
    KIND_FLAG,     /* CK_BBOOL */
    KIND_NUMBER,   /* CK_ULONG, at most `most` */
    KIND_DIGEST,   /* CK_MECHANISM_TYPE of a digest */
    KIND_LABEL,    /* UTF-8 of bounded length */
    KIND_DATE,     /* CK_DATE or nothing */
    KIND_SEQUENCE, /* one BER SEQUENCE or nothing */
    KIND_CHECK     /* the first bytes of the SHA-1 of CKA_VALUE, or nothing */
};

/* What an object has where its template says nothing. */
enum certificate_default {
    DEFAULT_EMPTY,
    DEFAULT_FALSE,
    DEFAULT_TRUE,
    DEFAULT_NUMBER, /* `number` */
    DEFAULT_MADE    /* by certificate_make */
};

struct certificate_fact {
    CK_ATTRIBUTE_TYPE type;
    unsigned of;        /* the certificate types that have it */
    unsigned needed_by; /* those whose template must have it */
    unsigned changes;   /* those where C_SetAttributeValue may change it */
    bool may_differ;    /* C_CopyObject may give a copy another value */
    enum certificate_kind kind;
    CK_ULONG most;
    enum certificate_default otherwise;
    CK_ULONG number;
};

enum { CERTIFICATE_FACTS = 29, CHECK_VALUE_LENGTH = 3 };
extern const struct certificate_fact certificate_facts[CERTIFICATE_FACTS];

/* The row of an attribute of one of the certificate types; NULL where they do
 * not have it. */
const struct certificate_fact *certificate_fact(CK_ATTRIBUTE_TYPE type,
                                                unsigned of);

/* The bit of a CKA_CERTIFICATE_TYPE, 0 for what is none. */
unsigned certificate_type_bit(const CK_ATTRIBUTE *attribute);

/* Whether the value is one that such an attribute can have, apart from what
 * other attributes say. */
bool certificate_value_fits(const struct certificate_fact *fact,
                            const CK_ATTRIBUTE *attribute);

/* The length of a digest's result, 0 for what is no digest. */
size_t certificate_digest_length(CK_MECHANISM_TYPE mechanism);

/* A CK_ULONG of the right length; its value. */
bool certificate_number(const CK_ATTRIBUTE *attribute, CK_ULONG *out);

/* The CKA_CHECK_VALUE of a CKA_VALUE; false when OpenSSL fails. */
bool certificate_check_value(const CK_ATTRIBUTE *value,
                             CK_BYTE out[CHECK_VALUE_LENGTH]);

#endif
