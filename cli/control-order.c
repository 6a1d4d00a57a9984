/* SPDX-License-Identifier: BSD-3-Clause */
/* Writes a command on the control page. */
#include "cli/control-order.h"

#include "cli/memory.h"
#include "common/cleanup.h"
#include "common/clock.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

/* For all users, who make folders in it; a user's own for him alone. */
static bool
make_folder(const char *path, struct error *error)
{
    mode_t mode = geteuid() == 0 ? 01777 : 0700;

    /* Not by the umask. */
    if (mkdir(path, mode) == 0 ? chmod(path, mode) == 0 : errno == EEXIST)
        return true;
    return error_set(error, CKR_FUNCTION_FAILED,
                     "%s: cannot be made: %s; make it with the mode 1777, or "
                     "set runtime_dir",
                     path, error_reason(errno));
}

/* Nobody obeys others, and what they leave there is in its owner's way. */
static bool
may_speak(const char *path, int folder, struct error *error)
{
    struct stat status;

    return geteuid() == 0 ||
           (fstat(folder, &status) == 0 && status.st_uid == geteuid()) ||
           error_set(error, CKR_FUNCTION_FAILED,
                     "%s: only root and the owner of this folder can ask "
                     "something of its processes; run p11mux as one of them",
                     path);
}

/* Whoever may open a folder may lock it too, and keep it so. */
static bool
lock_folder(const struct order *order, int folder, struct error *error)
{
    static const struct timespec pause = { .tv_nsec = 20 * 1000 * 1000 };
    const char *path = order->config->runtime_dir;
    struct deadline until = deadline_in(order->wait_ms);

    while (flock(folder, LOCK_EX | LOCK_NB) != 0) {
        if (errno != EWOULDBLOCK && errno != EINTR)
            return error_set(error, CKR_FUNCTION_FAILED,
                             "%s: cannot be locked: %s; check what it is", path,
                             error_reason(errno));
        if (deadline_has_passed(until))
            return error_set(error, CKR_FUNCTION_FAILED,
                             "%s: another process has kept it locked for %llu "
                             "ms; see which one with lslocks",
                             path, (unsigned long long)order->wait_ms);
        (void)nanosleep(&pause, NULL);
    }
    return true;
}

static bool
add_to(struct control_page *page, const struct order *order,
       struct error *error)
{
    return control_page_add(page, order->verb,
                            &(struct control_aim){ .token = order->token.name,
                                                   .member =
                                                       order->member_name },
                            clock_real_us(), error);
}

/* One tool at a time. */
bool
order_write(const struct order *order, uint64_t *number, struct error *error)
{
    const char *folder = order->config->runtime_dir;
    CLEANUP(closep) int lock = -1;
    struct control_page page;
    bool is_changed;

    if (!make_folder(folder, error))
        return false;
    lock = open(folder, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    if (lock < 0)
        return error_set(error, CKR_FUNCTION_FAILED,
                         "%s: cannot be opened: %s; check what it is", folder,
                         error_reason(errno));
    if (!may_speak(folder, lock, error) || !lock_folder(order, lock, error))
        return false;
    is_changed = control_page_read(order->path, &page, NULL, error) &&
                 add_to(&page, order, error) &&
                 control_page_write(order->path, &page, error);
    *number = page.number;
    control_page_clear(&page);
    return is_changed;
}
