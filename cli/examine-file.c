/* SPDX-License-Identifier: BSD-3-Clause */
/* The configuration file: its mistakes, and whether it is the one that
 * applies. */
#include "cli/examine.h"

#include "cli/memory.h"
#include "common/cleanup.h"

#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

static const char variable[] = "P11MUX_CONF";

bool
examine_file(const char *file, struct findings *findings)
{
    struct config_mistakes mistakes;
    bool is_right = config_check(file, &mistakes);

    for (size_t i = 0; i < mistakes.n_texts; i++)
        finding_add(findings, SEVERITY_PROBLEM, memory_copy(mistakes.texts[i]),
                    NULL, NULL);
    if (!is_right && mistakes.n_texts == 0)
        finding_add(findings, SEVERITY_PROBLEM,
                    memory_text("%s: out of memory",
                                file == NULL ? "defaults" : file),
                    NULL, NULL);
    config_mistakes_free(&mistakes);
    return is_right;
}

/* -- Which file applies -----------------------------------------------------
 */

static bool
is_same_file(const char *a, const char *b)
{
    struct stat one, other;

    return stat(a, &one) == 0 && stat(b, &other) == 0 &&
           one.st_dev == other.st_dev && one.st_ino == other.st_ino;
}

/* What config_find says without a variable: NULL where there is no file. */
static char *
find_without(const char *name)
{
    CLEANUP(freep) char *saved = memory_copy(getenv(name));
    char *file = NULL;

    (void)unsetenv(name);
    (void)config_find(&file, NULL);
    if (saved != NULL)
        (void)setenv(name, saved, 1);
    return file;
}

static void
examine_variable(const char *named, struct findings *findings)
{
    CLEANUP(freep) char *other = find_without(variable);

    if (named[0] != '/')
        finding_add(findings, SEVERITY_WARNING,
                    memory_text("%s is \"%s\", which is no full path", variable,
                                named),
                    memory_copy("which file that is depends on the folder that "
                                "an application is started in"),
                    memory_text("set it to the full path"));
    if (other != NULL && !is_same_file(named, other))
        finding_add(findings, SEVERITY_NOTE,
                    memory_text("%s is set: %s is read here, not %s", variable,
                                named, other),
                    memory_copy("services and other users may not have that "
                                "variable, and then read another file"),
                    memory_text("unset %s, or set it for them too", variable));
}

/* HOME decides too: a user's own file comes before the system's. */
static void
examine_own_file(const char *file, struct findings *findings)
{
    CLEANUP(freep) char *home = memory_copy(getenv("HOME"));
    CLEANUP(freep) char *folder = memory_copy(getenv("XDG_CONFIG_HOME"));
    CLEANUP(freep) char *of_system = NULL;

    (void)setenv("HOME", "/nonexistent", 1);
    (void)unsetenv("XDG_CONFIG_HOME");
    of_system = find_without(variable);
    if (home != NULL)
        (void)setenv("HOME", home, 1);
    else
        (void)unsetenv("HOME");
    if (folder != NULL)
        (void)setenv("XDG_CONFIG_HOME", folder, 1);
    if (of_system == NULL || is_same_file(file, of_system))
        return;
    finding_add(findings, SEVERITY_NOTE,
                memory_text("%s is read, and not %s", file, of_system),
                memory_copy("a user's own file comes before the system's"),
                memory_text("remove %s if that is not meant", file));
}

void
examine_choice(const char *file, struct findings *findings)
{
    const char *named = getenv(variable);
    CLEANUP(freep) char *applies = NULL;
    CLEANUP(freep) char *full = file == NULL ? NULL : realpath(file, NULL);
    struct error error;

    if (!config_find(&applies, &error)) {
        /* Where it is the file in use, its mistakes say so. */
        if (file != NULL)
            finding_add(findings, SEVERITY_PROBLEM, memory_copy(error.text),
                        NULL, NULL);
        return;
    }
    if (file == NULL) {
        finding_add(findings, SEVERITY_NOTE,
                    memory_copy("there is no configuration file"),
                    memory_copy("then p11mux shows every module that p11-kit "
                                "knows, with the defaults"),
                    memory_copy("write one if more is wanted: see "
                                "p11mux.conf(5)"));
        return;
    }
    if (applies == NULL || !is_same_file(file, applies))
        finding_add(findings, SEVERITY_NOTE,
                    memory_text("%s is not what applications read here", file),
                    applies == NULL ? memory_copy("they find no file at all")
                                    : memory_text("they read %s", applies),
                    memory_text("set P11MUX_CONF=%s for them if it should be",
                                full == NULL ? file : full));
    else if (named != NULL && named[0] != '\0')
        examine_variable(named, findings);
    else
        examine_own_file(file, findings);
}
