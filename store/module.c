/* SPDX-License-Identifier: BSD-3-Clause */
/* Opens the module with PostgreSQL, which an application without such a store
 * never has in its process. */
#include "common/cleanup.h"
#include "store/store-private.h"

#include <dlfcn.h>
#include <stdio.h>
#include <string.h>

static const char file[] = "store-postgresql.so";

static const char *folder = PKGLIBDIR;

void
store_module_set_folder(const char *path)
{
    folder = path;
}

static bool
refuse(struct error *error, const char *what)
{
    return error_set(error, CKR_GENERAL_ERROR,
                     "store.url: a store in PostgreSQL needs %s/%s of this "
                     "release: %s; install it, with libpq5, or write "
                     "sqlite:/PATH",
                     folder, file, what);
}

bool
store_module_load(const struct store_kind **out, struct error *error)
{
    CLEANUP(freep) char *path = NULL;
    const struct store_module *module;
    void *handle;

    if (asprintf(&path, "%s/%s", folder, file) < 0)
        return error_set(error, CKR_HOST_MEMORY, "out of memory");
    /* It stays: libpq's libraries are not made to be taken away again. */
    handle = dlopen(path, RTLD_NOW | RTLD_LOCAL | RTLD_NODELETE);
    if (handle == NULL)
        return refuse(error, dlerror());
    module = dlsym(handle, "store_module");
    if (module == NULL || strcmp(module->release, PACKAGE_VERSION) != 0)
        return refuse(error,
                      module == NULL ? "it is another one" : module->release);
    *out = module->kind;
    return true;
}
