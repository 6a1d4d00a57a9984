/* SPDX-License-Identifier: BSD-3-Clause */
/* Writes pages to files. */
#include "cli/page-file.h"

#include "cli/memory.h"
#include "cli/message.h"
#include "common/cleanup.h"
#include "common/file.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

enum { PAGE_MODE = 0640 };

static const char first_line[] = "<!DOCTYPE html>";

/* What an existing file begins with; false: it cannot be read. */
static bool
is_page(const char *path)
{
    char begin[sizeof(first_line) - 1];
    int descriptor = open(path, O_RDONLY | O_NOFOLLOW | O_NONBLOCK | O_CLOEXEC);
    ssize_t got;

    if (descriptor < 0)
        return false;
    got = read(descriptor, begin, sizeof(begin));
    (void)close(descriptor);
    return got == (ssize_t)sizeof(begin) &&
           memcmp(begin, first_line, sizeof(begin)) == 0;
}

bool
page_file_check(const struct request *request, enum option_id option)
{
    const char *path = request->values[option];
    struct stat entry;

    if (lstat(path, &entry) != 0) {
        if (errno == ENOENT)
            return true;
        message_error("%s: cannot be looked at: %s; check its folder", path,
                      error_reason(errno));
        return false;
    }
    if (S_ISREG(entry.st_mode) && is_page(path))
        return true;
    message_error("%s: is there and no report of an earlier time; remove it, "
                  "or give another name with --%s",
                  path, option_facts[option].name);
    return false;
}

bool
page_file_write(const char *path, page_writer *write, const void *context)
{
    CLEANUP(freep) char *bytes = NULL;
    size_t length = 0;
    FILE *stream = open_memstream(&bytes, &length);
    struct error error = { 0 };
    bool is_written;

    memory_need(stream);
    write(stream, context);
    is_written = ferror(stream) == 0;
    is_written &= fclose(stream) == 0;
    if (!is_written)
        message_error("%s: there is no memory for the page; free some", path);
    else if (!file_replace(path, bytes, length, PAGE_MODE, &error))
        message_error("%s", error.text);
    return is_written && error.rv == CKR_OK;
}
