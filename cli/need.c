/* SPDX-License-Identifier: BSD-3-Clause */
/* What modules need beside their library, as a table; the vendors' manuals say
 * so. */
#include "cli/need.h"

#include "cli/memory.h"
#include "cli/path.h"
#include "cli/service.h"
#include "common/cleanup.h"

#include <grp.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

enum { MAX_PLACES = 3 };

enum need_kind {
    NEED_PROCESS, /* `name` runs */
    NEED_SOCKET,  /* somebody listens at one of `places` */
    NEED_GROUP,   /* the user is in group `name`, if there is one */
    NEED_FILE,    /* one of `places` can be used with `access` */
    NEED_ARGUMENT /* init_args has `name` */
};

struct need {
    const char *profile;
    enum need_kind kind;
    const char *name;
    const char *variable;           /* names the place where it is set */
    const char *places[MAX_PLACES]; /* "~/" is the user's home */
    int access;
    const char *what; /* a noun */
    const char *todo;
};

/* In the order in which they are looked at. */
static const struct need needs[] = {
    { .profile = "opencryptoki",
      .kind = NEED_GROUP,
      .name = "pkcs11",
      .what = "openCryptoki's tokens, which are for that group only" },
    { .profile = "opencryptoki",
      .kind = NEED_PROCESS,
      .name = "pkcsslotd",
      .what = "openCryptoki's daemon pkcsslotd",
      .todo = "start it: systemctl enable --now pkcsslotd" },
    { .profile = "opensc",
      .kind = NEED_SOCKET,
      .variable = "PCSCLITE_CSOCK_NAME",
      .places = { "/run/pcscd/pcscd.comm" },
      .what = "pcscd, which talks to card readers,",
      .todo = "install and start it: apt-get install pcscd && systemctl enable "
              "--now pcscd.socket" },
    { .profile = "ykcs11",
      .kind = NEED_SOCKET,
      .variable = "PCSCLITE_CSOCK_NAME",
      .places = { "/run/pcscd/pcscd.comm" },
      .what = "pcscd, which talks to the YubiKey,",
      .todo = "install and start it: apt-get install pcscd && systemctl enable "
              "--now pcscd.socket" },
    { .profile = "tpm2-pkcs11",
      .kind = NEED_FILE,
      .variable = "TPM2_PKCS11_TCTI",
      .places = { "/dev/tpmrm0", "/dev/tpm0" },
      .access = R_OK | W_OK,
      .what = "the TPM",
      .todo = "enable the TPM in the firmware, or say where it is with "
              "env = { TPM2_PKCS11_TCTI = \"...\"; }" },
    { .profile = "yubihsm",
      .kind = NEED_FILE,
      .variable = "YUBIHSM_PKCS11_CONF",
      .places = { "yubihsm_pkcs11.conf" },
      .access = R_OK,
      .what = "the module's configuration",
      .todo = "write one with a line such as \"connector = "
              "http://127.0.0.1:12345\" and name it with "
              "env = { YUBIHSM_PKCS11_CONF = \"...\"; }" },
    { .profile = "luna",
      .kind = NEED_FILE,
      .variable = "ChrystokiConfigurationPath",
      .places = { "/etc/Chrystoki.conf" },
      .access = R_OK,
      .what = "the Luna client's configuration",
      .todo = "install the Luna client, or name the folder of Chrystoki.conf "
              "with env = { ChrystokiConfigurationPath = \"...\"; }" },
    { .profile = "nshield",
      .kind = NEED_SOCKET,
      .variable = "NFAST_SERVER",
      .places = { "/opt/nfast/sockets/nserver" },
      .what = "nShield's hardserver",
      .todo = "start it: /opt/nfast/sbin/init.d-ncipher start" },
    { .profile = "nethsm",
      .kind = NEED_FILE,
      .variable = "P11NETHSM_CONFIG_FILE",
      .places = { "~/.config/nitrokey/p11nethsm.conf",
                  "/etc/nitrokey/p11nethsm.conf" },
      .access = R_OK,
      .what = "the module's configuration",
      .todo = "write one and name it with "
              "env = { P11NETHSM_CONFIG_FILE = \"...\"; }" },
    { .profile = "p11-kit-client",
      .kind = NEED_SOCKET,
      .variable = "P11_KIT_SERVER_ADDRESS",
      .what = "p11-kit's server",
      .todo = "start \"p11-kit server\" and say where it listens with "
              "env = { P11_KIT_SERVER_ADDRESS = \"unix:path=...\"; }" },
    { .profile = "nss",
      .kind = NEED_ARGUMENT,
      .name = "configdir=",
      .what = "the folder of the database",
      .todo = "init_args = \"configdir='sql:/FOLDER'\"" },
};

