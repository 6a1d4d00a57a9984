/* SPDX-License-Identifier: BSD-3-Clause */
/* Opens the log's targets and writes lines to them. */
#include "common/log-target.h"

#include "common/clock.h"
#include "common/daemon.h"
#include "common/file.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

/* What goes around a text: time, name, pid and level. */
enum { LINE_LENGTH = LOG_TEXT_LENGTH + 128 };

/* LOG_USER of syslog, RFC 5424 section 6.2.1 */
enum { SYSLOG_FACILITY = 1 };

struct log_kind;

struct log_target {
    const struct log_kind *kind;
    struct log_target *next; /* among those that wait to be freed */
    int descriptor;
    dev_t device; /* of the descriptor when it was opened */
    ino_t inode;
    char *name; /* as configured */
};

/* One row for each kind of target. */
struct log_kind {
    const char *prefix;
    bool has_path;
    bool is_stderr;
    int (*open)(const char *path, struct error *error);
    int (*format)(char *line, size_t size, const struct log_message *message);
};

static const struct {
    const char *name;
    int severity; /* RFC 5424, section 6.2.1 */
} levels[] = {
    [LOG_LEVEL_ERROR] = { "error", 3 },
    [LOG_LEVEL_WARNING] = { "warning", 4 },
    [LOG_LEVEL_INFO] = { "info", 6 },
    [LOG_LEVEL_DEBUG] = { "debug", 7 },
};

/* A full disk took half a line: the next one starts with a newline. */
static _Atomic(bool) is_torn;

static int
open_stderr(const char *path, struct error *error)
{
    (void)path;
    (void)error;
    return STDERR_FILENO;
}

static int
open_file(const char *path, struct error *error)
{
    /* O_NONBLOCK: a pipe put there must not hang the host. */
    int descriptor = open(path,
                          O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC |
                              O_NOFOLLOW | O_NONBLOCK | O_NOCTTY,
                          0640);
    struct stat entry;

    if (descriptor >= 0)
        descriptor = file_raise_descriptor(descriptor);
    if (descriptor < 0) {
        error_set(error, CKR_GENERAL_ERROR,
                  "log target \"file:%s\": cannot be opened: %s; check the "
                  "path and who may write it",
                  path, error_reason(errno));
        return -1;
    }
    if (fstat(descriptor, &entry) == 0 && S_ISREG(entry.st_mode))
        return descriptor;
    close(descriptor);
    error_set(error, CKR_GENERAL_ERROR,
              "log target \"file:%s\": is no regular file; name one that is",
              path);
    return -1;
}

static int
open_daemon(enum daemon which, struct error *error)
{
    int descriptor = daemon_connect(which);

    if (descriptor < 0)
        error_set(error, CKR_GENERAL_ERROR,
                  "log target \"%s\": %s cannot be reached: %s; start the "
                  "daemon that listens there, or choose another target",
                  daemon_name(which), daemon_path(which), error_reason(errno));
    return descriptor;
}

static int
open_syslog(const char *path, struct error *error)
{
    (void)path;
    return open_daemon(DAEMON_SYSLOG, error);
}

static int
open_journal(const char *path, struct error *error)
{
    (void)path;
    return open_daemon(DAEMON_JOURNAL, error);
}

static int
format_stderr(char *line, size_t size, const struct log_message *message)
{
    return snprintf(line, size, "p11mux: %s: %s\n", levels[message->level].name,
                    message->text);
}

static int
format_file(char *line, size_t size, const struct log_message *message)
{
    char time[CLOCK_TEXT_LENGTH + 1];
    struct timespec now;

    clock_gettime(CLOCK_REALTIME, &now);
    clock_format(now, time);
    return snprintf(line, size, "%s p11mux[%ld] %s: %s\n", time, (long)getpid(),
                    levels[message->level].name, message->text);
}

/*
 * The form that every daemon takes on its local socket (RFC 3164), without a
 * time: that would be local time, whose conversion takes a lock in glibc, and
 * the daemon has its own.
 */
static int
format_syslog(char *line, size_t size, const struct log_message *message)
{
    return snprintf(line, size, "<%d>p11mux[%ld]: %s",
                    SYSLOG_FACILITY * 8 + levels[message->level].severity,
                    (long)getpid(), message->text);
}

static int
format_journal(char *line, size_t size, const struct log_message *message)
{
    return snprintf(line, size,
                    "PRIORITY=%d\nSYSLOG_IDENTIFIER=p11mux\nMESSAGE=%s\n",
                    levels[message->level].severity, message->text);
}

static const struct log_kind kinds[] = {
    { .prefix = "stderr",
      .is_stderr = true,
      .open = open_stderr,
      .format = format_stderr },
    { .prefix = "syslog", .open = open_syslog, .format = format_syslog },
    { .prefix = "journal", .open = open_journal, .format = format_journal },
    { .prefix = "file:",
      .has_path = true,
      .open = open_file,
      .format = format_file },
};

