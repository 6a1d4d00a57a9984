/* SPDX-License-Identifier: BSD-3-Clause */
/* Makes checkpoints, each of which continues the one before it. */
#include "audit/signer-inside.h"

#include "audit/copy.h"
#include "audit/key-change.h"
#include "common/cleanup.h"
#include "common/file.h"

#include <errno.h>
#include <string.h>

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

/* A key whose place another one has taken signs no more. */
static bool
check_change(struct signer *signer, const struct note *note,
             struct error *error)
{
    const struct note_key *key = signer->request->key;
    struct key_change change;
    bool is_ours;

    if (key == NULL || !key_change_read(note, &change))
        return true;
    is_ours = note_key_equals(change.after, key);
    key_change_clear(&change);
    if (is_ours)
        return true;
    signer->result->trouble = SIGNER_CHANGED;
    return error_set(error, CKR_FUNCTION_FAILED,
                     "%s: another key has taken the place of this one, \"%s\"; "
                     "give the new one",
                     signer->latest_path, note_key_name(key));
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
                      &signer->is_last_signed, error) &&
           check_change(signer, &note, error);
}

static bool
name_files(struct signer *signer, struct error *error)
{
    const char *path = signer->request->path;

    if (asprintf(&signer->latest_path, "%s.checkpoint", path) >= 0 &&
        asprintf(&signer->state_path, "%s.tree", path) >= 0 &&
        asprintf(&signer->manifest_path, "%s.manifest", path) >= 0)
        return true;
    return error_set(error, CKR_HOST_MEMORY, "%s: no memory to sign it", path);
}

/* A log that is not in its place may have been moved just now; what is beside
 * it is of its folder's group then. */
static bool
is_moved(const struct signer *signer, struct stat *out)
{
    CLEANUP(freep) char *folder = NULL;
    const char *name;

    return errno == ENOENT && access(signer->latest_path, F_OK) == 0 &&
           file_split(signer->request->path, &folder, &name) &&
           stat(folder, out) == 0;
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

    if (stat(path, &log) != 0 && !is_moved(signer, &log))
        return error_set(error, CKR_FUNCTION_FAILED,
                         "%s: cannot be opened: %s; check the path and who may "
                         "read it",
                         path, error_reason(errno));
    signer->group = log.st_gid;
    opened = signer_list_open(&signer->list, path, &log,
                              signer->request->patience_ms, error);
    signer->result->trouble = troubles[opened];
    return opened == SIGNER_LIST_OPEN;
}

/* The very first signer may not have come to its end. */
static bool
has_one_only(const struct signer *signer)
{
    struct checkpoint_reader reader;
    struct checkpoint checkpoint;
    struct note note;
    bool has_one;

    if (!checkpoint_reader_open(&reader, signer->list.path))
        return false;
    has_one =
        checkpoint_reader_next(&reader, &checkpoint, &note) ==
            CHECKPOINT_FOUND &&
        checkpoint_reader_next(&reader, &checkpoint, &note) == CHECKPOINT_END;
    checkpoint_reader_close(&reader);
    return has_one;
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
    else if (signer_list_length(&signer->list) > 0 && !has_one_only(signer))
        other = signer->list.path;
    return other == NULL ||
           error_set(error, CKR_FUNCTION_FAILED,
                     "%s: is not there, but %s says that there was one; bring "
                     "it back, or remove both to begin anew",
                     signer->latest_path, other);
}

/* A signer that did not come to its end left checkpoints behind the one that it
 * called the latest. */
static bool
catch_up(struct signer *signer, struct error *error)
{
    struct checkpoint_reader reader;
    struct checkpoint checkpoint;
    struct note note;
    bool is_right = true;

    if (signer_list_length(&signer->list) == signer->state.list_length ||
        !checkpoint_reader_open(&reader, signer->list.path))
        return true;
    while (is_right && checkpoint_reader_next(&reader, &checkpoint, &note) ==
                           CHECKPOINT_FOUND) {
        if (checkpoint.size <= signer->last.size)
            continue;
        signer->last = checkpoint;
        is_right = check_last(signer->list.path, signer->request->key, &note,
                              &signer->is_last_signed, error) &&
                   check_change(signer, &note, error);
    }
    checkpoint_reader_close(&reader);
    return is_right;
}

/* -- After ---------------------------------------------------------------- */

bool
signer_keep_names(struct signer *signer, struct error *error)
{
    if (!signer->is_manifest_changed || signer->manifest.n_names == 0)
        return true;
    signer->is_manifest_changed = false;
    return manifest_write(signer->manifest_path, &signer->manifest,
                          signer->group, error);
}

/* The manifest, which says what the checkpoint is of, then all checkpoints:
 * what is in neither of the others is found again by reading the log once more.
 */
