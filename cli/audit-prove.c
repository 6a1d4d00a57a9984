/* SPDX-License-Identifier: BSD-3-Clause */
/* The commands audit prove and audit check-proof: one line of a log, proven to
 * somebody who has not got the log. */
#include "audit/proof.h"
#include "cli/audit-files.h"
#include "cli/audit-key.h"
#include "cli/json.h"
#include "cli/message.h"
#include "common/cleanup.h"
#include "common/file.h"

#include <inttypes.h>
#include <string.h>

enum { LARGEST_PROOF = 4 * 1024 * 1024 };

enum status
cmd_audit_prove(const struct request *request)
{
    const char *word = request->operands[0];
    CLEANUP(freep) char *proof = NULL;
    struct audit_files files;
    struct error error = { 0 };
    uint64_t number;
    bool is_made;

    if (!checkpoint_read_number(word, strlen(word), &number) || number == 0) {
        message_error("audit prove: \"%s\" is not the number of a line; they "
                      "count from 1",
                      word);
        return STATUS_USAGE;
    }
    if (!audit_files_find(request, 1, &files))
        return STATUS_WRONG;
    is_made = proof_make(files.paths, files.n_paths, number, &proof, &error);
    if (is_made)
        (void)fputs(proof, stdout);
    else
        message_error("%s", error.text);
    audit_files_clear(&files);
    return is_made ? STATUS_FINE : STATUS_WRONG;
}

/* What a proof says, once it holds. */
struct checked {
    struct proof proof;
    struct checkpoint checkpoint;
};

static bool
check(const char *path, const char *bytes, size_t length,
      const struct note_key *key, struct checked *out, struct error *error)
{
    struct tree_hash leaf;
    struct note note;

    if (!proof_read(bytes, length, &out->proof) ||
        !note_read(out->proof.note, out->proof.note_length, &note) ||
        !checkpoint_read(note.text, note.text_length, &out->checkpoint))
        return error_set(error, CKR_ARGUMENTS_BAD,
                         "%s: is not a proof; give what \"p11mux audit prove\" "
                         "printed",
                         path);
    if (out->proof.line == NULL)
        return error_set(error, CKR_ARGUMENTS_BAD,
                         "%s: the line is not in it; give a proof with its "
                         "line in \"extra\"",
                         path);
    if (key != NULL && note_check(&note, key) != NOTE_SIGNED)
        return error_set(error, CKR_SIGNATURE_INVALID,
                         "%s: its checkpoint is not signed by \"%s\"; check "
                         "whose log it is",
                         path, note_key_name(key));
    if (!tree_hash_leaf(out->proof.line, out->proof.line_length, &leaf) ||
        !tree_path_proves(&out->proof.path, out->checkpoint.size, &leaf,
                          &out->checkpoint.root))
        return error_set(error, CKR_SIGNATURE_INVALID,
                         "%s: does not hold: the line is not in the log of its "
                         "checkpoint; ask for it anew",
                         path);
    return true;
}

static bool
print(const struct request *request, const struct checked *checked,
      const struct note_key *key)
{
    struct json json = { .stream = stdout };
    CLEANUP(freep)
    char *line = strndup(checked->proof.line, checked->proof.line_length);

    if (line == NULL)
        return false;
    if (!request->is_given[OPTION_JSON]) {
        (void)printf("%s\nline %" PRIu64 " of the %" PRIu64
                     " records of \"%s\", %s\n",
                     line, checked->proof.path.index + 1,
                     checked->checkpoint.size, checked->checkpoint.origin,
                     key != NULL ? "signed by the key"
                                 : "whose signature was not checked: no --key");
        return true;
    }
    json_begin_object(&json, NULL);
    json_number(&json, "line", checked->proof.path.index + 1);
    json_text(&json, "record", line);
    json_text(&json, "origin", checked->checkpoint.origin);
    json_number(&json, "size", checked->checkpoint.size);
    json_truth(&json, "signature_checked", key != NULL);
    json_end_object(&json);
    return true;
}

enum status
cmd_audit_check_proof(const struct request *request)
{
    const char *path = request->operands[0];
    CLEANUP(note_key_freep) struct note_key *key = NULL;
    CLEANUP(freep) char *bytes = NULL;
    struct checked checked = { .proof.line = NULL };
    struct error error = { 0 };
    size_t length;
    bool is_right;

    is_right = crypto_open(&error) &&
               audit_key_read_verifier(request, OPTION_KEY, &key, &error) &&
               file_read(path, LARGEST_PROOF, &bytes, &length, &error) &&
               check(path, bytes, length, key, &checked, &error);
    if (is_right && !print(request, &checked, key))
        is_right = error_set(&error, CKR_HOST_MEMORY,
                             "%s: no memory to show its line", path);
    if (!is_right)
        message_error("%s", error.text);
    proof_clear(&checked.proof);
    return is_right ? STATUS_FINE : STATUS_WRONG;
}
