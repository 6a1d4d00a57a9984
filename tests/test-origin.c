/* SPDX-License-Identifier: BSD-3-Clause */
/* Whether a process is the one that began something. */
#include "common/origin.h"

#include <criterion/criterion.h>
#include <signal.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

static struct origin origin;

static void
setup(void)
{
    origin_begin(&origin);
}

static void
finish(void)
{
    origin_end(&origin);
}

TestSuite(origin, .init = setup, .fini = finish, .timeout = 60);

static bool
is_here_in(pid_t child)
{
    int status;

    if (child == 0)
        _exit(origin_is_here(&origin) ? 1 : 0);
    cr_assert_gt(child, 0);
    cr_assert_eq(waitpid(child, &status, 0), child);
    cr_assert(WIFEXITED(status));
    return WEXITSTATUS(status) != 0;
}

Test(origin, it_is_where_it_began)
{
    cr_expect(origin_is_here(&origin));
    cr_expect_eq(origin.pid, getpid());
}

Test(origin, a_forked_child_is_another)
{
    cr_expect_not(is_here_in(fork()));
    cr_expect(origin_is_here(&origin));
}

Test(origin, a_child_that_no_hook_saw_is_another)
{
    cr_expect_not(is_here_in((pid_t)syscall(SYS_clone, SIGCHLD, 0, 0, 0, 0)));
    cr_expect(origin_is_here(&origin));
}

Test(origin, without_such_a_page_the_kernel_knows)
{
    struct origin without = { .pid = origin.pid };

    cr_expect(origin_is_here(&without));
    without.pid++;
    cr_expect_not(origin_is_here(&without));
}

Test(origin, what_ended_is_nowhere)
{
    struct origin other;

    origin_begin(&other);
    origin_end(&other);
    cr_expect_not(origin_is_here(&other));
}
