/* SPDX-License-Identifier: BSD-3-Clause */
/* Opens, locks, mends and extends the list of checkpoints. */
#include "audit/signer-list.h"

#include "audit/checkpoint.h"
#include "common/cleanup.h"
#include "common/clock.h"
#include "common/file.h"
#include "common/guard.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/file.h>
#include <time.h>

/* -- Opening -------------------------------------------------------------- */

/* Root, or whose folder it is: the others of the group may only append to the
 * log. */
static bool
may_sign(const char *path, uid_t user)
{
    CLEANUP(freep) char *folder = NULL;
    const char *name;
    struct stat entry;

    return user == 0 || (file_split(path, &folder, &name) &&
                         stat(folder, &entry) == 0 && user == entry.st_uid);
}

static bool
is_trusted(const struct signer_list *list, struct error *error)
{
    struct stat entry;

    if (fstat(list->descriptor, &entry) != 0 || !S_ISREG(entry.st_mode))
        return error_set(error, CKR_FUNCTION_FAILED,
                         "%s: is no regular file; move it away", list->path);
    if (may_sign(list->path, entry.st_uid) &&
        (entry.st_mode & (S_IWGRP | S_IWOTH)) == 0)
        return true;
    return error_set(error, CKR_FUNCTION_FAILED,
                     "%s: user %lu or others could change it (mode 0%o); keep "
                     "it, verify the log with it, then chown root and chmod "
                     "go-w it",
                     list->path, (unsigned long)entry.st_uid,
                     (unsigned)entry.st_mode & 07777U);
}

static int
open_or_make(const char *path, const struct stat *log_entry)
{
    static const int flags =
        O_RDWR | O_APPEND | O_CLOEXEC | O_NOFOLLOW | O_NONBLOCK | O_NOCTTY;
    int descriptor = open(path, flags | O_CREAT | O_EXCL, 0600);

    if (descriptor >= 0) {
        /* Who may read the log may read what proves it. */
        (void)!fchown(descriptor, (uid_t)-1, log_entry->st_gid);
        (void)fchmod(descriptor, 0640);
    } else if (errno == EEXIST) {
        descriptor = open(path, flags);
    }
    return descriptor < 0 ? -1 : file_raise_descriptor(descriptor);
}

/* False with an errno. Nothing wakes who waits for a lock until some time, so
 * that it is asked for again. */
static bool
lock(int descriptor, unsigned patience_ms)
{
    static const struct timespec pause = { .tv_nsec = 10 * 1000 * 1000 };
    struct deadline until = deadline_in(patience_ms);

    while (flock(descriptor, LOCK_EX | LOCK_NB) != 0) {
        if (errno != EWOULDBLOCK || deadline_has_passed(until))
            return false;
        (void)nanosleep(&pause, NULL);
    }
    return true;
}

enum signer_list_opened
signer_list_open(struct signer_list *list, const char *log,
                 const struct stat *log_entry, unsigned patience_ms,
                 struct error *error)
{
    list->descriptor = -1;
    if (asprintf(&list->path, "%s.checkpoints", log) < 0) {
        list->path = NULL;
        (void)error_set(error, CKR_HOST_MEMORY, "%s: no memory to sign it",
                        log);
        return SIGNER_LIST_FAILED;
    }
    if (!may_sign(list->path, geteuid()))
        errno = EACCES;
    else
        list->descriptor = open_or_make(list->path, log_entry);
    if (list->descriptor < 0) {
        bool is_denied = errno == EACCES || errno == EPERM || errno == EROFS;

        (void)error_set(error, CKR_FUNCTION_FAILED,
                        "%s: cannot be opened: %s; checkpoints are made by "
                        "root and by the owner of the log's folder",
                        list->path, error_reason(errno));
        return is_denied ? SIGNER_LIST_DENIED : SIGNER_LIST_FAILED;
    }
    if (!lock(list->descriptor, patience_ms)) {
        bool is_busy = errno == EWOULDBLOCK;

        (void)error_set(error, CKR_FUNCTION_FAILED,
                        "%s: cannot be locked: %s; if another signer is at "
                        "work, let it end",
                        list->path, error_reason(errno));
        closep(&list->descriptor);
        return is_busy ? SIGNER_LIST_BUSY : SIGNER_LIST_FAILED;
    }
    return is_trusted(list, error) ? SIGNER_LIST_OPEN : SIGNER_LIST_FAILED;
}

