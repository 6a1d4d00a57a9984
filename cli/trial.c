/* SPDX-License-Identifier: BSD-3-Clause */
/* Trials: what may crash or hang is done in a process of its own. */
#include "cli/trial.h"

#include "cli/ending.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>

/* A crash that is found here is of no use as a core file. */
static void
forbid_core(void)
{
    struct rlimit none = { 0, 0 };

    (void)setrlimit(RLIMIT_CORE, &none);
}

bool
trial_run(int (*function)(const void *context), const void *context,
          unsigned limit_s, struct trial *out, struct error *error)
{
    int state = 0;
    pid_t child;

    memset(out, 0, sizeof(*out));
    (void)fflush(NULL);
    child = fork();
    if (child == 0) {
        forbid_core();
        (void)alarm(limit_s);
        ending_exit(function(context));
    }
    while (child > 0 && waitpid(child, &state, 0) < 0 && errno == EINTR)
        continue;
    if (child < 0)
        return error_set(error, CKR_FUNCTION_FAILED,
                         "no process to try the modules in: %s",
                         error_reason(errno));
    if (WIFSIGNALED(state))
        out->signal = WTERMSIG(state);
    else
        out->status = WEXITSTATUS(state);
    return true;
}
