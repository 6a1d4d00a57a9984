/* SPDX-License-Identifier: BSD-3-Clause */
/* The checkpoints that a log is held against, in their order. */
#include "audit/verify-private.h"
#include "common/cleanup.h"
#include "common/file.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>

/* Of the keys that the lists have, in their order. */
bool
verify_read_keys(struct verify *verify, struct error *error)
{
    const struct verify_request *request = verify->request;

    if (request->key == NULL)
        return true;
    verify->keys =
        key_chain_new(request->key, request->paths, request->n_paths);
    return verify->keys != NULL ||
           error_set(error, CKR_HOST_MEMORY, "no memory to verify; free some");
}

/* Says so once: one that is not signed by the key is wrong only where it says
 * that it is signed. */
static bool
is_of_key(struct verify *verify, enum note_verdict verdict,
          const struct checkpoint *checkpoint, const char *path)
{
    if ((verdict == NOTE_FORGED || verdict == NOTE_OF_OTHERS) &&
        !verify->was_signature_wrong) {
        verify->was_signature_wrong = true;
        verify_find(verify,
                    (struct fault){ .kind = FAULT_SIGNATURE,
                                    .count = checkpoint->size },
                    path);
    }
    return verdict == NOTE_SIGNED;
}

/* Opens the checkpoints beside the next file that has some. */
bool
verify_open_next(struct verify *verify, struct error *error)
{
    const struct verify_request *request = verify->request;

    checkpoint_reader_close(&verify->reader);
    while (verify->position < request->n_paths) {
        const char *log = request->paths[verify->position++];
        CLEANUP(freep) char *path = NULL;

        if (asprintf(&path, "%s.checkpoints", log) < 0) {
            path = NULL;
            return error_set(error, CKR_HOST_MEMORY,
                             "no memory to verify; free some");
        }
        if (checkpoint_reader_open_now(&verify->reader, path)) {
            free(verify->next.path);
            verify->next.path = path;
            path = NULL;
            return true;
        }
        if (errno != ENOENT)
            return error_set(error, CKR_FUNCTION_FAILED,
                             "%s: cannot be opened: %s; check who may read it",
                             path, error_reason(errno));
    }
    return true;
}

/* The next one of them, or the end of all. */
static bool
read_checkpoint(struct verify *verify, struct note *note,
                enum checkpoint_found *out, struct error *error)
{
    for (;;) {
        *out = checkpoint_reader_next(&verify->reader, &verify->next.checkpoint,
                                      note);
        if (*out != CHECKPOINT_END ||
            verify->position == verify->request->n_paths)
            return true;
        if (!verify_open_next(verify, error))
            return false;
    }
}

bool
verify_advance(struct verify *verify, struct error *error)
{
    struct waiting *next = &verify->next;
    enum checkpoint_found found;
    struct note note;

    next->is_there = false;
    do {
        if (!read_checkpoint(verify, &note, &found, error))
            return false;
        if (found == CHECKPOINT_END)
            return true;
        if (found == CHECKPOINT_WRONG ||
            next->checkpoint.size < verify->last_size) {
            verify_find(verify,
                        (struct fault){ .kind = FAULT_CHECKPOINT,
                                        .count = verify->last_size },
                        next->path);
            checkpoint_reader_close(&verify->reader);
            verify->position = verify->request->n_paths;
            return true;
        }
        verify->last_size = next->checkpoint.size;
        next->is_counted = is_of_key(verify,
                                     verify->keys == NULL
                                         ? NOTE_SIGNED
                                         : key_chain_check(verify->keys, &note),
                                     &next->checkpoint, next->path);
    } while (next->checkpoint.size < verify->result->n_absent);
    next->is_there = true;
    return true;
}

bool
verify_read_since(struct verify *verify, struct error *error)
{
    const char *path = verify->request->since;
    struct waiting *since = &verify->since;
    CLEANUP(freep) char *bytes = NULL;
    struct note note;
    size_t length;

    if (path == NULL)
        return true;
    if (!file_read(path, CHECKPOINT_LARGEST_NOTE, &bytes, &length, error))
        return false;
    if (!note_read(bytes, length, &note) ||
        !checkpoint_read(note.text, note.text_length, &since->checkpoint))
        return error_set(error, CKR_ARGUMENTS_BAD,
                         "%s: is not a checkpoint; give a copy of a "
                         "FILE.checkpoint",
                         path);
    since->path = strdup(path);
    since->is_there = since->path != NULL;
    since->is_kept = true;
    since->is_counted =
        is_of_key(verify,
                  verify->keys == NULL
                      ? NOTE_SIGNED
                      : key_chain_check_any(verify->keys, &note),
                  &since->checkpoint, path);
    return since->is_there ||
           error_set(error, CKR_HOST_MEMORY, "no memory to verify; free some");
}

/* The log has as many lines as the checkpoint. */
static bool
compare(struct verify *verify, struct waiting *waiting)
{
    const struct checkpoint *checkpoint = &waiting->checkpoint;
    struct tree_hash root;

    if (!tree_root(&verify->tree, &root))
        return false;
    waiting->is_there = false;
    verify->result->n_checkpoints++;
    if (tree_hash_equals(&root, &checkpoint->root)) {
        verify->n_good = checkpoint->size;
        if (!waiting->is_counted)
            return true;
        verify->result->n_covered = checkpoint->size;
        memcpy(verify->result->origin, checkpoint->origin,
               sizeof(checkpoint->origin));
    } else if (waiting->is_kept && verify->n_good == checkpoint->size) {
        /* What lies beside the log fits it, so that both were made anew. */
        verify_find(verify,
                    (struct fault){ .kind = FAULT_ROLLED_BACK,
                                    .count = checkpoint->size },
                    waiting->path);
    } else if (verify->different.kind == FAULT_NONE) {
        verify->different = (struct fault){ .kind = FAULT_DIFFERENT,
                                            .line = verify->n_good + 1,
                                            .other = checkpoint->size,
                                            .count = checkpoint->size };
    }
    return true;
}

bool
verify_compare_all(struct verify *verify, struct error *error)
{
    while (verify->next.is_there &&
           verify->next.checkpoint.size == verify->tree.size)
        if (!compare(verify, &verify->next) || !verify_advance(verify, error))
            return false;
    return !verify->since.is_there ||
           verify->since.checkpoint.size != verify->tree.size ||
           compare(verify, &verify->since);
}
