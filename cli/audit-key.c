/* SPDX-License-Identifier: BSD-3-Clause */
/* Reads the keys of checkpoints. */
#include "cli/audit-key.h"

#include "audit/key-file.h"
#include "common/cleanup.h"
#include "common/file.h"

#include <stdio.h>
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
audit_key_read_verifier(const struct request *request, enum option_id option,
                        struct note_key **out, struct error *error)
{
    const char *value = request->values[option];
    CLEANUP(freep) char *text = NULL;
    char where[64];
    size_t length;

    *out = NULL;
    if (!request->is_given[option])
        return true;
    if (access(value, F_OK) != 0 && strchr(value, '+') != NULL) {
        (void)snprintf(where, sizeof(where), "the value of --%s",
                       option_facts[option].name);
        return note_key_read_verifier(where, value, out, error);
    }
    return file_read(value, LARGEST_FILE, &text, &length, error) &&
           note_key_read_verifier(value, text, out, error);
}
