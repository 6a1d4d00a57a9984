/* SPDX-License-Identifier: BSD-3-Clause */
/* Finds the files of a log, and puts their lines into order. */
#include "audit/sequence.h"

#include "common/cleanup.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>

static const char compressed[] = ".gz";

static bool
refuse_memory(struct error *error)
{
    return error_set(error, CKR_HOST_MEMORY,
                     "no memory for the files of a log; free some");
}

void
sequence_clear(struct sequence *sequence)
{
    for (size_t i = 0; i < sequence->n_files; i++) {
        closep(&sequence->files[i].descriptor);
        free(sequence->files[i].path);
    }
    free(sequence->files);
    free(sequence->parts);
    free(sequence->absent);
    free(sequence->log);
    *sequence = (struct sequence){ .files = NULL };
}

size_t
sequence_index(const struct sequence *sequence, size_t number)
{
    return number > 0 ? number - 1 : sequence->n_files - 1;
}

bool
sequence_add_part(struct sequence *sequence, const struct sequence_part *part)
{
    struct sequence_part *parts =
        reallocarray(sequence->parts, sequence->n_parts + 1, sizeof(*parts));

    if (parts == NULL)
        return false;
    sequence->parts = parts;
    parts[sequence->n_parts++] = *part;
    return true;
}

static bool
begin(struct sequence *sequence, size_t n_files)
{
    *sequence = (struct sequence){ .n_files = 0 };
    sequence->files = calloc(n_files, sizeof(*sequence->files));
    if (sequence->files == NULL)
        return false;
    sequence->n_files = n_files;
    for (size_t i = 0; i < n_files; i++) {
        sequence->files[i].descriptor = -1;
        sequence->files[i].limit = UINT64_MAX;
    }
    return true;
}

/* -- Where they are ---------------------------------------------------------
 */

static bool
ends_compressed(const char *path)
{
    size_t length = strlen(path);
    size_t end = sizeof(compressed) - 1;

    return length > end && strcmp(path + length - end, compressed) == 0;
}

bool
sequence_is_named(const char *path, const char *name)
{
    const char *base = strrchr(path, '/');
    const char *wanted = strrchr(name, '/');
    size_t length;

    base = base != NULL ? base + 1 : path;
    wanted = wanted != NULL ? wanted + 1 : name;
    length = strlen(wanted);
    return strncmp(base, wanted, length) == 0 &&
           (base[length] == '\0' || strcmp(base + length, compressed) == 0);
}

/* The first of the two that is there; *out stays NULL where none is. The name
 * is seen from the folder of the log. */
static bool
find_beside(const char *log, const char *name, char **out)
{
    static const char *const endings[] = { "", compressed };
    const char *slash = strrchr(log, '/');
    int length = slash != NULL && name[0] != '/' ? (int)(slash + 1 - log) : 0;

    for (size_t i = 0; i < sizeof(endings) / sizeof(endings[0]); i++) {
        char *path;

        if (asprintf(&path, "%.*s%s%s", length, log, name, endings[i]) < 0)
            return false;
        if (access(path, F_OK) == 0) {
            *out = path;
            return true;
        }
        free(path);
    }
    return true;
}

static bool
locate_older(struct sequence_file *file, const char *log, const char *name,
             const char *const *places, size_t n_places)
{
    for (size_t i = 0; i < n_places && file->path == NULL; i++)
        if (sequence_is_named(places[i], name)) {
            file->path = strdup(places[i]);
            if (file->path == NULL)
                return false;
        }
    if (file->path == NULL && !find_beside(log, name, &file->path))
        return false;
    file->is_compressed = file->path != NULL && ends_compressed(file->path);
    return true;
}

/* The log itself, before the lengths of others are read: its records may be
 * newer than theirs, never older than those that are not there yet. */
static bool
locate_log(struct sequence *sequence, const char *log, struct error *error)
{
    struct sequence_file *file = &sequence->files[sequence->n_files - 1];

    file->descriptor = open(log, O_RDONLY | O_CLOEXEC | O_NOCTTY);
    if (file->descriptor < 0 && errno == ENOENT && sequence->n_files > 1) {
        sequence->log = strdup(log);
        return sequence->log != NULL || refuse_memory(error);
    }
    if (file->descriptor < 0 || fstat(file->descriptor, &file->entry) != 0)
        return error_set(error, CKR_FUNCTION_FAILED,
                         "%s: cannot be opened: %s; check the path and who may "
                         "read it",
                         log, error_reason(errno));
    file->path = strdup(log);
    return file->path != NULL || refuse_memory(error);
}

/* The newest first: who has written to one of them writes to no older one any
 * more. */
