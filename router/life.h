/* SPDX-License-Identifier: BSD-3-Clause */
/* How an instance comes up, begins to serve, and ends; by the thread that
 * changes the phase. */
#ifndef ROUTER_LIFE_H
#define ROUTER_LIFE_H

#include "router/instance.h"

/*
 * An instance with its log target and its backends (NULL: those that `config`
 * names, made here), none of them started. `reloaded` (or NULL) is what a
 * parent has taken over since. Takes all of them over, also when it fails.
 */
bool life_new(struct config *config, struct config *reloaded,
              struct backend_set *backends, bool may_create_threads,
              struct instance **out, struct error *error);

/*
 * Starts the modules and looks at their tokens. With `before` (else NULL), a
 * parent's list, its tokens keep their numbers and places; then a rule that
 * fits two tokens takes that member down, as while running. False when it
 * cannot serve.
 */
bool life_open(struct instance *instance, const struct slot_list *before,
               struct error *error);

/* From now on calls find it. */
void life_serve(struct instance *instance);

/* Frees what there is of one that no call has seen, or that none is in. */
void life_discard(struct instance *instance);

/* Ends the one that serves (R3.42, R3.43). */
void life_end(void);

/*
 * In a forked child: no call finds the parent's instance any more. It stays
 * where a leak checker finds it. NULL: none served.
 */
struct instance *life_take_parent(void);

#endif
