/* SPDX-License-Identifier: BSD-3-Clause */
/* The module behind the fault module: found, loaded, completed with NULL. */
#include "tests/modules/fault-call.h"

#include <dlfcn.h>
#include <pthread.h>
#include <stdlib.h>
#include <string.h>

static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;
static char *module_path;
static char *reserved;
static CK_FUNCTION_LIST_3_2 functions;
static bool loaded;

static void
text_replace(char **at, const char *text)
{
    free(*at);
    *at = text != NULL ? strdup(text) : NULL;
}

void
vendor_set_path(const char *path)
{
    pthread_mutex_lock(&lock);
    text_replace(&module_path, path);
    pthread_mutex_unlock(&lock);
}

void
vendor_set_reserved(const char *text)
{
    pthread_mutex_lock(&lock);
    text_replace(&reserved, text);
    pthread_mutex_unlock(&lock);
}

/* The best list it has; its version says how much of it there is. */
static const void *
list_get(void *library)
{
    CK_C_GetInterface get_interface;
    CK_C_GetFunctionList get_list;
    CK_FUNCTION_LIST_PTR list = NULL;
    CK_INTERFACE *interface = NULL;

    get_interface = (CK_C_GetInterface)dlsym(library, "C_GetInterface");
    if (get_interface != NULL &&
        get_interface(NULL, NULL, &interface, 0) == CKR_OK)
        return interface->pFunctionList;
    get_list = (CK_C_GetFunctionList)dlsym(library, "C_GetFunctionList");
    if (get_list == NULL || get_list(&list) != CKR_OK)
        return NULL;
    return list;
}

static bool
vendor_load(const char *path)
{
    void *library = dlopen(path, RTLD_NOW | RTLD_LOCAL);
    const CK_VERSION *version;
    size_t size = sizeof(CK_FUNCTION_LIST);

    if (library == NULL) {
        fprintf(stderr, "fault module: %s\n", dlerror());
        return false;
    }
    version = list_get(library);
    if (version == NULL) {
        fprintf(stderr, "fault module: %s has no function list\n", path);
        return false;
    }
    if (version->major == 3)
        size = version->minor >= 2 ? sizeof(CK_FUNCTION_LIST_3_2)
                                   : sizeof(CK_FUNCTION_LIST_3_0);
    memcpy(&functions, version, size);
    return true;
}

const CK_FUNCTION_LIST_3_2 *
vendor_get(void)
{
    const char *path;
    bool there;

    pthread_mutex_lock(&lock);
    path = module_path != NULL ? module_path : getenv("P11MUX_FAULT_MODULE");
    if (!loaded && path != NULL)
        loaded = vendor_load(path);
    there = loaded;
    pthread_mutex_unlock(&lock);
    return there ? &functions : NULL;
}

/* Takes "name=VALUE " from the start of the text, if it is there. */
static const char *
text_take(const char *text, const char *name, void (*take)(const char *value))
{
    size_t length = strlen(name), value_length;
    char *value;

    if (strncmp(text, name, length) != 0 || text[length] != '=')
        return text;
    text += length + 1;
    value_length = strcspn(text, " ");
    value = strndup(text, value_length);
    take(value);
    free(value);
    text += value_length;
    return text + strspn(text, " ");
}

void
vendor_arguments(CK_VOID_PTR init_args, CK_C_INITIALIZE_ARGS *out)
{
    static const CK_C_INITIALIZE_ARGS none;
    const char *text;

    *out = init_args != NULL ? *(CK_C_INITIALIZE_ARGS *)init_args : none;
    if (out->pReserved != NULL) {
        text = text_take(out->pReserved, "module", vendor_set_path);
        text = text_take(text, "script", script_set_file);
        out->pReserved = NULL;
        if (*text != '\0')
            memcpy(&out->pReserved, &text, sizeof(text));
    }
    pthread_mutex_lock(&lock);
    if (reserved != NULL)
        out->pReserved = reserved;
    pthread_mutex_unlock(&lock);
}

static void __attribute__((destructor)) vendor_free(void)
{
    free(module_path);
    free(reserved);
}
