/* SPDX-License-Identifier: BSD-3-Clause */
/* Who copies between members: applications side by side, who brings members
 * level or mends copies alone. */
#include "router/transfer/journal.h"

#include "common/file.h"

#include <errno.h>
#include <fcntl.h>
#include <sys/file.h>
#include <time.h>
#include <unistd.h>

/* The state folder itself, which is there for everybody; no file of it. */
static int
open_folder(const char *state_dir)
{
    int folder = open(state_dir, O_RDONLY | O_DIRECTORY | O_CLOEXEC);

    return folder < 0 ? -1 : file_raise_descriptor(folder);
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
journal_lock(const char *state_dir, bool is_alone, struct deadline until,
             struct error *error)
{
    int lock = open_folder(state_dir);

    if (lock < 0) {
        (void)error_set(error, CKR_FUNCTION_FAILED,
                        "%s: cannot be opened: %s; make it for who copies "
                        "objects, or set state_dir",
                        state_dir, error_reason(errno));
        return -1;
    }
    if (take(lock, is_alone ? LOCK_EX : LOCK_SH, until))
        return lock;
    (void)error_set(error, CKR_FUNCTION_FAILED,
                    "%s: cannot be locked: %s; another process copies "
                    "objects, lslocks says which one: wait for it",
                    state_dir, error_reason(errno));
    (void)close(lock);
    return -1;
}

/* A child that was forked meanwhile has it too, and does not keep it. */
void
journal_unlock(int lock)
{
    (void)flock(lock, LOCK_UN);
    (void)close(lock);
}
