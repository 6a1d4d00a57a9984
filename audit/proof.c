/* SPDX-License-Identifier: BSD-3-Clause */
/* Makes and reads proofs that a line is in a log. */
#include "audit/proof.h"

#include "audit/base64.h"
#include "audit/lines.h"
#include "common/cleanup.h"
#include "common/file.h"

#include <inttypes.h>
#include <string.h>

static const char mark[] = "c2sp.org/tlog-proof@v1\n";

/* A line in base 64 is at most so long. */
enum { LONGEST_ENCODED = BASE64_LENGTH(LINES_LONGEST) + 1 };

/* What is gathered while the log is read. */
struct making {
    struct tree tree;
    struct tree_path path;
    char *line;
    size_t line_length;
};

static bool
gather(struct making *making, struct lines *lines,
       const struct checkpoint *checkpoint, struct error *error)
{
    enum lines_found found = LINES_LINE;
    struct line line;

    while (making->tree.size < checkpoint->size &&
           (found = lines_next(lines, &line, error)) == LINES_LINE &&
           line.is_whole) {
        struct tree_hash leaf;

        if (!tree_hash_leaf(line.bytes, line.length, &leaf) ||
            !tree_append(&making->tree, &leaf, &making->path))
            return error_set(error, CKR_GENERAL_ERROR,
                             "the log cannot be hashed; is OpenSSL whole?");
        if (line.number - 1 != making->path.index)
            continue;
        making->line = malloc(line.length + 1);
        if (making->line == NULL)
            return error_set(error, CKR_HOST_MEMORY,
                             "no memory for the line; free some");
        memcpy(making->line, line.bytes, line.length);
        making->line_length = line.length;
    }
    return found != LINES_FAILED;
}

static bool
check(const struct making *making, const struct checkpoint *checkpoint,
      const char *path, struct error *error)
{
    struct tree_hash root;

    if (making->tree.size == checkpoint->size &&
        tree_root(&making->tree, &root) &&
        tree_hash_equals(&root, &checkpoint->root))
        return true;
    return error_set(error, CKR_FUNCTION_FAILED,
                     "%s: is not the log of its checkpoint of %" PRIu64
                     " records; see with \"p11mux audit verify\" what happened",
                     path, checkpoint->size);
}

static bool
write_proof(const struct making *making, const char *note, char **out)
{
    size_t length;
    FILE *stream = open_memstream(out, &length);
    CLEANUP(freep)
    char *encoded = malloc(BASE64_LENGTH(making->line_length) + 1);

    if (stream == NULL)
        return false;
    if (encoded == NULL) {
        (void)fclose(stream);
        free(*out);
        return false;
    }
    base64_write(making->line, making->line_length, encoded);
    (void)fprintf(stream, "%sextra %s\nindex %" PRIu64 "\n", mark, encoded,
                  making->path.index);
    for (unsigned i = 0; i < making->path.length; i++) {
        char hash[BASE64_LENGTH(SHA256_LENGTH) + 1];

        base64_write(making->path.hashes[i].bytes, SHA256_LENGTH, hash);
        (void)fprintf(stream, "%s\n", hash);
    }
    (void)fprintf(stream, "\n%s", note);
    return fclose(stream) == 0;
}

static bool
make(struct making *making, const char *path, const char *note,
     const struct checkpoint *checkpoint, char **out, struct error *error)
{
    CLEANUP(lines_freep) struct lines *lines = NULL;

    if (making->path.index >= checkpoint->size)
        return error_set(error, CKR_ARGUMENTS_BAD,
                         "%s: its checkpoint covers lines 1 to %" PRIu64
                         "; give one of them, or make a checkpoint first",
                         path, checkpoint->size);
    if (!lines_open(&path, 1, 0, 0, &lines, error) ||
        !gather(making, lines, checkpoint, error) ||
        !check(making, checkpoint, path, error))
        return false;
    if (tree_path_finish(&making->tree, &making->path) &&
        write_proof(making, note, out))
        return true;
    return error_set(error, CKR_HOST_MEMORY,
                     "%s: no memory for the proof; free some", path);
}

