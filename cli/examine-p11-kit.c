/* SPDX-License-Identifier: BSD-3-Clause */
/* How p11mux and the modules behind it are registered with p11-kit. Only the
 * files are read: loading what they name would load p11mux into its tool. */
#include "cli/examine.h"

#include "cli/memory.h"
#include "common/cleanup.h"

#include <dirent.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

/* Of pkcs11.conf(5); a later one replaces files of the same name. */
static const char *const folders[] = {
    "/usr/share/p11-kit/modules",
    "/etc/pkcs11/modules",
};

static const char ending[] = ".module";
static const char own_name[] = "p11mux.so";

struct registration {
    char *file;      /* of p11-kit */
    char *module;    /* as written: a path, or a name in p11-kit's folder */
    bool is_limited; /* has enable-in: or disable-in: */
};

struct registrations {
    struct registration *items;
    size_t n_items;
};

/* -- Reading ----------------------------------------------------------------
 */

/* "name: value" of a line, without what is around it; NULL if it is another. */
static const char *
read_value(char *line, const char *name)
{
    size_t length = strlen(name);
    char *value;

    if (strncmp(line, name, length) != 0 || line[length] != ':')
        return NULL;
    value = line + length + 1;
    value += strspn(value, " \t");
    value[strcspn(value, " \t\r\n")] = '\0';
    return value;
}

static void
read_file(const char *file, struct registration *out)
{
    CLEANUP(fclosep) FILE *stream = fopen(file, "re");
    CLEANUP(freep) char *line = NULL;
    size_t room = 0;

    while (stream != NULL && getline(&line, &room, stream) >= 0) {
        const char *value;

        if ((value = read_value(line, "module")) != NULL) {
            free(out->module);
            out->module = memory_copy(value);
        } else if (read_value(line, "enable-in") != NULL ||
                   read_value(line, "disable-in") != NULL) {
            out->is_limited = true;
        }
    }
}

static const char *
name_of_file(const char *path)
{
    const char *slash = strrchr(path, '/');

    return slash == NULL ? path : slash + 1;
}

/* The one of an earlier folder that this one replaces, or a new one. */
static struct registration *
find_place(struct registrations *all, const char *name)
{
    for (size_t i = 0; i < all->n_items; i++)
        if (strcmp(name_of_file(all->items[i].file), name) == 0) {
            struct registration *old = &all->items[i];

            free(old->file);
            free(old->module);
            memset(old, 0, sizeof(*old));
            return old;
        }
    all->items = memory_grow(all->items, all->n_items, sizeof(*all->items));
    return &all->items[all->n_items++];
}

static void
read_folder(const char *folder, struct registrations *out)
{
    DIR *stream = opendir(folder);

    if (stream == NULL)
        return;
    for (struct dirent *entry; (entry = readdir(stream)) != NULL;) {
        size_t length = strlen(entry->d_name);
        struct registration *registration;

        if (length <= strlen(ending) ||
            strcmp(entry->d_name + length - strlen(ending), ending) != 0)
            continue;
        registration = find_place(out, entry->d_name);
        registration->file = memory_text("%s/%s", folder, entry->d_name);
        read_file(registration->file, registration);
    }
    (void)closedir(stream);
}

static void
clear(struct registrations *registrations)
{
    for (size_t i = 0; i < registrations->n_items; i++) {
        free(registrations->items[i].file);
        free(registrations->items[i].module);
    }
    free(registrations->items);
}

/* -- Judging ----------------------------------------------------------------
 */

static bool
is_own(const struct registration *registration)
{
    return registration->module != NULL &&
           strcmp(name_of_file(registration->module), own_name) == 0;
}

/* Returns how often p11mux is registered. */
static unsigned
examine_own(const struct registrations *all, struct findings *findings)
{
    const struct registration *first = NULL;
    unsigned count = 0;

    for (size_t i = 0; i < all->n_items; i++) {
        const struct registration *its = &all->items[i];

        if (!is_own(its))
            continue;
        count++;
        if (its->module[0] == '/' && access(its->module, F_OK) != 0)
            finding_add(findings, SEVERITY_WARNING,
                        memory_text("p11mux is registered with p11-kit, but "
                                    "not where it is"),
                        memory_text("%s names %s, which does not exist",
                                    its->file, its->module),
                        memory_text("correct the path in that file"));
        if (first != NULL)
            finding_add(findings, SEVERITY_WARNING,
                        memory_text("p11mux is registered with p11-kit twice"),
                        memory_text("%s and %s; applications that use p11-kit "
                                    "may see each token twice",
                                    first->file, its->file),
                        memory_text("remove one of the two"));
        else
            first = its;
    }
    return count;
}

static bool
is_same_library(const struct registration *registration, const char *path)
{
    struct stat one, other;

    if (registration->module == NULL)
        return false;
    if (registration->module[0] == '/' &&
        stat(registration->module, &one) == 0 && stat(path, &other) == 0)
        return one.st_dev == other.st_dev && one.st_ino == other.st_ino;
    return strcmp(name_of_file(registration->module), name_of_file(path)) == 0;
}

/* What p11mux shows and p11-kit shows as well. */
static void
examine_double(const struct backend *backend, const struct registrations *all,
               struct findings *findings)
{
    const struct config_module *module = backend_module(backend);

    if (module == NULL || module->p11_kit || backend_path(backend) == NULL)
        return;
    for (size_t i = 0; i < all->n_items; i++) {
        const struct registration *its = &all->items[i];

        if (its->is_limited || !is_same_library(its, backend_path(backend)))
            continue;
        finding_add(
            findings, SEVERITY_NOTE,
            memory_text("applications that use p11-kit see the tokens of "
                        "module \"%s\" twice",
                        module->name),
            memory_text("through p11mux, and on their own because of %s",
                        its->file),
            memory_text("to show them once, copy that file to %s and add the "
                        "line \"enable-in: nothing\"",
                        folders[1]));
    }
}

void
examine_p11_kit(const struct survey *survey, struct findings *findings)
{
    struct registrations all = { 0 };

    for (size_t i = 0; i < sizeof(folders) / sizeof(folders[0]); i++)
        read_folder(folders[i], &all);
    if (examine_own(&all, findings) == 0)
        finding_add(findings, SEVERITY_NOTE,
                    memory_copy("p11mux is not registered with p11-kit"),
                    memory_copy("applications that use p11-kit do not find it "
                                "by themselves; others are given the path of "
                                "p11mux.so and do not need this"),
                    memory_text("install p11mux.module in %s", folders[0]));
    else if (survey != NULL)
        for (size_t i = 0; i < backend_set_count(survey->backends); i++)
            examine_double(backend_set_get(survey->backends, i), &all,
                           findings);
    clear(&all);
}
