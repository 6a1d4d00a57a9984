/* SPDX-License-Identifier: BSD-3-Clause */
/* Finds, maps and keeps libraries. */
#include "backends/library.h"

#include "backends/interface.h"
#include "backends/library-registry.h"
#include "backends/recursion.h"
#include "common/cleanup.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

bool
library_identity_equals(const struct library_identity *one,
                        const struct library_identity *other)
{
    return one->device == other->device && one->inode == other->inode;
}

static bool
identify_file(const char *file, struct library_identity *out,
              struct error *error)
{
    struct stat status;

    if (stat(file, &status) != 0)
        return error_set(error, CKR_GENERAL_ERROR,
                         "%s cannot be opened: %s; correct its path or "
                         "install it",
                         file, error_reason(errno));
    *out = (struct library_identity){ .device = status.st_dev,
                                      .inode = status.st_ino };
    return true;
}

/* The file's path, which the caller frees, and what it is. */
static bool
find_file(const char *path, char **out, struct library_identity *identity,
          struct error *error)
{
    struct image image = { 0 };

    if (strchr(path, '/') != NULL) {
        if (!identify_file(path, identity, error))
            return false;
        *out = strdup(path);
        if (*out == NULL)
            return error_set(error, CKR_HOST_MEMORY, "%s: out of memory", path);
        return true;
    }
    /* Only the loader knows where it looks. What it finds stays mapped. */
    if (!image_open(path, path, &image, error))
        return false;
    if (!identify_file(image.file, identity, error)) {
        image_close(&image, false);
        return false;
    }
    *out = image.file;
    return true;
}

bool
library_identify(const char *path, struct library_identity *out,
                 struct error *error)
{
    CLEANUP(freep) char *file = NULL;

    return find_file(path, &file, out, error);
}

static bool
instance_equals(const char *one, const char *other)
{
    if (one == NULL || other == NULL)
        return one == other;
    return strcmp(one, other) == 0;
}

REQUIRES(registry.lock)
static struct library *
find_locked(const struct library_identity *identity, const char *instance)
{
    for (struct library *library = registry.first; library != NULL;
         library = library->next)
        if (!library->retired &&
            library_identity_equals(&library->identity, identity) &&
            instance_equals(library->instance, instance))
            return library;
    return NULL;
}

/* The loader keeps to the library that it knows under a name, also when the
 * file was replaced by another since. */
REQUIRES(registry.lock)
static struct library *
find_handle_locked(const void *handle)
{
    for (struct library *library = registry.first; library != NULL;
         library = library->next)
        if (!library->retired && library->image.handle == handle)
            return library;
    return NULL;
}

static bool
map_memory(struct library *library, struct error *error)
{
    struct copy copy;
    bool mapped;

    if (!copy_in_memory(library->file, &copy, error))
        return false;
    mapped = image_open(copy.path, library->file, &library->image, error);
    copy_finish(&copy, mapped);
    library->descriptor = copy.descriptor;
    return mapped;
}

static bool
map_folder(struct library *library, const char *folder, struct error *error)
{
    struct copy copy;
    bool mapped;

    if (!copy_in_folder(library->file, folder, &copy, error))
        return false;
    mapped = image_open(copy.path, library->file, &library->image, error);
    copy_finish(&copy, mapped);
    return mapped;
}

/*
 * A copy does not find what lies beside the original. Once the original is
 * mapped, its libraries are in the process and the loader takes those; and if
 * the original cannot be mapped either, its message is the one that helps.
 */
static bool
map_copy(struct library *library, const char *folder, struct error *error)
{
    struct image original = { 0 };

    if (map_memory(library, NULL))
        return true;
    if (!image_open(library->file, library->file, &original, error))
        return false;
    image_close(&original, false);
    if (folder == NULL)
        return map_memory(library, error);
    return map_memory(library, NULL) || map_folder(library, folder, error);
}

