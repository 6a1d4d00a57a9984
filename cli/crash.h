/* SPDX-License-Identifier: BSD-3-Clause */
/* Which of the modules crash the process that starts them. */
#ifndef CLI_CRASH_H
#define CLI_CRASH_H

#include "common/error.h"
#include "config/config.h"

/* The signal of each module of the configuration, 0 for those that are well.
 * Zero-initialised is "none known". */
struct crashes {
    int *signals;
    size_t n_signals;
};

void crashes_clear(struct crashes *crashes);

/* Of a module; 0 also where nothing is known. */
int crashes_signal(const struct crashes *crashes, size_t index);

/*
 * After a crash by `signal`: tries each module alone that is not known to
 * crash, and notes those that do. False, with a sentence, when none does.
 */
bool crashes_find(const char *file, int signal, struct crashes *crashes,
                  struct error *error);

/* Makes the configuration one in which they are not loaded. */
void crashes_leave_out(const struct crashes *crashes, struct config *config);

/* The seconds that starting all modules of the file may take. */
unsigned crashes_limit(const char *file);

#endif
