/* SPDX-License-Identifier: BSD-3-Clause */
/* Doing something with the rights of another user. */
#include "cli/user.h"

#include <errno.h>
#include <grp.h>
#include <pwd.h>
#include <stdlib.h>
#include <sys/types.h>
#include <unistd.h>

/* What a login would not hand on; P11MUX_CONF stays, since it is named to this
 * very command. */
static const char *const folders[] = { "XDG_CONFIG_HOME", "XDG_STATE_HOME",
                                       "XDG_RUNTIME_DIR", "XDG_DATA_HOME" };

static bool
set_environment(const struct passwd *entry)
{
    for (size_t i = 0; i < sizeof(folders) / sizeof(folders[0]); i++)
        (void)unsetenv(folders[i]);
    return setenv("HOME", entry->pw_dir, 1) == 0 &&
           setenv("USER", entry->pw_name, 1) == 0 &&
           setenv("LOGNAME", entry->pw_name, 1) == 0;
}

bool
user_become(const char *name, struct error *error)
{
    const struct passwd *entry;

    errno = 0;
    entry = getpwnam(name);
    if (entry == NULL)
        return error_set(error, CKR_ARGUMENTS_BAD,
                         "there is no user \"%s\"; give the name of one", name);
    if (geteuid() != 0 && geteuid() != entry->pw_uid)
        return error_set(error, CKR_FUNCTION_FAILED,
                         "only root may do something as %s; run it with sudo",
                         name);
    if (geteuid() == 0 &&
        (initgroups(name, entry->pw_gid) != 0 || setgid(entry->pw_gid) != 0 ||
         setuid(entry->pw_uid) != 0))
        return error_set(error, CKR_FUNCTION_FAILED,
                         "cannot become user %s: %s", name,
                         error_reason(errno));
    if (!set_environment(entry))
        return error_set(error, CKR_HOST_MEMORY, "out of memory");
    return true;
}
