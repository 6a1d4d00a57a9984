/* SPDX-License-Identifier: BSD-3-Clause */
/* The configuration is read anew while calls go on. */
#ifndef ROUTER_RELOAD_H
#define ROUTER_RELOAD_H

#include "router/control-note.h"
#include "router/instance.h"

/*
 * Reads the file that the instance was made from, says in the log which of the
 * differences need a restart, and takes the others over; a token as a whole or
 * not at all. With a mistake in it nothing changes. Calls see the old or the
 * new settings of a token. By one thread at a time; `out` has no number.
 */
void reload_run(struct instance *instance, struct control_note_reload *out);

#endif
