/* SPDX-License-Identifier: BSD-3-Clause */
/* Loading a module the way an application does, with all its lists. */
#include "tests/fixture.h"

#include <dlfcn.h>
#include <stdlib.h>
#include <unistd.h>

/* Those that are open: a test need not close what ends with it. */
static struct module *modules;

const char *
fixture_p11mux(void)
{
    const char *path = getenv("P11MUX_MODULE");
    const char *build = getenv("P11MUX_BUILDDIR");

    if (path == NULL && build == NULL)
        fixture_fail("neither P11MUX_MODULE nor P11MUX_BUILDDIR says where "
                     "p11mux.so is; run the test with make check");
    if (path == NULL) {
        fixture_setenv("P11MUX_MODULE", "%s/.libs/p11mux.so", build);
        path = getenv("P11MUX_MODULE");
    }
    return path;
}

const char *
fixture_test_module(const char *name)
{
    const char *folder = getenv("P11MUX_TEST_MODULES");
    const char *build = getenv("P11MUX_BUILDDIR");
    const char *path;

    if (folder == NULL && build == NULL)
        fixture_fail("neither P11MUX_TEST_MODULES nor P11MUX_BUILDDIR says "
                     "where %s.so is; run the test with make check",
                     name);
    path = folder != NULL
               ? fixture_text("%s/%s.so", folder, name)
               : fixture_text("%s/tests/modules/.libs/%s.so", build, name);
    if (access(path, R_OK) != 0)
        fixture_fail("%s was not built", path);
    return path;
}

void *
module_symbol(const struct module *module, const char *name)
{
    void *symbol = dlsym(module->library, name);

    if (symbol == NULL)
        fixture_fail("%s has no %s", module->path, name);
    return symbol;
}

/* A list of that version, if the module has interfaces and one of them is. */
static void *
list_get(const struct module *module, CK_BYTE major, CK_BYTE minor)
{
    CK_C_GetInterface get_interface;
    CK_VERSION version = { major, minor };
    CK_UTF8CHAR name[] = "PKCS 11";
    CK_INTERFACE *interface = NULL;

    get_interface = (CK_C_GetInterface)dlsym(module->library, "C_GetInterface");
    if (get_interface == NULL ||
        get_interface(name, &version, &interface, 0) != CKR_OK)
        return NULL;
    return interface->pFunctionList;
}

struct module *
module_open(const char *path)
{
    struct module *module = calloc(1, sizeof(*module));
    CK_C_GetFunctionList get_list;
    CK_RV rv;

    if (module == NULL)
        fixture_fail("no memory");
    module->path = fixture_text("%s", path);
    module->library = dlopen(path, RTLD_NOW | RTLD_LOCAL);
    if (module->library == NULL)
        fixture_fail("%s", dlerror());
    get_list = (CK_C_GetFunctionList)module_symbol(module, "C_GetFunctionList");
    rv = get_list(&module->list);
    if (rv != CKR_OK)
        fixture_fail("%s: C_GetFunctionList: 0x%lx", path, rv);
    module->list_3_0 = list_get(module, 3, 0);
    module->list_3_2 = list_get(module, 3, 2);
    module->next = modules;
    modules = module;
    return module;
}

void
module_close(struct module *module)
{
    struct module **at = &modules;

    if (module == NULL)
        return;
    while (*at != module)
        at = &(*at)->next;
    *at = module->next;
    dlclose(module->library);
    free(module);
}
