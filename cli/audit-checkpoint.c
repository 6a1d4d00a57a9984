/* SPDX-License-Identifier: BSD-3-Clause */
/* The command audit checkpoint: signs what a log is now. */
#include "audit/announcement.h"
#include "audit/base64.h"
#include "audit/key-file.h"
#include "audit/rotation.h"
#include "cli/audit-files.h"
#include "cli/audit-key.h"
#include "cli/json.h"
#include "cli/message.h"
#include "common/cleanup.h"

#include <inttypes.h>

static void
print(const struct request *request, const char *path,
      const struct rotation_result *rotated, const struct note_key *key)
{
    const struct signer_result *result = &rotated->signed_as;
    struct json json = { .stream = stdout };
    char root[BASE64_LENGTH(SHA256_LENGTH) + 1];

    base64_write(result->checkpoint.root.bytes, SHA256_LENGTH, root);
    if (!request->is_given[OPTION_JSON]) {
        (void)printf("%s: %s of %" PRIu64 " records: %s, %s\n", path,
                     result->is_new ? "checkpoint"
                                    : "nothing new since the checkpoint",
                     result->checkpoint.size, root,
                     key != NULL ? "signed" : "not signed: no key");
        if (rotated->path != NULL)
            (void)printf("%s: goes on; what was there is %s\n", path,
                         rotated->path);
        return;
    }
    json_begin_object(&json, NULL);
    json_text(&json, "file", path);
    json_text(&json, "origin", result->checkpoint.origin);
    json_number(&json, "size", result->checkpoint.size);
    json_text(&json, "root", root);
    json_truth(&json, "signed", key != NULL);
    json_truth(&json, "new", result->is_new);
    json_text(&json, "moved_to", rotated->path);
    json_end_object(&json);
}

static void
announce(void *context, uint64_t previous)
{
    const struct signer_request *asked = context;

    announcement_write_alone(asked->path, asked->sinks, asked->key, previous);
}

/* A log that has become large is moved aside. */
static bool
sign(const struct request *request, const struct audit_files *files,
     struct error *error)
{
    CLEANUP(note_key_freep) struct note_key *key = NULL;
    CLEANUP(note_key_freep) struct note_key *next = NULL;
    char name[NOTE_NAME_LENGTH + 1];
    struct rotation_request asked = {
        .signer = { .path = files->paths[0],
                    .origin = name,
                    .patience_ms = SIGNER_PATIENCE_MS,
                    .announce = announce,
                    .context = &asked.signer },
        .least = files->rotate_bytes > 0 ? files->rotate_bytes : UINT64_MAX
    };
    struct rotation_result result;

    checkpoint_name_log(name);
    if (!crypto_open(error) ||
        !audit_key_read(request, files->key, &key, error) ||
        (request->is_given[OPTION_NEXT] &&
         !key_file_read(request->values[OPTION_NEXT], &next, error)))
        return false;
    asked.signer.key = key;
    asked.signer.sinks = files->sinks;
    asked.signer.next = next;
    if (!rotation_run(&asked, &result, error))
        return false;
    print(request, files->paths[0], &result, key);
    free(result.path);
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
    is_done = sign(request, &files, &error);
    if (!is_done)
        message_error("%s", error.text);
    audit_files_clear(&files);
    return is_done ? STATUS_FINE : STATUS_WRONG;
}
