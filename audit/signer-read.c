/* SPDX-License-Identifier: BSD-3-Clause */
/* What a signer reads: what is new in the files of a log, or all of it. */
#include "audit/signer-inside.h"

#include "audit/lines.h"
#include "audit/link.h"
#include "audit/source.h"
#include "common/cleanup.h"

#include <inttypes.h>

static bool
refuse(const struct signer *signer, struct error *error)
{
    return error_set(error, CKR_FUNCTION_FAILED,
                     "%s: does not continue its checkpoint of %" PRIu64
                     " records, so that nothing is signed; see with \"p11mux "
                     "audit verify\" what happened to it",
                     signer->request->path, signer->last.size);
}

static bool
check_root(const struct signer *signer, struct error *error)
{
    struct tree_hash root;

    if (signer->last.size == 0 || signer->state.tree.size != signer->last.size)
        return true;
    if (!tree_root(&signer->state.tree, &root) ||
        !tree_hash_equals(&root, &signer->last.root))
        return refuse(signer, error);
    return true;
}

/* Only behind what the state knows; false where it does not fit the files. */
static bool
continue_files(struct signer *signer, struct sequence *sequence)
{
    for (size_t i = 0; i < sequence->n_files; i++) {
        struct signer_file *file = &signer->state.files[i];
        struct sequence_file *found = &sequence->files[i];

        if (file->is_closed)
            continue;
        /* An older file that is elsewhere now takes no more lines. */
        file->is_closed = found->path == NULL && i + 1 < sequence->n_files;
        if (found->path == NULL && !file->is_closed && file->offset > 0)
            return false;
        if (found->path == NULL)
            continue;
        if (!found->is_compressed && !signer_file_fits(file, found->path))
            return false;
        found->offset = file->offset;
        if (found->is_compressed &&
            source_has_length(found->path, file->offset))
            found->limit = found->offset;
        if (found->limit > found->offset &&
            !sequence_add_part(sequence,
                               &(struct sequence_part){
                                   .file = i, .n_lines = SEQUENCE_ALL }))
            return false;
    }
    return true;
}

/* All of the log, as far as it is there. */
static bool
begin_anew(struct signer *signer, struct sequence *sequence,
           struct error *error)
{
    signer_state_clear(&signer->state);
    sequence->n_parts = 0;
    if (!sequence_order(sequence, &signer->manifest, signer->last.size, error))
        return false;
    if (sequence->before.size > signer->last.size)
        return refuse(signer, error);
    signer->state.tree = sequence->before;
    for (size_t i = 0; i < sequence->n_files; i++) {
        bool is_log = i + 1 == sequence->n_files;
        struct signer_file *file =
            signer_state_add(&signer->state, is_log
                                                 ? signer_name(signer)
                                                 : signer->manifest.names[i]);

        if (file == NULL)
            return signer_refuse_memory(signer, error);
        file->is_closed = !is_log && sequence->files[i].path == NULL;
        sequence->files[i].offset = 0;
    }
    signer->is_state_known = true;
    return true;
}

static void
note_news(struct signer *signer, const struct line *line)
{
    struct link link;

    if (signer->state.tree.size > signer->last.size &&
        !(link_read(line->bytes, line->length, &link) && link.is_checkpoint))
        signer->has_news = true;
}

static bool
append_line(struct signer *signer, const struct line *line, struct error *error)
{
    struct signer_state *state = &signer->state;
    struct signer_file *file = &state->files[line->file];
    size_t number = line->file + 1 < state->n_files ? line->file + 1 : 0;
    bool is_changed = false;

    if (state->tree.size >= signer->last.size &&
        !manifest_add_line(&signer->manifest, number, &state->tree,
                           &is_changed))
        return signer_refuse_memory(signer, error);
    signer->is_manifest_changed |= is_changed;
    if (!tree_hash_leaf(line->bytes, line->length, &file->last) ||
        !tree_append(&state->tree, &file->last, NULL))
        return error_set(error, CKR_GENERAL_ERROR,
                         "%s: cannot be hashed; is OpenSSL whole?",
                         signer->request->path);
    note_news(signer, line);
    return check_root(signer, error);
}

/* How far each of them was read. */
static void
note_files(struct signer *signer, const struct sequence *sequence)
{
    for (size_t i = 0; i < sequence->n_files; i++) {
        const struct sequence_file *read = &sequence->files[i];
        struct signer_file *file = &signer->state.files[i];

        if (file->is_closed || read->path == NULL)
            continue;
        file->offset = read->offset;
        file->device = read->entry.st_dev;
        file->inode = read->entry.st_ino;
        /* Nothing is appended to what is compressed. */
        file->is_closed = read->is_compressed;
    }
}

/* Whether reading it would take too long for who asks. */
static bool
check_length(struct signer *signer, const struct sequence *sequence,
             struct error *error)
{
    uint64_t most = signer->request->most_bytes;
    uint64_t left = most;

    if (most == 0)
        return true;
    for (size_t i = 0; i < sequence->n_files; i++) {
        const struct sequence_file *file = &sequence->files[i];

        if (signer->state.files[i].is_closed || file->limit <= file->offset)
            continue;
        if (file->limit - file->offset > left) {
            signer->result->trouble = SIGNER_LONG;
            return error_set(error, CKR_FUNCTION_FAILED,
                             "%s: more than %" PRIu64
                             " bytes of it have no checkpoint, which is too "
                             "much for an application that ends; run p11mux "
                             "audit checkpoint",
                             signer->request->path, most);
        }
        left -= file->limit - file->offset;
    }
    return true;
}

static bool
read_all(struct signer *signer, struct sequence *sequence, struct error *error)
{
    CLEANUP(lines_freep) struct lines *lines = NULL;
    enum lines_found found;
    struct line line;

    if ((!signer->is_state_known || !continue_files(signer, sequence)) &&
        !begin_anew(signer, sequence, error))
        return false;
    if (!check_length(signer, sequence, error))
        return false;
    if (!lines_open_sequence(sequence, signer->state.tree.size, &lines,
                             error) ||
        !check_root(signer, error))
        return false;
    while ((found = lines_next(lines, &line, error)) == LINES_LINE)
        if (line.is_whole && !append_line(signer, &line, error))
            return false;
    if (found == LINES_FAILED)
        return false;
    note_files(signer, lines_sequence(lines));
    return signer->state.tree.size >= signer->last.size ||
           refuse(signer, error);
}

bool
signer_read(struct signer *signer, struct error *error)
{
    struct sequence sequence = { .files = NULL };
    bool is_read = sequence_locate(&signer->manifest, signer->request->path,
                                   NULL, 0, &sequence, error) &&
                   read_all(signer, &sequence, error);

    sequence_clear(&sequence);
    return is_read;
}
