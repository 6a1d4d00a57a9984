/* SPDX-License-Identifier: BSD-3-Clause */
/* Keeps a signer's state as lines of text: a word and its value. */
#include "audit/signer-state.h"

#include "audit/lines.h"
#include "common/cleanup.h"
#include "common/file.h"

#include <fcntl.h>
#include <inttypes.h>
#include <stdio.h>
#include <string.h>

static const char mark[] = "p11mux tree 1\n";

enum { LARGEST_STATE = 8192, HEX_LENGTH = 2 * SHA256_LENGTH };

static void
write_hash(FILE *stream, const char *word, const struct tree_hash *hash)
{
    (void)fprintf(stream, "%s ", word);
    for (size_t i = 0; i < SHA256_LENGTH; i++)
        (void)fprintf(stream, "%02x", hash->bytes[i]);
    (void)fputc('\n', stream);
}

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
    (void)fprintf(stream,
                  "%ssize %" PRIu64 "\noffset %" PRIu64 "\ndevice %" PRIu64
                  "\ninode %" PRIu64 "\n",
                  mark, state->tree.size, state->offset, state->device,
                  state->inode);
    write_hash(stream, "last", &state->last);
    for (unsigned level = TREE_MAX_HEIGHT; level-- > 0;)
        if ((state->tree.size >> level & 1) != 0)
            write_hash(stream, "node", &state->tree.peaks[level]);
    if (fclose(stream) != 0)
        return error_set(error, CKR_HOST_MEMORY, "%s: no memory to write it",
                         path);
    return file_replace_shared(path, text, length, 0640, group, error);
}

static bool
take_word(const char **next, const char *word)
{
    size_t length = strlen(word);

    if (strncmp(*next, word, length) != 0 || (*next)[length] != ' ')
        return false;
    *next += length + 1;
    return true;
}

static bool
take_number(const char **next, const char *word, uint64_t *out)
{
    int taken = 0;

    if (!take_word(next, word) || **next < '0' || **next > '9' ||
        sscanf(*next, "%20" SCNu64 "%n", out, &taken) != 1 ||
        (*next)[taken] != '\n')
        return false;
    *next += taken + 1;
    return true;
}

static bool
take_hash(const char **next, const char *word, struct tree_hash *out)
{
    if (!take_word(next, word) ||
        strspn(*next, "0123456789abcdef") != HEX_LENGTH ||
        (*next)[HEX_LENGTH] != '\n')
        return false;
    for (size_t i = 0; i < SHA256_LENGTH; i++)
        if (sscanf(*next + 2 * i, "%2hhx", &out->bytes[i]) != 1)
            return false;
    *next += HEX_LENGTH + 1;
    return true;
}

bool
signer_state_read(const char *path, struct signer_state *out)
{
    CLEANUP(freep) char *text = NULL;
    struct error error = { 0 };
    size_t length;
    const char *next;

    *out = (struct signer_state){ .offset = 0 };
    if (!file_read(path, LARGEST_STATE, &text, &length, &error) ||
        strncmp(text, mark, sizeof(mark) - 1) != 0)
        return false;
    next = text + sizeof(mark) - 1;
    if (!take_number(&next, "size", &out->tree.size) ||
        !take_number(&next, "offset", &out->offset) ||
        !take_number(&next, "device", &out->device) ||
        !take_number(&next, "inode", &out->inode) ||
        !take_hash(&next, "last", &out->last))
        return false;
    for (unsigned level = TREE_MAX_HEIGHT; level-- > 0;)
        if ((out->tree.size >> level & 1) != 0 &&
            !take_hash(&next, "node", &out->tree.peaks[level]))
            return false;
    return *next == '\0';
}

/* Whether what ends at the offset is a line with that leaf. */
static bool
has_last_line(const struct signer_state *state, int descriptor)
{
    size_t length = state->offset < LINES_LONGEST ? (size_t)state->offset
                                                  : (size_t)LINES_LONGEST;
    CLEANUP(freep) char *bytes = malloc(length);
    struct tree_hash leaf;
    const char *before;
    size_t begin;

    if (bytes == NULL ||
        pread(descriptor, bytes, length, (off_t)(state->offset - length)) !=
            (ssize_t)length ||
        bytes[length - 1] != '\n')
        return false;
    before = memrchr(bytes, '\n', length - 1);
    begin = before != NULL ? (size_t)(before + 1 - bytes) : 0;
    return tree_hash_leaf(bytes + begin, length - 1 - begin, &leaf) &&
           tree_hash_equals(&leaf, &state->last);
}

bool
signer_state_fits(const struct signer_state *state, const char *log)
{
    CLEANUP(closep) int descriptor = open(log, O_RDONLY | O_CLOEXEC | O_NOCTTY);
    struct stat file;

    return state->offset > 0 && descriptor >= 0 &&
           fstat(descriptor, &file) == 0 && file.st_dev == state->device &&
           file.st_ino == state->inode &&
           (uint64_t)file.st_size >= state->offset &&
           has_last_line(state, descriptor);
}
