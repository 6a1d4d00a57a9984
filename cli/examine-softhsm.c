/* SPDX-License-Identifier: BSD-3-Clause */
/* The token folders of SoftHSM, where wrong permissions look like missing
 * tokens. */
#include "cli/examine.h"

#include "cli/memory.h"
#include "cli/path.h"
#include "common/cleanup.h"

#include <dirent.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

static const char of_system[] = "/etc/softhsm/softhsm2.conf";

/* What is written in the configuration's env, which several modules may say
 * differently, else in the environment. */
static const char *
find_variable(const struct config_module *module, const char *name)
{
    for (size_t i = 0; module != NULL && i < module->n_env; i++)
        if (strcmp(module->env[i].name, name) == 0)
            return module->env[i].value;
    return getenv(name);
}

/* The file that SoftHSM reads; the caller frees it. */
static char *
find_file(const struct config_module *module)
{
    const char *named = find_variable(module, "SOFTHSM2_CONF");
    const char *home = getenv("HOME");
    char *own;

    if (named != NULL)
        return memory_copy(named);
    if (home == NULL)
        return memory_copy(of_system);
    own = memory_text("%s/.config/softhsm2/softhsm2.conf", home);
    if (access(own, F_OK) == 0)
        return own;
    free(own);
    return memory_copy(of_system);
}

/* "name = value" of a line, without the blanks around it; NULL if the line
 * says something else. */
static char *
read_setting(char *line, const char *name)
{
    char *value;

    line += strspn(line, " \t");
    if (strncmp(line, name, strlen(name)) != 0)
        return NULL;
    value = line + strlen(name);
    value += strspn(value, " \t");
    if (*value != '=')
        return NULL;
    value++;
    value += strspn(value, " \t");
    value[strcspn(value, "\r\n")] = '\0';
    return value;
}

/* The folder of the tokens, which the caller frees; NULL if it is not said. */
static char *
read_folder(const char *file)
{
    CLEANUP(fclosep) FILE *stream = fopen(file, "re");
    CLEANUP(freep) char *line = NULL;
    size_t room = 0;

    while (stream != NULL && getline(&line, &room, stream) >= 0) {
        const char *value = read_setting(line, "directories.tokendir");

        if (value != NULL)
            return memory_copy(value);
    }
    return NULL;
}

static void
add_trouble(const char *module, const char *what, struct path_trouble *trouble,
            enum severity severity, struct findings *findings)
{
    finding_add(findings, severity,
                memory_text("module \"%s\": %s", module, what), trouble->why,
                trouble->todo != NULL
                    ? trouble->todo
                    : memory_copy("correct the path, or make it"));
    trouble->why = trouble->todo = NULL;
}

/* Each token is a folder of its own, made by whoever initialised it. All that
 * cannot be read are one finding, with the reason of the first. */
static void
examine_token_folders(const char *module, const char *folder,
                      enum severity severity, struct findings *findings)
{
    DIR *stream = opendir(folder);
    struct path_trouble first = { .state = PATH_FINE };
    unsigned n_tokens = 0, n_closed = 0;

    if (stream == NULL)
        return;
    for (struct dirent *entry; (entry = readdir(stream)) != NULL;) {
        CLEANUP(freep)
        char *path = memory_text("%s/%s", folder, entry->d_name);
        struct path_trouble trouble;

        if (entry->d_name[0] == '.')
            continue;
        n_tokens++;
        if (path_look(path, R_OK | X_OK, &trouble) == PATH_FINE)
            continue;
        n_closed++;
        path_trouble_clear(n_closed == 1 ? &first : &trouble);
        if (n_closed == 1)
            first = trouble;
    }
    (void)closedir(stream);
    if (n_closed > 0) {
        CLEANUP(freep)
        char *what = memory_text("%u of SoftHSM's %u tokens cannot be read",
                                 n_closed, n_tokens);

        add_trouble(module, what, &first, severity, findings);
    }
    path_trouble_clear(&first);
}

static void
examine_folder(const char *module, const char *folder, enum severity severity,
               struct findings *findings)
{
    struct path_trouble trouble;

    if (path_look(folder, R_OK | X_OK, &trouble) != PATH_FINE) {
        add_trouble(module, "SoftHSM's folder of tokens cannot be read",
                    &trouble, severity, findings);
    } else {
        examine_token_folders(module, folder, severity, findings);
        path_trouble_clear(&trouble);
        /* Which is as it should be for many an application. */
        if (severity == SEVERITY_PROBLEM &&
            path_look(folder, W_OK, &trouble) != PATH_FINE)
            add_trouble(module,
                        "SoftHSM's folder of tokens cannot be written, so "
                        "that no token can be initialised",
                        &trouble, SEVERITY_NOTE, findings);
    }
    path_trouble_clear(&trouble);
}

static void
examine_module(const struct backend *backend, enum severity severity,
               struct findings *findings)
{
    const char *name = backend_name(backend);
    CLEANUP(freep) char *file = find_file(backend_module(backend));
    CLEANUP(freep) char *folder = NULL;
    struct path_trouble trouble;

    if (path_look(file, R_OK, &trouble) != PATH_FINE) {
        add_trouble(name, "SoftHSM's configuration cannot be read", &trouble,
                    severity, findings);
        path_trouble_clear(&trouble);
        return;
    }
    path_trouble_clear(&trouble);
    folder = read_folder(file);
    if (folder != NULL)
        examine_folder(name, folder, severity, findings);
    else
        finding_add(findings, SEVERITY_WARNING,
                    memory_text("module \"%s\": %s does not say where the "
                                "tokens are",
                                name, file),
                    NULL,
                    memory_copy("add directories.tokendir = /FOLDER to it"));
}

void
examine_softhsm(const struct survey *survey, enum severity severity,
                struct findings *findings)
{
    for (size_t i = 0; i < backend_set_count(survey->backends); i++) {
        const struct backend *backend = backend_set_get(survey->backends, i);

        if (strcmp(backend_profile(backend)->name, "softhsm") == 0 &&
            backend_functions(backend) != NULL)
            examine_module(backend, severity, findings);
    }
}
