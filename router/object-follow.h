/* SPDX-License-Identifier: BSD-3-Clause */
/* The objects of a forked child that goes on where its parent was. */
#ifndef ROUTER_OBJECT_FOLLOW_H
#define ROUTER_OBJECT_FOLLOW_H

#include "router/object.h"

/*
 * Entries of token objects whose identity is known keep their handles, in the
 * space that `successor` gives for the parent's (NULL: they die), and are
 * without a place: their first use finds the object again. All others die.
 */
void object_follow(
    struct object_space *(*successor)(const struct object_space *before));

#endif
