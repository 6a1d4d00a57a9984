/* SPDX-License-Identifier: BSD-3-Clause */
/* Who copies between members: applications side by side, who brings members
 * level or mends copies alone. */
#include "router/state-lock.h"
#include "router/transfer/journal.h"

#include <sys/file.h>
#include <unistd.h>

int
journal_lock(const char *state_dir, const char *label, bool is_alone,
             struct deadline until, struct error *error)
{
    static const struct state_lock its = { ".lock", "copies objects" };

    return state_lock_take(state_dir, label, &its, is_alone, until, error);
}

/* A child that was forked meanwhile has it too, and does not keep it. */
void
journal_unlock(int lock)
{
    (void)flock(lock, LOCK_UN);
    (void)close(lock);
}
