/* SPDX-License-Identifier: BSD-3-Clause */
/* PINs for the tool. */
#include "cli/pin.h"

#include "common/cleanup.h"
#include "common/file.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

enum { LONGEST_FILE = 4096 };

/* Whoever reads the file has the PIN; whoever writes it can lock the token. */
static bool
check_file(const char *path, struct error *error)
{
    struct stat status;

    if (stat(path, &status) != 0)
        return error_set(error, CKR_FUNCTION_FAILED,
                         "PIN source file:%s: cannot be read: %s", path,
                         error_reason(errno));
    if ((status.st_mode & S_IROTH) != 0)
        return error_set(error, CKR_FUNCTION_FAILED,
                         "PIN source file:%s: everybody may read it (mode "
                         "%04o); run: chmod o= %s, and change the PIN",
                         path, (unsigned)status.st_mode & 07777, path);
    return true;
}

static bool
read_file(const char *path, struct secret *out, struct error *error)
{
    char *text = NULL;
    size_t length = 0;
    bool is_kept;

    if (!check_file(path, error) ||
        !file_read_trusted(path, (gid_t)-1, LONGEST_FILE, &text, &length,
                           error))
        return false;
    is_kept = secret_set(out, text, strcspn(text, "\r\n"));
    explicit_bzero(text, length);
    free(text);
    if (!is_kept)
        return error_set(error, CKR_PIN_LEN_RANGE,
                         "PIN source file:%s: its first line is no PIN: it has "
                         "more than %d characters",
                         path, (int)SECRET_MAX_LENGTH);
    return true;
}

/* Modules are loaded into this process: they need not find it there. */
static bool
read_variable(const char *name, struct secret *out, struct error *error)
{
    char *value = getenv(name);
    bool is_kept;

    if (value == NULL)
        return error_set(error, CKR_FUNCTION_FAILED,
                         "PIN source env:%s: the variable is not set", name);
    is_kept = secret_set(out, value, strlen(value));
    explicit_bzero(value, strlen(value));
    if (!is_kept)
        return error_set(error, CKR_PIN_LEN_RANGE,
                         "PIN source env:%s: it has more than %d characters",
                         name, (int)SECRET_MAX_LENGTH);
    return true;
}

static const struct {
    const char *prefix;
    bool (*read)(const char *rest, struct secret *out, struct error *error);
} sources[] = { { "file:", read_file }, { "env:", read_variable } };

enum { N_SOURCES = sizeof(sources) / sizeof(sources[0]) };

/* N_SOURCES where it is none. */
static size_t
find_source(const char *source)
{
    size_t i = 0;

    while (i < N_SOURCES && (strncmp(source, sources[i].prefix,
                                     strlen(sources[i].prefix)) != 0 ||
                             source[strlen(sources[i].prefix)] == '\0'))
        i++;
    return i;
}

bool
pin_source_is_valid(const char *source, struct error *error)
{
    /* The text is not repeated: it may be a PIN. */
    return find_source(source) < N_SOURCES ||
           error_set(error, CKR_ARGUMENTS_BAD,
                     "the value of --pin-source is no source; give file:PATH "
                     "or env:NAME, never the PIN itself");
}

bool
pin_read(const char *source, struct secret *out, struct error *error)
{
    size_t i = find_source(source);

    return pin_source_is_valid(source, error) &&
           sources[i].read(source + strlen(sources[i].prefix), out, error);
}
