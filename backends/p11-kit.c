/* SPDX-License-Identifier: BSD-3-Clause */
/* Asks p11-kit which modules are registered. */
#include "backends/p11-kit.h"

#include <dlfcn.h>
#include <p11-kit/p11-kit.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static size_t
count_modules(CK_FUNCTION_LIST **lists)
{
    size_t count = 0;

    while (lists != NULL && lists[count] != NULL)
        count++;
    return count;
}

/* Where the loader found the module that this list is in, or what p11-kit was
 * told, if the functions are elsewhere. The caller frees it. */
static char *
find_path(CK_FUNCTION_LIST *list)
{
    char *path = p11_kit_module_get_filename(list);
    Dl_info info;

    if (path != NULL && strchr(path, '/') != NULL)
        return path;
    free(path);
    if (dladdr((const void *)list->C_GetFunctionList, &info) == 0)
        return NULL;
    return strdup(info.dli_fname);
}

static char *
name_module(CK_FUNCTION_LIST *list)
{
    char *name = p11_kit_module_get_name(list);

    return name != NULL ? name : strdup("unnamed");
}

/* The modules that p11-kit loaded from files. */
static bool
read_local(struct registered *out, CK_FUNCTION_LIST **lists)
{
    for (size_t i = 0; lists[i] != NULL; i++) {
        struct registered_module *module = &out->modules[out->n_modules++];

        module->name = name_module(lists[i]);
        module->path = find_path(lists[i]);
        if (module->name == NULL || module->path == NULL)
            return false;
        module->init_args = p11_kit_config_option(lists[i], "x-init-reserved");
        module->is_critical =
            (p11_kit_module_get_flags(lists[i]) & P11_KIT_MODULE_CRITICAL) != 0;
    }
    return true;
}

/* Those that have no file appear only among the managed ones. */
static bool
read_remote(struct registered *out, CK_FUNCTION_LIST **lists)
{
    for (size_t i = 0; lists != NULL && lists[i] != NULL; i++) {
        char *remote = p11_kit_config_option(lists[i], "remote");
        struct registered_module *module = &out->modules[out->n_modules];

        if (remote == NULL)
            continue;
        free(remote);
        out->n_modules++;
        module->name = name_module(lists[i]);
        if (module->name == NULL)
            return false;
        module->is_critical =
            (p11_kit_module_get_flags(lists[i]) & P11_KIT_MODULE_CRITICAL) != 0;
    }
    return true;
}

bool
registered_read(struct registered *out, char *why, size_t room)
{
    CK_FUNCTION_LIST **local;
    CK_FUNCTION_LIST **managed;
    bool done;

    memset(out, 0, sizeof(*out));
    local = p11_kit_modules_load(NULL, P11_KIT_MODULE_UNMANAGED);
    if (local == NULL) {
        const char *message = p11_kit_message();

        snprintf(why, room, "%s",
                 message != NULL ? message : "it does not say why");
        return false;
    }
    out->loaded = local;
    /* Where p11-kit has no wrappers left this fails, and no more is lost than
     * a word about the remote ones. */
    managed = p11_kit_modules_load(NULL, 0);
    out->modules = calloc(count_modules(local) + count_modules(managed) + 1,
                          sizeof(*out->modules));
    done = out->modules != NULL && read_local(out, local) &&
           read_remote(out, managed);
    if (managed != NULL)
        p11_kit_modules_release(managed);
    if (!done) {
        snprintf(why, room, "out of memory");
        registered_free(out);
    }
    return done;
}

void
registered_free(struct registered *registered)
{
    for (size_t i = 0; i < registered->n_modules; i++) {
        free(registered->modules[i].name);
        free(registered->modules[i].path);
        free(registered->modules[i].init_args);
    }
    free(registered->modules);
    if (registered->loaded != NULL)
        p11_kit_modules_release(registered->loaded);
    memset(registered, 0, sizeof(*registered));
}