/* -- One kind each ----------------------------------------------------------
 */

static bool
process_is_unmet(const struct need *need, struct diagnosis *out)
{
    if (service_runs(need->name))
        return false;
    out->why = memory_text("%s is not running", need->what);
    return true;
}

static bool
is_member(gid_t group)
{
    int count = getgroups(0, NULL);
    gid_t *groups = memory_new(count > 0 ? (size_t)count : 1, sizeof(*groups));
    bool is_found = getegid() == group;

    count = getgroups(count, groups);
    for (int i = 0; i < count; i++)
        is_found = is_found || groups[i] == group;
    free(groups);
    return is_found;
}

static bool
group_is_unmet(const struct need *need, struct diagnosis *out)
{
    const struct group *group = getgrnam(need->name);
    CLEANUP(freep) char *user = path_user();

    if (group == NULL || geteuid() == 0 || is_member(group->gr_gid))
        return false;
    out->why = memory_text("user %s is not in group %s and may not use %s",
                           user, need->name, need->what);
    out->todo = memory_text("as root: usermod -a -G %s %s, then log in or "
                            "start the service again",
                            need->name, user);
    return true;
}

/* The caller frees it. */
static char *
resolve(const char *place)
{
    const char *home = getenv("HOME");

    if (strncmp(place, "~/", 2) != 0)
        return memory_copy(place);
    return memory_text("%s/%s", home == NULL ? "" : home, place + 2);
}

static bool
file_is_unmet(const struct need *need, struct diagnosis *out)
{
    for (size_t i = 0; i < MAX_PLACES && need->places[i] != NULL; i++) {
        CLEANUP(freep) char *place = resolve(need->places[i]);
        struct path_trouble trouble;
        enum path_state state = path_look(place, need->access, &trouble);

        if (state == PATH_FORBIDDEN) {
            out->why =
                memory_text("%s cannot be used: %s", need->what, trouble.why);
            out->todo = trouble.todo;
            trouble.todo = NULL;
        }
        path_trouble_clear(&trouble);
        if (state != PATH_MISSING)
            return state == PATH_FORBIDDEN;
    }
    out->why = memory_text("%s is not there (%s%s%s)", need->what,
                           need->places[0], need->places[1] == NULL ? "" : ", ",
                           need->places[1] == NULL ? "" : need->places[1]);
    return true;
}

static bool
socket_is_unmet(const struct need *need, struct diagnosis *out)
{
    for (size_t i = 0; i < MAX_PLACES && need->places[i] != NULL; i++)
        if (service_listens(need->places[i]))
            return false;
    out->why = need->places[0] == NULL
                   ? memory_text("nobody said where %s is", need->what)
                   : memory_text("%s is not running: nobody listens at %s",
                                 need->what, need->places[0]);
    return true;
}

static bool
argument_is_unmet(const struct need *need, const struct backend *backend,
                  struct diagnosis *out)
{
    const struct config_module *module = backend_module(backend);

    if (module == NULL || module->p11_kit ||
        (module->init_args != NULL &&
         strstr(module->init_args, need->name) != NULL))
        return false;
    out->why = memory_text("init_args does not name %s", need->what);
    return true;
}

static bool
is_unmet(const struct need *need, const struct backend *backend,
         struct diagnosis *out)
{
    switch (need->kind) {
    case NEED_PROCESS:
        return process_is_unmet(need, out);
    case NEED_SOCKET:
        return socket_is_unmet(need, out);
    case NEED_GROUP:
        return group_is_unmet(need, out);
    case NEED_FILE:
        return file_is_unmet(need, out);
    case NEED_ARGUMENT:
        return argument_is_unmet(need, backend, out);
    }
    return false;
}

bool
need_is_unmet(const struct backend *backend, struct diagnosis *out)
{
    const char *profile = backend_profile(backend)->name;

    for (size_t i = 0; i < sizeof(needs) / sizeof(needs[0]); i++) {
        const struct need *need = &needs[i];

        /* A place that is set is the setting's own matter. */
        if (strcmp(need->profile, profile) != 0 ||
            (need->variable != NULL && getenv(need->variable) != NULL))
            continue;
        if (!is_unmet(need, backend, out))
            continue;
        if (out->todo == NULL)
            out->todo = memory_copy(need->todo);
        return true;
    }
    return false;
}
