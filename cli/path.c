/* SPDX-License-Identifier: BSD-3-Clause */
/* Why a path cannot be used by the user that this process runs as. */
#include "cli/path.h"

#include "cli/memory.h"
#include "common/cleanup.h"
#include "common/error.h"

#include <errno.h>
#include <fcntl.h>
#include <grp.h>
#include <pwd.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

char *
path_name_user(uid_t user)
{
    const struct passwd *entry = getpwuid(user);

    return entry != NULL ? memory_copy(entry->pw_name)
                         : memory_text("%lu", (unsigned long)user);
}

static char *
group_name(gid_t group)
{
    const struct group *entry = getgrgid(group);

    return entry != NULL ? memory_copy(entry->gr_name)
                         : memory_text("%lu", (unsigned long)group);
}

char *
path_user(void)
{
    return path_name_user(geteuid());
}

/* Rights in words, as far as they are asked for. */
static const char *
verb_of(int access, mode_t mode)
{
    if ((access & W_OK) != 0)
        return "write";
    if (S_ISDIR(mode))
        return (access & R_OK) != 0 ? "read" : "enter";
    return (access & R_OK) != 0 ? "read" : "run";
}

static void
describe_forbidden(const char *path, int access, struct path_trouble *out)
{
    CLEANUP(freep) char *user = path_user();
    CLEANUP(freep) char *owner = NULL;
    CLEANUP(freep) char *group = NULL;
    struct stat status;
    const char *verb;

    out->state = PATH_FORBIDDEN;
    if (stat(path, &status) != 0) {
        out->why = memory_text("user %s may not look at %s", user, path);
        return;
    }
    owner = path_name_user(status.st_uid);
    group = group_name(status.st_gid);
    verb = verb_of(access, status.st_mode);
    out->why =
        memory_text("user %s may not %s the %s %s, which belongs to "
                    "%s and group %s with mode %04o",
                    user, verb, S_ISDIR(status.st_mode) ? "folder" : "file",
                    path, owner, group, (unsigned)status.st_mode & 07777);
    /* Membership is only of use where the group has the right. */
    if (status.st_gid != 0 &&
        (((access & R_OK) == 0 || (status.st_mode & S_IRGRP) != 0) &&
         ((access & W_OK) == 0 || (status.st_mode & S_IWGRP) != 0) &&
         ((access & X_OK) == 0 || (status.st_mode & S_IXGRP) != 0)))
        out->todo = memory_text("as root: usermod -a -G %s %s, then log in or "
                                "start the service again",
                                group, user);
    else
        out->todo = memory_text("let %s %s it (chown, chgrp, chmod or "
                                "setfacl), or use another user",
                                user, verb);
}

static void
describe_missing(const char *path, bool is_whole, struct path_trouble *out)
{
    out->state = PATH_MISSING;
    out->why = memory_text(is_whole ? "%s does not exist"
                                    : "the folder %s does not exist",
                           path);
}

/* True when this part of the path can be passed. */
static bool
look_at_part(const char *part, bool is_whole, int access,
             struct path_trouble *out)
{
    int wanted = is_whole ? access : X_OK;

    if (faccessat(AT_FDCWD, part, wanted, AT_EACCESS) == 0)
        return true;
    if (errno == ENOENT || errno == ENOTDIR) {
        describe_missing(part, is_whole, out);
    } else if (errno == EACCES || errno == EPERM) {
        describe_forbidden(part, wanted, out);
    } else {
        out->state = PATH_FORBIDDEN;
        out->why = memory_text("%s: %s", part, error_reason(errno));
    }
    return false;
}

enum path_state
path_look(const char *path, int access, struct path_trouble *out)
{
    CLEANUP(freep) char *part = memory_copy(path);

    memset(out, 0, sizeof(*out));
    for (size_t i = 1; part[0] != '\0' && part[i] != '\0'; i++) {
        bool can_be_passed;

        if (part[i] != '/' || part[i - 1] == '/')
            continue;
        part[i] = '\0';
        can_be_passed = look_at_part(part, false, access, out);
        part[i] = '/';
        if (!can_be_passed)
            return out->state;
    }
    (void)look_at_part(part, true, access, out);
    return out->state;
}

void
path_trouble_clear(struct path_trouble *trouble)
{
    free(trouble->why);
    free(trouble->todo);
    memset(trouble, 0, sizeof(*trouble));
}
