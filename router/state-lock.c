/* SPDX-License-Identifier: BSD-3-Clause */
/* Locks files in the state folder. */
#include "router/state-lock.h"

#include "common/cleanup.h"
#include "common/file.h"
#include "router/state-folder.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

/* In a folder that belongs to whom that of the files does; not by the umask,
 * since who comes next may be somebody else. */
static int
open_file(const char *path)
{
    enum { MODE = 0644 };
    int lock = open(path, O_RDONLY | O_CREAT | O_NOFOLLOW | O_CLOEXEC, MODE);

    if (lock < 0)
        return -1;
    (void)!fchmod(lock, MODE);
    return file_raise_descriptor(lock);
}

/* The kernel would wait for ever. */
static bool
take(int lock, int kind, struct deadline until)
{
    const struct timespec pause = { .tv_nsec = 5 * 1000 * 1000 };

    while (flock(lock, kind | LOCK_NB) != 0) {
        if ((errno != EWOULDBLOCK && errno != EINTR) ||
            deadline_has_passed(until))
            return false;
        (void)nanosleep(&pause, NULL);
    }
    return true;
}

int
state_lock_take(const char *state_dir, const char *label,
                const struct state_lock *its, bool is_alone,
                struct deadline until, struct error *error)
{
    CLEANUP(freep) char *folder = state_folder_path(state_dir, "locks");
    CLEANUP(freep)
    char *path =
        folder == NULL ? NULL : state_folder_file(folder, label, its->suffix);
    int lock;

    if (path == NULL) {
        (void)error_set(error, CKR_HOST_MEMORY, "out of memory");
        return -1;
    }
    if (!state_folder_make(state_dir, folder, 0755)) {
        (void)error_set(error, CKR_FUNCTION_FAILED,
                        "%s: cannot be made: %s; make it for who copies "
                        "objects",
                        folder, error_reason(errno));
        return -1;
    }
    lock = open_file(path);
    if (lock < 0) {
        (void)error_set(error, CKR_FUNCTION_FAILED,
                        "%s: cannot be opened: %s; make %s writable for who "
                        "copies objects, or set state_dir",
                        path, error_reason(errno), folder);
        return -1;
    }
    if (take(lock, is_alone ? LOCK_EX : LOCK_SH, until))
        return lock;
    (void)error_set(error, CKR_FUNCTION_FAILED,
                    "%s: cannot be locked: %s; another process %s, lslocks "
                    "says which one: wait for it",
                    path, error_reason(errno), its->who);
    (void)close(lock);
    return -1;
}
