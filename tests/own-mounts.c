/* SPDX-License-Identifier: BSD-3-Clause */
/* A namespace for mounts, and file systems in it. */
#include "tests/own-mounts.h"

#include "tests/fixture.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <sys/mount.h>
#include <sys/statvfs.h>
#include <unistd.h>

void
own_mounts_enter(int count, char **arguments)
{
    static char program[] = "unshare", inside[] = "--inside";
    static char mounts[] = "-m", users[] = "-rm";
    char *argv[] = { program, geteuid() == 0 ? mounts : users, arguments[0],
                     inside, NULL };

    if (count > 1 && strcmp(arguments[1], inside) == 0)
        return;
    (void)execvp(program, argv);
    fixture_fail("unshare: %s", strerror(errno));
}

bool
own_mounts_add(const char *path, const char *options)
{
    if (mount("none", path, "tmpfs", 0, options) == 0)
        return true;
    printf("no file system may be mounted here: %s\n", strerror(errno));
    return false;
}

void
own_mounts_resize(const char *path, size_t more)
{
    struct statvfs is;

    if (statvfs(path, &is) != 0 ||
        mount("none", path, NULL, MS_REMOUNT,
              fixture_text("size=%zu",
                           (is.f_blocks - is.f_bfree) * is.f_frsize + more)) !=
            0)
        fixture_fail("%s has one size: %s", path, strerror(errno));
}
