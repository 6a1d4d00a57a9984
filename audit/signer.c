/* SPDX-License-Identifier: BSD-3-Clause */
/* Makes checkpoints, each of which continues the one before it. */
#include "audit/signer.h"

#include "audit/lines.h"
#include "audit/signer-state.h"
#include "common/cleanup.h"
#include "common/file.h"
#include "common/guard.h"

#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <string.h>
#include <sys/file.h>

struct signer {
    const struct signer_request *request;
    char *list_path;   /* FILE.checkpoints */
    char *latest_path; /* FILE.checkpoint */
    char *state_path;  /* FILE.tree */
    int list;          /* locked while the signer works */
    bool has_last;
    bool is_last_signed;
    struct checkpoint last;
    struct signer_state state;
};

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
read_last(const char *path, const struct note_key *key, struct checkpoint *out,
          bool *out_is_there, bool *out_is_signed, struct error *error)
{
    CLEANUP(freep) char *bytes = NULL;
    struct note note;
    size_t length;

    *out_is_there = *out_is_signed = false;
    if (access(path, F_OK) != 0 && errno == ENOENT)
        return true;
    if (!file_read(path, CHECKPOINT_LARGEST_NOTE, &bytes, &length, error))
        return false;
    if (!note_read(bytes, length, &note) ||
        !checkpoint_read(note.text, note.text_length, out))
        return error_set(error, CKR_FUNCTION_FAILED,
                         "%s: is no checkpoint; put the last one of "
                         "%ss there",
                         path, path);
    *out_is_there = true;
    return check_last(path, key, &note, out_is_signed, error);
}

/* -- Before -----------------------------------------------------------------
 */

static bool
name_files(struct signer *signer, struct error *error)
{
    const char *path = signer->request->path;

    if (asprintf(&signer->list_path, "%s.checkpoints", path) >= 0 &&
        asprintf(&signer->latest_path, "%s.checkpoint", path) >= 0 &&
        asprintf(&signer->state_path, "%s.tree", path) >= 0)
        return true;
    return error_set(error, CKR_HOST_MEMORY, "%s: no memory to sign it", path);
}

/* One signer at a time: two would write checkpoints that do not follow. */
static bool
lock_list(struct signer *signer, struct error *error)
{
    const char *path = signer->list_path;

    signer->list =
        open(path,
             O_RDWR | O_CREAT | O_APPEND | O_CLOEXEC | O_NOFOLLOW | O_NOCTTY,
             0640);
    if (signer->list < 0)
        return error_set(error, CKR_FUNCTION_FAILED,
                         "%s: cannot be opened: %s; checkpoints are made by "
                         "who may write the log's folder",
                         path, error_reason(errno));
    if (flock(signer->list, LOCK_EX | LOCK_NB) != 0)
        return error_set(error, CKR_FUNCTION_FAILED,
                         "%s: cannot be locked: %s; if another signer is at "
                         "work, let it end",
                         path, error_reason(errno));
    return true;
}

/* The state, where it is that of the last checkpoint. */
static void
load_state(struct signer *signer)
{
    struct signer_state state;
    struct tree_hash root;

    if (signer->has_last && signer_state_read(signer->state_path, &state) &&
        state.tree.size == signer->last.size && tree_root(&state.tree, &root) &&
        tree_hash_equals(&root, &signer->last.root) &&
        signer_state_fits(&state, signer->request->path))
        signer->state = state;
}

/* Others without the latest: it was removed. */
static bool
check_list(const struct signer *signer, struct error *error)
{
    struct stat file;
    const char *other = NULL;

    if (signer->has_last)
        return true;
    if (stat(signer->state_path, &file) == 0)
        other = signer->state_path;
    else if (fstat(signer->list, &file) != 0 || file.st_size > 0)
        other = signer->list_path;
    return other == NULL ||
           error_set(error, CKR_FUNCTION_FAILED,
                     "%s: is not there, but %s says that there was one; bring "
                     "it back, or remove both to begin anew",
                     signer->latest_path, other);
}

