/* SPDX-License-Identifier: BSD-3-Clause */
/* Reads a PIN from a file that only the right ones can read and change. */
#include "pin/file.h"

#include "common/cleanup.h"
#include "common/file.h"
#include "pin/line.h"

#include <errno.h>
#include <string.h>
#include <sys/stat.h>

static bool
fail(const char *path, const char *why, struct error *error)
{
    return error_set(error, CKR_FUNCTION_FAILED, "PIN source file:%s: %s", path,
                     why);
}

/* A sentence about the path itself need not name it again. */
static const char *
without_path(const char *path, const char *text)
{
    size_t length = strlen(path);

    return strncmp(text, path, length) == 0 &&
                   strncmp(text + length, ": ", 2) == 0
               ? text + length + 2
               : text;
}

/* Whoever reads the file has the PIN; whoever writes it can lock the token. */
static int
file_open(const char *path, struct error *error)
{
    CLEANUP(closep) int descriptor = -1;
    struct error why = { 0 };
    struct stat status;
    int result;

    descriptor = file_open_trusted(path, (gid_t)-1, &why);
    if (descriptor < 0) {
        fail(path, without_path(path, why.text), error);
        return -1;
    }
    if (fstat(descriptor, &status) != 0) {
        fail(path, error_reason(errno), error);
        return -1;
    }
    if ((status.st_mode & S_IROTH) != 0) {
        error_set(error, CKR_FUNCTION_FAILED,
                  "PIN source file:%s: everybody may read it (mode 0%o); run: "
                  "chmod o= %s, and change the PIN",
                  path, (unsigned)status.st_mode & 07777U, path);
        return -1;
    }
    result = descriptor;
    descriptor = -1;
    return result;
}

bool
pin_file_check(const char *path, struct error *error)
{
    CLEANUP(closep) int descriptor = file_open(path, error);

    return descriptor >= 0;
}

bool
pin_file_read(const char *path, struct secret *out, struct error *error)
{
    CLEANUP(closep) int descriptor = file_open(path, error);
    enum line_state state = LINE_OPEN;

    if (descriptor < 0)
        return false;
    if (!line_begin(out))
        return error_set(error, CKR_HOST_MEMORY,
                         "PIN source file:%s: no memory to read it; free some",
                         path);
    while (state == LINE_OPEN)
        state = line_read(descriptor, out);
    if (state == LINE_FAILED)
        return fail(path, error_reason(errno), error);
    if (state == LINE_TOO_LONG)
        return fail(path,
                    "its first line is longer than any PIN; check that it is "
                    "the right file",
                    error);
    return true;
}
