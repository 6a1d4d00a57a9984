/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * Does what the control page says: a thread of this process that looks at it
 * five times a second, from the first session on. Where the application
 * forbids threads its calls look.
 */
#ifndef ROUTER_CONTROL_H
#define ROUTER_CONTROL_H

#include "router/instance.h"

struct control;

/* Lends the instance, whose slots are there. NULL: no memory. */
struct control *control_new(struct instance *instance);

/* Before calls are served: what is asked of processes that start now. */
void control_begin(struct control *control);

/* A session is being opened: from now on somebody has to look. */
void control_wake(struct control *control);

/* No look begins any more. */
void control_stop(struct control *control);

/* Waits at most `wait_ms` for the thread. False when it is still inside a
 * module: then it is leaked. NULL is fine. */
bool control_free(struct control *control, uint64_t wait_ms);

/* Of the instance that serves: whether a thread looks; and the look of a call
 * where none does, when it is time. */
bool control_has_watcher(void);
void control_look_here(void);

/* The same at once, whoever else looks; for tests. */
void control_look_now(void);

#endif
