/* SPDX-License-Identifier: BSD-3-Clause */
/* Reads a log line by line through one buffer. */
#include "audit/lines.h"

#include "common/cleanup.h"

#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <string.h>

enum { BUFFER_SIZE = 2 * LINES_LONGEST };

struct lines {
    const char *const *paths;
    size_t n_paths;
    size_t position;
    int descriptor; /* -1 behind the last file */
    struct stat file;
    uint64_t number;
    uint64_t *before; /* how many lines stand before each file */
    bool has_ended;   /* the file */
    size_t begin;     /* what of the buffer is not yet handed out */
    size_t end;
    char buffer[BUFFER_SIZE];
};

static bool
open_file(struct lines *lines, struct error *error)
{
    const char *path = lines->paths[lines->position];

    lines->before[lines->position] = lines->number;
    lines->begin = lines->end = 0;
    lines->has_ended = false;
    lines->descriptor = open(path, O_RDONLY | O_CLOEXEC | O_NOCTTY);
    if (lines->descriptor < 0 || fstat(lines->descriptor, &lines->file) != 0)
        return error_set(error, CKR_FUNCTION_FAILED,
                         "%s: cannot be opened: %s; check the path and who may "
                         "read it",
                         path, error_reason(errno));
    if (S_ISDIR(lines->file.st_mode))
        return error_set(error, CKR_FUNCTION_FAILED,
                         "%s: is a folder; give the log itself", path);
    return true;
}

static bool
start(struct lines *lines, uint64_t offset, uint64_t number,
      struct error *error)
{
    lines->number = number;
    if (!open_file(lines, error))
        return false;
    lines->before[0] = 0;
    if (offset > 0 && lseek(lines->descriptor, (off_t)offset, SEEK_SET) < 0)
        return error_set(error, CKR_FUNCTION_FAILED,
                         "%s: cannot be read from byte %" PRIu64
                         ": %s; give a file",
                         lines->paths[0], offset, error_reason(errno));
    return true;
}

bool
lines_open(const char *const *paths, size_t n_paths, uint64_t offset,
           uint64_t number, struct lines **out, struct error *error)
{
    CLEANUP(lines_freep) struct lines *lines = malloc(sizeof(*lines));

    if (lines == NULL)
        return error_set(error, CKR_HOST_MEMORY, "%s: no memory to read it",
                         paths[0]);
    lines->paths = paths;
    lines->n_paths = n_paths;
    lines->position = 0;
    lines->descriptor = -1;
    lines->before = calloc(n_paths, sizeof(*lines->before));
    if (lines->before == NULL)
        return error_set(error, CKR_HOST_MEMORY, "%s: no memory to read it",
                         paths[0]);
    if (!start(lines, offset, number, error))
        return false;
    *out = lines;
    lines = NULL;
    return true;
}

void
lines_free(struct lines *lines)
{
    if (lines == NULL)
        return;
    closep(&lines->descriptor);
    free(lines->before);
    free(lines);
}

void
lines_freep(struct lines **lines)
{
    lines_free(*lines);
}

/* What is left moves to the front, and more is read behind it. */
static bool
fill(struct lines *lines, struct error *error)
{
    ssize_t got;

    memmove(lines->buffer, lines->buffer + lines->begin,
            lines->end - lines->begin);
    lines->end -= lines->begin;
    lines->begin = 0;
    do {
        got = read(lines->descriptor, lines->buffer + lines->end,
                   BUFFER_SIZE - lines->end);
    } while (got < 0 && errno == EINTR);
    if (got < 0)
        return error_set(error, CKR_FUNCTION_FAILED, "%s: cannot be read: %s",
                         lines->paths[lines->position], error_reason(errno));
    lines->has_ended = got == 0;
    lines->end += (size_t)got;
    return true;
}

static void
hand_out(struct lines *lines, size_t length, bool is_whole, struct line *out)
{
    out->bytes = lines->buffer + lines->begin;
    out->length = length;
    out->is_whole = is_whole;
    out->number = ++lines->number;
    lines->begin += length + (is_whole ? 1 : 0);
}

/* The next line of this file; LINES_END where it has none any more. */
static enum lines_found
next_here(struct lines *lines, struct line *out, struct error *error)
{
    size_t searched = 0;

    for (;;) {
        size_t left = lines->end - lines->begin;
        const char *start_of_line = lines->buffer + lines->begin;
        const char *end =
            memchr(start_of_line + searched, '\n', left - searched);

        if (end != NULL) {
            hand_out(lines, (size_t)(end - start_of_line), true, out);
            return LINES_LINE;
        }
        if (lines->has_ended && left == 0)
            return LINES_END;
        if (lines->has_ended) {
            hand_out(lines, left, false, out);
            return LINES_LINE;
        }
        if (left > LINES_LONGEST) {
            (void)error_set(error, CKR_FUNCTION_FAILED,
                            "%s: line %" PRIu64
                            " is longer than any record; is this the log?",
                            lines->paths[lines->position],
                            lines->number + 1 - lines->before[lines->position]);
            return LINES_FAILED;
        }
        searched = left;
        if (!fill(lines, error))
            return LINES_FAILED;
    }
}

enum lines_found
lines_next(struct lines *lines, struct line *out, struct error *error)
{
    for (;;) {
        enum lines_found found = next_here(lines, out, error);

        if (found != LINES_END || lines->position + 1 == lines->n_paths)
            return found;
        close(lines->descriptor);
        lines->position++;
        if (!open_file(lines, error))
            return LINES_FAILED;
    }
}

const struct stat *
lines_file(const struct lines *lines)
{
    return &lines->file;
}

void
lines_place(const struct lines *lines, uint64_t number, const char **out_path,
            uint64_t *out_number)
{
    size_t position = lines->position;

    while (position > 0 && lines->before[position] >= number)
        position--;
    *out_path = lines->paths[position];
    *out_number = number - lines->before[position];
}
