/* SPDX-License-Identifier: BSD-3-Clause */
/* The test's own folder: made, filled, and removed however the test ends. */
#include "tests/fixture.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <spawn.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/sendfile.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

extern char **environ;

static char *folder;

/* Strings that were lent, by any thread; they stay reachable, so that none is a
 * leak. */
static struct lent {
    struct lent *next;
    char text[];
} * lent;

void
fixture_fail(const char *format, ...)
{
    va_list arguments;

    va_start(arguments, format);
    fputs("fixture: ", stderr);
    vfprintf(stderr, format, arguments);
    fputc('\n', stderr);
    va_end(arguments);
    abort();
}

static const char *lend(const char *format, va_list arguments)
    __attribute__((format(printf, 1, 0)));

static const char *
lend(const char *format, va_list arguments)
{
    char text[PATH_MAX + 1024];
    struct lent *one;
    int length = vsnprintf(text, sizeof(text), format, arguments);

    if (length < 0 || (size_t)length >= sizeof(text))
        fixture_fail("a text is longer than %zu bytes", sizeof(text));
    one = malloc(sizeof(*one) + (size_t)length + 1);
    if (one == NULL)
        fixture_fail("no memory");
    memcpy(one->text, text, (size_t)length + 1);
    one->next = __atomic_load_n(&lent, __ATOMIC_RELAXED);
    while (!__atomic_compare_exchange_n(&lent, &one->next, one, true,
                                        __ATOMIC_RELEASE, __ATOMIC_RELAXED))
        continue;
    return one->text;
}

const char *
fixture_text(const char *format, ...)
{
    va_list arguments;
    const char *text;

    va_start(arguments, format);
    text = lend(format, arguments);
    va_end(arguments);
    return text;
}

/*
 * A shell that waits for the end of its standard input, which is the end of
 * this process and of all its children, and then removes the folder: so it
 * is removed after a crash, too. It keeps nothing else of this process.
 */
static void
folder_watch(const char *path)
{
    static char shell[] = "sh", option[] = "-c";
    static char script[] = "cat >/dev/null; rm -rf -- \"$0\"";
    char *argv[] = { shell, option, script, folder, NULL };
    posix_spawn_file_actions_t actions;
    posix_spawnattr_t attributes;
    int ends[2];
    pid_t pid;

    if (pipe2(ends, O_CLOEXEC) != 0)
        fixture_fail("pipe: %s", strerror(errno));
    posix_spawn_file_actions_init(&actions);
    posix_spawn_file_actions_adddup2(&actions, ends[0], 0);
    posix_spawn_file_actions_addopen(&actions, 1, "/dev/null", O_WRONLY, 0);
    posix_spawn_file_actions_addopen(&actions, 2, "/dev/null", O_WRONLY, 0);
    posix_spawn_file_actions_addclosefrom_np(&actions, 3);
    posix_spawn_file_actions_addchdir_np(&actions, "/");
    posix_spawnattr_init(&attributes);
    posix_spawnattr_setflags(&attributes, POSIX_SPAWN_SETSID);
    errno = posix_spawn(&pid, "/bin/sh", &actions, &attributes, argv, environ);
    if (errno != 0)
        fixture_fail("cannot watch over %s: %s", path, strerror(errno));
    posix_spawnattr_destroy(&attributes);
    posix_spawn_file_actions_destroy(&actions);
    close(ends[0]);
    /* The other end stays open as long as this process lives, out of the way
     * of descriptors that a test counts. */
    if (fcntl(ends[1], F_DUPFD_CLOEXEC, 900) < 0)
        fixture_fail("no descriptor from 900: %s", strerror(errno));
    close(ends[1]);
}

const char *
fixture_folder(void)
{
    const char *parent = getenv("TMPDIR");

    if (folder != NULL)
        return folder;
    if (parent == NULL || *parent == '\0')
        parent = "/tmp";
    if (asprintf(&folder, "%s/p11mux-XXXXXX", parent) < 0)
        fixture_fail("no memory");
    if (mkdtemp(folder) == NULL)
        fixture_fail("%s: %s", folder, strerror(errno));
    folder_watch(folder);
    return folder;
}

const char *
fixture_path(const char *format, ...)
{
    va_list arguments;
    const char *name;

    va_start(arguments, format);
    name = lend(format, arguments);
    va_end(arguments);
    return fixture_text("%s/%s", fixture_folder(), name);
}

const char *
fixture_make_folder(const char *name)
{
    const char *path = fixture_path("%s", name);

    if (mkdir(path, 0700) != 0)
        fixture_fail("%s: %s", path, strerror(errno));
    return path;
}

static void file_write(const char *path, mode_t mode, const char *format,
                       va_list arguments) __attribute__((format(printf, 3, 0)));

static void
file_write(const char *path, mode_t mode, const char *format, va_list arguments)
{
    FILE *file = fopen(path, "we");

    if (file == NULL || vfprintf(file, format, arguments) < 0 ||
        fchmod(fileno(file), mode) != 0 || fclose(file) != 0)
        fixture_fail("%s: %s", path, strerror(errno));
}

const char *
fixture_write(const char *name, mode_t mode, const char *format, ...)
{
    const char *path = fixture_path("%s", name);
    va_list arguments;

    va_start(arguments, format);
    file_write(path, mode, format, arguments);
    va_end(arguments);
    return path;
}

const char *
fixture_config(const char *format, ...)
{
    const char *path = fixture_path("p11mux.conf");
    va_list arguments;

    va_start(arguments, format);
    file_write(path, 0600, format, arguments);
    va_end(arguments);
    fixture_setenv("P11MUX_CONF", "%s", path);
    return path;
}

const char *
fixture_copy(const char *from, const char *name)
{
    const char *path = fixture_path("%s", name);
    int in = open(from, O_RDONLY | O_CLOEXEC);
    int out = open(path, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0700);
    ssize_t copied;

    if (in < 0 || out < 0)
        fixture_fail("cannot copy %s to %s: %s", from, path, strerror(errno));
    do
        copied = sendfile(out, in, NULL, 1 << 20);
    while (copied > 0);
    if (copied < 0 || close(out) != 0)
        fixture_fail("cannot copy %s to %s: %s", from, path, strerror(errno));
    close(in);
    return path;
}

void
fixture_setenv(const char *name, const char *format, ...)
{
    va_list arguments;
    const char *value;

    va_start(arguments, format);
    value = lend(format, arguments);
    va_end(arguments);
    if (setenv(name, value, 1) != 0)
        fixture_fail("setenv %s: %s", name, strerror(errno));
}

void
fixture_run(const char *program, ...)
{
    enum { MOST = 32 };
    const char *words[MOST] = { program };
    char *argv[MOST];
    va_list arguments;
    int status;
    pid_t pid;
    size_t n;

    va_start(arguments, program);
    for (n = 1; n < MOST; n++)
        if ((words[n] = va_arg(arguments, const char *)) == NULL)
            break;
    va_end(arguments);
    if (n == MOST)
        fixture_fail("%s has too many arguments", program);
    memcpy(argv, words, sizeof(argv));
    fflush(NULL);
    errno = posix_spawnp(&pid, program, NULL, NULL, argv, environ);
    if (errno != 0)
        fixture_fail("cannot run %s: %s", program, strerror(errno));
    while (waitpid(pid, &status, 0) < 0)
        if (errno != EINTR)
            fixture_fail("waiting for %s: %s", program, strerror(errno));
    if (!WIFEXITED(status) || WEXITSTATUS(status) != 0)
        fixture_fail("%s ended with status 0x%x", program, (unsigned)status);
}
