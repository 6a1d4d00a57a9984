/* SPDX-License-Identifier: BSD-3-Clause */
/* Which running processes have done what the control page says. */
#ifndef CLI_CONTROL_REACH_H
#define CLI_CONTROL_REACH_H

#include "router/control-note.h"

#include <stdatomic.h>
#include <stdbool.h>
#include <sys/types.h>

/* What became of a command in one process. */
enum reach_state {
    REACHED_DONE,
    REACHED_IDLE,    /* it has opened no session, and looks when it does */
    REACHED_RUNNING, /* it has begun, and operations have not ended */
    REACHED_LATER,   /* it makes no thread: its next call looks */
    REACHED_STOPPED, /* by a signal, or a debugger */
    REACHED_NOT      /* it has not looked */
};

struct reach {
    uint64_t number; /* of the command */
    bool is_pause;
    struct control_reading *readings;
    size_t n_readings;
    size_t n_hidden; /* folders that may not be read, notes of others */

    /* For whoever shows how far it is. */
    _Atomic(size_t) n_done;
    _Atomic(size_t) n_processes;
    _Atomic(size_t) n_running; /* operations */
};

/* Looks until all have done it, at most `wait_ms`; of those that do not look at
 * all not longer than five seconds. False: no memory. */
bool reach_wait(struct reach *reach, const char *runtime_dir, uint64_t wait_ms);
void reach_clear(struct reach *reach);

enum reach_state reach_state(const struct reach *reach,
                             const struct control_reading *reading);
bool reach_is_done(enum reach_state state);

/* Operations of that process that run on what is paused by this command, and
 * calls that wait there. */
size_t reach_running(const struct reach *reach,
                     const struct control_reading *reading);
size_t reach_waiting(const struct reach *reach,
                     const struct control_reading *reading);

#endif
