/* SPDX-License-Identifier: BSD-3-Clause */
/* The command audit keygen: makes a key that signs checkpoints. */
#include "audit/checkpoint.h"
#include "cli/audit-key.h"
#include "cli/json.h"
#include "cli/message.h"
#include "common/cleanup.h"
#include "common/crypto.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/stat.h>

/* 0 or an errno. */
static int
write_line(int descriptor, const char *text)
{
    size_t length = strlen(text);

    while (length > 0) {
        ssize_t written = write(descriptor, text, length);

        if (written < 0 && errno != EINTR)
            return errno;
        if (written > 0) {
            text += written;
            length -= (size_t)written;
        }
    }
    return write(descriptor, "\n", 1) == 1 && fsync(descriptor) == 0 ? 0
                                                                     : errno;
}

/* A key that is there already is never written over. */
static bool
write_key(const char *path, const struct note_key *key, struct error *error)
{
    CLEANUP(closep)
    int descriptor =
        open(path, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC | O_NOFOLLOW, 0600);
    char text[NOTE_KEY_TEXT_LENGTH];
    int reason = descriptor < 0 ? errno : 0;

    if (reason == EEXIST)
        return error_set(error, CKR_FUNCTION_FAILED,
                         "%s: is there already and is not written over; name "
                         "another file",
                         path);
    if (reason == 0 && fchmod(descriptor, 0600) != 0)
        reason = errno;
    if (reason == 0) {
        reason = note_key_write_secret(key, text) ? write_line(descriptor, text)
                                                  : ENOMEM;
        explicit_bzero(text, sizeof(text));
    }
    if (reason == 0)
        return true;
    if (descriptor >= 0)
        (void)unlink(path);
    return error_set(error, CKR_FUNCTION_FAILED,
                     "%s: cannot be written: %s; check its folder", path,
                     error_reason(reason));
}

static void
print(const struct request *request, const struct note_key *key)
{
    struct json json = { .stream = stdout };
    char verifier[NOTE_KEY_TEXT_LENGTH];

    note_key_write_verifier(key, verifier);
    if (!request->is_given[OPTION_JSON]) {
        (void)puts(verifier);
        return;
    }
    json_begin_object(&json, NULL);
    json_text(&json, "file", request->operands[0]);
    json_text(&json, "name", note_key_name(key));
    json_text(&json, "verifier_key", verifier);
    json_end_object(&json);
}

enum status
cmd_audit_keygen(const struct request *request)
{
    CLEANUP(note_key_freep) struct note_key *key = NULL;
    char of_host[NOTE_NAME_LENGTH + 1];
    const char *name =
        request->is_given[OPTION_NAME] ? request->values[OPTION_NAME] : of_host;
    struct error error = { 0 };

    checkpoint_name_log(of_host);
    if (!crypto_open(&error) || !note_key_make(name, &key, &error) ||
        !write_key(request->operands[0], key, &error)) {
        message_error("%s", error.text);
        return STATUS_WRONG;
    }
    print(request, key);
    return STATUS_FINE;
}
