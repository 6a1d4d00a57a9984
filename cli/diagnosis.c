/* SPDX-License-Identifier: BSD-3-Clause */
/* Why a module is down, from what the loader and the module said and from what
 * is on this machine. */
#include "cli/diagnosis.h"

#include "cli/memory.h"
#include "cli/need.h"
#include "cli/path.h"
#include "common/cleanup.h"
#include "common/file.h"
#include "common/text.h"

#include <dirent.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

/* -- Which package ----------------------------------------------------------
 */

static const struct {
    const char *file; /* how its name begins */
    const char *package;
} packages[] = {
    { "libsofthsm2.so", "softhsm2" },
    { "opensc-pkcs11.so", "opensc-pkcs11" },
    { "onepin-opensc-pkcs11.so", "opensc-pkcs11" },
    { "libykcs11.so", "ykcs11" },
    { "yubihsm_pkcs11.so", "yubihsm-pkcs11" },
    { "libtpm2_pkcs11.so", "libtpm2-pkcs11-1" },
    { "libopencryptoki.so", "opencryptoki" },
    { "PKCS11_API.so", "opencryptoki" },
    { "libsoftokn3.so", "libnss3" },
    { "p11-kit-client.so", "p11-kit-modules" },
    { "p11-kit-trust.so", "p11-kit-modules" },
};

static const char *
find_package(const char *name)
{
    for (size_t i = 0; i < sizeof(packages) / sizeof(packages[0]); i++)
        if (strncmp(name, packages[i].file, strlen(packages[i].file)) == 0)
            return packages[i].package;
    return NULL;
}

static char *
advise_install(const char *name)
{
    const char *package = find_package(name);

    if (package != NULL)
        return memory_text("install it (on Debian: apt-get install %s), or "
                           "correct the module's path",
                           package);
    return memory_text("install the vendor's software (on Debian, \"apt-file "
                       "search %s\" names a package that has it), or correct "
                       "the module's path",
                       name);
}

/* -- The file ---------------------------------------------------------------
 */

/* A file of the folder whose name is nearest to a misspelt one, or NULL. */
static char *
find_neighbour(const char *folder, const char *name)
{
    DIR *stream = opendir(folder);
    char *nearest = NULL;

    if (stream == NULL)
        return NULL;
    for (struct dirent *entry; (entry = readdir(stream)) != NULL;) {
        const char *candidate = entry->d_name;

        if (text_nearest(name, &candidate, 1) == NULL)
            continue;
        free(nearest);
        nearest = memory_copy(candidate);
    }
    (void)closedir(stream);
    return nearest;
}

static void
diagnose_missing_file(const char *path, struct path_trouble *trouble,
                      struct diagnosis *out)
{
    CLEANUP(freep) char *folder = NULL;
    CLEANUP(freep) char *neighbour = NULL;
    const char *name;

    out->why = trouble->why;
    trouble->why = NULL;
    if (!file_split(path, &folder, &name))
        return;
    neighbour = find_neighbour(folder, name);
    if (neighbour != NULL)
        out->todo = memory_text("did you mean %s/%s? correct the module's path",
                                folder, neighbour);
    else
        out->todo = advise_install(name);
}

/* True when the file itself is the reason. */
static bool
diagnose_file(const char *path, struct diagnosis *out)
{
    struct path_trouble trouble;
    enum path_state state;

    /* Where there is no path the loader looks for it. */
    if (strchr(path, '/') == NULL)
        return false;
    state = path_look(path, R_OK, &trouble);
    if (state == PATH_MISSING) {
        diagnose_missing_file(path, &trouble, out);
    } else if (state == PATH_FORBIDDEN) {
        out->why = trouble.why;
        out->todo = trouble.todo;
        trouble.why = trouble.todo = NULL;
    }
    path_trouble_clear(&trouble);
    return state != PATH_FINE;
}

/* -- The libraries that it needs --------------------------------------------
 */

/* A copy of what stands between the first `before` and the next `after` of a
 * text, or NULL. */