/* -- The log ----------------------------------------------------------------
 */

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

    if (!signer->has_last || signer->state.tree.size != signer->last.size)
        return true;
    if (!tree_root(&signer->state.tree, &root) ||
        !tree_hash_equals(&root, &signer->last.root))
        return refuse(signer, error);
    return true;
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
    if (signer->has_last && state->tree.size < signer->last.size)
        return refuse(signer, error);
    state->device = lines_file(lines)->st_dev;
    state->inode = lines_file(lines)->st_ino;
    return true;
}

/* -- After ------------------------------------------------------------------
 */

/* 0 or an errno. */
static int
append(int descriptor, const char *text)
{
    size_t length = strlen(text);
    struct guard guard;
    int reason = 0;

    guard_begin(&guard);
    while (length > 0 && reason == 0) {
        ssize_t written = guard_write(&guard, descriptor, text, length);

        if (written < 0) {
            reason = errno;
        } else {
            text += written;
            length -= (size_t)written;
        }
    }
    guard_end(&guard);
    return reason == 0 && fsync(descriptor) != 0 ? errno : reason;
}

/* All of them first: what is in neither of the others is found again by
 * reading the log once more. */
static bool
write_all(struct signer *signer, const char *note, struct error *error)
{
    CLEANUP(freep) char *separated = NULL;
    int reason;

    if (asprintf(&separated, "%s\n", note) < 0) {
        separated = NULL;
        return error_set(error, CKR_HOST_MEMORY, "%s: no memory to write it",
                         signer->list_path);
    }
    reason = append(signer->list, separated);
    if (reason != 0)
        return error_set(error, CKR_FUNCTION_FAILED,
                         "%s: cannot be written: %s; check the room on the "
                         "disk",
                         signer->list_path, error_reason(reason));
    return file_replace(signer->latest_path, note, strlen(note), 0640, error) &&
           signer_state_write(signer->state_path, &signer->state, error);
}

static const char *
origin_of(const struct signer *signer)
{
    if (signer->request->key != NULL)
        return note_key_name(signer->request->key);
    return signer->has_last ? signer->last.origin : signer->request->origin;
}

static bool
sign(struct signer *signer, struct signer_result *out, struct error *error)
{
    struct checkpoint *checkpoint = &out->checkpoint;
    char text[CHECKPOINT_TEXT_LENGTH];
    CLEANUP(freep) char *note = NULL;

    checkpoint->size = signer->state.tree.size;
    (void)snprintf(checkpoint->origin, sizeof(checkpoint->origin), "%s",
                   origin_of(signer));
    out->is_new = !signer->has_last || checkpoint->size > signer->last.size ||
                  (signer->request->key != NULL && !signer->is_last_signed);
    if (!tree_root(&signer->state.tree, &checkpoint->root))
        return error_set(error, CKR_GENERAL_ERROR,
                         "%s: cannot be hashed; is OpenSSL whole?",
                         signer->request->path);
    if (!out->is_new)
        return true;
    checkpoint_write(checkpoint, text);
    note = note_write(text, signer->request->key);
    if (note == NULL)
        return error_set(error, CKR_GENERAL_ERROR,
                         "%s: cannot be signed; is there memory?",
                         signer->request->path);
    return write_all(signer, note, error);
}

static bool
work(struct signer *signer, struct signer_result *out, struct error *error)
{
    if (!name_files(signer, error) || !lock_list(signer, error) ||
        !read_last(signer->latest_path, signer->request->key, &signer->last,
                   &signer->has_last, &signer->is_last_signed, error) ||
        !check_list(signer, error))
        return false;
    load_state(signer);
    return read_log(signer, error) && sign(signer, out, error);
}

bool
signer_run(const struct signer_request *request, struct signer_result *out,
           struct error *error)
{
    struct signer signer = { .request = request, .list = -1 };
    bool is_done = work(&signer, out, error);

    closep(&signer.list);
    free(signer.list_path);
    free(signer.latest_path);
    free(signer.state_path);
    return is_done;
}