static bool
write_all(struct signer *signer, const char *note, struct error *error)
{
    if (!signer_keep_names(signer, error) ||
        !signer_list_append(&signer->list, note, error))
        return false;
    signer->state.list_length = signer_list_length(&signer->list);
    return file_replace_shared(signer->latest_path, note, strlen(note), 0640,
                               signer->group, error) &&
           signer_state_write(signer->state_path, &signer->state, signer->group,
                              error);
}

static const char *
origin_of(const struct signer *signer)
{
    if (signer->request->key != NULL)
        return note_key_name(signer->request->key);
    return signer->latest != NULL || signer->last.size > 0
               ? signer->last.origin
               : signer->request->origin;
}

static bool
sign(struct signer *signer, struct error *error)
{
    struct checkpoint *checkpoint = &signer->result->checkpoint;
    const struct signer_request *request = signer->request;
    char text[CHECKPOINT_TEXT_LENGTH + KEY_CHANGE_LENGTH];
    CLEANUP(freep) char *note = NULL;

    checkpoint->size = signer->state.tree.size;
    (void)snprintf(checkpoint->origin, sizeof(checkpoint->origin), "%s",
                   origin_of(signer));
    if (!tree_root(&signer->state.tree, &checkpoint->root))
        return error_set(error, CKR_GENERAL_ERROR,
                         "%s: cannot be hashed; is OpenSSL whole?",
                         signer->request->path);
    checkpoint_write(checkpoint, text);
    if (request->next != NULL)
        key_change_write(request->key, request->next, text + strlen(text));
    note = note_write(text, request->key, request->next);
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

    return request->is_needed || request->next != NULL ||
           signer->latest == NULL || signer->has_news ||
           (request->key != NULL && !signer->is_last_signed);
}

static bool
announce(struct signer *signer, struct error *error)
{
    const struct signer_request *request = signer->request;

    if (request->announce == NULL)
        return true;
    request->announce(request->context, signer->last.size);
    return signer_read(signer, error);
}

bool
signer_sign(struct signer *signer, struct error *error)
{
    signer->result->is_new = is_wanted(signer);
    if (signer->result->is_new)
        return announce(signer, error) && sign(signer, error);
    signer->result->checkpoint = signer->last;
    return signer_keep_names(signer, error);
}

/* A log is called as its key is, and keeps that name. */
static bool
check_next(const struct signer_request *request, struct error *error)
{
    if (request->next == NULL ||
        (request->key != NULL && strcmp(note_key_name(request->key),
                                        note_key_name(request->next)) == 0))
        return true;
    return error_set(error, CKR_ARGUMENTS_BAD,
                     "%s: the next key is \"%s\" and takes only the place of "
                     "one of that name; make one with --name",
                     request->path, note_key_name(request->next));
}

static bool
start(struct signer *signer, struct error *error)
{
    if (!check_next(signer->request, error))
        return false;
    if (!name_files(signer, error) || !open_list(signer, error) ||
        !read_last(signer, error) ||
        !signer_list_mend(&signer->list, signer->latest, signer->latest_length,
                          error) ||
        !check_list(signer, error))
        return false;
    (void)signer_state_read(signer->state_path, signer_name(signer),
                            &signer->state);
    return catch_up(signer, error) && signer_load(signer, error);
}

bool
signer_open(const struct signer_request *request, struct signer_result *result,
            struct signer **out, struct error *error)
{
    CLEANUP(signer_freep) struct signer *signer = calloc(1, sizeof(*signer));

    *out = NULL;
    *result = (struct signer_result){ .trouble = SIGNER_REFUSED };
    if (signer == NULL)
        return error_set(error, CKR_HOST_MEMORY, "%s: no memory to sign it",
                         request->path);
    signer->request = request;
    signer->result = result;
    signer->list.descriptor = -1;
    if (!start(signer, error))
        return false;
    *out = signer;
    signer = NULL;
    return true;
}

void
signer_free(struct signer *signer)
{
    if (signer == NULL)
        return;
    signer_list_close(&signer->list);
    manifest_clear(&signer->manifest);
    signer_state_clear(&signer->state);
    free(signer->latest);
    free(signer->latest_path);
    free(signer->state_path);
    free(signer->manifest_path);
    free(signer);
}

void
signer_freep(struct signer **signer)
{
    signer_free(*signer);
}

const struct manifest *
signer_manifest(const struct signer *signer)
{
    return &signer->manifest;
}

bool
signer_run(const struct signer_request *request, struct signer_result *out,
           struct error *error)
{
    CLEANUP(signer_freep) struct signer *signer = NULL;
    bool is_done = signer_open(request, out, &signer, error) &&
                   signer_read(signer, error) && signer_sign(signer, error);

    if (!is_done && out->trouble == SIGNER_FINE)
        out->trouble = SIGNER_REFUSED;
    return is_done;
}
