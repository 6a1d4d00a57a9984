/* SPDX-License-Identifier: BSD-3-Clause */
/* The differences that are wanted where two members are one token. */
#include "tests/differential/differences.h"

#include <stddef.h>

/* clang-format off */
static const struct difference grouped_differences[] = {
    { "softhsm", "objects/*", "C_C*Object CKR_ATTRIBUTE_TYPE_INVALID", "C_C*Object CKR_ATTRIBUTE_READ_ONLY",
      "R7.17: each object of a group has a CKA_UNIQUE_ID, which is the token's to give", 7 },
    { "softhsm", "templates/*", "C_* CKR_ATTRIBUTE_TYPE_INVALID*", "C_* CKR_ATTRIBUTE_READ_ONLY*",
      "R7.17: each object of a group has a CKA_UNIQUE_ID, which is the token's to give", 8 },
    { "softhsm", "attributes/change unique id/1", "C_SetAttributeValue CKR_ATTRIBUTE_TYPE_INVALID *", "C_SetAttributeValue CKR_ATTRIBUTE_READ_ONLY *",
      "R7.17: each object of a group has a CKA_UNIQUE_ID, which is the token's to give", 1 },
    { "softhsm", "attributes/storage of *", "C_GetAttributeValue CKR_ATTRIBUTE_TYPE_INVALID *", "C_GetAttributeValue CKR_OK * CKA_UNIQUE_ID 32 *",
      "R7.17: each object of a group has a CKA_UNIQUE_ID", 3 },
    { NULL, NULL, NULL, NULL, NULL, 0 },
};
/* clang-format on */

const struct difference *const differences_grouped[] = {
    grouped_differences, lent_differences, shared_differences,
    plain_differences, NULL
};
