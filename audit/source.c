/* SPDX-License-Identifier: BSD-3-Clause */
/* Reads files of a log, which may be compressed. */
#include "audit/source.h"

#include "common/cleanup.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

/* What every file begins with that gzip has made (RFC 1952, section 2.3.1). */
static const unsigned char magic[] = { 0x1f, 0x8b };

static const struct source_decompressor *decompressor;

void
source_set_decompressor(const struct source_decompressor *chosen)
{
    decompressor = chosen;
}

struct source {
    const char *path;
    int descriptor;
    bool is_regular;  /* else it is read from where it stands */
    void *compressed; /* the decompressor's */
    uint64_t position;
    uint64_t limit;
};

static bool
refuse(const struct source *source, struct error *error, const char *why)
{
    return error_set(error, CKR_FUNCTION_FAILED, "%s: cannot be read: %s",
                     source->path, why);
}

static bool
open_compressed(struct source *source, uint64_t offset, struct error *error)
{
    if (decompressor == NULL)
        return refuse(source, error,
                      "it is compressed, which only the tool reads; run p11mux "
                      "audit checkpoint");
    if (lseek(source->descriptor, 0, SEEK_SET) < 0)
        return refuse(source, error, error_reason(errno));
    source->compressed = decompressor->open(source->descriptor);
    if (source->compressed == NULL)
        return error_set(error, CKR_HOST_MEMORY, "%s: no memory to read it",
                         source->path);
    source->descriptor = -1;
    if (offset > 0 && !decompressor->skip(source->compressed, offset))
        return refuse(source, error, "what was compressed is damaged");
    return true;
}

static bool
open_descriptor(struct source *source, int descriptor, struct error *error)
{
    struct stat file;

    source->descriptor =
        descriptor >= 0 ? fcntl(descriptor, F_DUPFD_CLOEXEC, 0)
                        : open(source->path, O_RDONLY | O_CLOEXEC | O_NOCTTY);
    if (source->descriptor < 0 || fstat(source->descriptor, &file) != 0)
        return error_set(error, CKR_FUNCTION_FAILED,
                         "%s: cannot be opened: %s; check the path and who may "
                         "read it",
                         source->path, error_reason(errno));
    if (S_ISDIR(file.st_mode))
        return error_set(error, CKR_FUNCTION_FAILED,
                         "%s: is a folder; give the log itself", source->path);
    source->is_regular = S_ISREG(file.st_mode);
    return true;
}

static bool
start(struct source *source, int descriptor, uint64_t offset,
      struct error *error)
{
    unsigned char first[sizeof(magic)];

    if (!open_descriptor(source, descriptor, error))
        return false;
    if (!source->is_regular)
        return offset == 0 || refuse(source, error, "it is no regular file");
    if (pread(source->descriptor, first, sizeof(first), 0) == sizeof(first) &&
        first[0] == magic[0] && first[1] == magic[1])
        return open_compressed(source, offset, error);
    source->position = offset;
    return true;
}

bool
source_open(const char *path, int descriptor, uint64_t offset, uint64_t limit,
            struct source **out, struct error *error)
{
    struct source *source = calloc(1, sizeof(*source));

    *out = NULL;
    if (source == NULL)
        return error_set(error, CKR_HOST_MEMORY, "%s: no memory to read it",
                         path);
    source->path = path;
    source->descriptor = -1;
    source->limit = limit;
    if (!start(source, descriptor, offset, error)) {
        source_free(source);
        return false;
    }
    *out = source;
    return true;
}

void
source_free(struct source *source)
{
    if (source == NULL)
        return;
    if (source->compressed != NULL)
        decompressor->close(source->compressed);
    if (source->descriptor >= 0)
        close(source->descriptor);
    free(source);
}

static ssize_t
read_compressed(struct source *source, void *bytes, size_t size,
                struct error *error)
{
    const char *why = NULL;
    ssize_t got = decompressor->read(source->compressed, bytes, size, &why);

    if (got < 0)
        (void)refuse(source, error, why);
    return got;
}

static ssize_t
read_plain(struct source *source, void *bytes, size_t size)
{
    if (!source->is_regular)
        return read(source->descriptor, bytes, size);
    if (source->position >= source->limit)
        return 0;
    if (size > source->limit - source->position)
        size = (size_t)(source->limit - source->position);
    return pread(source->descriptor, bytes, size, (off_t)source->position);
}

ssize_t
source_read(struct source *source, void *bytes, size_t size,
            struct error *error)
{
    ssize_t got;

    if (source->compressed != NULL)
        return read_compressed(source, bytes, size, error);
    do {
        got = read_plain(source, bytes, size);
    } while (got < 0 && errno == EINTR);
    if (got < 0)
        (void)refuse(source, error, error_reason(errno));
    else
        source->position += (uint64_t)got;
    return got;
}

/* The last four bytes are that length modulo 2^32, the lowest byte first
 * (RFC 1952, section 2.3.1). */
bool
source_has_length(const char *path, uint64_t length)
{
    CLEANUP(closep)
    int descriptor = open(path, O_RDONLY | O_CLOEXEC | O_NOCTTY);
    unsigned char end[4];
    struct stat file;

    return descriptor >= 0 && fstat(descriptor, &file) == 0 &&
           pread(descriptor, end, sizeof(end),
                 file.st_size - (off_t)sizeof(end)) == sizeof(end) &&
           ((uint32_t)end[0] | (uint32_t)end[1] << 8 | (uint32_t)end[2] << 16 |
            (uint32_t)end[3] << 24) == (uint32_t)length;
}
