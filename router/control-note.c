/* SPDX-License-Identifier: BSD-3-Clause */
/* Makes this process's note, and reads those of all. */
#include "router/control-note.h"

#include "common/cleanup.h"
#include "router/mapped-file.h"
#include "router/runtime-folder.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

static const char note_name[16] = "p11mux process";
static const char suffix[] = ".control";

enum { NOTE_FILE_NAME = RUNTIME_FILE_NAME + sizeof(suffix) };

/* -- This process's ---------------------------------------------------------
 */

static void
write_name(const struct birth *birth, char out[NOTE_FILE_NAME])
{
    char name[RUNTIME_FILE_NAME];

    runtime_name(birth, name);
    (void)snprintf(out, NOTE_FILE_NAME, "%s%s", name, suffix);
}

static struct control_note *
make(const char *path, int folder, const char *name, struct error *error)
{
    struct control_note *note =
        mapped_file_make(folder, name, CONTROL_NOTE_BYTES, NULL);

    if (note == NULL) {
        (void)error_set(error, CKR_FUNCTION_FAILED,
                        "%s: cannot be made: %s; make room, or set "
                        "runtime_dir",
                        path, error_reason(errno));
        return NULL;
    }
    note->version = CONTROL_NOTE_VERSION;
    /* Last: who reads it meanwhile sees that it is none yet. */
    __sync_synchronize();
    memcpy(note->name, note_name, sizeof(note_name));
    return note;
}

struct control_note *
control_note_new(const char *runtime_dir, char **out_path, struct error *error)
{
    CLEANUP(closep) int folder = runtime_make_folder(runtime_dir, error);
    struct control_note *note;
    char name[NOTE_FILE_NAME];
    struct birth self;

    *out_path = NULL;
    if (folder < 0)
        return NULL;
    if (!birth_of_self(&self)) {
        (void)error_set(error, CKR_FUNCTION_FAILED,
                        "/proc does not say when this process was started; "
                        "mount it");
        return NULL;
    }
    write_name(&self, name);
    if (asprintf(out_path, "%s/%lu/%s", runtime_dir, (unsigned long)geteuid(),
                 name) < 0) {
        *out_path = NULL;
        (void)error_set(error, CKR_HOST_MEMORY, "out of memory");
        return NULL;
    }
    note = make(*out_path, folder, name, error);
    if (note == NULL) {
        free(*out_path);
        *out_path = NULL;
    }
    return note;
}

void
control_note_free(struct control_note *note, const char *path)
{
    if (note == NULL)
        return;
    (void)unlink(path);
    (void)munmap(note, CONTROL_NOTE_BYTES);
}

/* -- Reading ----------------------------------------------------------------
 */

struct readings {
    struct control_reading *items;
    size_t count;
    size_t n_hidden;
};

static bool
add(struct readings *readings, const struct control_note *note,
    const struct birth *birth, uid_t user)
{
    struct control_reading *items =
        realloc(readings->items,
                (readings->count + 1) * sizeof(*readings->items));
    struct control_reading *reading;

    if (items == NULL)
        return false;
    readings->items = items;
    reading = &items[readings->count++];
    *reading = (struct control_reading){
        .process = *birth,
        .user = user,
        .seen = atomic_load(&note->seen),
        .watch = (enum control_watch)atomic_load(&note->watch),
        .reload = note->reload,
    };
    reading->reload.text[CONTROL_NOTE_TEXT - 1] = '\0';
    for (size_t i = 0; i < CONTROL_NOTE_PAUSES; i++) {
        const struct control_note_pause *pause = &note->pauses[i];

        reading->pauses[i].number = atomic_load(&pause->number);
        reading->pauses[i].running = atomic_load(&pause->running);
        reading->pauses[i].waiting = atomic_load(&pause->waiting);
    }
    return true;
}

/* A copy: the file is somebody else's, who may cut it off at any time. */
static bool
read_note(int folder, const char *name, struct control_note *out, uid_t *user)
{
    CLEANUP(closep)
    int descriptor =
        openat(folder, name, O_RDONLY | O_CLOEXEC | O_NOFOLLOW | O_NONBLOCK);
    struct stat status;

    memset(out, 0, sizeof(*out));
    if (descriptor < 0 || fstat(descriptor, &status) != 0 ||
        !S_ISREG(status.st_mode))
        return false;
    *user = status.st_uid;
    return read(descriptor, out, sizeof(*out)) == (ssize_t)sizeof(*out);
}

static bool
is_note(const char *name)
{
    size_t length = strlen(name);

    return length > strlen(suffix) &&
           strcmp(name + length - strlen(suffix), suffix) == 0;
}

static bool
read_one(int folder, const char *name, struct readings *readings)
{
    struct control_note note;
    struct birth birth;
    uid_t user = 0;

    if (!is_note(name) || !runtime_read_owner(name, &birth))
        return true;
    if (!birth_is_alive_anywhere(&birth)) {
        (void)unlinkat(folder, name, 0);
        return true;
    }
    /* Else it is being made. */
    if (!read_note(folder, name, &note, &user) ||
        memcmp(note.name, note_name, sizeof(note_name)) != 0)
        return true;
    if (note.version != CONTROL_NOTE_VERSION) {
        readings->n_hidden++;
        return true;
    }
    return add(readings, &note, &birth, user);
}

/* False: no memory. */
static bool
read_folder(int above, const char *name, struct readings *readings)
{
    int folder =
        openat(above, name, O_RDONLY | O_DIRECTORY | O_CLOEXEC | O_NOFOLLOW);
    DIR *stream = folder < 0 ? NULL : fdopendir(folder);
    const struct dirent *entry;
    bool is_read = true;

    if (stream == NULL) {
        readings->n_hidden += errno == EACCES ? 1 : 0;
        if (folder >= 0)
            (void)close(folder);
        return true;
    }
    while (is_read && (entry = readdir(stream)) != NULL)
        is_read = read_one(folder, entry->d_name, readings);
    (void)closedir(stream);
    return is_read;
}

static int
compare(const void *a, const void *b)
{
    pid_t one = ((const struct control_reading *)a)->process.pid;
    pid_t other = ((const struct control_reading *)b)->process.pid;

    return one < other ? -1 : one > other;
}

bool
control_note_read_all(const char *runtime_dir, struct control_reading **out,
                      size_t *n_out, size_t *n_hidden)
{
    struct readings readings = { .items = NULL };
    DIR *stream = opendir(runtime_dir);
    const struct dirent *entry;
    bool is_read = true;

    while (is_read && stream != NULL && (entry = readdir(stream)) != NULL)
        if (entry->d_name[0] >= '0' && entry->d_name[0] <= '9')
            is_read = read_folder(dirfd(stream), entry->d_name, &readings);
    if (stream != NULL)
        (void)closedir(stream);
    if (readings.count > 0)
        qsort(readings.items, readings.count, sizeof(*readings.items), compare);
    *out = readings.items;
    *n_out = readings.count;
    *n_hidden = readings.n_hidden;
    return is_read;
}