static const struct log_target first_target = { .kind = &kinds[0],
                                                .descriptor = STDERR_FILENO };

const struct log_target *
log_target_stderr(void)
{
    return &first_target;
}

static const struct log_kind *
kind_find(const char *name)
{
    for (size_t i = 0; i < sizeof(kinds) / sizeof(kinds[0]); i++) {
        size_t length = strlen(kinds[i].prefix);

        if (kinds[i].has_path ? strncmp(name, kinds[i].prefix, length) == 0 &&
                                    name[length] == '/'
                              : strcmp(name, kinds[i].prefix) == 0)
            return &kinds[i];
    }
    return NULL;
}

static const char *
target_path(const struct log_target *target)
{
    return target->name + strlen(target->kind->prefix);
}

bool
log_target_open(const char *name, struct log_target **out, struct error *error)
{
    const struct log_kind *kind = kind_find(name);
    struct log_target *target;
    struct stat entry = { 0 };

    if (kind == NULL)
        return error_set(error, CKR_GENERAL_ERROR,
                         "log target \"%s\" is not known; use \"stderr\", "
                         "\"syslog\", \"journal\" or \"file:/PATH\"",
                         name);
    target = calloc(1, sizeof(*target));
    if (target == NULL || (target->name = strdup(name)) == NULL) {
        free(target);
        return error_set(error, CKR_HOST_MEMORY,
                         "log target \"%s\": no memory; free some", name);
    }
    target->kind = kind;
    target->descriptor = kind->open(target_path(target), error);
    if (target->descriptor < 0) {
        free(target->name);
        free(target);
        return false;
    }
    /* A stderr that is closed has neither, and is left as it is. */
    fstat(target->descriptor, &entry);
    target->device = entry.st_dev;
    target->inode = entry.st_ino;
    *out = target;
    return true;
}

bool
log_target_reopen(const struct log_target *target, struct log_target **out,
                  struct error *error)
{
    return log_target_open(target->name, out, error);
}

static bool
is_same(const struct log_target *target, const struct stat *entry)
{
    return entry->st_dev == target->device && entry->st_ino == target->inode;
}

enum log_target_state
log_target_state(const struct log_target *target)
{
    struct stat entry;

    /* The host may send its stderr elsewhere. */
    if (target->kind->is_stderr)
        return LOG_TARGET_READY;
    if (fstat(target->descriptor, &entry) != 0 || !is_same(target, &entry))
        return LOG_TARGET_GONE;
    /* Rotated. One that a process without rights cannot see is not. */
    if (target->kind->has_path &&
        (stat(target_path(target), &entry) == 0 ? !is_same(target, &entry)
                                                : errno == ENOENT))
        return LOG_TARGET_MOVED;
    return LOG_TARGET_READY;
}

void
log_target_free(struct log_target *target)
{
    if (target == NULL)
        return;
    if (!target->kind->is_stderr && log_target_state(target) != LOG_TARGET_GONE)
        close(target->descriptor);
    free(target->name);
    free(target);
}

/* Whether a line fits in at once: a pipe that nobody reads would hang the
 * host. A closed stderr fails in the write. */
static bool
has_room(int descriptor)
{
    struct pollfd wanted = { .fd = descriptor, .events = POLLOUT };

    return poll(&wanted, 1, 0) > 0;
}

/* One write(2) a line, so that lines of several processes do not mix. */
static int
write_line(int descriptor, struct guard *guard, char *line, size_t length)
{
    bool was_torn = atomic_exchange(&is_torn, false);
    size_t skipped = was_torn ? 0 : 1;
    ssize_t written;

    line[0] = '\n';
    if (!has_room(descriptor)) {
        atomic_store(&is_torn, was_torn);
        return EAGAIN;
    }
    written =
        guard_write(guard, descriptor, line + skipped, length + 1 - skipped);
    if (written < 0) {
        atomic_store(&is_torn, was_torn);
        return errno;
    }
    if ((size_t)written == length + 1 - skipped)
        return 0;
    atomic_store(&is_torn, true);
    return ENOSPC;
}

int
log_target_send(const struct log_target *target, struct guard *guard,
                const struct log_message *message)
{
    char line[1 + LINE_LENGTH]; /* the first for a newline before it */
    int length = target->kind->format(line + 1, LINE_LENGTH, message);

    if (length < 0 || length >= LINE_LENGTH)
        return EMSGSIZE;
    if (target->kind->is_stderr || target->kind->has_path)
        return write_line(target->descriptor, guard, line, (size_t)length);
    return daemon_send(target->descriptor, line + 1, (size_t)length);
}

struct log_target *
log_target_next(const struct log_target *target)
{
    return target->next;
}

void
log_target_set_next(struct log_target *target, struct log_target *next)
{
    target->next = next;
}
