/* SPDX-License-Identifier: BSD-3-Clause */
/* Reads the keys of checkpoints. */
#include "cli/audit-key.h"

#include "audit/key-file.h"
#include "common/cleanup.h"
#include "common/file.h"

#include <stdlib.h>
#include <string.h>
#include <unistd.h>

enum { LARGEST_FILE = 4096 };

bool
audit_key_read(const struct request *request, const char *configured,
               struct note_key **out, struct error *error)
{
    const char *path = request->is_given[OPTION_KEY]
                           ? request->values[OPTION_KEY]
                           : configured;

    *out = NULL;
    return path == NULL || key_file_read(path, out, error);
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
