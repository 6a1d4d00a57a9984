/* SPDX-License-Identifier: BSD-3-Clause */
/* Makes checkpoints, each of which continues the one before it. */
#include "audit/signer.h"

#include "audit/copy.h"
#include "audit/lines.h"
#include "audit/link.h"
#include "audit/signer-list.h"
#include "audit/signer-state.h"
#include "common/cleanup.h"
#include "common/file.h"

#include <errno.h>
#include <inttypes.h>
#include <string.h>

struct signer {
    const struct signer_request *request;
    struct signer_result *result;
    char *latest_path; /* FILE.checkpoint */
    char *state_path;  /* FILE.tree */
    struct signer_list list;
    gid_t group;  /* of the log */
    char *latest; /* the last note; NULL: there is none */
    size_t latest_length;
    bool is_last_signed;
    struct checkpoint last;
    struct signer_state state;
    bool has_news; /* lines behind the last checkpoint that do not only tell
                    * of checkpoints */
};

/* -- Before --------------------------------------------------------------- */

static bool
check_last(const char *path, const struct note_key *key,
           const struct note *note, bool *out_is_signed, struct error *error)
{
    enum note_verdict verdict;

    *out_is_signed = note->signatures_length > 0;
    if (key == NULL)
        return true;
    verdict = note_check(note, key);
    *out_is_signed = verdict == NOTE_SIGNED;
    if (verdict == NOTE_SIGNED || verdict == NOTE_UNSIGNED)
        return true;
    return error_set(error, CKR_FUNCTION_FAILED,
                     "%s: its last checkpoint is not signed by \"%s\": give "
                     "the key that signed it, and keep the file, which may "
                     "have been tampered with",
                     path, note_key_name(key));
}

static bool
read_last(struct signer *signer, struct error *error)
{
    const char *path = signer->latest_path;
    struct note note;

    if (access(path, F_OK) != 0 && errno == ENOENT)
        return true;
    if (!file_read(path, CHECKPOINT_LARGEST_NOTE, &signer->latest,
                   &signer->latest_length, error))
        return false;
    if (!note_read(signer->latest, signer->latest_length, &note) ||
        !checkpoint_read(note.text, note.text_length, &signer->last))
        return error_set(error, CKR_FUNCTION_FAILED,
                         "%s: is no checkpoint; put the last one of "
                         "%ss there",
                         path, path);
    return check_last(path, signer->request->key, &note,
                      &signer->is_last_signed, error);
}

static bool
name_files(struct signer *signer, struct error *error)
{
    const char *path = signer->request->path;

    if (asprintf(&signer->latest_path, "%s.checkpoint", path) >= 0 &&
        asprintf(&signer->state_path, "%s.tree", path) >= 0)
        return true;
    return error_set(error, CKR_HOST_MEMORY, "%s: no memory to sign it", path);
}

/* One signer at a time: two would write checkpoints that do not follow. */
static bool
open_list(struct signer *signer, struct error *error)
{
    static const enum signer_trouble troubles[] = {
        [SIGNER_LIST_OPEN] = SIGNER_FINE,
        [SIGNER_LIST_BUSY] = SIGNER_BUSY,
        [SIGNER_LIST_DENIED] = SIGNER_DENIED,
        [SIGNER_LIST_FAILED] = SIGNER_REFUSED,
    };
    const char *path = signer->request->path;
    enum signer_list_opened opened;
    struct stat log;

    if (stat(path, &log) != 0)
        return error_set(error, CKR_FUNCTION_FAILED,
                         "%s: cannot be opened: %s; check the path and who may "
                         "read it",
                         path, error_reason(errno));
    signer->group = log.st_gid;
    opened = signer_list_open(&signer->list, path, &log, error);
    signer->result->trouble = troubles[opened];
    return opened == SIGNER_LIST_OPEN;
}

/* The state, where it is that of the last checkpoint. */
static void
load_state(struct signer *signer)
{
    struct signer_state state;
    struct tree_hash root;

    if (signer->latest != NULL &&
        signer_state_read(signer->state_path, &state) &&
        state.tree.size == signer->last.size && tree_root(&state.tree, &root) &&
        tree_hash_equals(&root, &signer->last.root) &&
        signer_state_fits(&state, signer->request->path))
        signer->state = state;
}

/* Others without the latest: it was removed. */
static bool
check_list(const struct signer *signer, struct error *error)
{
    const char *other = NULL;

    if (signer->latest != NULL)
        return true;
    if (access(signer->state_path, F_OK) == 0)
        other = signer->state_path;
    else if (!signer_list_is_empty(&signer->list))
        other = signer->list.path;
    return other == NULL ||
           error_set(error, CKR_FUNCTION_FAILED,
                     "%s: is not there, but %s says that there was one; bring "
                     "it back, or remove both to begin anew",
                     signer->latest_path, other);
}

