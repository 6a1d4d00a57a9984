/* SPDX-License-Identifier: BSD-3-Clause */
/* Reads and writes checkpoints. */
#include "audit/checkpoint.h"

#include "audit/base64.h"
#include "common/cleanup.h"

#include <inttypes.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

enum { LONGEST_NUMBER = 20, LONGEST_HOST = 65 };

/* Takes a line off that is not empty; NULL when there is none. */
static const char *
take_line(const char **next, const char *end, size_t *out_length)
{
    const char *line = *next;
    const char *stop =
        end > line ? memchr(line, '\n', (size_t)(end - line)) : NULL;

    if (stop == NULL || stop == line)
        return NULL;
    *out_length = (size_t)(stop - line);
    *next = stop + 1;
    return line;
}

bool
checkpoint_read_number(const char *text, size_t length, uint64_t *out)
{
    uint64_t number = 0;

    if (length == 0 || length > LONGEST_NUMBER ||
        (text[0] == '0' && length > 1))
        return false;
    for (size_t i = 0; i < length; i++) {
        unsigned digit = (unsigned)(text[i] - '0');

        if (text[i] < '0' || text[i] > '9' ||
            __builtin_mul_overflow(number, (uint64_t)10, &number) ||
            __builtin_add_overflow(number, (uint64_t)digit, &number))
            return false;
    }
    *out = number;
    return true;
}

bool
checkpoint_read(const char *text, size_t length, struct checkpoint *out)
{
    const char *end = text + length;
    const char *next = text;
    size_t line_length;
    const char *line = take_line(&next, end, &line_length);
    unsigned char root[SHA256_LENGTH + 1];
    size_t root_length;

    if (line == NULL || line_length > NOTE_NAME_LENGTH)
        return false;
    memcpy(out->origin, line, line_length);
    out->origin[line_length] = '\0';
    line = take_line(&next, end, &line_length);
    if (line == NULL || !checkpoint_read_number(line, line_length, &out->size))
        return false;
    line = take_line(&next, end, &line_length);
    if (line == NULL ||
        !base64_read(line, line_length, root, sizeof(root), &root_length) ||
        root_length != SHA256_LENGTH)
        return false;
    memcpy(out->root.bytes, root, SHA256_LENGTH);
    while (next < end)
        if (take_line(&next, end, &line_length) == NULL)
            return false;
    return true;
}

void
checkpoint_write(const struct checkpoint *checkpoint,
                 char out[CHECKPOINT_TEXT_LENGTH])
{
    char root[BASE64_LENGTH(SHA256_LENGTH) + 1];

    base64_write(checkpoint->root.bytes, SHA256_LENGTH, root);
    (void)snprintf(out, CHECKPOINT_TEXT_LENGTH, "%s\n%" PRIu64 "\n%s\n",
                   checkpoint->origin, checkpoint->size, root);
}

void
checkpoint_name_log(char out[NOTE_NAME_LENGTH + 1])
{
    char host[LONGEST_HOST] = "";

    if (gethostname(host, sizeof(host) - 1) != 0 ||
        !note_name_is_right(host, strlen(host)))
        (void)snprintf(host, sizeof(host), "localhost");
    (void)snprintf(out, NOTE_NAME_LENGTH + 1, "%s/p11mux", host);
}

bool
checkpoint_reader_open(struct checkpoint_reader *reader, const char *path)
{
    *reader = (struct checkpoint_reader){ .stream = fopen(path, "re") };
    return reader->stream != NULL;
}

bool
checkpoint_reader_open_now(struct checkpoint_reader *reader, const char *path)
{
    struct stat entry;

    if (!checkpoint_reader_open(reader, path))
        return false;
    reader->has_limit = fstat(fileno(reader->stream), &entry) == 0;
    if (reader->has_limit)
        reader->limit = entry.st_size;
    return true;
}

void
checkpoint_reader_close(struct checkpoint_reader *reader)
{
    fclosep(&reader->stream);
    free(reader->line);
    free(reader->bytes);
    *reader = (struct checkpoint_reader){ .stream = NULL };
}

static bool
keep(struct checkpoint_reader *reader, size_t length)
{
    size_t needed = reader->length + length;

    if (needed > CHECKPOINT_LARGEST_NOTE)
        return false;
    if (needed > reader->size) {
        char *bytes = realloc(reader->bytes, 2 * needed);

        if (bytes == NULL)
            return false;
        reader->bytes = bytes;
        reader->size = 2 * needed;
    }
    memcpy(reader->bytes + reader->length, reader->line, length);
    reader->length += length;
    return true;
}

/* The text, the empty line, the signatures, and the empty line behind them,
 * which is not kept; false when there is no memory or it does not end. */
static bool
gather(struct checkpoint_reader *reader)
{
    bool is_signature_part = false;
    ssize_t length;

    reader->length = 0;
    reader->has_end = false;
    if (reader->has_limit && ftello(reader->stream) >= reader->limit)
        return true;
    while ((length = getline(&reader->line, &reader->line_size,
                             reader->stream)) > 0) {
        bool is_empty = reader->line[0] == '\n';

        if (is_empty && (is_signature_part || reader->length == 0)) {
            if (reader->length == 0)
                continue;
            reader->has_end = true;
            return true;
        }
        is_signature_part = is_signature_part || is_empty;
        if (!keep(reader, (size_t)length))
            return false;
    }
    return !ferror(reader->stream);
}

enum checkpoint_found
checkpoint_reader_next(struct checkpoint_reader *reader, struct checkpoint *out,
                       struct note *note)
{
    if (reader->stream == NULL)
        return CHECKPOINT_END;
    if (!gather(reader))
        return CHECKPOINT_WRONG;
    if (reader->length == 0)
        return CHECKPOINT_END;
    if (!note_read(reader->bytes, reader->length, note) ||
        !checkpoint_read(note->text, note->text_length, out))
        return CHECKPOINT_WRONG;
    return CHECKPOINT_FOUND;
}
