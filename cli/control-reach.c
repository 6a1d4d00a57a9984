/* SPDX-License-Identifier: BSD-3-Clause */
/* Watches the notes of all processes. */
#include "cli/control-reach.h"

#include "cli/memory.h"
#include "common/cleanup.h"
#include "common/clock.h"

#include <stdlib.h>
#include <time.h>

/* Five looks a second is what a process promises. */
static const uint64_t patience_ms = 5000;

size_t
reach_running(const struct reach *reach, const struct control_reading *reading)
{
    for (size_t i = 0; i < CONTROL_NOTE_PAUSES; i++)
        if (reading->pauses[i].number == reach->number)
            return reading->pauses[i].running;
    return 0;
}

size_t
reach_waiting(const struct reach *reach, const struct control_reading *reading)
{
    for (size_t i = 0; i < CONTROL_NOTE_PAUSES; i++)
        if (reading->pauses[i].number == reach->number)
            return reading->pauses[i].waiting;
    return 0;
}

/* By a signal, or a debugger: proc(5). */
static bool
is_stopped(pid_t pid)
{
    CLEANUP(freep) char *path = memory_text("/proc/%ld/status", (long)pid);
    CLEANUP(fclosep) FILE *stream = fopen(path, "re");
    char line[128];
    char state = '\0';

    while (stream != NULL && state == '\0' &&
           fgets(line, sizeof(line), stream) != NULL)
        (void)sscanf(line, "State: %c", &state);
    return state == 'T' || state == 't';
}

enum reach_state
reach_state(const struct reach *reach, const struct control_reading *reading)
{
    if (reading->seen >= reach->number)
        return reach->is_pause && reach_running(reach, reading) > 0
                   ? REACHED_RUNNING
                   : REACHED_DONE;
    if (reading->watch == CONTROL_WATCH_NOBODY)
        return REACHED_IDLE;
    if (is_stopped(reading->process.pid))
        return REACHED_STOPPED;
    return reading->watch == CONTROL_WATCH_CALLS ? REACHED_LATER : REACHED_NOT;
}

bool
reach_is_done(enum reach_state state)
{
    return state == REACHED_DONE || state == REACHED_IDLE;
}

void
reach_clear(struct reach *reach)
{
    free(reach->readings);
    reach->readings = NULL;
    reach->n_readings = 0;
}

/* Counts; whether it is worth to look again. */
static bool
judge(struct reach *reach, bool is_patient)
{
    size_t n_done = 0, n_running = 0;
    bool goes_on = false;

    for (size_t i = 0; i < reach->n_readings; i++) {
        const struct control_reading *reading = &reach->readings[i];
        enum reach_state state = reach_state(reach, reading);

        n_done += reach_is_done(state) ? 1 : 0;
        n_running += reach_running(reach, reading);
        goes_on = goes_on || state == REACHED_RUNNING ||
                  (is_patient && !reach_is_done(state));
    }
    atomic_store(&reach->n_done, n_done);
    atomic_store(&reach->n_processes, reach->n_readings);
    atomic_store(&reach->n_running, n_running);
    return goes_on;
}

bool
reach_wait(struct reach *reach, const char *runtime_dir, uint64_t wait_ms)
{
    static const struct timespec pause = { .tv_nsec = 20 * 1000 * 1000 };
    struct deadline until = deadline_in(wait_ms);
    struct deadline patient = deadline_in(patience_ms);

    for (;;) {
        reach_clear(reach);
        if (!control_note_read_all(runtime_dir, &reach->readings,
                                   &reach->n_readings, &reach->n_hidden))
            return false;
        if (!judge(reach, !deadline_has_passed(patient)) ||
            deadline_has_passed(until))
            return true;
        (void)nanosleep(&pause, NULL);
    }
}
