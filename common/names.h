/* SPDX-License-Identifier: BSD-3-Clause */
/* The names of PKCS#11 constants. */
#ifndef COMMON_NAMES_H
#define COMMON_NAMES_H

#include "common/cryptoki.h"

#include <stdbool.h>

/* The kinds of constant that have names: each is a prefix. */
enum name_kind {
    NAME_CKR, /* CK_RV */
    NAME_CKM, /* CK_MECHANISM_TYPE */
    NAME_CKA, /* CK_ATTRIBUTE_TYPE */
    NAME_CKO, /* CK_OBJECT_CLASS */
    NAME_CKK, /* CK_KEY_TYPE */
    NAME_CKC, /* CK_CERTIFICATE_TYPE */
    NAME_CKU, /* CK_USER_TYPE */
    NAME_CKS, /* CK_STATE */
    NAME_CKH, /* CK_HW_FEATURE_TYPE */
    NAME_CKP, /* CK_PROFILE_ID */
    NAME_CKT, /* CK_TRUST */
    NAME_CKG, /* CK_RSA_PKCS_MGF_TYPE */
    NAME_CKD, /* CK_EC_KDF_TYPE and CK_X9_42_DH_KDF_TYPE */
    NAME_KINDS
};

enum { NAME_LENGTH = 64 }; /* room for any name, with its NUL */

/*
 * Writes the current name into `out` and returns it. A value of a vendor's is
 * written as CKR_VENDOR_DEFINED+0x12, any other without a name as 0x12.
 */
const char *name_of(enum name_kind kind, CK_ULONG value, char out[NAME_LENGTH]);

/* Lends the current name; NULL where there is none. */
const char *name_text(enum name_kind kind, CK_ULONG value);

/* The value of a current or deprecated name; false if it is not known. */
bool name_find(enum name_kind kind, const char *name, CK_ULONG *out);

#endif
