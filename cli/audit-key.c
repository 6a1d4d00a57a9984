/* SPDX-License-Identifier: BSD-3-Clause */
/* Reads the keys of checkpoints. */
#include "cli/audit-key.h"

#include "cli/memory.h"
#include "common/cleanup.h"
#include "common/file.h"

#include <string.h>
#include <sys/stat.h>

enum { LARGEST_FILE = 4096, HOST_LENGTH = 65 };

static bool
check_mode(const char *path, struct error *error)
{
    struct stat file;

    if (stat(path, &file) == 0 && (file.st_mode & 077) == 0)
        return true;
    return error_set(error, CKR_FUNCTION_FAILED,
                     "%s: is a key that others may read or change; chmod 600 "
                     "it, and make a new one if somebody has",
                     path);
}

bool
audit_key_read(const struct request *request, struct note_key **out,
               struct error *error)
{
    const char *path = request->values[OPTION_KEY];
    size_t length;
    char *text;
    bool is_read;

    *out = NULL;
    if (!request->is_given[OPTION_KEY])
        return true;
    if (!file_read_trusted(path, (gid_t)-1, LARGEST_FILE, &text, &length,
                           error))
        return false;
    is_read = check_mode(path, error) && note_key_read(path, text, out, error);
    explicit_bzero(text, length);
    free(text);
    return is_read;
}

bool
audit_key_read_verifier(const struct request *request, struct note_key **out,
                        struct error *error)
{
    const char *value = request->values[OPTION_KEY];
    CLEANUP(freep) char *text = NULL;
    size_t length;

    *out = NULL;
    if (!request->is_given[OPTION_KEY])
        return true;
    if (access(value, F_OK) != 0 && strchr(value, '+') != NULL)
        return note_key_read_verifier("the value of --key", value, out, error);
    return file_read(value, LARGEST_FILE, &text, &length, error) &&
           note_key_read_verifier(value, text, out, error);
}

char *
audit_default_name(void)
{
    char host[HOST_LENGTH] = "";

    if (gethostname(host, sizeof(host) - 1) != 0 ||
        !note_name_is_right(host, strlen(host)))
        return memory_copy("localhost/p11mux");
    return memory_text("%s/p11mux", host);
}
