/* SPDX-License-Identifier: BSD-3-Clause */
/* Which of a library's function lists is used (R1.2). */
#ifndef BACKENDS_INTERFACE_H
#define BACKENDS_INTERFACE_H

#include "common/cryptoki.h"
#include "common/error.h"

#include <stdbool.h>

/*
 * Asks a library, as dlopen gave it, for its list: by C_GetInterface, else
 * C_GetInterfaceList, else C_GetFunctionList. `file` is for messages. False
 * when it has none, and with CKR_FUNCTION_REJECTED when it may not be used at
 * all (R1.8).
 */
bool interface_choose(void *handle, const char *file,
                      const CK_FUNCTION_LIST **out, struct error *error);

#endif