static char *
cut_out(const char *text, const char *before, const char *after)
{
    const char *start = strstr(text, before);
    const char *end;
    char *part;

    if (start == NULL)
        return NULL;
    start += strlen(before);
    end = strstr(start, after);
    if (end == NULL || end == start)
        return NULL;
    part = memory_new((size_t)(end - start) + 1, 1);
    memcpy(part, start, (size_t)(end - start));
    return part;
}

/* Vendors put their libraries beside the module, or in a folder of that name
 * beside its own. Returns it, to be freed, or NULL. */
static char *
find_beside(const char *path, const char *library)
{
    static const char *const places[] = { ".", "lib", "lib64", "../lib",
                                          "../lib64" };
    CLEANUP(freep) char *folder = NULL;
    const char *name;

    if (path == NULL || !file_split(path, &folder, &name))
        return NULL;
    for (size_t i = 0; i < sizeof(places) / sizeof(places[0]); i++) {
        CLEANUP(freep)
        char *file = memory_text("%s/%s/%s", folder, places[i], library);

        if (access(file, F_OK) == 0)
            return i == 0 ? memory_copy(folder)
                          : memory_text("%s/%s", folder, places[i]);
    }
    return NULL;
}

static bool
diagnose_library(const char *path, const char *said, struct diagnosis *out)
{
    CLEANUP(freep)
    char *library =
        cut_out(said, "cannot be loaded: ", ": cannot open shared object file");
    CLEANUP(freep) char *folder = NULL;

    if (library == NULL)
        return false;
    out->why = memory_text("the library %s, which %s needs, is not found by "
                           "the loader",
                           library, path);
    folder = find_beside(path, library);
    if (folder != NULL)
        out->todo = memory_text("it lies in %s, where the loader does not "
                                "look: write that folder into a file of "
                                "/etc/ld.so.conf.d and run ldconfig",
                                folder);
    else
        out->todo = memory_text("install it; on Debian, \"apt-file search "
                                "%s\" names the package that has it",
                                library);
    return true;
}

/* What the loader says in other cases, and what that means. */
static const struct {
    const char *said;
    const char *todo;
} loader_rows[] = {
    { "is not found by the loader", NULL },
    { "' not found (required by",
      "it is built for another release of the system: install the vendor's "
      "build for this one" },
    { "undefined symbol",
      "it does not fit the libraries that are installed: install the versions "
      "that the vendor names" },
    { "failed to map segment",
      "the file system it is on may be mounted noexec: move it to another" },
};

static bool
diagnose_loader(const char *path, const char *said, struct diagnosis *out)
{
    for (size_t i = 0; i < sizeof(loader_rows) / sizeof(loader_rows[0]); i++) {
        if (strstr(said, loader_rows[i].said) == NULL)
            continue;
        out->why = memory_copy(said);
        out->todo = loader_rows[i].todo == NULL
                        ? advise_install(path)
                        : memory_copy(loader_rows[i].todo);
        return true;
    }
    return false;
}

/* -- All of it --------------------------------------------------------------
 */

static void
diagnose_start(const struct backend *backend,
               const struct backend_status *status, struct diagnosis *out)
{
    bool is_slow = status->state == BACKEND_STARTING;
    CLEANUP(freep)
    char *said = is_slow ? memory_copy("its C_Initialize does not return")
                         : memory_copy(status->why);

    if (need_is_unmet(backend, out)) {
        char *why = memory_text("%s (the module: %s)", out->why, said);

        free(out->why);
        out->why = why;
        return;
    }
    out->why = said;
    said = NULL;
    if (is_slow)
        out->todo = memory_copy("see whether the device or the network that "
                                "it talks to answers; raise start_timeout if "
                                "it is only slow");
}

void
diagnosis_of_down(const struct backend *backend,
                  const struct backend_status *status, struct diagnosis *out)
{
    const char *path = backend_path(backend);

    memset(out, 0, sizeof(*out));
    if (status->state == BACKEND_REFUSED || path == NULL) {
        out->why = memory_copy(status->why);
        return;
    }
    if (backend_functions(backend) != NULL)
        diagnose_start(backend, status, out);
    else if (!diagnose_file(path, out) &&
             !diagnose_library(path, status->why, out) &&
             !diagnose_loader(path, status->why, out))
        out->why = memory_copy(status->why);
}
