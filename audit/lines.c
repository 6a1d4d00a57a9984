/* SPDX-License-Identifier: BSD-3-Clause */
/* Reads a log line by line through one buffer. */
#include "audit/lines.h"

#include "audit/source.h"
#include "common/cleanup.h"

#include <inttypes.h>
#include <string.h>

enum { BUFFER_SIZE = 2 * LINES_LONGEST };

/* Where lines of one part are. */
struct place {
    uint64_t before;     /* how many lines stand before it in all */
    uint64_t before_own; /* and of its own file */
    bool has_piece;      /* something without a line end stands behind it */
};

struct lines {
    struct sequence sequence;
    size_t position; /* of the part that is read */
    struct source *source;
    uint64_t number;
    uint64_t *own; /* how many lines of each file were handed out */
    struct place *places;
    uint64_t left;  /* lines of this part */
    bool has_ended; /* the file */
    size_t begin;   /* what of the buffer is not yet handed out */
    size_t end;
    char buffer[BUFFER_SIZE];
};

static const struct sequence_part *
part_of(const struct lines *lines)
{
    return &lines->sequence.parts[lines->position];
}

static struct sequence_file *
file_of(const struct lines *lines)
{
    return &lines->sequence.files[part_of(lines)->file];
}

/* A part goes on where the one before it of the same file has ended. */
static bool
open_part(struct lines *lines, struct error *error)
{
    const struct sequence_part *part = part_of(lines);
    const struct sequence_file *file = file_of(lines);

    lines->places[lines->position] =
        (struct place){ .before = lines->number,
                        .before_own = lines->own[part->file] };
    lines->left = part->n_lines;
    lines->begin = lines->end = 0;
    lines->has_ended = false;
    source_free(lines->source);
    return source_open(file->path, file->descriptor, file->offset, file->limit,
                       &lines->source, error);
}

bool
lines_open_sequence(struct sequence *sequence, uint64_t number,
                    struct lines **out, struct error *error)
{
    CLEANUP(lines_freep) struct lines *lines = malloc(sizeof(*lines));

    if (lines == NULL)
        return error_set(error, CKR_HOST_MEMORY, "no memory to read a log");
    memset(lines, 0, offsetof(struct lines, buffer));
    lines->sequence = *sequence;
    *sequence = (struct sequence){ .files = NULL };
    lines->number = number;
    lines->own = calloc(lines->sequence.n_files + 1, sizeof(*lines->own));
    lines->places = calloc(lines->sequence.n_parts + 1, sizeof(*lines->places));
    if (lines->own == NULL || lines->places == NULL)
        return error_set(error, CKR_HOST_MEMORY, "no memory to read a log");
    if (lines->sequence.n_parts > 0 && !open_part(lines, error))
        return false;
    *out = lines;
    lines = NULL;
    return true;
}

bool
lines_open(const char *const *paths, size_t n_paths, uint64_t offset,
           uint64_t number, struct lines **out, struct error *error)
{
    struct sequence sequence;
    bool is_open;

    is_open = offset > 0 ? sequence_list(paths, n_paths, &sequence, error)
                         : sequence_find(paths, n_paths, &sequence, error);
    if (is_open && offset > 0)
        sequence.files[0].offset = offset;
    is_open = is_open &&
              lines_open_sequence(&sequence,
                                  number > 0 ? number : sequence.before.size,
                                  out, error);
    sequence_clear(&sequence);
    return is_open;
}

void
lines_free(struct lines *lines)
{
    if (lines == NULL)
        return;
    source_free(lines->source);
    sequence_clear(&lines->sequence);
    free(lines->own);
    free(lines->places);
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
    got = source_read(lines->source, lines->buffer + lines->end,
                      BUFFER_SIZE - lines->end, error);
    if (got < 0)
        return false;
    lines->has_ended = got == 0;
    lines->end += (size_t)got;
    return true;
}

static void
hand_out(struct lines *lines, size_t length, struct line *out)
{
    *out = (struct line){ .bytes = lines->buffer + lines->begin,
                          .length = length,
                          .is_whole = true,
                          .number = lines->number + 1,
                          .file = part_of(lines)->file };
    lines->begin += length + 1;
    if (!part_of(lines)->is_passed_over)
        lines->number++;
    lines->own[out->file]++;
    lines->left--;
    file_of(lines)->offset += length + 1;
}

/* What the file ends with; it may be completed later, and is no line yet. */
static void
hand_out_piece(struct lines *lines, struct line *out)
{
    *out = (struct line){ .bytes = lines->buffer + lines->begin,
                          .length = lines->end - lines->begin,
                          .is_last =
                              lines->position + 1 == lines->sequence.n_parts,
                          .number = lines->number + 1,
                          .file = part_of(lines)->file };
    lines->begin = lines->end;
    lines->places[lines->position].has_piece = true;
}

static bool
refuse_long(const struct lines *lines, struct error *error)
{
    size_t file = part_of(lines)->file;

    return error_set(error, CKR_FUNCTION_FAILED,
                     "%s: line %" PRIu64
                     " is longer than any record; is this the log?",
                     lines->sequence.files[file].path, lines->own[file] + 1);
}

/* The next line of this part; LINES_END where it has none any more. */
static enum lines_found
next_here(struct lines *lines, struct line *out, struct error *error)
{
    size_t searched = 0;

    while (lines->left > 0) {
        size_t left = lines->end - lines->begin;
        const char *start = lines->buffer + lines->begin;
        const char *end = memchr(start + searched, '\n', left - searched);

        if (end != NULL) {
            hand_out(lines, (size_t)(end - start), out);
            return LINES_LINE;
        }
        if (lines->has_ended && left > 0) {
            hand_out_piece(lines, out);
            return LINES_LINE;
        }
        if (lines->has_ended)
            return LINES_END;
        if (left > LINES_LONGEST) {
            (void)refuse_long(lines, error);
            return LINES_FAILED;
        }
        searched = left;
        if (!fill(lines, error))
            return LINES_FAILED;
    }
    return LINES_END;
}

enum lines_found
lines_next(struct lines *lines, struct line *out, struct error *error)
{
    while (lines->position < lines->sequence.n_parts) {
        enum lines_found found = next_here(lines, out, error);

        if (found == LINES_LINE && part_of(lines)->is_passed_over)
            continue;
        if (found != LINES_END ||
            lines->position + 1 == lines->sequence.n_parts)
            return found;
        lines->position++;
        if (!open_part(lines, error))
            return LINES_FAILED;
    }
    return LINES_END;
}

const struct sequence *
lines_sequence(const struct lines *lines)
{
    return &lines->sequence;
}

void
lines_place(const struct lines *lines, uint64_t number, bool is_whole,
            const char **out_path, uint64_t *out_number)
{
    size_t position = lines->position;

    while (position > 0 &&
           (is_whole ? lines->places[position].before >= number
                     : !lines->places[position].has_piece ||
                           lines->places[position].before >= number))
        position--;
    *out_path =
        lines->sequence.files[lines->sequence.parts[position].file].path;
    *out_number = lines->places[position].before_own + number -
                  lines->places[position].before;
}
