/* SPDX-License-Identifier: BSD-3-Clause */
/* A log that is moved by a process that dies in the middle, wherever that is:
 * what is there can be verified, and the next one goes on. */
#include "common/cleanup.h"
#include "tests/child.h"
#include "tests/fixture.h"
#include "tests/rotated.h"

#include <criterion/criterion.h>

#include <stdio.h>
#include <string.h>
#include <sys/wait.h>

TestSuite(audit_interrupted, .init = rotated_begin, .fini = rotated_end);

enum { DIES = 9, MOST_STEPS = 200, FEWEST_STEPS = 5 };

/* How many changes of files are left before the process dies; -1: no end. */
static int left = -1;

static void
step(void)
{
    if (left == 0)
        _exit(DIES);
    if (left > 0)
        left--;
}

/* In place of what changes files: see tests/proof.mk. */
int __real_link(const char *from, const char *to);
int __wrap_link(const char *from, const char *to);
int __real_rename(const char *from, const char *to);
int __wrap_rename(const char *from, const char *to);
int __real_unlink(const char *path);
int __wrap_unlink(const char *path);
int __real_fchmod(int descriptor, mode_t mode);
int __wrap_fchmod(int descriptor, mode_t mode);
ssize_t __real_write(int descriptor, const void *bytes, size_t length);
ssize_t __wrap_write(int descriptor, const void *bytes, size_t length);

int
__wrap_link(const char *from, const char *to)
{
    step();
    return __real_link(from, to);
}

int
__wrap_rename(const char *from, const char *to)
{
    step();
    return __real_rename(from, to);
}

int
__wrap_unlink(const char *path)
{
    step();
    return __real_unlink(path);
}

int
__wrap_fchmod(int descriptor, mode_t mode)
{
    step();
    return __real_fchmod(descriptor, mode);
}

ssize_t
__wrap_write(int descriptor, const void *bytes, size_t length)
{
    step();
    return __real_write(descriptor, bytes, length);
}

/* Where it stands now, for a child that gets so far. */
static int steps;
static const char *moved;

static void
rotate(void)
{
    struct error error;

    left = steps;
    CHILD_EXPECT(rotated_try(moved, &error));
}

/* Whether the process came to its end. */
static bool
interrupt_at(int number)
{
    int status = 0;
    pid_t child;

    steps = number;
    child = child_fork(rotate);
    cr_assert_eq(waitpid(child, &status, 0), child);
    cr_assert(WIFEXITED(status));
    cr_assert(WEXITSTATUS(status) == 0 || WEXITSTATUS(status) == DIES,
              "step %d: status %d", number, WEXITSTATUS(status));
    return WEXITSTATUS(status) == 0;
}

static void
expect_whole(int number, uint64_t n_lines)
{
    struct verify_result result = rotated_verify();

    cr_expect_eq(result.n_findings, 0, "step %d: %s", number,
                 result.findings[0].text);
    cr_expect_eq(result.n_lines, n_lines, "step %d: %lu", number,
                 (unsigned long)result.n_lines);
}

Test(audit_interrupted, goes_on_whatever_the_step)
{
    uint64_t n_lines = 10;
    bool is_whole = false;
    int number;

    rotated_write(10);
    rotated_sign();
    for (number = 0; !is_whole; number++) {
        cr_assert_lt(number, MOST_STEPS);
        rotated_write(4);
        n_lines += 4;
        is_whole = interrupt_at(number);
        expect_whole(number, n_lines);
        /* Records go on, to what is the log then. */
        rotated_write(2);
        n_lines += 2;
        expect_whole(number, n_lines);
        /* Every second time somebody signs before it is moved again. */
        if (number % 2 == 0) {
            rotated_sign();
            rotated_check(n_lines);
        }
        rotated_rotate();
        rotated_check(n_lines);
    }
    cr_assert_gt(number, FEWEST_STEPS, "nothing was interrupted");
}

Test(audit_interrupted, takes_in_what_was_moved_whatever_the_step)
{
    uint64_t n_lines = 10;
    bool is_whole = false;
    int number;

    rotated_write(10);
    rotated_sign();
    for (number = 0; !is_whole; number++) {
        struct error error;

        cr_assert_lt(number, MOST_STEPS);
        rotated_write(4);
        n_lines += 4;
        moved = fixture_path("log-%d", number);
        fixture_run("mv", rotated_path, moved, NULL);
        is_whole = interrupt_at(number);
        rotated_write(2);
        n_lines += 2;
        if (number % 2 == 0)
            rotated_sign();
        cr_assert(rotated_try(moved, &error), "step %d: %s", number,
                  error.text);
        rotated_check(n_lines);
    }
    cr_assert_gt(number, FEWEST_STEPS, "nothing was interrupted");
}