/* -- The log -------------------------------------------------------------- */

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

    if (signer->latest == NULL || signer->state.tree.size != signer->last.size)
        return true;
    if (!tree_root(&signer->state.tree, &root) ||
        !tree_hash_equals(&root, &signer->last.root))
        return refuse(signer, error);
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
append_lines(struct signer *signer, struct lines *lines, struct error *error)
{
    enum lines_found found;
    struct line line;

    while ((found = lines_next(lines, &line, error)) == LINES_LINE &&
           line.is_whole) {
        if (!tree_hash_leaf(line.bytes, line.length, &signer->state.last) ||
            !tree_append(&signer->state.tree, &signer->state.last, NULL))
            return error_set(error, CKR_GENERAL_ERROR,
                             "%s: cannot be hashed; is OpenSSL whole?",
                             signer->request->path);
        signer->state.offset += line.length + 1;
        note_news(signer, &line);
        if (!check_root(signer, error))
            return false;
    }
    return found != LINES_FAILED;
}

static bool
read_log(struct signer *signer, struct error *error)
{
    CLEANUP(lines_freep) struct lines *lines = NULL;
    struct signer_state *state = &signer->state;

    if (!lines_open(&signer->request->path, 1, state->offset, state->tree.size,
                    &lines, error) ||
        !check_root(signer, error) || !append_lines(signer, lines, error))
        return false;
    if (state->tree.size < signer->last.size)
        return refuse(signer, error);
    state->device = lines_file(lines)->st_dev;
    state->inode = lines_file(lines)->st_ino;
    return true;
}

/* Whether reading it would take too long for who asks. */
static bool
check_length(struct signer *signer, struct error *error)
{
    const struct signer_request *request = signer->request;
    uint64_t limit = request->most_bytes;
    struct stat log;

    if (limit == 0 || stat(request->path, &log) != 0 ||
        (uint64_t)log.st_size <= signer->state.offset + limit)
        return true;
    signer->result->trouble = SIGNER_LONG;
    return error_set(error, CKR_FUNCTION_FAILED,
                     "%s: %" PRIu64
                     " bytes of it have no checkpoint, which is too much for "
                     "an application that ends; run p11mux audit checkpoint",
                     request->path,
                     (uint64_t)log.st_size - signer->state.offset);
}

/* -- After ---------------------------------------------------------------- */

/* All of them first: what is in neither of the others is found again by
 * reading the log once more. */
static bool
write_all(struct signer *signer, const char *note, struct error *error)
{
    return signer_list_append(&signer->list, note, error) &&
           file_replace_shared(signer->latest_path, note, strlen(note), 0640,
                               signer->group, error) &&
           signer_state_write(signer->state_path, &signer->state, signer->group,
                              error);
}

static const char *
origin_of(const struct signer *signer)
{
    if (signer->request->key != NULL)
        return note_key_name(signer->request->key);
    return signer->latest != NULL ? signer->last.origin
                                  : signer->request->origin;
}

static bool
sign(struct signer *signer, struct error *error)
{
    struct checkpoint *checkpoint = &signer->result->checkpoint;
    char text[CHECKPOINT_TEXT_LENGTH];
    CLEANUP(freep) char *note = NULL;

    checkpoint->size = signer->state.tree.size;
    (void)snprintf(checkpoint->origin, sizeof(checkpoint->origin), "%s",
                   origin_of(signer));
    if (!tree_root(&signer->state.tree, &checkpoint->root))
        return error_set(error, CKR_GENERAL_ERROR,
                         "%s: cannot be hashed; is OpenSSL whole?",
                         signer->request->path);
    checkpoint_write(checkpoint, text);
    note = note_write(text, signer->request->key);
    if (note == NULL)
        return error_set(error, CKR_GENERAL_ERROR,
                         "%s: cannot be signed; is there memory?",
                         signer->request->path);
    if (!write_all(signer, note, error))
        return false;
    copy_send(signer->request->path, checkpoint, note, signer->request->sinks);
    return true;
}

static bool
is_wanted(const struct signer *signer)
{
    const struct signer_request *request = signer->request;

    return request->is_needed || signer->latest == NULL || signer->has_news ||
           (request->key != NULL && !signer->is_last_signed);
}

static bool
announce(struct signer *signer, struct error *error)
{
    const struct signer_request *request = signer->request;

    if (request->announce == NULL)
        return true;
    request->announce(request->context, signer->last.size);
    return read_log(signer, error);
}

static bool
work(struct signer *signer, struct error *error)
{
    if (!name_files(signer, error) || !open_list(signer, error) ||
        !read_last(signer, error) ||
        !signer_list_mend(&signer->list, signer->latest, signer->latest_length,
                          error) ||
        !check_list(signer, error))
        return false;
    load_state(signer);
    if (!check_length(signer, error) || !read_log(signer, error))
        return false;
    signer->result->is_new = is_wanted(signer);
    if (signer->result->is_new)
        return announce(signer, error) && sign(signer, error);
    signer->result->checkpoint = signer->last;
    return true;
}

bool
signer_run(const struct signer_request *request, struct signer_result *out,
           struct error *error)
{
    struct signer signer = { .request = request,
                             .result = out,
                             .list.descriptor = -1 };
    bool is_done;

    *out = (struct signer_result){ .is_new = false };
    is_done = work(&signer, error);
    if (!is_done && out->trouble == SIGNER_FINE)
        out->trouble = SIGNER_REFUSED;
    signer_list_close(&signer.list);
    free(signer.latest);
    free(signer.latest_path);
    free(signer.state_path);
    return is_done;
}
