/* SPDX-License-Identifier: BSD-3-Clause */
/* Keeps a signer's state as text. */
#include "audit/signer-state.h"

#include "audit/lines.h"
#include "audit/word-text.h"
#include "common/cleanup.h"
#include "common/file.h"

#include <fcntl.h>
#include <string.h>
#include <sys/stat.h>

static const char mark[] = "p11mux tree 2\n";

/* Of a log with one file, whose position is not under its name. */
static const char mark_of_one[] = "p11mux tree 1\n";

enum { LARGEST_STATE = 16 * 1024 * 1024 };

void
signer_state_clear(struct signer_state *state)
{
    for (size_t i = 0; i < state->n_files; i++)
        free(state->files[i].name);
    free(state->files);
    *state = (struct signer_state){ .files = NULL };
}

struct signer_file *
signer_state_add(struct signer_state *state, const char *name)
{
    struct signer_file *files =
        reallocarray(state->files, state->n_files + 1, sizeof(*files));
    char *copy = strdup(name);

    if (files != NULL)
        state->files = files;
    if (files == NULL || copy == NULL) {
        free(copy);
        return NULL;
    }
    files += state->n_files++;
    *files = (struct signer_file){ .name = copy };
    return files;
}

/* -- Text -------------------------------------------------------------------
 */

bool
signer_state_write(const char *path, const struct signer_state *state,
                   gid_t group, struct error *error)
{
    CLEANUP(freep) char *text = NULL;
    size_t length = 0;
    FILE *stream = open_memstream(&text, &length);

    if (stream == NULL)
        return error_set(error, CKR_HOST_MEMORY, "%s: no memory to write it",
                         path);
    (void)fputs(mark, stream);
    word_write_number(stream, "size", state->tree.size);
    word_write_number(stream, "checkpoints", state->list_length);
    for (size_t i = 0; i < state->n_files; i++) {
        const struct signer_file *file = &state->files[i];

        (void)fprintf(stream, "%s %s\n", file->is_closed ? "closed" : "file",
                      file->name);
        if (file->is_closed)
            continue;
        word_write_number(stream, "offset", file->offset);
        word_write_number(stream, "device", file->device);
        word_write_number(stream, "inode", file->inode);
        word_write_hash(stream, "last", &file->last);
    }
    word_write_nodes(stream, &state->tree);
    if (fclose(stream) != 0)
        return error_set(error, CKR_HOST_MEMORY, "%s: no memory to write it",
                         path);
    return file_replace_shared(path, text, length, 0640, group, error);
}

static bool
take_position(const char **next, struct signer_file *file)
{
    return word_take_number(next, "offset", &file->offset) &&
           word_take_number(next, "device", &file->device) &&
           word_take_number(next, "inode", &file->inode) &&
           word_take_hash(next, "last", &file->last);
}

static bool
take_file(const char **next, struct signer_state *state)
{
    CLEANUP(freep) char *name = NULL;
    bool is_closed = !word_take_text(next, "file", &name);
    struct signer_file *file;

    if (is_closed && !word_take_text(next, "closed", &name))
        return false;
    file = signer_state_add(state, name);
    if (file == NULL)
        return false;
    file->is_closed = is_closed;
    return is_closed || take_position(next, file);
}

static bool
take_all(const char *next, struct signer_state *out)
{
    if (!word_take_number(&next, "size", &out->tree.size) ||
        !word_take_number(&next, "checkpoints", &out->list_length))
        return false;
    while (strncmp(next, "file ", strlen("file ")) == 0 ||
           strncmp(next, "closed ", strlen("closed ")) == 0)
        if (!take_file(&next, out))
            return false;
    return word_take_nodes(&next, &out->tree) && *next == '\0';
}

static bool
take_one(const char *next, const char *log, struct signer_state *out)
{
    struct signer_file *file = signer_state_add(out, log);

    return file != NULL && word_take_number(&next, "size", &out->tree.size) &&
           take_position(&next, file) && word_take_nodes(&next, &out->tree) &&
           *next == '\0';
}

bool
signer_state_read(const char *path, const char *log, struct signer_state *out)
{
    CLEANUP(freep) char *text = NULL;
    struct error error = { 0 };
    size_t length;
    bool is_read = false;

    *out = (struct signer_state){ .files = NULL };
    if (!file_read(path, LARGEST_STATE, &text, &length, &error))
        return false;
    if (strncmp(text, mark, sizeof(mark) - 1) == 0)
        is_read = take_all(text + sizeof(mark) - 1, out);
    else if (strncmp(text, mark_of_one, sizeof(mark_of_one) - 1) == 0)
        is_read = take_one(text + sizeof(mark_of_one) - 1, log, out);
    if (!is_read)
        signer_state_clear(out);
    return is_read;
}

/* -- Files ------------------------------------------------------------------
 */

/* Whether what ends at the offset is a line with that leaf. */
static bool
has_last_line(const struct signer_file *file, int descriptor)
{
    size_t length = file->offset < LINES_LONGEST ? (size_t)file->offset
                                                 : (size_t)LINES_LONGEST;
    CLEANUP(freep) char *bytes = malloc(length);
    struct tree_hash leaf;
    const char *before;
    size_t begin;

    if (bytes == NULL ||
        pread(descriptor, bytes, length, (off_t)(file->offset - length)) !=
            (ssize_t)length ||
        bytes[length - 1] != '\n')
        return false;
    before = memrchr(bytes, '\n', length - 1);
    begin = before != NULL ? (size_t)(before + 1 - bytes) : 0;
    return tree_hash_leaf(bytes + begin, length - 1 - begin, &leaf) &&
           tree_hash_equals(&leaf, &file->last);
}

bool
signer_file_fits(const struct signer_file *file, const char *path)
{
    CLEANUP(closep)
    int descriptor = open(path, O_RDONLY | O_CLOEXEC | O_NOCTTY);
    struct stat entry;

    return descriptor >= 0 && fstat(descriptor, &entry) == 0 &&
           (uint64_t)entry.st_size >= file->offset &&
           (file->offset == 0 || has_last_line(file, descriptor));
}
