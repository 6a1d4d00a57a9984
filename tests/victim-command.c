/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * Runs a command that is killed at one of its steps (tests/victim.h):
 *
 *   victim FOLDER N COMMAND [ARGUMENT...]
 *
 * The status is the command's, or 137 where it was killed.
 */
#include "tests/fixture.h"
#include "tests/victim.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

static char **command;

static void
run(void)
{
    (void)execvp(command[0], command);
    fixture_fail("%s: %s", command[0], strerror(errno));
}

int
main(int count, char **arguments)
{
    int status;

    if (count < 4)
        fixture_fail("usage: victim FOLDER N COMMAND [ARGUMENT...]");
    command = arguments + 3;
    status = victim_run(arguments[1], strtoul(arguments[2], NULL, 10), run);
    return WIFSIGNALED(status) ? 128 + WTERMSIG(status) : WEXITSTATUS(status);
}
