/* SPDX-License-Identifier: BSD-3-Clause */
/* Reads a PIN from a program. */
#include "pin/command.h"

#include "common/clock.h"
#include "common/file.h"
#include "pin/child.h"
#include "pin/line.h"

#include <errno.h>
#include <poll.h>
#include <string.h>
#include <unistd.h>

const unsigned pin_command_limit_ms = 10 * 1000;

/* Of the caller's variables some would choose what the program does. */
static char raised_path[] = "PATH=/usr/sbin:/usr/bin:/sbin:/bin";
static char *const raised_environment[] = { raised_path, NULL };

/* A reading of what the program prints. */
struct reading {
    struct child child;
    struct deadline until;
    struct secret *line;
    enum line_state state;
    bool is_open; /* more may be printed */
    bool has_ended;
};

static bool
fail(char *const *arguments, const char *why, struct error *error)
{
    return error_set(error, CKR_FUNCTION_FAILED, "PIN source command:%s: %s",
                     arguments[0], why);
}

/* What follows the first line is read, lest the program fails for it. */
static void
output_drop(struct reading *reading)
{
    char rest[512];
    ssize_t got = read(reading->child.output, rest, sizeof(rest));

    if (got > 0)
        explicit_bzero(rest, (size_t)got);
    else if (got == 0 || (errno != EINTR && errno != EAGAIN))
        reading->is_open = false;
}

static void
output_read(struct reading *reading)
{
    if (reading->state == LINE_OPEN)
        reading->state = line_read(reading->child.output, reading->line);
    else
        output_drop(reading);
}

/* What is in the pipe when the program has ended: who has inherited its other
 * end and lives on is not waited for. */
static void
output_finish(struct reading *reading)
{
    struct pollfd output = { .fd = reading->child.output, .events = POLLIN };

    while (reading->state == LINE_OPEN && poll(&output, 1, 0) > 0)
        output_read(reading);
    if (reading->state == LINE_OPEN)
        reading->state = LINE_ENDED;
}

/* Milliseconds for one poll; a test's clock is looked at again and again. */
static int
patience(struct deadline until)
{
    uint64_t left = deadline_remaining_ms(until);

    if (!clock_is_real())
        return 1;
    return left < pin_command_limit_ms ? (int)left : (int)pin_command_limit_ms;
}

/* False when the time is over, or nothing can be waited for. */
static bool
reading_go_on(struct reading *reading)
{
    struct pollfd polled[] = {
        { .fd = reading->is_open ? reading->child.output : -1,
          .events = POLLIN },
        { .fd = reading->child.process, .events = POLLIN },
    };

    if (deadline_has_passed(reading->until))
        return false;
    if (poll(polled, 2, patience(reading->until)) < 0)
        return errno == EINTR;
    if (polled[0].revents != 0)
        output_read(reading);
    reading->has_ended = polled[1].revents != 0;
    return true;
}

/* Says what was wrong with how it went, if anything. */
static bool
judge(char *const *arguments, const struct reading *reading, int status,
      struct error *error)
{
    if (status != 0)
        return error_set(error, CKR_FUNCTION_FAILED,
                         "PIN source command:%s: it ends with status %d; run "
                         "it as this user to see why",
                         arguments[0], status);
    if (reading->state == LINE_FAILED)
        return fail(arguments, "what it prints cannot be read; try again",
                    error);
    if (reading->state == LINE_TOO_LONG)
        return fail(arguments,
                    "its first line is longer than any PIN; check what it "
                    "prints",
                    error);
    if (reading->line->length == 0)
        return fail(arguments,
                    "it prints no PIN in its first line; check what it prints",
                    error);
    return true;
}

bool
pin_command_check(char *const *arguments, struct error *error)
{
    struct error why = { 0 };

    if (!file_is_trusted(arguments[0], (gid_t)-1, &why))
        return fail(arguments, why.text, error);
    if (eaccess(arguments[0], X_OK) != 0)
        return error_set(error, CKR_FUNCTION_FAILED,
                         "PIN source command:%s: cannot be executed: %s; check "
                         "its path and mode",
                         arguments[0], error_reason(errno));
    return true;
}

bool
pin_command_read(char *const *arguments, bool is_raised, struct secret *out,
                 struct error *error)
{
    struct reading reading = { .until = deadline_in(pin_command_limit_ms),
                               .line = out,
                               .is_open = true };

    if (!pin_command_check(arguments, error))
        return false;
    if (!line_begin(out))
        return error_set(error, CKR_HOST_MEMORY,
                         "PIN source command:%s: no memory to read it; free "
                         "some",
                         arguments[0]);
    if (!child_start(arguments, is_raised ? raised_environment : environ,
                     &reading.child))
        return error_set(error, CKR_FUNCTION_FAILED,
                         "PIN source command:%s: cannot be started: %s; check "
                         "the limits of the process",
                         arguments[0], error_reason(errno));
    while (!reading.has_ended && reading_go_on(&reading))
        continue;
    if (!reading.has_ended) {
        child_kill(&reading.child);
        (void)child_end(&reading.child);
        return error_set(error, CKR_FUNCTION_FAILED,
                         "PIN source command:%s: it takes longer than %u s and "
                         "was killed; run it as this user to see why",
                         arguments[0], pin_command_limit_ms / 1000);
    }
    output_finish(&reading);
    return judge(arguments, &reading, child_end(&reading.child), error);
}
