/* SPDX-License-Identifier: BSD-3-Clause */
/* Which SQLite a process uses: the one that it is linked with, or a copy. */
#include "store/sqlite-library.h"

#include "common/copy.h"

#include <dlfcn.h>
#include <link.h>
#include <stdatomic.h>
#include <stddef.h>
#include <stdlib.h>
#include <unistd.h>

static const char soname[] = "libsqlite3.so.0";

/* The one of this process, or of an ancestor that had opened a store. */
static _Atomic(struct sqlite_library *) current;

#define SQLITE_LINKED(name) library->name = sqlite3_##name;
static void
use_linked(struct sqlite_library *library)
{
    SQLITE_FUNCTIONS(SQLITE_LINKED)
}
#undef SQLITE_LINKED

#define SQLITE_NAME(name) "sqlite3_" #name,
static const char *const names[] = { SQLITE_FUNCTIONS(SQLITE_NAME) };
#undef SQLITE_NAME

enum { N_NAMES = sizeof(names) / sizeof(names[0]) };

_Static_assert(offsetof(struct sqlite_library, pid) == N_NAMES * sizeof(void *),
               "the functions come first, in the order of their names");

static bool
refuse(struct error *error, const char *what)
{
    return error_set(
        error, CKR_GENERAL_ERROR,
        "this process was forked from one that had the store open, "
        "and SQLite cannot be loaded a second time: %s; let it "
        "fork before it calls C_Initialize",
        what);
}

/* Its functions, which must not be those of the one that is linked. */
static bool
use_copy(struct sqlite_library *library, void *handle, struct error *error)
{
    void **functions = (void **)library;

    for (unsigned i = 0; i < N_NAMES; i++) {
        functions[i] = dlsym(handle, names[i]);
        if (functions[i] == NULL)
            return refuse(error, names[i]);
    }
    return library->step != sqlite3_step || refuse(error, "it is no other one");
}

static bool
map_copy(struct copy *copy, struct sqlite_library *library, struct error *error)
{
    /* Deep: it must not call the other one's functions by their names. */
    void *handle = dlopen(copy->path, RTLD_NOW | RTLD_LOCAL | RTLD_DEEPBIND);

    if (handle == NULL)
        return refuse(error, dlerror());
    if (use_copy(library, handle, error))
        return true;
    /* Before its descriptor is closed: the loader knows it by that name. */
    dlclose(handle);
    return false;
}

static bool
load_copy(struct sqlite_library *library, struct error *error)
{
    void *linked = dlopen(soname, RTLD_LAZY | RTLD_NOLOAD);
    struct link_map *map;
    struct copy copy;
    bool is_mapped;

    if (linked == NULL || dlinfo(linked, RTLD_DI_LINKMAP, &map) != 0)
        return refuse(error, dlerror());
    if (!copy_in_memory(map->l_name, &copy, error))
        return refuse(error, error->text);
    is_mapped = map_copy(&copy, library, error);
    copy_finish(&copy, is_mapped);
    return is_mapped;
}

const struct sqlite_library *
sqlite_library_get(struct error *error)
{
    struct sqlite_library *before = atomic_load(&current);
    struct sqlite_library *library;

    if (before != NULL && before->pid == getpid())
        return before;
    library = calloc(1, sizeof(*library));
    if (library == NULL) {
        error_set(error, CKR_HOST_MEMORY, "out of memory");
        return NULL;
    }
    if (before == NULL) {
        use_linked(library);
    } else if (!load_copy(library, error)) {
        free(library);
        return NULL;
    }
    library->pid = getpid();
    if (atomic_compare_exchange_strong(&current, &before, library))
        return library;
    /* Another thread was faster: all must use the same. */
    free(library);
    return before;
}
