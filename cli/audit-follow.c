/* SPDX-License-Identifier: BSD-3-Clause */
/* Follows the file that a path names, and the one that it named before. */
#include "cli/audit-follow.h"

#include "cli/memory.h"
#include "common/cleanup.h"
#include "common/file.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <string.h>
#include <sys/inotify.h>

enum { FIRST_ROOM = 64 * 1024 };

/* Where the kernel tells nothing (a file system of another machine), the files
 * are looked at so often. */
static const struct timespec look_interval = { .tv_sec = 1 };

/* A file, and what was read of it and not handed out. */
struct inflow {
    int descriptor; /* -1: none */
    struct stat file;
    off_t offset; /* behind what was read */
    char *bytes;
    size_t begin;
    size_t end;
    size_t room;
};

struct follow {
    const char *path;
    struct inflow now;
    struct inflow before; /* of a process that has not noticed yet */
    uint64_t number;
    int watch; /* of inotify(7); -1: there is none */
};

/* -- Signals -------------------------------------------------------------- */

static const int ending_signals[] = { SIGINT, SIGTERM };

enum { N_SIGNALS = sizeof(ending_signals) / sizeof(ending_signals[0]) };

static volatile sig_atomic_t is_to_end;

static void
note_signal(int number)
{
    (void)number;
    is_to_end = 1;
}

/* What was ignored stays so, as for a job in the background. */
static void
catch_signals(void)
{
    struct sigaction action = { .sa_handler = note_signal }, before;

    for (size_t i = 0; i < N_SIGNALS; i++)
        if (sigaction(ending_signals[i], NULL, &before) == 0 &&
            before.sa_handler != SIG_IGN)
            (void)sigaction(ending_signals[i], &action, NULL);
}

/* -- A file --------------------------------------------------------------- */

static void
inflow_close(struct inflow *inflow)
{
    closep(&inflow->descriptor);
    free(inflow->bytes);
    *inflow = (struct inflow){ .descriptor = -1 };
}

/* Takes the descriptor over. */
static bool
inflow_open(struct inflow *inflow, int descriptor, off_t offset)
{
    *inflow = (struct inflow){ .descriptor = descriptor, .offset = offset };
    if (descriptor >= 0 && fstat(descriptor, &inflow->file) == 0)
        return true;
    inflow_close(inflow);
    return false;
}

static void
make_room(struct inflow *inflow)
{
    size_t left = inflow->end - inflow->begin;

    if (inflow->begin > 0)
        memmove(inflow->bytes, inflow->bytes + inflow->begin, left);
    inflow->begin = 0;
    inflow->end = left;
    if (left < inflow->room)
        return;
    inflow->room = inflow->room == 0 ? FIRST_ROOM : 2 * inflow->room;
    inflow->bytes = realloc(inflow->bytes, inflow->room);
    memory_need(inflow->bytes);
}

static bool
inflow_fill(struct inflow *inflow)
{
    struct stat file;
    ssize_t got;

    /* Cut short by somebody: what is there now is new. */
    if (fstat(inflow->descriptor, &file) == 0 &&
        file.st_size < inflow->offset) {
        inflow->offset = 0;
        inflow->begin = inflow->end;
    }
    make_room(inflow);
    got = pread(inflow->descriptor, inflow->bytes + inflow->end,
                inflow->room - inflow->end, inflow->offset);
    if (got <= 0)
        return false;
    inflow->offset += got;
    inflow->end += (size_t)got;
    return true;
}

/* Up to the line end, or all where it has none and is too long for a record. */
static void
hand_out(struct inflow *inflow, const char *end, struct line *out)
{
    const char *start = inflow->bytes + inflow->begin;

    *out = (struct line){ .bytes = start, .is_whole = true };
    out->length =
        end == NULL ? inflow->end - inflow->begin : (size_t)(end - start);
    inflow->begin += out->length + (end == NULL ? 0 : 1);
}

