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
           (found = lines_next(lines, &line, error)) == LINES_LINE) {
        struct tree_hash leaf;

        if (!line.is_whole)
            continue;
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
refuse_absent(const struct lines *lines, struct error *error)
{
    const struct sequence *sequence = lines_sequence(lines);

    return error_set(error, CKR_ARGUMENTS_BAD,
                     "%s: is not there, which has the line; name it where it "
                     "is, or ask for a line behind %" PRIu64,
                     sequence->absent, sequence->before.size);
}

/* What a proof is made from. */
struct source_log {
    const char *const *paths;
    size_t n_paths;
    char *latest; /* the path of its checkpoint */
    char *note;
    struct checkpoint checkpoint;
};

static bool
make(struct making *making, const struct source_log *log, char **out,
     struct error *error)
{
    CLEANUP(lines_freep) struct lines *lines = NULL;
    const char *path = log->paths[log->n_paths - 1];

    if (making->path.index >= log->checkpoint.size)
        return error_set(error, CKR_ARGUMENTS_BAD,
                         "%s: its checkpoint covers lines 1 to %" PRIu64
                         "; give one of them, or make a checkpoint first",
                         path, log->checkpoint.size);
    if (!lines_open(log->paths, log->n_paths, 0, 0, &lines, error))
        return false;
    making->tree = lines_sequence(lines)->before;
    if (making->path.index < making->tree.size)
        return refuse_absent(lines, error);
    tree_path_begin(&making->tree, &making->path);
    if (!gather(making, lines, &log->checkpoint, error) ||
        !check(making, &log->checkpoint, path, error))
        return false;
    if (tree_path_finish(&making->tree, &making->path) &&
        write_proof(making, log->note, out))
        return true;
    return error_set(error, CKR_HOST_MEMORY,
                     "%s: no memory for the proof; free some", path);
}

static bool
read_checkpoint(struct source_log *log, struct error *error)
{
    const char *path = log->paths[log->n_paths - 1];
    struct note note;
    size_t length;

    if (asprintf(&log->latest, "%s.checkpoint", path) < 0) {
        log->latest = NULL;
        return error_set(error, CKR_HOST_MEMORY, "%s: no memory to read it",
                         path);
    }
    if (!file_read(log->latest, CHECKPOINT_LARGEST_NOTE, &log->note, &length,
                   error))
        return false;
    if (note_read(log->note, length, &note) &&
        checkpoint_read(note.text, note.text_length, &log->checkpoint))
        return true;
    return error_set(error, CKR_FUNCTION_FAILED,
                     "%s: is no checkpoint; put the last one of %ss there",
                     log->latest, log->latest);
}

bool
proof_make(const char *const *paths, size_t n_paths, uint64_t number,
           char **out, struct error *error)
{
    struct making making = { .path.index = number - 1 };
    struct source_log log = { .paths = paths, .n_paths = n_paths };
    bool is_made =
        read_checkpoint(&log, error) && make(&making, &log, out, error);

    free(making.line);
    free(log.latest);
    free(log.note);
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
