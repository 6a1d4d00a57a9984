/* SPDX-License-Identifier: BSD-3-Clause */
/* Reads the files of keys. */
#include "audit/key-file.h"

#include "common/file.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

enum { LARGEST_FILE = 4096 };

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
key_file_read(const char *path, struct note_key **out, struct error *error)
{
    size_t length;
    char *text;
    bool is_read;

    *out = NULL;
    if (!file_read_trusted(path, (gid_t)-1, LARGEST_FILE, &text, &length,
                           error))
        return false;
    is_read = check_mode(path, error) && note_key_read(path, text, out, error);
    explicit_bzero(text, length);
    free(text);
    return is_read;
}

bool
key_file_is_closed(const char *path)
{
    return faccessat(AT_FDCWD, path, R_OK, AT_EACCESS) != 0 && errno == EACCES;
}
