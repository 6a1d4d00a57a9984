/* SPDX-License-Identifier: BSD-3-Clause */
/* The function lists and interfaces that applications find first. All can be
 * asked for before C_Initialize, and no pointer in them is NULL. */
#include "common/cryptoki.h"
#include "router/process.h"

#include <stdbool.h>
#include <stddef.h>
#include <string.h>

#define EXPORTED __attribute__((visibility("default")))

#define FUNCTION(name, answer, parameters) .name = name,

#define FUNCTIONS_UP_TO_2_40
static CK_FUNCTION_LIST list_2_40 = {
    .version = { 2, 40 },
#include "common/functions.def"
};
#undef FUNCTIONS_UP_TO_2_40

#define FUNCTIONS_UP_TO_3_0
static CK_FUNCTION_LIST_3_0 list_3_0 = {
    .version = { 3, 0 },
#include "common/functions.def"
};
#undef FUNCTIONS_UP_TO_3_0

static CK_FUNCTION_LIST_3_2 list_3_2 = {
    .version = { 3, 2 },
#include "common/functions.def"
};

static CK_UTF8CHAR standard_name[] = "PKCS 11";

/* The newest first: it is what an application gets that asks for none. The
 * flag that promises fork-safe sessions is not ours to give (R1.5). */
static CK_INTERFACE interfaces[] = {
    { standard_name, &list_3_2, 0 },
    { standard_name, &list_3_0, 0 },
    { standard_name, &list_2_40, 0 },
};

enum { N_INTERFACES = sizeof(interfaces) / sizeof(interfaces[0]) };

/* Who has the newest list may ask what was validated (R3.22). */
static void
note_given(const CK_INTERFACE *interface)
{
    if (interface->pFunctionList == &list_3_2)
        atomic_store(&process.shows_validation, true);
}

EXPORTED CK_RV
C_GetFunctionList(CK_FUNCTION_LIST_PTR_PTR list)
{
    if (list == NULL)
        return CKR_ARGUMENTS_BAD;
    *list = &list_2_40;
    return CKR_OK;
}

EXPORTED CK_RV
C_GetInterfaceList(CK_INTERFACE_PTR list, CK_ULONG_PTR count)
{
    CK_ULONG room;

    if (count == NULL)
        return CKR_ARGUMENTS_BAD;
    room = *count;
    *count = N_INTERFACES;
    if (list == NULL)
        return CKR_OK;
    if (room < N_INTERFACES)
        return CKR_BUFFER_TOO_SMALL;
    memcpy(list, interfaces, sizeof(interfaces));
    note_given(&list[0]);
    return CKR_OK;
}

/* 3.1 brought no functions: its list is that of 3.0. */
static bool
is_version(const CK_INTERFACE *interface, const CK_VERSION *wanted)
{
    const CK_VERSION *version = interface->pFunctionList;

    return version->major == wanted->major &&
           (version->minor == wanted->minor ||
            (wanted->major == 3 && wanted->minor == 1 && version->minor == 0));
}

EXPORTED CK_RV
C_GetInterface(CK_UTF8CHAR_PTR name, CK_VERSION_PTR version,
               CK_INTERFACE_PTR_PTR interface, CK_FLAGS flags)
{
    if (interface == NULL)
        return CKR_ARGUMENTS_BAD;
    if (name != NULL &&
        strcmp((const char *)name, (const char *)standard_name) != 0)
        return CKR_FUNCTION_FAILED;
    for (size_t i = 0; i < N_INTERFACES; i++)
        if ((version == NULL || is_version(&interfaces[i], version)) &&
            (flags & ~interfaces[i].flags) == 0) {
            *interface = &interfaces[i];
            note_given(*interface);
            return CKR_OK;
        }
    return CKR_FUNCTION_FAILED;
}
