/* SPDX-License-Identifier: BSD-3-Clause */
/* Moves a log aside, so that no record is lost and the tree goes on. */
#include "audit/rotation.h"

#include "audit/manifest.h"
#include "common/cleanup.h"
#include "common/file.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdlib.h>
#include <string.h>

/*
 * Each step leaves what signers and verification understand: the new name is a
 * second one of the same file until the manifest has it, and the log counts as
 * empty from then on until the new file is in its place.
 */
struct rotation {
    const struct rotation_request *request;
    const char *path;  /* of the log */
    char *folder;      /* which it is in */
    const char *name;  /* of the log there */
    char *fresh;       /* what becomes the log */
    char *older_name;  /* of what was the log, as the manifest has it */
    struct stat entry; /* of that */
    struct signer *signer;
};

static bool
refuse_memory(const struct rotation *rotation, struct error *error)
{
    return error_set(error, CKR_HOST_MEMORY, "%s: no memory to move it",
                     rotation->path);
}

static bool
refuse(const char *path, const char *what, struct error *error)
{
    return error_set(error, CKR_FUNCTION_FAILED,
                     "%s: %s: %s; the log stays where it is, check its folder "
                     "and who may write there",
                     path, what, error_reason(errno));
}

/* -- The new file -----------------------------------------------------------
 */

/* Whoever appended to the old one may append to it. 0 or an errno. The owner
 * comes last: what is another user's is changed by nobody but root with all of
 * its capabilities. */
static int
make_alike(int descriptor, const struct stat *entry)
{
    if (fchown(descriptor, (uid_t)-1, entry->st_gid) != 0 ||
        fchmod(descriptor, entry->st_mode & 0777) != 0)
        return errno;
    (void)!fchown(descriptor, entry->st_uid, (gid_t)-1);
    return 0;
}

static bool
make_fresh(struct rotation *rotation, struct error *error)
{
    CLEANUP(closep) int descriptor = -1;

    if (asprintf(&rotation->fresh, "%s/.%s.new", rotation->folder,
                 rotation->name) < 0) {
        rotation->fresh = NULL;
        return refuse_memory(rotation, error);
    }
    /* One that was left by an interrupted rotation. */
    (void)unlink(rotation->fresh);
    descriptor =
        open(rotation->fresh,
             O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC | O_NOFOLLOW, 0600);
    if (descriptor < 0)
        return refuse(rotation->fresh, "cannot be made", error);
    errno = make_alike(descriptor, &rotation->entry);
    if (errno == 0)
        return true;
    (void)refuse(rotation->fresh,
                 "cannot get the owner and the mode of the "
                 "log",
                 error);
    (void)unlink(rotation->fresh);
    return false;
}

/* A process that found no log has made one, with its own rights. */
static void
mend_alike(const struct rotation *rotation)
{
    CLEANUP(closep)
    int descriptor = open(rotation->path, O_RDONLY | O_CLOEXEC | O_NOFOLLOW |
                                              O_NONBLOCK | O_NOCTTY);
    struct stat entry;

    if (descriptor >= 0 && fstat(descriptor, &entry) == 0 &&
        S_ISREG(entry.st_mode) && entry.st_nlink == 1)
        (void)make_alike(descriptor, &rotation->entry);
}

static bool
sync_folder(const struct rotation *rotation, struct error *error)
{
    CLEANUP(closep)
    int descriptor = open(rotation->folder, O_RDONLY | O_DIRECTORY | O_CLOEXEC);

    if (descriptor >= 0 && fsync(descriptor) == 0)
        return true;
    return error_set(error, CKR_FUNCTION_FAILED,
                     "%s: cannot be kept on the disk: %s; check the disk",
                     rotation->folder, error_reason(errno));
}

/* -- What was the log -------------------------------------------------------
 */

static char *
join(const struct rotation *rotation, const char *name)
{
    int length = name[0] != '/' ? (int)(rotation->name - rotation->path) : 0;
    char *path;

    return asprintf(&path, "%.*s%s", length, rotation->path, name) < 0 ? NULL
                                                                       : path;
}

static bool
is_same(const struct stat *a, const struct stat *b)
{
    return a->st_dev == b->st_dev && a->st_ino == b->st_ino;
}

