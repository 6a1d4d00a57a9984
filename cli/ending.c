/* SPDX-License-Identifier: BSD-3-Clause */
/* How the process ends. */
#include "cli/ending.h"

#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

static bool is_hanging;

void
ending_look_at(const struct backend_set *backends)
{
    for (size_t i = 0; backends != NULL && i < backend_set_count(backends); i++)
        if (backend_state(backend_set_get(backends, i)) == BACKEND_STARTING)
            is_hanging = true;
}

void
ending_note_hang(void)
{
    is_hanging = true;
}

bool
ending_is_hanging(void)
{
    return is_hanging;
}

void
ending_exit(int status)
{
    (void)fflush(NULL);
    if (is_hanging)
        _exit(status);
    exit(status);
}