void
signer_list_close(struct signer_list *list)
{
    /* A child that was forked meanwhile has the descriptor too, and would keep
     * the lock. */
    if (list->descriptor >= 0)
        (void)flock(list->descriptor, LOCK_UN);
    closep(&list->descriptor);
    free(list->path);
    list->path = NULL;
}

uint64_t
signer_list_length(const struct signer_list *list)
{
    struct stat entry;

    return fstat(list->descriptor, &entry) == 0 ? (uint64_t)entry.st_size
                                                : UINT64_MAX;
}

/* -- Mending -------------------------------------------------------------- */

/* Whether the list ends with that note and its empty line. */
static bool
ends_with(const struct signer_list *list, off_t size, const char *note,
          size_t length)
{
    CLEANUP(freep) char *bytes = malloc(length + 1);

    return bytes != NULL && size > (off_t)length &&
           pread(list->descriptor, bytes, length + 1,
                 size - (off_t)length - 1) == (ssize_t)length + 1 &&
           memcmp(bytes, note, length) == 0 && bytes[length] == '\n';
}

/* The byte behind the last note that has its empty line; `size` where what is
 * behind it is too long for a note, and nobody's half. */
static bool
find_end(const struct signer_list *list, off_t size, off_t *out,
         struct error *error)
{
    struct checkpoint_reader reader;
    struct checkpoint checkpoint;
    struct note note;

    *out = 0;
    if (!checkpoint_reader_open(&reader, list->path))
        return error_set(error, CKR_FUNCTION_FAILED,
                         "%s: cannot be read: %s; check who may read it",
                         list->path, error_reason(errno));
    while (checkpoint_reader_next(&reader, &checkpoint, &note) !=
               CHECKPOINT_END &&
           reader.has_end)
        *out = ftello(reader.stream);
    if (!feof(reader.stream))
        *out = size;
    checkpoint_reader_close(&reader);
    return true;
}

bool
signer_list_mend(const struct signer_list *list, const char *latest,
                 size_t length, struct error *error)
{
    struct stat entry;
    off_t end;

    if (fstat(list->descriptor, &entry) != 0 || entry.st_size == 0 ||
        (latest != NULL && ends_with(list, entry.st_size, latest, length)))
        return true;
    if (!find_end(list, entry.st_size, &end, error))
        return false;
    if (end >= entry.st_size || ftruncate(list->descriptor, end) == 0)
        return true;
    return error_set(error, CKR_FUNCTION_FAILED,
                     "%s: ends in the middle of a checkpoint, which cannot be "
                     "taken off: %s; cut it off behind byte %lld",
                     list->path, error_reason(errno), (long long)end);
}

/* -- Appending ------------------------------------------------------------ */

/* 0 or an errno. */
static int
append(int descriptor, const char *text, size_t length)
{
    struct guard guard;
    int reason = 0;

    guard_begin(&guard);
    while (length > 0 && reason == 0) {
        ssize_t written = guard_write(&guard, descriptor, text, length);

        if (written < 0) {
            reason = errno;
        } else {
            text += written;
            length -= (size_t)written;
        }
    }
    guard_end(&guard);
    return reason == 0 && fsync(descriptor) != 0 ? errno : reason;
}

bool
signer_list_append(const struct signer_list *list, const char *note,
                   struct error *error)
{
    CLEANUP(freep) char *separated = NULL;
    struct stat before;
    int length = asprintf(&separated, "%s\n", note);
    int reason;

    if (length < 0) {
        separated = NULL;
        return error_set(error, CKR_HOST_MEMORY, "%s: no memory to write it",
                         list->path);
    }
    reason = fstat(list->descriptor, &before) != 0
                 ? errno
                 : append(list->descriptor, separated, (size_t)length);
    if (reason == 0)
        return true;
    /* Where this fails the next signer tries. */
    (void)!ftruncate(list->descriptor, before.st_size);
    return error_set(error, CKR_FUNCTION_FAILED,
                     "%s: cannot be written: %s; check the room on the disk",
                     list->path, error_reason(reason));
}