/* The highest N of the names that the log has ever had. */
static unsigned long
find_highest(const struct rotation *rotation)
{
    const struct manifest *manifest = signer_manifest(rotation->signer);
    size_t length = strlen(rotation->name);
    unsigned long highest = 0;

    for (size_t i = 0; i < manifest->n_names; i++) {
        const char *name = manifest->names[i];
        unsigned long number;
        char *end;

        if (strncmp(name, rotation->name, length) != 0 || name[length] != '.')
            continue;
        number = strtoul(name + length + 1, &end, 10);
        if (*end == '\0' && number > highest)
            highest = number;
    }
    return highest;
}

/* Whether the name is free, or the log's own already. */
static bool
is_usable(const struct rotation *rotation, const char *name)
{
    CLEANUP(freep) char *path = join(rotation, name);
    CLEANUP(freep) char *compressed = NULL;
    struct stat entry;

    if (path == NULL || asprintf(&compressed, "%s.gz", path) < 0) {
        compressed = NULL;
        return false;
    }
    if (lstat(path, &entry) == 0)
        return is_same(&entry, &rotation->entry);
    return errno == ENOENT && lstat(compressed, &entry) != 0;
}

static bool
choose_name(struct rotation *rotation, struct error *error)
{
    unsigned long number = find_highest(rotation);

    do {
        free(rotation->older_name);
        if (number == ULONG_MAX || asprintf(&rotation->older_name, "%s.%lu",
                                            rotation->name, ++number) < 0) {
            rotation->older_name = NULL;
            return refuse_memory(rotation, error);
        }
    } while (!is_usable(rotation, rotation->older_name));
    return true;
}

/* The last one was interrupted behind the manifest. */
static bool
is_named_already(struct rotation *rotation)
{
    const struct manifest *manifest = signer_manifest(rotation->signer);
    CLEANUP(freep) char *path = NULL;
    struct stat entry;

    if (manifest->n_names == 0)
        return false;
    path = join(rotation, manifest->names[manifest->n_names - 1]);
    if (path == NULL || lstat(path, &entry) != 0 ||
        !is_same(&entry, &rotation->entry))
        return false;
    rotation->older_name = strdup(manifest->names[manifest->n_names - 1]);
    return rotation->older_name != NULL;
}

static bool
give_name(struct rotation *rotation, struct error *error)
{
    CLEANUP(freep) char *path = NULL;

    if (is_named_already(rotation))
        return true;
    if (!choose_name(rotation, error))
        return false;
    path = join(rotation, rotation->older_name);
    if (path == NULL)
        return refuse_memory(rotation, error);
    if (link(rotation->path, path) != 0 && errno != EEXIST)
        return refuse(path, "cannot be made a name of the log", error);
    return sync_folder(rotation, error) &&
           signer_add_name(rotation->signer, rotation->older_name, error) &&
           signer_keep_names(rotation->signer, error);
}

static bool
move_log(struct rotation *rotation, struct error *error)
{
    if (!make_fresh(rotation, error))
        return false;
    if (!give_name(rotation, error)) {
        (void)unlink(rotation->fresh);
        return false;
    }
    if (rename(rotation->fresh, rotation->path) != 0)
        return refuse(rotation->path, "a new file cannot take its place",
                      error);
    return sync_folder(rotation, error);
}

/* -- What somebody else has moved -------------------------------------------
 */

/* As seen from the log's folder, where it is in there. */
static bool
name_moved(struct rotation *rotation, struct error *error)
{
    CLEANUP(freep) char *whole = realpath(rotation->request->moved, NULL);
    CLEANUP(freep) char *folder = realpath(rotation->folder, NULL);
    size_t length = folder != NULL ? strlen(folder) : 0;

    if (whole == NULL || folder == NULL ||
        lstat(whole, &rotation->entry) != 0 ||
        !S_ISREG(rotation->entry.st_mode))
        return error_set(error, CKR_ARGUMENTS_BAD,
                         "%s: is no file; give the one that was the log until "
                         "it was moved",
                         rotation->request->moved);
    if (strncmp(whole, folder, length) == 0 && whole[length] == '/')
        rotation->older_name = strdup(whole + length + 1);
    else
        rotation->older_name = strdup(whole);
    return rotation->older_name != NULL || refuse_memory(rotation, error);
}

