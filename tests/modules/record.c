/* SPDX-License-Identifier: BSD-3-Clause */
/* A PKCS#11 3.2 module that notes which function was called with which
 * arguments, and answers what a test ordered (record.h). */
#include "tests/modules/record-call.h"

#include "tests/modules/answer.h"

#define FUNCTION(name, parameters, values, ...)                                \
    static CK_RV record_##name parameters                                      \
    {                                                                          \
        struct argument arguments[] = { __VA_ARGS__ };                         \
                                                                               \
        return record_call(FUNCTION_##name, arguments,                         \
                           sizeof(arguments) / sizeof(arguments[0]));          \
    }

static CK_RV
record_call(enum function function, struct argument *arguments,
            size_t n_arguments)
{
    note_call(function, arguments, n_arguments);
    return answer_call(function, arguments, n_arguments);
}

#include "tests/modules/functions.def"

static CK_FUNCTION_LIST_3_2 list_3_2 = {
    .version = { 3, 2 },
#define FUNCTION(name, parameters, values, ...) .name = record_##name,
#include "tests/modules/functions.def"
};
static CK_FUNCTION_LIST_3_0 list_3_0 = {
    .version = { 3, 0 },
#define FUNCTION(name, parameters, values, ...) .name = record_##name,
#define FUNCTION_3_2(name, parameters, values, ...)
#include "tests/modules/functions.def"
};
static CK_FUNCTION_LIST list_2_40 = {
    .version = { 2, 40 },
#define FUNCTION(name, parameters, values, ...) .name = record_##name,
#define FUNCTION_3_0(name, parameters, values, ...)
#include "tests/modules/functions.def"
};

static CK_UTF8CHAR standard[] = "PKCS 11";
static CK_INTERFACE interfaces[] = {
    { standard, &list_3_2, 0 },
    { standard, &list_3_0, 0 },
    { standard, &list_2_40, 0 },
};
enum { N_INTERFACES = sizeof(interfaces) / sizeof(interfaces[0]) };

CK_RV
C_GetFunctionList(CK_FUNCTION_LIST_PTR_PTR list)
{
    if (list == NULL)
        return CKR_ARGUMENTS_BAD;
    *list = &list_2_40;
    return CKR_OK;
}

CK_RV
C_GetInterfaceList(CK_INTERFACE_PTR list, CK_ULONG_PTR count)
{
    return answer_interfaces(interfaces, N_INTERFACES, list, count);
}

CK_RV
C_GetInterface(CK_UTF8CHAR_PTR name, CK_VERSION_PTR version,
               CK_INTERFACE_PTR_PTR interface, CK_FLAGS flags)
{
    return answer_interface(interfaces, N_INTERFACES, name, version, interface,
                            flags);
}

/* Those are the library's own, also through the lists. */
static void __attribute__((constructor)) lists_prepare(void)
{
    list_3_2.C_GetFunctionList = C_GetFunctionList;
    list_3_0.C_GetFunctionList = C_GetFunctionList;
    list_2_40.C_GetFunctionList = C_GetFunctionList;
    list_3_2.C_GetInterfaceList = C_GetInterfaceList;
    list_3_0.C_GetInterfaceList = C_GetInterfaceList;
    list_3_2.C_GetInterface = C_GetInterface;
    list_3_0.C_GetInterface = C_GetInterface;
}