static void
library_free(struct library *library, bool unmap)
{
    if (library == NULL)
        return;
    image_close(&library->image, unmap);
    if (library->descriptor >= 0 && unmap)
        close(library->descriptor);
    door_destroy(&library->door);
    free(library->instance);
    free(library->file);
    free(library);
}

/* Maps the file and asks for its list. Takes `file` over. */
static struct library *
library_new(const struct library_request *request, char *file,
            const struct library_identity *identity, struct error *error)
{
    uint64_t begin = clock_now();
    struct library *library = calloc(1, sizeof(*library));
    bool mapped;

    if (library == NULL) {
        free(file);
        error_set(error, CKR_HOST_MEMORY, "%s: out of memory", request->path);
        return NULL;
    }
    library->file = file;
    library->identity = *identity;
    library->descriptor = -1;
    door_init(&library->door);
    if (request->instance != NULL &&
        (library->instance = strdup(request->instance)) == NULL) {
        error_set(error, CKR_HOST_MEMORY, "%s: out of memory", request->path);
        library_free(library, true);
        return NULL;
    }
    if (request->instance != NULL || request->renew)
        mapped = map_copy(library, request->state_dir, error);
    else
        mapped = image_open(request->path, file, &library->image, error);
    if (!mapped ||
        !interface_choose(library->image.handle, file, &library->list, error)) {
        library_free(library, false);
        return NULL;
    }
    library->load_us = (clock_now() - begin) / 1000;
    return library;
}

/* Puts a new library into the registry, unless it is there already. */
static struct library *
library_enter(struct library *library, bool renew)
{
    struct library *known;

    mutex_lock(&registry.lock);
    known = find_handle_locked(library->image.handle);
    if (known == NULL) {
        struct library *before =
            find_locked(&library->identity, library->instance);

        /* Whoever was faster with the same copy is to be shared. */
        if (before != NULL && !renew)
            known = before;
        else if (before != NULL)
            before->retired = true;
    }
    if (known == NULL) {
        known = library;
        library->next = registry.first;
        registry.first = library;
        library = NULL;
    }
    known->references++;
    mutex_unlock(&registry.lock);
    library_free(library, false);
    return known;
}

bool
library_open(const struct library_request *request, struct library **out,
             struct error *error)
{
    struct library_identity identity;
    struct library *library;
    char *file;

    library_check_fork();
    if (!find_file(request->path, &file, &identity, error))
        return false;
    if (recursion_is_own_file(identity.device, identity.inode)) {
        free(file);
        return error_set(error, CKR_FUNCTION_REJECTED,
                         "%s is p11mux itself; remove it from the modules",
                         request->path);
    }
    mutex_lock(&registry.lock);
    library = request->renew ? NULL : find_locked(&identity, request->instance);
    if (library != NULL)
        library->references++;
    mutex_unlock(&registry.lock);
    if (library != NULL) {
        free(file);
        *out = library;
        return true;
    }
    library = library_new(request, file, &identity, error);
    if (library == NULL)
        return false;
    *out = library_enter(library, request->renew);
    return true;
}

REQUIRES(registry.lock)
static void
remove_locked(const struct library *library)
{
    struct library **link = &registry.first;

    while (*link != NULL && *link != library)
        link = &(*link)->next;
    if (*link != NULL)
        *link = library->next;
}

void
library_close(struct library *library, bool unmap)
{
    bool last;

    if (library == NULL)
        return;
    mutex_lock(&registry.lock);
    last =
        --library->references == 0 && unmap && library->state == LIBRARY_IDLE;
    if (last)
        remove_locked(library);
    mutex_unlock(&registry.lock);
    if (last)
        library_free(library, true);
}

const char *
library_file(const struct library *library)
{
    return library->file;
}

const CK_FUNCTION_LIST *
library_list(const struct library *library)
{
    return library->list;
}

uint64_t
library_load_us(const struct library *library)
{
    return library->load_us;
}

struct door *
library_door(struct library *library)
{
    return &library->door;
}