/* Where nobody has made one yet. */
static bool
place_fresh(struct rotation *rotation, struct error *error)
{
    bool is_placed;

    if (!make_fresh(rotation, error))
        return false;
    is_placed = link(rotation->fresh, rotation->path) == 0;
    if (!is_placed && errno != EEXIST)
        (void)refuse(rotation->path, "cannot be made", error);
    else if (!is_placed)
        mend_alike(rotation);
    (void)unlink(rotation->fresh);
    return error->rv == CKR_OK && sync_folder(rotation, error);
}

/* There is a log from then on, whatever comes of the rest. */
static bool
find_moved(struct rotation *rotation, struct error *error)
{
    struct stat entry;

    if (!name_moved(rotation, error))
        return false;
    if (stat(rotation->path, &entry) == 0 && is_same(&entry, &rotation->entry))
        return error_set(error, CKR_ARGUMENTS_BAD,
                         "%s: is the log still; move it, or leave --moved out "
                         "and it is moved",
                         rotation->request->moved);
    return place_fresh(rotation, error);
}

static bool
take_in(struct rotation *rotation, struct error *error)
{
    const char *name = rotation->older_name;

    if (manifest_find(signer_manifest(rotation->signer), name) == 0)
        return signer_add_name(rotation->signer, name, error);
    if (signer_is_file(rotation->signer, name, &rotation->entry))
        return true;
    return error_set(error, CKR_ARGUMENTS_BAD,
                     "%s: an older file of the log had this name; give each a "
                     "name of its own, with logrotate by \"dateext\"",
                     rotation->request->moved);
}

/* -- All of it --------------------------------------------------------------
 */

static bool
rotate(struct rotation *rotation, bool *out_is_moved, struct error *error)
{
    struct signer *signer = rotation->signer;

    *out_is_moved = true;
    if (rotation->request->moved != NULL)
        return take_in(rotation, error) && signer_read(signer, error);
    if (!signer_read(signer, error))
        return false;
    *out_is_moved = false;
    /* Somebody else has just moved it, and says so soon. */
    if (lstat(rotation->path, &rotation->entry) != 0)
        return errno == ENOENT ||
               refuse(rotation->path, "cannot be looked at", error);
    if (!S_ISREG(rotation->entry.st_mode))
        return error_set(error, CKR_ARGUMENTS_BAD,
                         "%s: is no regular file; name the log itself",
                         rotation->path);
    *out_is_moved =
        rotation->entry.st_size > 0 &&
        (uint64_t)rotation->entry.st_size >= rotation->request->least;
    return !*out_is_moved ||
           (move_log(rotation, error) && signer_read(signer, error));
}

static bool
run(struct rotation *rotation, struct rotation_result *out, struct error *error)
{
    bool is_moved;

    if (!file_split(rotation->path, &rotation->folder, &rotation->name))
        return refuse_memory(rotation, error);
    if (rotation->request->moved != NULL && !find_moved(rotation, error))
        return false;
    if (!signer_open(&rotation->request->signer, &out->signed_as,
                     &rotation->signer, error) ||
        !rotate(rotation, &is_moved, error) ||
        !signer_sign(rotation->signer, error))
        return false;
    out->entry = rotation->entry;
    if (is_moved) {
        out->path = join(rotation, rotation->older_name);
        return out->path != NULL || refuse_memory(rotation, error);
    }
    return true;
}

bool
rotation_run(const struct rotation_request *request,
             struct rotation_result *out, struct error *error)
{
    struct rotation rotation = { .request = request,
                                 .path = request->signer.path };
    bool is_done;

    *out = (struct rotation_result){ .path = NULL };
    is_done = run(&rotation, out, error);
    if (!is_done && out->signed_as.trouble == SIGNER_FINE)
        out->signed_as.trouble = SIGNER_REFUSED;
    signer_free(rotation.signer);
    free(rotation.folder);
    free(rotation.fresh);
    free(rotation.older_name);
    return is_done;
}