static void
measure(struct sequence *sequence)
{
    struct sequence_file *log = &sequence->files[sequence->n_files - 1];

    for (size_t i = sequence->n_files; i-- > 0;) {
        struct sequence_file *file = &sequence->files[i];

        if (file->path == NULL || file->is_compressed ||
            (file->descriptor >= 0 ? fstat(file->descriptor, &file->entry)
                                   : stat(file->path, &file->entry)) != 0)
            continue;
        if (S_ISREG(file->entry.st_mode))
            file->limit = (uint64_t)file->entry.st_size;
        /* It has its new name already, and the old one too. */
        if (file != log && file->entry.st_ino == log->entry.st_ino &&
            file->entry.st_dev == log->entry.st_dev)
            log->limit = 0;
    }
}

bool
sequence_locate(const struct manifest *manifest, const char *log,
                const char *const *places, size_t n_places,
                struct sequence *out, struct error *error)
{
    if (!begin(out, manifest->n_names + 1))
        return refuse_memory(error);
    for (size_t i = 0; i < manifest->n_names; i++)
        if (!locate_older(&out->files[i], log, manifest->names[i], places,
                          n_places))
            return refuse_memory(error);
    if (!locate_log(out, log, error))
        return false;
    measure(out);
    return true;
}

/* -- Their order ------------------------------------------------------------
 */

static bool
is_there(const struct sequence *sequence, size_t number)
{
    return sequence->files[sequence_index(sequence, number)].path != NULL;
}

/* Whether all segments from this one on can be read and verified. */
static bool
is_beginning(const struct sequence *sequence, const struct manifest *manifest,
             size_t from)
{
    if (from > 0 && manifest->segments[from].before == NULL)
        return false;
    for (size_t i = from; i < manifest->n_segments; i++)
        if (!is_there(sequence, manifest->segments[i].file))
            return false;
    return true;
}

/* That of the log itself, where it should have lines. */
static bool
check_log(const struct sequence *sequence, const struct manifest *manifest,
          struct error *error)
{
    if (sequence->files[sequence->n_files - 1].path != NULL)
        return true;
    for (size_t i = 0; i < manifest->n_segments; i++)
        if (manifest->segments[i].file == 0)
            return error_set(error, CKR_FUNCTION_FAILED,
                             "%s: is not there, and its manifest says that it "
                             "has lines; if it was moved, say so with "
                             "\"p11mux audit rotate --moved\"",
                             sequence->log);
    return true;
}

/* The path of the newest one that is needed and absent. */
static bool
name_absent(struct sequence *sequence, const struct manifest *manifest,
            size_t from)
{
    const char *name = "";

    for (size_t i = 0; i < from; i++) {
        size_t number = manifest->segments[i].file;

        if (!is_there(sequence, number))
            name = manifest->names[number - 1];
    }
    sequence->absent = strdup(name);
    return sequence->absent != NULL;
}

/* Of files that are there, also what stands before. */
static bool
add_segments(struct sequence *sequence, const struct manifest *manifest,
             size_t from, uint64_t n_known)
{
    for (size_t i = 0; i < manifest->n_segments; i++) {
        const struct manifest_segment *segment = &manifest->segments[i];
        bool is_last = i + 1 == manifest->n_segments;
        uint64_t end = is_last ? n_known : manifest->segments[i + 1].first;
        struct sequence_part part = { .file = sequence_index(sequence,
                                                             segment->file),
                                      .n_lines = end - segment->first,
                                      .is_passed_over = i < from };

        if (end > segment->first && is_there(sequence, segment->file) &&
            !sequence_add_part(sequence, &part))
            return false;
    }
    return true;
}

static bool
add_rest(struct sequence *sequence)
{
    for (size_t i = 0; i < sequence->n_files; i++)
        if (sequence->files[i].path != NULL &&
            !sequence_add_part(sequence,
                               &(struct sequence_part){
                                   .file = i, .n_lines = SEQUENCE_ALL }))
            return false;
    return true;
}

bool
sequence_order(struct sequence *sequence, const struct manifest *manifest,
               uint64_t n_known, struct error *error)
{
    size_t from = 0;

    if (!check_log(sequence, manifest, error))
        return false;
    while (from < manifest->n_segments &&
           !is_beginning(sequence, manifest, from))
        from++;
    if (from > 0) {
        if (!name_absent(sequence, manifest, from))
            return refuse_memory(error);
        if (from == manifest->n_segments)
            return error_set(error, CKR_FUNCTION_FAILED,
                             "%s: is not there, and nothing that is there can "
                             "be read without it; name it where it is",
                             sequence->absent);
        sequence->before = *manifest->segments[from].before;
    }
    if (!add_segments(sequence, manifest, from, n_known) || !add_rest(sequence))
        return refuse_memory(error);
    return true;
}

bool
sequence_list(const char *const *paths, size_t n_paths, struct sequence *out,
              struct error *error)
{
    if (!begin(out, n_paths))
        return refuse_memory(error);
    for (size_t i = 0; i < n_paths; i++) {
        out->files[i].path = strdup(paths[i]);
        if (out->files[i].path == NULL)
            return refuse_memory(error);
        out->files[i].is_compressed = ends_compressed(paths[i]);
    }
    measure(out);
    return add_rest(out) || refuse_memory(error);
}
