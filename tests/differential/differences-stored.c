/* SPDX-License-Identifier: BSD-3-Clause */
/* The differences that are wanted where certificates may be in the store. What
 * it says of each template is in tests/certificate-rows.def. */
#include "tests/differential/differences.h"

#include <stddef.h>

/* clang-format off */
static const struct difference overflowing_differences[] = {
    { "softhsm", "templates/*, check value/1", "C_CreateObject CKR_GENERAL_ERROR", "C_CreateObject CKR_OK *",
      "8.3: SoftHSM cannot take a check value", 2 },
    { "softhsm", "templates/*, check value/2", "C_GetAttributeValue CKR_OBJECT_HANDLE_INVALID *", "C_GetAttributeValue CKR_OK CERTIFICATE:check value#*",
      "8.3: and so it is elsewhere", 2 },
    { "softhsm", "templates/*, check value/3", "C_DestroyObject CKR_OBJECT_HANDLE_INVALID *", "C_DestroyObject CKR_OK *",
      "8.3: and so it is elsewhere", 2 },
    { NULL, NULL, NULL, NULL, NULL, 0 },
};

static const struct difference stored_differences[] = {
    { "softhsm", "certificates/a certificate is no key, token yes/*", "C_*Init CKR_KEY_FUNCTION_NOT_PERMITTED *", "C_*Init CKR_KEY_HANDLE_INVALID *",
      "R8.10: it is no key", 2 },

    /* What SoftHSM takes and the store refuses, and where that was no object */
    { "softhsm", "templates/session, *", "C_CreateObject CKR_OK *", "C_CreateObject CKR_ATTRIBUTE_VALUE_INVALID",
      "8.3: a CK_BBOOL is 0 or 1; what is neither is no session object", 2 },
    { "softhsm", "templates/token, *", "C_CreateObject CKR_OK *", "C_CreateObject CKR_ATTRIBUTE_VALUE_INVALID",
      "8.3: values that are none", 20 },
    { "softhsm", "templates/token, *", "C_CreateObject CKR_OK *", "C_CreateObject CKR_TEMPLATE_INCOMPLETE",
      "8.3: a subject, a value, or a URL with both hashes", 5 },
    { "softhsm", "templates/token, *", "C_CreateObject CKR_OK *", "C_CreateObject CKR_TEMPLATE_INCONSISTENT",
      "8.3, R8.13: dates, hashes, one attribute with two values; nothing is private", 5 },
    { "softhsm", "templates/*, *", "C_GetAttributeValue CKR_OK *", "C_GetAttributeValue CKR_OBJECT_HANDLE_INVALID unknown *",
      "8.3: what was refused is not there", 34 },
    { "softhsm", "templates/*, *", "C_DestroyObject CKR_OK *", "C_DestroyObject CKR_OBJECT_HANDLE_INVALID unknown",
      "8.3: what was refused is not there", 34 },

    /* What both refuse, in the store's order of errors */
    { "softhsm", "templates/token, trusted, 2/1", "C_CreateObject CKR_ATTRIBUTE_READ_ONLY", "C_CreateObject CKR_ATTRIBUTE_VALUE_INVALID",
      "8.3: a CK_BBOOL is 0 or 1", 1 },
    { "softhsm", "templates/token, unique id*/1", "C_CreateObject CKR_ATTRIBUTE_TYPE_INVALID", "C_CreateObject CKR_ATTRIBUTE_READ_ONLY",
      "R1.22: CKA_UNIQUE_ID is read-only; SoftHSM does not know it", 2 },
    { "softhsm", "templates/token, check value, *", "C_CreateObject CKR_GENERAL_ERROR", "C_CreateObject CKR_ATTRIBUTE_VALUE_INVALID",
      "8.3: a wrong check value", 3 },
    { "softhsm", "templates/token, of no type that there is/1", "C_CreateObject CKR_TEMPLATE_INCOMPLETE", "C_CreateObject CKR_ATTRIBUTE_TYPE_INVALID",
      "8.3: a fixed order of errors", 1 },
    { "softhsm", "templates/token, type, long/1", "C_CreateObject CKR_TEMPLATE_INCOMPLETE", "C_CreateObject CKR_ATTRIBUTE_VALUE_INVALID",
      "8.3: wrong length of a fixed type", 1 },

    /* Types that SoftHSM does not have */
    { "softhsm", "templates/token, *", "C_CreateObject CKR_ATTRIBUTE_VALUE_INVALID", "C_CreateObject CKR_OK *",
      "8.3: WTLS and attribute certificates", 7 },
    { "softhsm", "templates/token, *", "C_GetAttributeValue CKR_OBJECT_HANDLE_INVALID *", "C_GetAttributeValue CKR_ATTRIBUTE_TYPE_INVALID CERTIFICATE:*",
      "8.3: WTLS and attribute certificates", 7 },
    { "softhsm", "templates/token, *", "C_DestroyObject CKR_OBJECT_HANDLE_INVALID *", "C_DestroyObject CKR_OK CERTIFICATE:*",
      "8.3: WTLS and attribute certificates", 7 },
    { "softhsm", "templates/token, WTLS: *", "C_CreateObject CKR_ATTRIBUTE_VALUE_INVALID", "C_CreateObject CKR_ATTRIBUTE_TYPE_INVALID",
      "8.3: what such a certificate has not", 3 },
    { "softhsm", "templates/token, attributes: *", "C_CreateObject CKR_ATTRIBUTE_VALUE_INVALID", "C_CreateObject CKR_ATTRIBUTE_TYPE_INVALID",
      "8.3: what such a certificate has not", 4 },
    { "softhsm", "templates/token, *", "C_CreateObject CKR_ATTRIBUTE_VALUE_INVALID", "C_CreateObject CKR_TEMPLATE_INCOMPLETE",
      "8.3: what such a certificate needs", 6 },
    { "softhsm", "templates/token, WTLS: subject, empty/1", "C_CreateObject CKR_ATTRIBUTE_VALUE_INVALID", "C_CreateObject CKR_TEMPLATE_INCONSISTENT",
      "8.3: empty only if the value is empty", 1 },

    /* Values */
    { "softhsm", "templates/token, X.509: value, empty beside a URL/2", "C_GetAttributeValue CKR_OK * CKA_CHECK_VALUE 3 *", "C_GetAttributeValue CKR_OK * CKA_CHECK_VALUE 0 *",
      "8.3: no check value without a value", 1 },

    /* Changes and copies */
    { "softhsm", "templates/* 32, token/2", "C_* CKR_ATTRIBUTE_TYPE_INVALID*", "C_* CKR_ATTRIBUTE_READ_ONLY*",
      "R1.22: CKA_UNIQUE_ID is read-only; SoftHSM does not know it", 2 },
    { "softhsm", "templates/copy 6, token/2", "C_CopyObject CKR_OK *", "C_CopyObject CKR_TEMPLATE_INCONSISTENT",
      "R8.13: nothing is private", 1 },
    { "softhsm", "templates/* 36, token/2", "C_* CKR_OK *", "C_* CKR_TEMPLATE_INCONSISTENT*",
      "8.3: one attribute with two values", 2 },
    { "softhsm", "templates/set 36, token/3", "C_GetAttributeValue CKR_OK *", "C_GetAttributeValue CKR_OK *",
      "8.4: all or nothing", 1 },
    { "softhsm", "templates/not modifiable, token/5", "C_CopyObject CKR_ATTRIBUTE_READ_ONLY", "C_CopyObject CKR_OK *",
      "8.5: a copy may be modifiable", 1 },
    { "softhsm", "templates/not modifiable, token/6", "C_DestroyObject CKR_OBJECT_HANDLE_INVALID *", "C_DestroyObject CKR_OK *",
      "8.5: a copy may be modifiable", 1 },
    { "softhsm", "templates/trust/8", "C_CreateObject CKR_OK *", "C_CreateObject CKR_ATTRIBUTE_READ_ONLY",
      "8.3: what can be forged is not to be trusted", 1 },
    { "softhsm", "templates/trust/9", "C_GetAttributeValue CKR_OK *", "C_GetAttributeValue CKR_OBJECT_HANDLE_INVALID *",
      "8.3: what was refused is not there", 1 },
    { "softhsm", "templates/trust/10", "C_DestroyObject CKR_OK *", "C_DestroyObject CKR_OBJECT_HANDLE_INVALID *",
      "8.3: what was refused is not there", 1 },
    { NULL, NULL, NULL, NULL, NULL, 0 },
};
/* clang-format on */

const struct difference *const differences_overflowing[] = {
    overflowing_differences, lent_differences, shared_differences,
    plain_differences, NULL
};
const struct difference *const differences_stored[] = {
    overflowing_differences, stored_differences, lent_differences,
    shared_differences,      plain_differences,  NULL
};
