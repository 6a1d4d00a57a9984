/* SPDX-License-Identifier: BSD-3-Clause */
/* How the process ends: at once where a thread hangs inside a module, whose
 * library must not be taken down beneath it. */
#ifndef CLI_ENDING_H
#define CLI_ENDING_H

#include "backends/backend.h"

/* Notes whether one of the modules is still inside its C_Initialize. */
void ending_look_at(const struct backend_set *backends);

/* Something else hangs. */
void ending_note_hang(void);
bool ending_is_hanging(void);

/* exit, or where something hangs _exit; streams are flushed. */
void ending_exit(int status) __attribute__((noreturn));

#endif