bool
proof_make(const char *path, uint64_t number, char **out, struct error *error)
{
    struct making making = { .path.index = number - 1 };
    CLEANUP(freep) char *bytes = NULL;
    CLEANUP(freep) char *latest = NULL;
    struct checkpoint checkpoint;
    struct note note;
    size_t length;
    bool is_made;

    if (asprintf(&latest, "%s.checkpoint", path) < 0) {
        latest = NULL;
        return error_set(error, CKR_HOST_MEMORY, "%s: no memory to read it",
                         path);
    }
    if (!file_read(latest, CHECKPOINT_LARGEST_NOTE, &bytes, &length, error))
        return false;
    if (!note_read(bytes, length, &note) ||
        !checkpoint_read(note.text, note.text_length, &checkpoint))
        return error_set(error, CKR_FUNCTION_FAILED,
                         "%s: is no checkpoint; put the last one of %ss there",
                         latest, latest);
    is_made = make(&making, path, bytes, &checkpoint, out, error);
    free(making.line);
    return is_made;
}

/* -- Reading ----------------------------------------------------------------
 */

struct rest {
    const char *next;
    const char *end;
};

/* Takes a line off, which may be empty. */
static bool
take_line(struct rest *rest, const char **out, size_t *out_length)
{
    const char *stop =
        rest->next < rest->end
            ? memchr(rest->next, '\n', (size_t)(rest->end - rest->next))
            : NULL;

    if (stop == NULL)
        return false;
    *out = rest->next;
    *out_length = (size_t)(stop - rest->next);
    rest->next = stop + 1;
    return true;
}

static bool
begins_with(const struct rest *rest, const char *word)
{
    size_t length = strlen(word);

    return (size_t)(rest->end - rest->next) >= length &&
           memcmp(rest->next, word, length) == 0;
}

static bool
read_extra(struct rest *rest, struct proof *out)
{
    static const char word[] = "extra ";
    const size_t skipped = sizeof(word) - 1;
    const char *line;
    size_t length;

    if (!begins_with(rest, word))
        return true;
    if (!take_line(rest, &line, &length) || length - skipped > LONGEST_ENCODED)
        return false;
    out->line = malloc(length);
    return out->line != NULL &&
           base64_read(line + skipped, length - skipped,
                       (unsigned char *)out->line, length, &out->line_length);
}

static bool
read_index(struct rest *rest, struct proof *out)
{
    static const char word[] = "index ";
    const size_t skipped = sizeof(word) - 1;
    const char *line;
    size_t length;

    return begins_with(rest, word) && take_line(rest, &line, &length) &&
           checkpoint_read_number(line + skipped, length - skipped,
                                  &out->path.index);
}

/* Up to the empty line. */
static bool
read_path(struct rest *rest, struct tree_path *out)
{
    const char *line;
    size_t length;

    while (take_line(rest, &line, &length)) {
        unsigned char hash[SHA256_LENGTH + 1];
        size_t hash_length;

        if (length == 0)
            return true;
        if (out->length == TREE_MAX_HEIGHT ||
            !base64_read(line, length, hash, sizeof(hash), &hash_length) ||
            hash_length != SHA256_LENGTH)
            return false;
        memcpy(out->hashes[out->length++].bytes, hash, SHA256_LENGTH);
    }
    return false;
}

bool
proof_read(const char *bytes, size_t length, struct proof *out)
{
    struct rest rest = { bytes, bytes + length };

    *out = (struct proof){ .line = NULL };
    if (!begins_with(&rest, mark))
        return false;
    rest.next += sizeof(mark) - 1;
    if (!read_extra(&rest, out) || !read_index(&rest, out) ||
        !read_path(&rest, &out->path))
        return false;
    out->note = rest.next;
    out->note_length = (size_t)(rest.end - rest.next);
    return true;
}

void
proof_clear(struct proof *proof)
{
    free(proof->line);
    proof->line = NULL;
}
