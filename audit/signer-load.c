/* SPDX-License-Identifier: BSD-3-Clause */
/* What a signer knows of a log before it reads any of it. */
#include "audit/signer-inside.h"

#include "common/cleanup.h"
#include "common/file.h"

#include <dirent.h>
#include <fcntl.h>
#include <string.h>
#include <sys/stat.h>

const char *
signer_name(const struct signer *signer)
{
    const char *slash = strrchr(signer->request->path, '/');

    return slash != NULL ? slash + 1 : signer->request->path;
}

bool
signer_refuse_memory(const struct signer *signer, struct error *error)
{
    return error_set(error, CKR_HOST_MEMORY, "%s: no memory to sign it",
                     signer->request->path);
}

/* What a signer wrote that did not come to its checkpoint: lines that were late
 * may have come before those since. */
static void
forget_segments(struct signer *signer)
{
    struct manifest *manifest = &signer->manifest;

    while (manifest->n_segments > 0 &&
           manifest->segments[manifest->n_segments - 1].first >=
               signer->last.size) {
        free(manifest->segments[--manifest->n_segments].before);
        signer->is_manifest_changed = true;
    }
}

static struct signer_file *
find_file(const struct signer_state *state, const char *name)
{
    for (size_t i = 0; i < state->n_files; i++)
        if (strcmp(state->files[i].name, name) == 0)
            return &state->files[i];
    return NULL;
}

static bool
is_file(const struct signer_file *file, const struct stat *entry)
{
    return file->inode == entry->st_ino && file->device == entry->st_dev;
}

/* The name in the log's folder of what the log was; NULL where there is
 * none. */
static char *
find_moved(const struct signer *signer, const struct signer_file *log)
{
    CLEANUP(freep) char *folder = NULL;
    const char *name;
    struct dirent *entry;
    char *found = NULL;
    DIR *stream;

    if (!file_split(signer->request->path, &folder, &name) ||
        (stream = opendir(folder)) == NULL)
        return NULL;
    while (found == NULL && (entry = readdir(stream)) != NULL) {
        CLEANUP(freep) char *path = NULL;
        struct stat file;

        if (strncmp(entry->d_name, name, strlen(name)) != 0 ||
            fstatat(dirfd(stream), entry->d_name, &file, AT_SYMLINK_NOFOLLOW) !=
                0 ||
            !S_ISREG(file.st_mode) || !is_file(log, &file))
            continue;
        if (asprintf(&path, "%s/%s", folder, entry->d_name) < 0)
            path = NULL;
        else if (signer_file_fits(log, path))
            found = strdup(entry->d_name);
    }
    (void)closedir(stream);
    return found;
}

/* Somebody may have moved the log and not said so, or not to the end. */
static bool
take_in_moved(struct signer *signer, struct error *error)
{
    const struct signer_file *log =
        find_file(&signer->state, signer_name(signer));
    CLEANUP(freep) char *name = NULL;
    struct stat entry;

    if (log == NULL || log->offset == 0 ||
        (stat(signer->request->path, &entry) == 0 && is_file(log, &entry)))
        return true;
    name = find_moved(signer, log);
    if (name == NULL || manifest_find(&signer->manifest, name) != 0)
        return true;
    return signer_add_name(signer, name, error);
}

/* The same files in the order of the manifest. Where the manifest has a name
 * that the state has not, it is that of the log, which was moved then. */
static bool
sort_files(struct signer *signer)
{
    struct signer_state sorted = { .tree = signer->state.tree,
                                   .list_length = signer->state.list_length };
    struct signer_file *log = find_file(&signer->state, signer_name(signer));
    size_t n_known = 0;
    bool is_sorted = true;

    for (size_t i = 0; i <= signer->manifest.n_names && is_sorted; i++) {
        bool is_log = i == signer->manifest.n_names;
        const char *name =
            is_log ? signer_name(signer) : signer->manifest.names[i];
        struct signer_file *known =
            is_log ? log : find_file(&signer->state, name);
        struct signer_file *file = signer_state_add(&sorted, name);

        if (known == NULL && !is_log) {
            known = log;
            log = NULL;
        }
        is_sorted = file != NULL && (known != NULL || is_log);
        if (!is_sorted || known == NULL)
            continue;
        n_known++;
        known->is_closed = known->is_closed && !is_log;
        *file = (struct signer_file){ .name = file->name,
                                      .is_closed = known->is_closed,
                                      .device = known->device,
                                      .inode = known->inode,
                                      .offset = known->offset,
                                      .last = known->last };
    }
    is_sorted = is_sorted && n_known >= signer->state.n_files;
    signer_state_clear(&signer->state);
    signer->state = sorted;
    return is_sorted;
}

/* Whether the state is that of the last checkpoint. */
static bool
is_of_last(const struct signer *signer)
{
    struct tree_hash root;

    return signer->latest != NULL &&
           signer->state.tree.size == signer->last.size &&
           tree_root(&signer->state.tree, &root) &&
           tree_hash_equals(&root, &signer->last.root);
}

static bool
load_manifest(struct signer *signer, struct error *error)
{
    bool is_there;

    if (!manifest_read(signer->manifest_path, &signer->manifest, &is_there,
                       error))
        return false;
    if (!is_there && signer->state.n_files > 1)
        return error_set(error, CKR_FUNCTION_FAILED,
                         "%s: is not there, but %s says that the log has older "
                         "files; bring a copy of it back",
                         signer->manifest_path, signer->state_path);
    /* That of a log with one file is not written. */
    if (!is_there && signer->last.size > 0 &&
        !manifest_add_line(&signer->manifest, 0, &(struct tree){ .size = 0 },
                           &is_there))
        return signer_refuse_memory(signer, error);
    return true;
}

bool
signer_load(struct signer *signer, struct error *error)
{
    if (!load_manifest(signer, error))
        return false;
    forget_segments(signer);
    if (!is_of_last(signer) || !take_in_moved(signer, error) ||
        !sort_files(signer)) {
        signer_state_clear(&signer->state);
        return error->rv == CKR_OK;
    }
    signer->is_state_known = true;
    return true;
}

bool
signer_add_name(struct signer *signer, const char *name, struct error *error)
{
    struct signer_file *log = find_file(&signer->state, signer_name(signer));
    char *copy = strdup(name);

    if (copy == NULL || !manifest_add_name(&signer->manifest, name)) {
        free(copy);
        return signer_refuse_memory(signer, error);
    }
    if (log != NULL) {
        free(log->name);
        log->name = copy;
        copy = NULL;
        if (signer_state_add(&signer->state, signer_name(signer)) == NULL)
            return signer_refuse_memory(signer, error);
    }
    free(copy);
    signer->is_manifest_changed = true;
    return true;
}

bool
signer_is_file(const struct signer *signer, const char *name,
               const struct stat *entry)
{
    const struct signer_file *file = find_file(&signer->state, name);

    /* Else all of it is read, and found to be another one. */
    return !signer->is_state_known ||
           (file != NULL && !file->is_closed && is_file(file, entry));
}