static bool
inflow_next(struct inflow *inflow, struct line *out)
{
    size_t searched = 0;

    if (inflow->descriptor < 0)
        return false;
    for (;;) {
        size_t left = inflow->end - inflow->begin;
        const char *end = NULL;

        if (left > searched)
            end = memchr(inflow->bytes + inflow->begin + searched, '\n',
                         left - searched);
        if (end != NULL || left > LINES_LONGEST) {
            hand_out(inflow, end, out);
            return true;
        }
        if (!inflow_fill(inflow))
            return false;
        searched = inflow->end - inflow->begin < left ? 0 : left;
    }
}

/* -- Following ------------------------------------------------------------ */

/* Changes of the folder and of files in it; without, the interval is enough. */
static int
watch_folder(const char *path)
{
    CLEANUP(freep) char *folder = NULL;
    const char *name;
    int watch = inotify_init1(IN_CLOEXEC | IN_NONBLOCK);

    if (watch >= 0 && file_split(path, &folder, &name) &&
        inotify_add_watch(watch, folder, IN_MODIFY | IN_CREATE | IN_MOVED_TO) >=
            0)
        return watch;
    closep(&watch);
    return -1;
}

/* The file that was read, or if it was moved meanwhile the one in its place. */
static bool
begin(struct follow *follow, const struct sequence_file *log)
{
    int descriptor = log->descriptor >= 0
                         ? fcntl(log->descriptor, F_DUPFD_CLOEXEC, 0)
                         : open(log->path, O_RDONLY | O_CLOEXEC | O_NOCTTY);

    if (!inflow_open(&follow->now, descriptor, (off_t)log->offset))
        return false;
    if (follow->now.file.st_dev != log->entry.st_dev ||
        follow->now.file.st_ino != log->entry.st_ino)
        follow->now.offset = 0;
    return true;
}

bool
follow_new(const struct sequence_file *log, uint64_t number,
           struct follow **out, struct error *error)
{
    struct follow *follow = memory_new(1, sizeof(*follow));

    follow->path = log->path;
    follow->number = number;
    follow->before.descriptor = -1;
    follow->watch = watch_folder(log->path);
    if (!begin(follow, log)) {
        follow_free(follow);
        return error_set(error, CKR_FUNCTION_FAILED,
                         "%s: cannot be followed: %s; give the log itself",
                         log->path, error_reason(errno));
    }
    catch_signals();
    *out = follow;
    return true;
}

void
follow_free(struct follow *follow)
{
    if (follow == NULL)
        return;
    inflow_close(&follow->now);
    inflow_close(&follow->before);
    closep(&follow->watch);
    free(follow);
}

void
follow_freep(struct follow **follow)
{
    follow_free(*follow);
}

/* Whether another file is in the place of the one that is read. */
static bool
has_moved(struct follow *follow)
{
    const struct stat *was = &follow->now.file;
    struct inflow next;

    if (!inflow_open(&next, open(follow->path, O_RDONLY | O_CLOEXEC | O_NOCTTY),
                     0))
        return false;
    if (next.file.st_dev == was->st_dev && next.file.st_ino == was->st_ino) {
        inflow_close(&next);
        return false;
    }
    inflow_close(&follow->before);
    follow->before = follow->now;
    follow->now = next;
    return true;
}

bool
follow_next(struct follow *follow, struct line *out)
{
    do {
        if (inflow_next(&follow->before, out) ||
            inflow_next(&follow->now, out)) {
            out->number = ++follow->number;
            return true;
        }
    } while (has_moved(follow));
    return false;
}

static void
forget_changes(int watch)
{
    char events[4096];

    while (watch >= 0 && read(watch, events, sizeof(events)) > 0)
        ;
}

bool
follow_wait(struct follow *follow)
{
    struct pollfd files[] = { { .fd = follow->watch, .events = POLLIN },
                              { .fd = STDOUT_FILENO } };
    sigset_t blocked, before;
    int result = 0;

    (void)sigemptyset(&blocked);
    for (size_t i = 0; i < N_SIGNALS; i++)
        (void)sigaddset(&blocked, ending_signals[i]);
    (void)sigprocmask(SIG_BLOCK, &blocked, &before);
    if (is_to_end == 0)
        result = ppoll(files, 2, &look_interval, &before);
    (void)sigprocmask(SIG_SETMASK, &before, NULL);
    forget_changes(follow->watch);
    return is_to_end == 0 && (result <= 0 || files[1].revents == 0) &&
           ferror(stdout) == 0;
}
