/* SPDX-License-Identifier: BSD-3-Clause */
/* Asks a library for its function list. */
#include "backends/interface.h"

#include "backends/list.h"
#include "backends/recursion.h"
#include "common/cleanup.h"
#include "common/names.h"

#include <dlfcn.h>
#include <link.h>
#include <stdlib.h>
#include <string.h>

/* The ways into a library; NULL where it has none. */
struct entrances {
    CK_C_GetFunctionList function_list;
    CK_C_GetInterface interface;
    CK_C_GetInterfaceList interface_list;
};

/*
 * dlsym also finds what the libraries export that this one is linked with: a
 * module of 2.40 that uses libp11-kit would get that one's C_GetInterface.
 */
static void *
find_own(void *handle, const char *name)
{
    void *symbol = dlsym(handle, name);
    struct link_map *its = NULL;
    struct link_map *own = NULL;
    Dl_info info;

    if (symbol == NULL || dlinfo(handle, RTLD_DI_LINKMAP, &own) != 0 ||
        dladdr1(symbol, &info, (void **)&its, RTLD_DL_LINKMAP) == 0)
        return NULL;
    return its == own ? symbol : NULL;
}

/* Only C_GetFunctionList may come from a library behind it: there are
 * modules that are nothing but a link to another. */
static bool
find_entrances(void *handle, const char *file, struct entrances *out,
               struct error *error)
{
    void *function_list = dlsym(handle, "C_GetFunctionList");
    void *interface = find_own(handle, "C_GetInterface");
    void *interface_list = find_own(handle, "C_GetInterfaceList");
    const void *any = function_list != NULL ? function_list
                      : interface != NULL   ? interface
                                            : interface_list;
    const char *reason;

    if (any == NULL)
        return error_set(error, CKR_GENERAL_ERROR,
                         "%s is not a PKCS#11 module: it exports neither "
                         "C_GetFunctionList nor C_GetInterface",
                         file);
    reason = recursion_reason(any);
    if (reason != NULL)
        return error_set(error, CKR_FUNCTION_REJECTED, "%s %s", file, reason);
    out->function_list = (CK_C_GetFunctionList)function_list;
    out->interface = (CK_C_GetInterface)interface;
    out->interface_list = (CK_C_GetInterfaceList)interface_list;
    return true;
}

/* The list of a standard interface of a version that we know, or NULL. */
static const CK_FUNCTION_LIST *
list_of(const CK_INTERFACE *interface)
{
    const CK_FUNCTION_LIST *list;

    if (interface == NULL || interface->pInterfaceName == NULL ||
        interface->pFunctionList == NULL ||
        strcmp((const char *)interface->pInterfaceName, "PKCS 11") != 0)
        return NULL;
    list = interface->pFunctionList;
    return list_length(list->version, false) == 0 ? NULL : list;
}

static const CK_FUNCTION_LIST *
ask_interface(CK_C_GetInterface get_interface)
{
    CK_INTERFACE *interface = NULL;

    if (get_interface == NULL ||
        get_interface(NULL, NULL, &interface, 0) != CKR_OK)
        return NULL;
    return list_of(interface);
}

static bool
is_newer(CK_VERSION version, CK_VERSION than)
{
    return version.major > than.major ||
           (version.major == than.major && version.minor > than.minor);
}

static const CK_FUNCTION_LIST *
ask_interface_list(CK_C_GetInterfaceList get_interface_list)
{
    CLEANUP(freep) CK_INTERFACE *interfaces = NULL;
    const CK_FUNCTION_LIST *best = NULL;
    CK_ULONG count = 0;

    if (get_interface_list == NULL ||
        get_interface_list(NULL, &count) != CKR_OK || count == 0)
        return NULL;
    interfaces = calloc(count, sizeof(*interfaces));
    if (interfaces == NULL || get_interface_list(interfaces, &count) != CKR_OK)
        return NULL;
    for (CK_ULONG i = 0; i < count; i++) {
        const CK_FUNCTION_LIST *list = list_of(&interfaces[i]);

        if (list != NULL &&
            (best == NULL || is_newer(list->version, best->version)))
            best = list;
    }
    return best;
}

static const CK_FUNCTION_LIST *
ask_function_list(CK_C_GetFunctionList get_function_list, const char *file,
                  struct error *error)
{
    CK_FUNCTION_LIST *list = NULL;
    char name[NAME_LENGTH];
    CK_RV rv;

    if (get_function_list == NULL) {
        error_set(error, CKR_GENERAL_ERROR,
                  "%s offers no standard interface and no C_GetFunctionList",
                  file);
        return NULL;
    }
    rv = get_function_list(&list);
    if (rv != CKR_OK || list == NULL) {
        error_set(error, CKR_GENERAL_ERROR,
                  "%s gives no function list: C_GetFunctionList: %s", file,
                  name_of(NAME_CKR, rv, name));
        return NULL;
    }
    if (list_length(list->version, false) == 0) {
        error_set(error, CKR_GENERAL_ERROR,
                  "%s has a function list of version %u.%u; p11mux knows 2.x "
                  "and 3.x",
                  file, list->version.major, list->version.minor);
        return NULL;
    }
    return list;
}

bool
interface_choose(void *handle, const char *file, const CK_FUNCTION_LIST **out,
                 struct error *error)
{
    struct entrances entrances = { NULL, NULL, NULL };

    if (!find_entrances(handle, file, &entrances, error))
        return false;
    *out = ask_interface(entrances.interface);
    if (*out == NULL)
        *out = ask_interface_list(entrances.interface_list);
    if (*out == NULL)
        *out = ask_function_list(entrances.function_list, file, error);
    return *out != NULL;
}
