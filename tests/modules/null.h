/* SPDX-License-Identifier: BSD-3-Clause */
/* What the files of the null module share: its objects. */
#ifndef TESTS_MODULES_NULL_H
#define TESTS_MODULES_NULL_H

#include "common/cryptoki.h"

#include <stdbool.h>

#pragma GCC visibility push(hidden)

/* Reads $P11MUX_NULL_OBJECTS; false when it is no number from 0 to 1000000. */
bool null_objects_read(void);

CK_RV null_C_FindObjectsInit(CK_SESSION_HANDLE session,
                             CK_ATTRIBUTE_PTR template,
                             CK_ULONG template_count);
CK_RV null_C_FindObjects(CK_SESSION_HANDLE session,
                         CK_OBJECT_HANDLE_PTR objects, CK_ULONG max_count,
                         CK_ULONG_PTR count);
CK_RV null_C_FindObjectsFinal(CK_SESSION_HANDLE session);
CK_RV null_C_GetAttributeValue(CK_SESSION_HANDLE session,
                               CK_OBJECT_HANDLE object,
                               CK_ATTRIBUTE_PTR template,
                               CK_ULONG template_count);
CK_RV null_C_GetObjectSize(CK_SESSION_HANDLE session, CK_OBJECT_HANDLE object,
                           CK_ULONG_PTR size);

#pragma GCC visibility pop

#endif
