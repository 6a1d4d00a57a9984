/* SPDX-License-Identifier: BSD-3-Clause */
/* The folders of the system and of a user (XDG base directories). */
#include "config/path.h"

#include "common/cleanup.h"
#include "config/config.h"

#include <errno.h>
#include <pwd.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#ifndef SYSCONFDIR
#define SYSCONFDIR "/etc"
#endif
#ifndef LOCALSTATEDIR
#define LOCALSTATEDIR "/var"
#endif

/* NULL where it is not set, empty, or not to be believed. */
static const char *
environment_get(const char *name)
{
    const char *value = secure_getenv(name);

    return value == NULL || value[0] == '\0' ? NULL : value;
}

/*
 * Writes the path of `name` below the user's folder: below `variable`, else
 * below `folder` of the home. *out is NULL where there is neither. A relative
 * path in a variable does not count, as the XDG specification says.
 */
static bool
path_of_user(const char *variable, const char *home, const char *folder,
             const char *name, char **out)
{
    const char *base = environment_get(variable);

    *out = NULL;
    if (base != NULL && base[0] == '/')
        folder = "";
    else
        base = home;
    if (base == NULL || base[0] != '/')
        return true;
    if (asprintf(out, "%s%s/p11mux%s", base, folder, name) >= 0)
        return true;
    *out = NULL;
    return false;
}

/* What cannot be seen is not there: a server that gave up root's rights still
 * has root's HOME. */
static bool
path_exists(const char *path)
{
    struct stat status;

    return stat(path, &status) == 0;
}

static bool
no_memory(struct error *error)
{
    return error_set(error, CKR_HOST_MEMORY,
                     "no memory to look for the configuration");
}

bool
config_find(char **out, struct error *error)
{
    static const char of_system[] = SYSCONFDIR "/p11mux/p11mux.conf";
    const char *named = environment_get("P11MUX_CONF");
    CLEANUP(freep) char *of_user = NULL;

    *out = NULL;
    if (named != NULL) {
        struct stat status;

        if (stat(named, &status) != 0)
            return error_set(error, CKR_GENERAL_ERROR,
                             "%s: P11MUX_CONF names this file and it cannot "
                             "be read: %s; correct the variable or unset it",
                             named, error_reason(errno));
        *out = strdup(named);
        return *out != NULL || no_memory(error);
    }
    if (!path_of_user("XDG_CONFIG_HOME", environment_get("HOME"), "/.config",
                      "/p11mux.conf", &of_user))
        return no_memory(error);
    if (of_user != NULL && path_exists(of_user)) {
        *out = of_user;
        of_user = NULL;
        return true;
    }
    if (!path_exists(of_system))
        return true;
    *out = strdup(of_system);
    return *out != NULL || no_memory(error);
}

/* The home that the user database names; the caller frees it. */
static char *
home_find(void)
{
    struct passwd entry;
    struct passwd *found = NULL;
    char buffer[4096];

    if (getpwuid_r(geteuid(), &entry, buffer, sizeof(buffer), &found) != 0 ||
        found == NULL || found->pw_dir == NULL)
        return NULL;
    return strdup(found->pw_dir);
}

char *
config_runtime_dir(void)
{
    char *out = NULL;

    if (geteuid() != 0 && !path_of_user("XDG_RUNTIME_DIR", NULL, "", "", &out))
        return NULL;
    return out != NULL ? out : strdup("/run/p11mux");
}

char *
config_state_dir(void)
{
    const char *home = environment_get("HOME");
    CLEANUP(freep) char *found = NULL;
    char *out = NULL;

    if (geteuid() != 0) {
        if (home == NULL)
            home = found = home_find();
        if (!path_of_user("XDG_STATE_HOME", home, "/.local/state", "", &out))
            return NULL;
    }
    if (out == NULL)
        out = strdup(LOCALSTATEDIR "/lib/p11mux");
    return out;
}
