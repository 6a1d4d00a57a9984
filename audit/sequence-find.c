/* SPDX-License-Identifier: BSD-3-Clause */
/* Finds out which files of which log somebody has named. */
#include "audit/checkpoint.h"
#include "audit/sequence.h"
#include "common/cleanup.h"

#include <string.h>

/* A log may be moved while its manifest is read. */
enum { MOST_TRIES = 8 };

static bool
refuse_memory(struct error *error)
{
    return error_set(error, CKR_HOST_MEMORY,
                     "no memory for the files of a log; free some");
}

/* The one with a manifest; n_paths where there is none. */
static bool
find_log(const char *const *paths, size_t n_paths, size_t *out,
         struct manifest *out_manifest, ino_t *out_inode, struct error *error)
{
    for (*out = n_paths; (*out)-- > 0;) {
        CLEANUP(freep) char *path = NULL;
        struct stat entry;
        bool is_there;

        if (asprintf(&path, "%s.manifest", paths[*out]) < 0) {
            path = NULL;
            return refuse_memory(error);
        }
        *out_inode = stat(path, &entry) == 0 ? entry.st_ino : 0;
        if (!manifest_read(path, out_manifest, &is_there, error))
            return false;
        if (is_there)
            return true;
    }
    *out = n_paths;
    return true;
}

/* How many lines the last checkpoint stands for; 0 where there is none. */
static bool
read_known(const char *log, uint64_t *out, struct error *error)
{
    CLEANUP(freep) char *path = NULL;
    struct checkpoint_reader reader;
    struct checkpoint checkpoint;
    struct note note;

    *out = 0;
    if (asprintf(&path, "%s.checkpoints", log) < 0) {
        path = NULL;
        return refuse_memory(error);
    }
    if (!checkpoint_reader_open(&reader, path))
        return true;
    while (checkpoint_reader_next(&reader, &checkpoint, &note) ==
           CHECKPOINT_FOUND)
        *out = checkpoint.size;
    checkpoint_reader_close(&reader);
    return true;
}

static bool
is_of_log(const struct manifest *manifest, const char *path)
{
    for (size_t i = 0; i < manifest->n_names; i++)
        if (sequence_is_named(path, manifest->names[i]))
            return true;
    return false;
}

static bool
follow(const struct manifest *manifest, const char *const *paths,
       size_t n_paths, size_t log, struct sequence *out, struct error *error)
{
    uint64_t n_known;

    for (size_t i = 0; i < n_paths; i++)
        if (i != log && !is_of_log(manifest, paths[i]))
            return error_set(error, CKR_ARGUMENTS_BAD,
                             "%s: is none of the files that %s.manifest names; "
                             "leave it out",
                             paths[i], paths[log]);
    return read_known(paths[log], &n_known, error) &&
           sequence_locate(manifest, paths[log], paths, n_paths, out, error) &&
           sequence_order(out, manifest, n_known, error);
}

bool
sequence_find(const char *const *paths, size_t n_paths, struct sequence *out,
              struct error *error)
{
    *out = (struct sequence){ .files = NULL };
    for (int tries = 0; tries < MOST_TRIES; tries++) {
        struct manifest manifest;
        struct stat entry;
        ino_t inode = 0;
        size_t log;
        bool is_found;
        CLEANUP(freep) char *path = NULL;

        if (!find_log(paths, n_paths, &log, &manifest, &inode, error))
            return false;
        if (log == n_paths)
            return sequence_list(paths, n_paths, out, error);
        is_found = follow(&manifest, paths, n_paths, log, out, error);
        manifest_clear(&manifest);
        if (!is_found)
            return false;
        if (asprintf(&path, "%s.manifest", paths[log]) < 0) {
            path = NULL;
            return refuse_memory(error);
        }
        if (stat(path, &entry) == 0 && entry.st_ino == inode)
            return true;
        sequence_clear(out);
    }
    return error_set(error, CKR_FUNCTION_FAILED,
                     "%s: its files change all the time; try again",
                     paths[n_paths - 1]);
}
