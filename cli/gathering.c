/* SPDX-License-Identifier: BSD-3-Clause */
/* Goes through the folders of the runtime directory. */
#include "cli/gathering.h"

#include "cli/memory.h"
#include "common/cleanup.h"
#include "config/path.h"
#include "router/runtime-folder.h"

#include <dirent.h>
#include <errno.h>
#include <stdlib.h>
#include <string.h>

static void
add_trouble(struct gathering *gathering, const struct error *error)
{
    gathering->troubles =
        memory_grow(gathering->troubles, gathering->n_troubles,
                    sizeof(*gathering->troubles));
    gathering->troubles[gathering->n_troubles++] = memory_copy(error->text);
}

static void
add_process(struct gathering *gathering, const struct shown *shown)
{
    gathering->processes =
        memory_grow(gathering->processes, gathering->n_processes,
                    sizeof(*gathering->processes));
    gathering->processes[gathering->n_processes++] = *shown;
}

/* -- A user's ----------------------------------------------------------------
 */

/* Whether it, or a later one that had its number, is there already: nobody can
 * see in another namespace which of them is gone, and whoever owns a file may
 * copy it. */
static bool
is_known(const struct gathering *gathering, uid_t user,
         const struct birth *birth)
{
    for (size_t i = 0; i < gathering->n_processes; i++) {
        const struct shown *shown = &gathering->processes[i];

        if (shown->user == user && shown->pid == (uint64_t)birth->pid &&
            shown->namespace == birth->namespace)
            return true;
    }
    return false;
}

static void
read_file(struct gathering *gathering, int folder, const char *runtime_dir,
          uid_t user, const struct birth *birth)
{
    char name[RUNTIME_FILE_NAME];
    CLEANUP(freep) char *path = NULL;
    struct error error = { .rv = CKR_OK };
    struct shown shown;

    runtime_name(birth, name);
    path = memory_text("%s/%lu/%s", runtime_dir, (unsigned long)user, name);
    switch (shown_read(folder, name, path, user, &shown, &error)) {
    case SHOWN_WHOLE:
        shown.pid = (uint64_t)birth->pid;
        shown.namespace = birth->namespace;
        add_process(gathering, &shown);
        break;
    case SHOWN_WRONG:
        add_trouble(gathering, &error);
        break;
    default:
        break;
    }
}

/* Of those with the same number in one namespace the latest first. */
static int
compare_births(const void *left, const void *right)
{
    const struct birth *a = left, *b = right;

    if (a->pid != b->pid)
        return a->pid < b->pid ? -1 : 1;
    if (a->namespace != b->namespace)
        return a->namespace < b->namespace ? -1 : 1;
    return (a->ticks < b->ticks) - (a->ticks > b->ticks);
}

static void
read_files(struct gathering *gathering, int folder, DIR *entries,
           const char *runtime_dir, uid_t user)
{
    CLEANUP(freep) struct birth *births = NULL;
    const struct dirent *entry;
    struct birth birth;
    size_t n_births = 0;

    while ((entry = readdir(entries)) != NULL)
        if (runtime_read_name(entry->d_name, &birth)) {
            births = memory_grow(births, n_births, sizeof(*births));
            births[n_births++] = birth;
        }
    if (n_births > 0)
        qsort(births, n_births, sizeof(*births), compare_births);
    for (size_t i = 0; i < n_births; i++)
        if (!is_known(gathering, user, &births[i]))
            read_file(gathering, folder, runtime_dir, user, &births[i]);
}

static void
read_user(struct gathering *gathering, const char *runtime_dir, uid_t user)
{
    struct error error = { .rv = CKR_OK };
    int folder = runtime_open_folder(runtime_dir, user, &error);
    DIR *entries;

    if (folder < 0) {
        if (errno != ENOENT)
            add_trouble(gathering, &error);
        return;
    }
    runtime_sweep(folder, birth_is_alive_anywhere);
    entries = fdopendir(folder);
    memory_need(entries);
    read_files(gathering, folder, entries, runtime_dir, user);
    (void)closedir(entries);
}

/* -- All users' --------------------------------------------------------------
 */

static bool
is_user(const char *name, uid_t *out)
{
    char *end;
    unsigned long number = strtoul(name, &end, 10);

    *out = (uid_t)number;
    return name[0] >= '0' && name[0] <= '9' && *end == '\0' && *out == number;
}

/* Calls `read` for each entry of a folder that is a user's number. */
static void
for_each_user(const char *path, struct gathering *gathering,
              void (*visit)(struct gathering *gathering, const char *path,
                            uid_t user))
{
    DIR *entries = opendir(path);
    const struct dirent *entry;
    uid_t user;

    if (entries == NULL)
        return;
    while ((entry = readdir(entries)) != NULL)
        if (is_user(entry->d_name, &user))
            visit(gathering, path, user);
    (void)closedir(entries);
}

/* What a user's processes take where nothing is configured. */
static void
read_own_folder(struct gathering *gathering, const char *path, uid_t user)
{
    CLEANUP(freep)
    char *runtime_dir = memory_text("%s/%lu/p11mux", path, (unsigned long)user);

    read_user(gathering, runtime_dir, user);
}

void
gathering_read(const struct config *config, struct gathering *out)
{
    CLEANUP(freep) char *usual = config_runtime_dir();

    memory_need(usual);
    memset(out, 0, sizeof(*out));
    if (geteuid() != 0) {
        read_user(out, config->runtime_dir, geteuid());
        return;
    }
    for_each_user(config->runtime_dir, out, read_user);
    if (strcmp(config->runtime_dir, usual) == 0)
        for_each_user("/run/user", out, read_own_folder);
}

void
gathering_clear(struct gathering *gathering)
{
    for (size_t i = 0; i < gathering->n_processes; i++)
        shown_clear(&gathering->processes[i]);
    for (size_t i = 0; i < gathering->n_troubles; i++)
        free(gathering->troubles[i]);
    free(gathering->processes);
    free(gathering->troubles);
}
