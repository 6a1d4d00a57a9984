/* SPDX-License-Identifier: BSD-3-Clause */
/* The command audit checkpoint: signs what a log is now. */
#include "audit/announcement.h"
#include "audit/base64.h"
#include "audit/key-file.h"
#include "audit/signer.h"
#include "cli/audit-files.h"
#include "cli/audit-key.h"
#include "cli/json.h"
#include "cli/message.h"
#include "common/cleanup.h"

#include <inttypes.h>

static void
print(const struct request *request, const char *path,
      const struct signer_result *result, const struct note_key *key)
{
    struct json json = { .stream = stdout };
    char root[BASE64_LENGTH(SHA256_LENGTH) + 1];

    base64_write(result->checkpoint.root.bytes, SHA256_LENGTH, root);
    if (!request->is_given[OPTION_JSON]) {
        (void)printf("%s: %s of %" PRIu64 " records: %s, %s\n", path,
                     result->is_new ? "checkpoint"
                                    : "nothing new since the checkpoint",
                     result->checkpoint.size, root,
                     key != NULL ? "signed" : "not signed: no --key");
        return;
    }
    json_begin_object(&json, NULL);
    json_text(&json, "file", path);
    json_text(&json, "origin", result->checkpoint.origin);
    json_number(&json, "size", result->checkpoint.size);
    json_text(&json, "root", root);
    json_truth(&json, "signed", key != NULL);
    json_truth(&json, "new", result->is_new);
    json_end_object(&json);
}

static void
announce(void *context, uint64_t previous)
{
    const struct signer_request *asked = context;

    announcement_write_alone(asked->path, asked->key, previous);
}

static bool
sign(const struct request *request, const char *path, struct error *error)
{
    CLEANUP(note_key_freep) struct note_key *key = NULL;
    CLEANUP(note_key_freep) struct note_key *next = NULL;
    char name[NOTE_NAME_LENGTH + 1];
    struct signer_request asked = {
        .path = path, .origin = name, .announce = announce, .context = &asked
    };
    struct signer_result result;

    checkpoint_name_log(name);
    if (!crypto_open(error) || !audit_key_read(request, &key, error) ||
        (request->is_given[OPTION_NEXT] &&
         !key_file_read(request->values[OPTION_NEXT], &next, error)))
        return false;
    asked.key = key;
    asked.next = next;
    if (!signer_run(&asked, &result, error))
        return false;
    print(request, path, &result, key);
    return true;
}

enum status
cmd_audit_checkpoint(const struct request *request)
{
    struct audit_files files;
    struct error error = { 0 };
    bool is_done;

    if (!audit_files_find(request, 0, &files))
        return STATUS_WRONG;
    is_done = sign(request, files.paths[0], &error);
    if (!is_done)
        message_error("%s", error.text);
    audit_files_clear(&files);
    return is_done ? STATUS_FINE : STATUS_WRONG;
}
