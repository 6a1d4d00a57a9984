/* SPDX-License-Identifier: BSD-3-Clause */
/* Reads what was compressed, with zlib. */
#include "audit/source-gzip.h"

#include "audit/source.h"

#include <limits.h>
#include <zlib.h>

enum { BUFFER_SIZE = 128 * 1024 };

static void *
open_stream(int descriptor)
{
    gzFile stream = gzdopen(descriptor, "rb");

    if (stream != NULL)
        (void)gzbuffer(stream, BUFFER_SIZE);
    return stream;
}

static bool
skip(void *stream, uint64_t n_bytes)
{
    return gzseek(stream, (z_off_t)n_bytes, SEEK_CUR) >= 0;
}

static ssize_t
read_stream(void *stream, void *bytes, size_t size, const char **out_why)
{
    int got = gzread(stream, bytes, size < INT_MAX ? (unsigned)size : INT_MAX);
    int state = Z_OK;
    const char *why;

    /* What was cut off is told only at its end. */
    if (got > 0)
        return got;
    why = gzerror(stream, &state);
    if (state == Z_OK || state == Z_STREAM_END)
        return 0;
    *out_why = state == Z_BUF_ERROR
                   ? "what was compressed was cut off; look for a copy"
                   : why;
    return -1;
}

static void
close_stream(void *stream)
{
    (void)gzclose(stream);
}

void
source_use_gzip(void)
{
    static const struct source_decompressor gzip = { open_stream, skip,
                                                     read_stream,
                                                     close_stream };

    source_set_decompressor(&gzip);
}
