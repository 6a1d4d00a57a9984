/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * A module for tests of which list is used: $P11MUX_TEST_OFFER holds words
 * that say what its three ways in answer. C_GetInfo says which list it was
 * asked through: "2.40", "3.0" or "3.2" in the description.
 *
 *   default-3.0 default-3.2 default-vendor default-fails   C_GetInterface
 *   listed-3.2                                       C_GetInterfaceList, too
 *   list-fails list-9.1                              C_GetFunctionList
 */
#include "common/cryptoki.h"

#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

static bool
is_offered(const char *word)
{
    const char *offer = getenv("P11MUX_TEST_OFFER");

    return offer != NULL && strstr(offer, word) != NULL;
}

static CK_RV
describe(CK_INFO_PTR info, const char *text)
{
    memset(info, ' ', sizeof(*info));
    memcpy(info->libraryDescription, text, strlen(text));
    return CKR_OK;
}

static CK_RV
get_info_2_40(CK_INFO_PTR info)
{
    return describe(info, "2.40");
}

static CK_RV
get_info_3_0(CK_INFO_PTR info)
{
    return describe(info, "3.0");
}

static CK_RV
get_info_3_2(CK_INFO_PTR info)
{
    return describe(info, "3.2");
}

static CK_FUNCTION_LIST list_2_40 = { .version = { 2, 40 },
                                      .C_GetInfo = get_info_2_40 };
static CK_FUNCTION_LIST list_9_1 = { .version = { 9, 1 } };
static CK_FUNCTION_LIST_3_0 list_3_0 = { .version = { 3, 0 },
                                         .C_GetInfo = get_info_3_0 };
static CK_FUNCTION_LIST_3_2 list_3_2 = { .version = { 3, 2 },
                                         .C_GetInfo = get_info_3_2 };
static CK_UTF8CHAR standard[] = "PKCS 11";
static CK_UTF8CHAR vendor[] = "Vendor offer";

static CK_INTERFACE interfaces[] = {
    { vendor, &list_9_1, 0 },
    { standard, &list_2_40, 0 },
    { standard, &list_3_0, 0 },
    { standard, &list_3_2, 0 },
};

CK_RV
C_GetInterface(CK_UTF8CHAR_PTR name, CK_VERSION_PTR version,
               CK_INTERFACE_PTR_PTR out, CK_FLAGS flags)
{
    if (name != NULL || version != NULL || flags != 0)
        return CKR_ARGUMENTS_BAD;
    if (is_offered("default-vendor"))
        *out = &interfaces[0];
    else if (is_offered("default-3.0"))
        *out = &interfaces[2];
    else if (is_offered("default-3.2"))
        *out = &interfaces[3];
    else
        return CKR_FUNCTION_FAILED;
    return CKR_OK;
}

CK_RV
C_GetInterfaceList(CK_INTERFACE_PTR out, CK_ULONG_PTR count)
{
    CK_ULONG room = *count;

    if (!is_offered("listed-3.2"))
        return CKR_FUNCTION_NOT_SUPPORTED;
    *count = sizeof(interfaces) / sizeof(interfaces[0]);
    if (out == NULL)
        return CKR_OK;
    if (room < *count)
        return CKR_BUFFER_TOO_SMALL;
    memcpy(out, interfaces, sizeof(interfaces));
    return CKR_OK;
}

CK_RV
C_GetFunctionList(CK_FUNCTION_LIST_PTR_PTR out)
{
    if (is_offered("list-fails"))
        return CKR_GENERAL_ERROR;
    *out = is_offered("list-9.1") ? &list_9_1 : &list_2_40;
    return CKR_OK;
}
