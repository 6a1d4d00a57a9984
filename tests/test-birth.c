/* SPDX-License-Identifier: BSD-3-Clause */
/* Whether a process that left something behind still runs. */
#include "common/birth.h"
#include "tests/child.h"

#include <criterion/criterion.h>
#include <sched.h>
#include <signal.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

static int report[2], numbers[2];

static void
tell_and_wait(void)
{
    struct birth self;

    CHILD_EXPECT(birth_of_self(&self));
    CHILD_EXPECT(write(report[1], &self, sizeof(self)) == sizeof(self));
    for (;;)
        (void)pause();
}

static pid_t
begin(void (*run)(void), struct birth *out)
{
    pid_t child;

    cr_assert_eq(pipe(report), 0);
    child = child_fork(run);
    cr_assert_eq(read(report[0], out, sizeof(*out)), sizeof(*out));
    return child;
}

TestSuite(birth, .timeout = 10);

Test(birth, tells_a_process_from_a_later_one_of_its_number)
{
    struct birth birth, before;
    pid_t child = begin(tell_and_wait, &birth);

    before = birth;
    before.ticks--;
    cr_expect(birth_is_alive(&birth));
    cr_expect_not(birth_is_alive(&before));
    cr_expect(birth_is_alive_anywhere(&birth));
    cr_expect_not(birth_is_alive_anywhere(&before));
    cr_assert_eq(kill(child, SIGKILL), 0);
    cr_assert_eq(waitpid(child, NULL, 0), child);
    cr_expect_not(birth_is_alive(&birth));
    cr_expect_not(birth_is_alive_anywhere(&birth));
}

static bool
is_in_first_namespace(void)
{
    struct stat status;

    return stat("/proc/self/ns/pid", &status) == 0 &&
           status.st_ino == 0xeffffffc;
}

/* The process after it is the first of a namespace of its own; its number here
 * is told too. */
static void
begin_elsewhere(void)
{
    pid_t child;

    CHILD_EXPECT(unshare(CLONE_NEWPID) == 0);
    child = child_fork(tell_and_wait);
    CHILD_EXPECT(write(numbers[1], &child, sizeof(child)) == sizeof(child));
    CHILD_EXPECT(waitpid(child, NULL, 0) == child);
}

/* As a container's, seen from its host. */
Test(birth, of_a_process_in_another_namespace_is_looked_for)
{
    struct birth birth, other;
    pid_t between, child;

    if (!is_in_first_namespace() || geteuid() != 0)
        cr_skip_test("only root can make a namespace and see into it");
    cr_assert_eq(pipe(numbers), 0);
    between = begin(begin_elsewhere, &birth);
    cr_assert_eq(read(numbers[0], &child, sizeof(child)), sizeof(child));
    cr_assert_eq(birth.pid, 1);
    cr_expect(birth_is_alive(&birth));
    cr_expect(birth_is_alive_anywhere(&birth));
    other = birth;
    other.ticks--;
    cr_expect_not(birth_is_alive_anywhere(&other));
    other = birth;
    other.pid++;
    cr_expect_not(birth_is_alive_anywhere(&other));
    other = birth;
    other.namespace -= 1;
    cr_expect_not(birth_is_alive_anywhere(&other));
    cr_assert_eq(kill(child, SIGKILL), 0);
    cr_assert(child_is_content(between));
    cr_expect(birth_is_alive(&birth), "nobody has looked");
    cr_expect_not(birth_is_alive_anywhere(&birth));
}
