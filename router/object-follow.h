/* SPDX-License-Identifier: BSD-3-Clause */
/* The objects of a forked child that goes on where its parent was. */
#ifndef ROUTER_OBJECT_FOLLOW_H
#define ROUTER_OBJECT_FOLLOW_H

#include "router/object.h"

/*
 * Entries of token objects keep their handles in the space that `successor`
 * gives for the parent's (NULL: they die). One whose member's handles mean the
 * same in each process keeps its place there; one whose identity is known is
 * without a place, and its first use finds the object again. All others die.
 */
void object_follow(
    struct object_space *(*successor)(const struct object_space *before));

#endif
