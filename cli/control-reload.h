/* SPDX-License-Identifier: BSD-3-Clause */
/* What became of the configuration in the processes that read it anew. */
#ifndef CLI_CONTROL_RELOAD_H
#define CLI_CONTROL_RELOAD_H

#include "cli/control-reach.h"

/* Of that command in one process; NULL: it has not done it. */
const struct control_note_reload *
reload_outcome(const struct reach *reach,
               const struct control_reading *reading);

/* The processes that have read it and change nothing, for a mistake in it. */
size_t reload_count_refused(const struct reach *reach);

/* What was taken over, what waits for a restart, and mistakes; each once, with
 * the number of processes. */
void reload_print(const struct reach *reach);

#endif
